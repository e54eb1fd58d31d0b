import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type LayerOptions, layerContents } from '../../src/layer/index.js'
import { link, main, names, pkg, problemLines, type Tree, withTree } from './support.js'

const project = (dependencies: object, more: object = {}) => JSON.stringify({ name: 'project', dependencies, ...more })

/** Lays the contents out as Lambda does, below `opt`. */
function unpackTo(opt: string, root: string, options?: LayerOptions): void {
  for (const { name, source } of layerContents(root, options).files) {
    const file = join(opt, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, 'bytes' in source ? source.bytes : readFileSync(source.file))
  }
}

function node(cwd: string, script: string, type = 'commonjs'): string {
  const child = spawnSync(process.execPath, [`--input-type=${type}`, '-e', script], { cwd, encoding: 'utf8' })
  assert.is(child.status, 0, child.stderr)
  return child.stdout.trim()
}

const A: Tree = { 'package.json': project({ a: '1.0.0' }), 'node_modules/a/package.json': pkg('a', '1.0.0') }
const inA = (tree: Tree): Tree => ({
  ...A,
  ...Object.fromEntries(Object.entries(tree).map(([path, what]) => [`node_modules/a/${path}`, what])),
})

test('all files of a package but its own node_modules; what its author vendored deeper stays', () =>
  withTree(
    inA({
      'index.js': '',
      '.hidden': '',
      'test/x.js': '',
      'dist/node_modules/v/index.js': '',
      'node_modules/.bin/x': '',
      '../.bin/y': '',
      '../.package-lock.json': '{}',
      '../.cache/z': '',
    }),
    (root) => {
      assert.equal(names(root), ['a/.hidden', 'a/dist/node_modules/v/index.js', 'a/index.js', 'a/package.json', 'a/test/x.js'])
      const { directories } = layerContents(root)
      assert.equal(directories.map((dir) => relative(root, dir)).sort(), [
        'node_modules/a',
        'node_modules/a/dist',
        'node_modules/a/dist/node_modules',
        'node_modules/a/dist/node_modules/v',
        'node_modules/a/test',
      ])
    },
  ))

test('folders and files left out by name, path and pattern; package.json stays', () =>
  withTree(
    inA({ 'index.js': '', 'index.d.ts': '', 'docs/x': '', 'lib/docs/x': '', 'lib/test/x.js': '', 'test/x.js': '', 'x.json': '' }),
    (root) => {
      const some = { excludeDirs: ['docs', './lib/test/'], excludeFilePattern: '\\.d\\.ts$|\\.json$' }
      assert.equal(names(root, some), ['a/index.js', 'a/package.json', 'a/test/x.js'])
      assert.equal(names(root, { excludeFilePattern: /x/g }), ['a/package.json'])
    },
  ))

test('links inside a package are followed; those that leave it, lead nowhere or in a circle are problems', async () => {
  await withTree(inA({ 'real/x.js': 'x', 'same.js': link('real/x.js'), alias: link('real') }), (root) =>
    assert.equal(names(root), ['a/alias/x.js', 'a/package.json', 'a/real/x.js', 'a/same.js']),
  )
  const broken = inA({ out: link('../../package.json'), nowhere: link('gone'), round: link('.'), 'docs/gone': link('gone') })
  await withTree(broken, (root) => {
    const lines = problemLines(() => layerContents(root, { excludeDirs: ['docs'] }))
    assert.equal(lines, [
      'a/nowhere · is a link to nothing · remove the link, or exclude it',
      'a/out · is a link that leaves the package · put the file itself there, or exclude it',
      'a/round · is a link to a folder that holds it',
    ])
    assert.equal(names(root, { excludeDirs: ['docs'], excludeFilePattern: '^(out|nowhere|round)$' }), ['a/package.json'])
  })
})

test('a pipe is a problem', () =>
  withTree(A, (root) => {
    if (spawnSync('mkfifo', [`${root}/node_modules/a/pipe`]).status !== 0) return console.log('\nSKIPPED a pipe: no mkfifo here')
    assert.match(problemLines(() => layerContents(root)).join(), /^a\/pipe · is neither a file nor a folder/)
  }))

