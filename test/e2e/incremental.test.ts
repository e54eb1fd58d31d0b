/**
 * examples/shop after one edit each: what is built again is what the edit reaches, and nothing else, though all microservices
 * share a folder. Its packages are stand-ins of the same names and versions, so that no registry is needed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built } from '../support/built.js'

const SHOP = join(process.env.COWORKS_REPO ?? process.cwd(), 'examples/shop')

function shopFiles(): Record<string, string> {
  const files: Record<string, string> = {}
  const walk = (dir: string): void => {
    for (const entry of readdirSync(join(SHOP, dir), { withFileTypes: true })) {
      const path = join(dir, entry.name)
      if (entry.isDirectory()) walk(path)
      else files[path] = readFileSync(join(SHOP, path), 'utf8')
    }
  }
  walk('src')
  walk('config')
  for (const name of ['Coworksfile.ts', 'package.json', 'tsconfig.json']) files[name] = readFileSync(join(SHOP, name), 'utf8')
  const { dependencies } = JSON.parse(files['package.json'] ?? '{}') as { dependencies: Record<string, string> }
  const code: Record<string, string> = {
    dayjs: 'export default () => ({})\n',
    ms: 'export default () => 0\n',
    mustache: 'export default { render: () => "" }\n',
    nanoid: 'export const nanoid = () => "id"\n',
  }
  for (const [name, text] of Object.entries(code)) {
    files[`node_modules/${name}/package.json`] = JSON.stringify({ name, version: dependencies[name], type: 'module', main: 'index.js' })
    files[`node_modules/${name}/index.js`] = text
  }
  return files
}

function built(...words: string[]): Built {
  const shop = new Built(shopFiles())
  shop.build(words)
  return shop
}

function edit(shop: Built, path: string, from: string, to: string): void {
  const text = shop.read(path)
  assert.ok(text.includes(from), `${path} no longer holds ${from}`)
  shop.write(path, text.replaceAll(from, to))
}

/** Zip and stage file of these microservices, in dev. */
function ofDev(...names: string[]): string[] {
  return names.flatMap((name) => [`terraform/${name}.dev.tf`, `terraform/tmp/${name}-dev.zip`]).sort()
}

function worked(shop: Built, words: readonly string[] = []): string[] {
  return Object.keys(shop.work(words)).sort()
}

test('one source of one microservice: its zip and its stage file', () => {
  const shop = built()
  edit(shop, 'src/cart.ts', '201', '200')
  const work = shop.work()
  assert.equal(Object.keys(work).sort(), ofDev('cart-api'))
  assert.equal([...new Set(Object.values(work))], ['built'])
  const { targets } = shop.json()
  assert.ok(targets.some(({ id }) => id === 'terraform/tmp/orders-api-dev.zip'))
  assert.equal([...new Set(targets.map(({ outcome }) => outcome))], ['fresh'])
})

test('the same edit in every stage that has it: three zips, made once', () => {
  const shop = built('stage=all')
  edit(shop, 'src/cart.ts', '201', '200')
  const stages = ['dev', 'staging', 'prod']
  assert.equal(
    worked(shop, ['stage=all']),
    stages.flatMap((stage) => [`terraform/cart-api.${stage}.tf`, `terraform/tmp/cart-api-${stage}.zip`]).sort(),
  )
})

test('a comment, or white space: the bundle is made again and is the same, so nothing behind it is', () => {
  const shop = built()
  edit(shop, 'src/cart.ts', 'class Cart', '\n\n/* what a customer wants */\nclass Cart')
  edit(shop, 'src/lib/money.ts', 'return', '  return')
  assert.equal(worked(shop), [])
})

test('a shared module: those that import it', () => {
  const shop = built()
  edit(shop, 'src/lib/money.ts', '/ 100', '/ 1000')
  edit(shop, 'src/lib/money.ts', 'cents * quantity', 'quantity * cents')
  assert.equal(worked(shop), ofDev('cart-api', 'catalog-api', 'orders-api'))
})

test('half of a shared module: those that use that half', () => {
  const shop = built()
  edit(shop, 'src/lib/money.ts', 'cents * quantity', 'quantity * cents')
  assert.equal(worked(shop), ofDev('cart-api'))
})

test('a static file: the microservice that carries it', () => {
  const shop = built()
  shop.write('src/catalog/product.html', '<p>{{name}}</p>\n')
  assert.equal(worked(shop), ofDev('catalog-api'))
})

test('a static file that appears, and one that is excluded', () => {
  const shop = built()
  shop.write('src/mail/easter.draft.html', 'draft')
  assert.equal(worked(shop), [])
  shop.write('src/mail/easter.html', 'final')
  assert.equal(worked(shop), ofDev('mail-worker'))
})

test('a file that is touched: nothing', () => {
  const shop = built()
  for (const [path, { kind }] of shop.list()) if (kind === 'file' && !path.startsWith('.coworks')) shop.touch(path, 1_000_000_000)
  assert.equal(worked(shop), [])
})

test('a file that is changed and changed back: nothing', () => {
  const shop = built()
  const text = shop.read('src/cart.ts')
  shop.write('src/cart.ts', `${text}\nexport const more = 1\n`)
  shop.write('src/cart.ts', text)
  assert.equal(worked(shop), [])
})

test('a package of a layer: that layer, and the stage files of those that use it', () => {
  const shop = built()
  shop.write('node_modules/nanoid/index.js', 'export const nanoid = () => "another"\n')
  const users = ['cart-api', 'mail-worker', 'orders-api', 'users-api'].map((name) => `terraform/${name}.dev.tf`)
  assert.equal(worked(shop), ['layer.zip', 'terraform/layer.dev.tf', ...users].sort())
})

