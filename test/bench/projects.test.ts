/** The projects that `npm run bench` generates, and what it says and refuses on its command line. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, REPO } from '../support/cli.js'
import { Folder } from '../support/folder.js'

const load = (file: string) => import(pathToFileURL(join(REPO, 'bench', file)).href)
const { REVISION, projectFiles, revised } = await load('project/contents.mjs')
const { packageFiles } = await load('project/packages.mjs')
const { modulesOf, shapeOf } = await load('project/shape.mjs')
const { randomFrom, sizeFrom } = await load('project/random.mjs')
const { entryCount } = await load('tools/outputs.mjs')
const { coworks } = await load('tools/coworks.mjs')
const { Tree } = await load('project/tree.mjs')
const { plan } = await load('arguments.mjs')
const { GROUPS, SCENARIOS } = await load('scenarios.mjs')
const { TOOLS } = await load('tools/index.mjs')

const filesOf = (shape: object): [string, string][] => [...projectFiles(shape, modulesOf(shape))]
const digest = (files: [string, string][]) => createHash('sha256').update(JSON.stringify(files)).digest('hex')

test('a project has as many files as it says, the same in every run', () => {
  for (const variant of ['static', 'full', 'zips']) {
    const shape = shapeOf({ microservices: 3, files: 14, variant })
    const files = filesOf(shape)
    assert.is(files.length, 42)
    assert.is(new Set(files.map(([path]) => path)).size, 42)
    assert.is(digest(files), digest(filesOf(shape)))
    assert.is.not(digest(files), digest(filesOf({ ...shape, seed: 1 })))
  }
})

test('a larger project begins with the files of the smaller one', () => {
  const small = filesOf(shapeOf({ microservices: 2, files: 10, variant: 'static' }))
  const large = filesOf(shapeOf({ microservices: 3, files: 10, variant: 'static' }))
  assert.equal(large.slice(0, small.length), small)
})

test('every file can be edited without a change of its size', () => {
  const packages: [string, string][] = [...packageFiles({ count: 3, files: 6, seed: 1 })]
  assert.is(packages.length, 18)
  for (const [path, text] of [...filesOf(shapeOf({ microservices: 2, files: 12, variant: 'full' })), ...packages]) {
    if (path.endsWith('/package.json')) continue
    assert.is(text.split(REVISION).length, 2, path)
    assert.is.not(revised(text, 7), text)
    assert.is(revised(text, 7).length, text.length)
    assert.is(revised(revised(text, 7), 0), text)
  }
})

test('no two edits of a tree are alike, and all are undone', () => {
  const folder = new Folder()
  const tree = new Tree(folder.path, shapeOf({ microservices: 2, files: 11, variant: 'static', meanBytes: 200 }), REPO)
  tree.generate()
  const { path } = tree.edited('static')
  const was = folder.read(path)
  const seen = [was]
  for (let round = 0; round < 3; round++) {
    tree.edit('static')
    seen.push(folder.read(path))
    tree.undo('static')
    assert.is(folder.read(path), was)
  }
  assert.is(new Set(seen).size, 4)
})

test('random numbers are spread over [0, 1), and sizes have the mean that was asked for', () => {
  const random = randomFrom(1)
  const sizes = Array.from({ length: 5_000 }, () => sizeFrom(random, 6_000))
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length
  assert.ok(mean > 5_700 && mean < 6_300, `${mean}`)
  const tenths = new Set(Array.from({ length: 500 }, () => Math.floor(random() * 10)))
  assert.equal([...tenths].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('coworks builds what is generated, and its zips hold the files', async () => {
  for (const variant of ['static', 'full', 'zips']) {
    const project = new CliProject({})
    project.remove('node_modules')
    const tree = new Tree(project.path, shapeOf({ microservices: 2, files: 12, variant, meanBytes: 300 }), REPO)
    tree.generate()
    coworks.setUp(tree)
    const words = coworks.words(tree).slice(2)
    const built = await project.run(words)
    assert.is(built.status, 0, `${built.stdout}${built.stderr}`)
    const entries = coworks.zips(tree).map((file: string) => entryCount(readFileSync(file)))
    assert.ok(entries.reduce((sum: number, one: number) => sum + one, 0) >= coworks.leastEntries(tree))
    if (variant === 'zips') continue
    coworks.deploy(tree)
    tree.edit('source')
    assert.match((await project.run(words)).stdout, /^terraform -chdir=terraform taint .*m0002-api_dev'/m)
  }
})

test('every contestant and every target is known, and no scenario is named twice', () => {
  const tools = new Set(TOOLS.map(({ name }: { name: string }) => name))
  const ids = SCENARIOS.map(({ id }: { id: string }) => id)
  assert.is(new Set(ids).size, ids.length)
  assert.is(new Set(GROUPS.map(({ name }: { name: string }) => name)).size, GROUPS.length)
  for (const { id, against, targets } of SCENARIOS) {
    for (const name of against) assert.ok(tools.has(name), `${id}: ${name}`)
    for (const target of targets) {
      const other = target.against ?? target.smallerThan
      assert.ok(other === undefined || against.includes(other), `${id}: ${other} takes no part`)
      for (const of of [target.of ?? id, ...(target.perFile ?? [])]) assert.ok(ids.includes(of), `${id}: ${of}`)
    }
  }
})

test('the command line says what is run, and refuses what it does not know', () => {
  const ids = (words: string[]) =>
    plan(words).groups.flatMap(({ scenarios }: { scenarios: { id: string }[] }) => scenarios.map(({ id }) => id))
  assert.is(ids([]).length, SCENARIOS.length)
  assert.ok(plan([]).docs)
  assert.ok(!plan(['--quick']).docs && !plan(['--only', 'warm']).docs && !plan(['--no-docs']).docs)
  assert.ok(plan(['--quick', '--docs']).docs)
  assert.not(ids(['--quick']).includes('null-100000'))
  assert.equal(ids(['--only', 'warm', '--only', 'version']), ['version', 'warm'])
  assert.equal(plan(['--only', 'null-20', '--against', 'ninja']).groups[0].scenarios[0].against, ['ninja'])
  assert.throws(() => plan(['--only', 'nul']), "no scenario is named `nul'")
  assert.throws(() => plan(['--unknown']), "Unknown option '--unknown'")
})

test('docs/performance.md has a row for every scenario, or says that nothing was measured yet', () => {
  const page = readFileSync(join(REPO, 'docs/performance.md'), 'utf8')
  const [, generated = ''] = page.split('<!-- measured: begin')
  if (/^Not measured yet\.$/m.test(generated))
    return console.log('SKIPPED the figures of docs/performance.md: npm run bench has not been run')
  for (const { id } of SCENARIOS) assert.ok(generated.includes(`| \`${id}\` `), id)
})

test.run()