test('a workspace gives what npm would publish, without `files` everything but node_modules and .git', async () => {
  const workspace = (fields: object): Tree => ({
    'package.json': project({ lib: '*' }, { workspaces: ['lib'] }),
    'node_modules/lib': link('../lib'),
    'lib/package.json': pkg('lib', '1.0.0', { main: './main.js', ...fields }),
    ...Object.fromEntries(
      [
        'main.js',
        'README.md',
        'src/x.ts',
        'dist/x.js',
        'dist/x.test.js',
        'y/z/w.js',
        'y/w.ts',
        '.git/HEAD',
        'y/node_modules/q/index.js',
      ].map((path) => [`lib/${path}`, '']),
    ),
  })
  const of = (fields: object) => withTree(workspace(fields), (root) => names(root).map((name) => name.slice(4)))
  const always = ['README.md', 'main.js', 'package.json']
  assert.equal((await of({})).length, 8)
  assert.equal(await of({ files: ['dist', '!dist/*.test.js'] }), [always[0], 'dist/x.js', ...always.slice(1)])
  assert.equal(await of({ files: ['./y/**/*.js'] }), [...always, 'y/z/w.js'])
  assert.equal(await of({ files: ['/y/'] }), [...always, 'y/w.ts', 'y/z/w.js'])
  assert.equal(await of({ files: [] }), always)
  await withTree(workspace({ files: ['{a,b}'] }), (root) =>
    assert.match(problemLines(() => layerContents(root)).join(), /`files' has the pattern `\{a,b\}', which coworks cannot read/),
  )
})

test('of coworks only the runtime, with a package.json that leads to it', () =>
  withTree(
    {
      'package.json': project({ coworks: '1.2.3' }),
      'node_modules/coworks/package.json': pkg('coworks', '1.2.3', {
        type: 'module',
        dependencies: { esbuild: '1' },
        bin: 'dist/coworks.js',
      }),
      'node_modules/coworks/dist/service.js': 'export const runtime = 1',
      'node_modules/coworks/dist/cws.js': '',
    },
    (root) => {
      assert.equal(names(root), ['coworks/package.json', 'coworks/service.js'])
      unpackTo(`${root}/opt`, root)
      assert.is(node(`${root}/opt/nodejs`, "import { runtime } from 'coworks'; console.log(runtime)", 'module'), '1')
      const manifest = JSON.parse(readFileSync(`${root}/opt/nodejs/node_modules/coworks/package.json`, 'utf8'))
      assert.equal(Object.keys(manifest), ['name', 'version', 'type', 'main', 'exports'])
    },
  ))

test('an unbuilt coworks says so', () =>
  withTree({ 'package.json': project({ coworks: '1' }), 'node_modules/coworks/package.json': pkg('coworks', '1.0.0') }, (root) =>
    assert.match(problemLines(() => layerContents(root)).join(), /without its runtime dist\/service\.js/),
  ))

test('source folders are packages of their name, and modules if the project is', () =>
  withTree(
    {
      ...A,
      'package.json': project({ a: '1.0.0' }, { type: 'module' }),
      'lib/x.js': 'export const x = 1',
      'lib/node_modules/q/index.js': '',
      'shared/own/package.json': '{"type":"commonjs"}',
      'shared/own/y.js': 'exports.y = 2',
    },
    (root) => {
      const options = { modules: [], sourceDirs: ['lib', 'shared/own'] }
      assert.equal(names(root, options), ['lib/package.json', 'lib/x.js', 'own/package.json', 'own/y.js'])
      assert.is(names(root, { sourceDirs: ['lib'] }).length, 3)
      unpackTo(`${root}/opt`, root, options)
      const script = "import { x } from 'lib/x.js'; import own from 'own/y.js'; console.log(x + own.y)"
      assert.is(node(`${root}/opt/nodejs`, script, 'module'), '3')
    },
  ))

test('source folders that are none, that clash, or that hold the project are refused', () =>
  withTree({ ...A, 'lib/a/x.js': '' }, (root) => {
    const lines = (sourceDirs: string[]) => problemLines(() => layerContents(root, { sourceDirs })).join('\n')
    assert.match(lines(['gone']), /`sourceDirs' names `gone', which is no folder/)
    assert.match(lines(['.']), /holds the project itself/)
    assert.match(lines(['lib/a']), /the source folder `lib\/a' has the name of the package `a'/)
  }))

test('an empty layer is refused', () =>
  withTree({ 'package.json': project({}) }, (root) =>
    assert.match(problemLines(() => layerContents(root)).join(), /the layer would be empty/),
  ))

test('Node finds in the layer what it finds in the project: npm and pnpm layouts, versions that differ, a circle', async () => {
  const module = (at: string, name: string, version: string, needs: string[] = []): Tree => ({
    [`${at}/package.json`]: pkg(name, version, { dependencies: Object.fromEntries(needs.map((need) => [need, '*'])) }),
    [`${at}/index.js`]: main(needs),
  })
  const npm: Tree = {
    'package.json': project({ a: '*', b: '*', '@s/d': '*' }),
    ...module('node_modules/a', 'a', '1.0.0', ['c', '@s/d']),
    ...module('node_modules/b', 'b', '1.0.0', ['c', 'a']),
    ...module('node_modules/b/node_modules/c', 'c', '2.0.0', ['@s/d']),
    ...module('node_modules/b/node_modules/@s/d', '@s/d', '2.0.0', ['c']),
    ...module('node_modules/c', 'c', '1.0.0', ['@s/d']),
    ...module('node_modules/@s/d', '@s/d', '1.0.0', ['a']),
  }
  const store = 'node_modules/.pnpm'
  const pnpm: Tree = {
    'package.json': project({ a: '*', b: '*' }),
    ...module(`${store}/a@1/node_modules/a`, 'a', '1.0.0', ['c']),
    ...module(`${store}/b@1/node_modules/b`, 'b', '1.0.0', ['c', 'a']),
    ...module(`${store}/c@1/node_modules/c`, 'c', '1.0.0'),
    ...module(`${store}/c@2/node_modules/c`, 'c', '2.0.0', ['a']),
    [`${store}/a@1/node_modules/c`]: link('../../c@1/node_modules/c'),
    [`${store}/b@1/node_modules/c`]: link('../../c@2/node_modules/c'),
    [`${store}/b@1/node_modules/a`]: link('../../a@1/node_modules/a'),
    [`${store}/c@2/node_modules/a`]: link('../../a@1/node_modules/a'),
    'node_modules/a': link('.pnpm/a@1/node_modules/a'),
    'node_modules/b': link('.pnpm/b@1/node_modules/b'),
  }
  for (const tree of [npm, pnpm]) {
    await withTree(tree, (root) => {
      unpackTo(`${root}/opt`, root)
      const roots = Object.keys(JSON.parse(readFileSync(`${root}/package.json`, 'utf8')).dependencies)
      const script = `console.log(JSON.stringify(${JSON.stringify(roots)}.map((name) => require(name).seen)))`
      assert.is(node(`${root}/opt/nodejs`, script), node(root, script))
    })
  }
})

if (process.platform === 'linux') {
  test('a name that is no UTF-8 is refused, also beside one that it would be taken for', () =>
    withTree(inA({ 'index.js': '', 'docs/x.js': '', '\ufffd.js': '' }), (root) => {
      assert.ok(layerContents(root).files.some(({ name }) => name.endsWith('/\ufffd.js')))
      for (const place of ['', 'docs/'])
        writeFileSync(Buffer.concat([Buffer.from(join(root, `node_modules/a/${place}`)), Buffer.from([0xff]), Buffer.from('.js')]), '')
      const lines = problemLines(() => layerContents(root, { excludeDirs: ['docs'] }))
      assert.equal(
        [...new Set(lines)],
        ['a/\ufffd.js · the name is not valid UTF-8 (\ufffd stands for what is not) · rename it, or exclude it'],
      )
    }))
} else console.log('SKIPPED names that are no UTF-8 (this system has none)')

test.run()