test('a package of both layers: both', () => {
  const shop = built()
  shop.write('node_modules/mustache/extra.js', '')
  const work = worked(shop)
  for (const path of ['layer.zip', 'catalog-layer.zip', 'terraform/layer.dev.tf', 'terraform/catalog-layer.dev.tf'])
    assert.ok(work.includes(path), path)
  assert.equal(
    work.filter((path) => path.includes('/tmp/')),
    [],
  )
})

test('routes, and a config: both are code, so the zip goes with the stage file', () => {
  const shop = built()
  edit(shop, 'src/users.ts', 'patch(', 'put(')
  assert.equal(worked(shop), ofDev('users-api'))
  edit(shop, 'src/mail.ts', 'timeout: 60', 'timeout: 61')
  assert.equal(worked(shop), ofDev('mail-worker'))
})

test('the environment file of a stage: only that stage is looked at again', () => {
  const shop = built('stage=all')
  const before = shop.outputs()
  const variables = JSON.parse(shop.read('config/vars_dev.json')) as Record<string, string>
  shop.write('config/vars_dev.json', JSON.stringify({ ...variables, MORE: 'of it' }))
  const work = worked(shop, ['stage=all'])
  assert.equal(
    work.filter((path) => !/^terraform\/[a-z-]+\.dev\.tf$/.test(path)),
    [],
  )
  // What it holds is never in a file that is committed.
  for (const [path, bytes] of Object.entries(shop.outputs())) {
    assert.not.ok(Buffer.from(bytes.slice(2), 'base64').toString('latin1').includes('of it'), path)
    if (!work.includes(path)) assert.is(bytes, before[path], path)
  }
})

test('a template of the project: the files rendered from it', () => {
  const shop = built()
  const before = shop.outputs()
  const template = readFileSync(join(process.env.COWORKS_REPO ?? process.cwd(), 'src/terraform/templates/stage.tf.hbs'), 'utf8')
  shop.write('templates/stage.tf.hbs', `${template}\n# ours\n`)
  const work = shop.work()
  const stageFiles = ['admin-site', 'cart-api', 'catalog-api', 'mail-worker', 'orders-api', 'users-api'].map(
    (name) => `terraform/${name}.dev.tf`,
  )
  assert.equal(
    Object.keys(work)
      .filter((id) => work[id] === 'built')
      .sort(),
    stageFiles.sort(),
  )
  // The others are rendered again, for a partial may have changed, and kept.
  assert.equal([...new Set(Object.values(work))].sort(), ['built', 'built-same'])
  shop.remove('templates')
  shop.build()
  assert.equal(shop.outputs(), before)
})

test('building one stage leaves every file of the others byte for byte', () => {
  const shop = built('stage=all')
  const others = () => [...shop.list()].filter(([path]) => /[.-](staging|prod)\.(tf|zip)$/.test(path))
  const before = others()
  assert.ok(before.length > 20, `${before.length} files`)
  edit(shop, 'src/cart.ts', '201', '200')
  edit(shop, 'src/users.ts', 'patch(', 'put(')
  edit(shop, 'src/lib/money.ts', '/ 100', '/ 1000')
  shop.write('src/catalog/product.html', '<p>{{name}}</p>\n')
  shop.write('config/vars_dev.json', '{"SHOP_TOKEN":"x","CURRENCY":"USD"}')
  shop.build(['stage=dev'])
  const after = new Map(others())
  assert.equal(
    [...after.keys()],
    before.map(([path]) => path),
  )
  for (const [path, { bytes, mtimeMs }] of before) {
    assert.ok(after.get(path)?.bytes.equals(bytes), path)
    assert.is(after.get(path)?.mtimeMs, mtimeMs, path)
  }
})

test('one microservice of one stage: only its own files, and its layer', () => {
  const shop = new Built(shopFiles())
  shop.build(['microservice=cart-api', 'stage=staging'])
  assert.equal(
    Object.keys(shop.outputs()).filter((path) => !path.endsWith('versions.tf')),
    [
      'layer.zip',
      'terraform/cart-api.staging.tf',
      'terraform/cart-api.tf',
      'terraform/layer.staging.tf',
      'terraform/tmp/cart-api-staging.zip',
    ],
  )
})

test('the Coworksfile: what it says otherwise', () => {
  const shop = built()
  edit(shop, 'Coworksfile.ts', '// What every', '// All that every')
  assert.equal(worked(shop), [])
  edit(shop, 'Coworksfile.ts', "['users-api', stages]", "['users-api', stages, { minify: true }]")
  assert.equal(worked(shop), ofDev('users-api'))
})

test('two Commands of one line and one source, whose targets differ in their extension only, are not taken for each other', () => {
  const project = new Built({
    'Coworksfile.ts': `import { Command } from 'coworks/cws'
for (const kind of ['png', 'jpg']) Command('logo.' + kind, 'logo.svg', './convert.sh $SOURCE $TARGET')
`,
    'package.json': '{"name":"two","type":"module"}',
    'logo.svg': 'logo',
  })
  project.write('convert.sh', '#!/bin/sh\necho "$(cat "$1") as ${2##*.}" > "$2"\n', 0o755)
  project.build()
  assert.is(project.read('logo.png'), 'logo as png\n')
  assert.is(project.read('logo.jpg'), 'logo as jpg\n')
})

test.run()
