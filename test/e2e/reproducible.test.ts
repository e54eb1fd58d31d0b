// limit: 300 s
/**
 * Same sources, same bytes: zips and Terraform's files of two checkouts in different folders are compared, made with another umask, time
 * zone, locale, mtimes, order of creation, number of jobs and version of Node.
 */
import { existsSync, mkdirSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as yauzl from 'yauzl'
import { Built, differences, installed, type RunOptions, smallProject } from '../support/built.js'

const REPO = process.env.COWORKS_REPO ?? process.cwd()

/** Node of another major version: the packages of test/nodes, or the one that runs this. */
function nodeOf(major: number): string | undefined {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const binary = join(REPO, `node_modules/node-${major}-${process.platform}-${process.arch}/bin/node`)
  return existsSync(binary) ? binary : undefined
}

/** Many enough files that the layer is read ahead and made by the parallel writer, some large enough that threads finish out of order. */
function project(): Record<string, string> {
  const many = Object.fromEntries(
    Array.from({ length: 600 }, (_, index) => [`lib/${index}.js`, `export const n = ${index}\n${'// filler\n'.repeat((index % 7) ** 4)}`]),
  )
  return {
    ...smallProject(),
    'src/tool.sh': '#!/bin/sh\necho tool\n',
    'src/data/großé.txt': 'non-ASCII, sorted by code unit\n',
    'src/data/Upper.txt': 'U\n',
    'src/data/lower.txt': 'l\n',
    ...installed('tiny', { 'index.js': "export default 'tiny'\n", ...many, 'bin/tiny.sh': '#!/bin/sh\n' }),
  }
}

interface Checkout {
  readonly build: readonly string[]
  readonly options?: RunOptions
  readonly order: 'forward' | 'backward'
  /** Of every file, in seconds. */
  readonly mtime?: number
}

function outputsOf({ build, options = {}, order, mtime }: Checkout): Record<string, string> {
  const checkout = new Built()
  const files = Object.entries(project())
  for (const [path, text] of order === 'forward' ? files : files.reverse()) checkout.write(path, text, path.endsWith('.sh') ? 0o755 : 0o644)
  if (mtime !== undefined) for (const [path] of files) utimesSync(checkout.at(path), mtime, mtime)
  checkout.build(['stage=all', ...build], options)
  return checkout.outputs()
}

const reference: Checkout = { build: ['-j1'], order: 'forward', options: { umask: '022', env: { TZ: 'UTC', LANG: 'C' } } }
const other: Checkout = {
  build: ['-j8'],
  order: 'backward',
  mtime: 86_400,
  options: { umask: '077', env: { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' } },
}
const expected = outputsOf(reference)

/** Names and modes in a zip. */
function entries(base64: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(Buffer.from(base64, 'base64'), { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error)
      const names: string[] = []
      zip.on('entry', (entry: yauzl.Entry) => {
        names.push(`${((entry.externalFileAttributes >>> 16) & 0o777).toString(8)} ${entry.fileName}`)
        zip.readEntry()
      })
      zip.on('end', () => resolve(names))
      zip.on('error', reject)
      zip.readEntry()
    })
  })
}

test('what is compared holds static files, an executable bit, and a layer for the parallel writer', async () => {
  const zip = async (path: string) => entries((expected[path] ?? '').slice(2))
  const code = await zip('terraform/tmp/app-test-dev.zip')
  assert.ok(code.includes('755 tool.sh') && code.includes('644 page.html') && code.includes('644 data/großé.txt'), code.join())
  const layer = await zip('layer.zip')
  assert.ok(layer.length > 500, `${layer.length} entries`)
  assert.ok(layer.includes('755 nodejs/node_modules/tiny/bin/tiny.sh'))
  assert.ok(Object.keys(expected).filter((path) => path.endsWith('.tf')).length >= 6)
})

test('another folder, umask, time zone, locale, mtime, order and -j give the same bytes', () => {
  assert.equal(differences(outputsOf(other), expected), [])
})

test('so does a build in several steps, with the action cache or without', () => {
  const checkout = new Built(project())
  for (const path of Object.keys(project())) if (path.endsWith('.sh')) checkout.write(path, project()[path] ?? '', 0o755)
  checkout.build(['stage=prod', '-j3', '--random'])
  checkout.build(['stage=dev', 'microservice=two-other'])
  checkout.build(['stage=all', '--cache-disable'])
  assert.equal(differences(checkout.outputs(), expected), [])
})

test('so does a build after others of other contents: a layer that is made with the help of the one before', () => {
  const files = project()
  const checkout = new Built(files)
  for (const path of Object.keys(files)) if (path.endsWith('.sh')) checkout.write(path, files[path] ?? '', 0o755)
  const restore = (path: string) => checkout.write(path, files[path] ?? '', path.endsWith('.sh') ? 0o755 : 0o644)
  const tiny = (name: string) => `node_modules/tiny/${name}`
  const build = () => checkout.build(['stage=all', '--cache-disable'])
  build()
  // Edited, gone, of another mode, added; and two files that change places.
  checkout.write(tiny('lib/5.js'), 'export const edited = true\n')
  checkout.remove(tiny('lib/6.js'))
  checkout.write(tiny('lib/7.js'), files[tiny('lib/7.js')] ?? '', 0o755)
  checkout.write(tiny('lib/new.js'), 'export const added = true\n')
  checkout.write(tiny('lib/8.js'), files[tiny('lib/9.js')] ?? '')
  checkout.write(tiny('lib/9.js'), files[tiny('lib/8.js')] ?? '')
  build()
  assert.is.not(checkout.outputs()['layer.zip'], expected['layer.zip'])
  for (const name of ['lib/5.js', 'lib/6.js', 'lib/7.js', 'lib/8.js', 'lib/9.js']) restore(tiny(name))
  checkout.remove(tiny('lib/new.js'))
  build()
  assert.equal(differences(checkout.outputs(), expected), [])
  // An output of a user's own making is no help, and no harm.
  checkout.write('layer.zip', 'PK by hand')
  checkout.write(tiny('lib/5.js'), 'export const edited = 1\n')
  build()
  restore(tiny('lib/5.js'))
  build()
  assert.equal(differences(checkout.outputs(), expected), [])
})

for (const major of [20, 22, 24]) {
  const node = nodeOf(major)
  if (node === undefined) console.log(`SKIPPED reproducible on Node ${major}: it is not installed (npm install brings it for linux-x64)`)
  else {
    test(`Node ${major} gives the same bytes, in whatever surroundings`, () => {
      assert.equal(differences(outputsOf({ ...reference, options: { ...reference.options, node } }), expected), [])
      assert.equal(differences(outputsOf({ ...other, options: { ...other.options, node } }), expected), [])
    })
  }
}

test('a file system that lists a folder in another order changes nothing', () => {
  // Orders that this one cannot give: the listing is turned around inside of the process.
  const preload = new Built({
    'reverse.mjs': `import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
const { readdirSync } = fs
fs.readdirSync = (...words) => readdirSync(...words).reverse()
syncBuiltinESMExports()
`,
  })
  mkdirSync(preload.at('probe'))
  preload.write('probe/a', '')
  preload.write('probe/b', '')
  assert.equal(readdirSync(preload.at('probe')).length, 2)
  const options = { ...reference.options, nodeOptions: ['--import', preload.at('reverse.mjs')] }
  assert.equal(differences(outputsOf({ ...reference, options }), expected), [])
})

test.run()
