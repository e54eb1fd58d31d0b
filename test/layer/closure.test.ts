import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { resolveClosure } from '../../src/layer/index.js'
import { satisfies } from '../../src/layer/stale.js'
import { link, pkg, problemLines, resolved, withTree } from './support.js'

const project = (fields: object) => JSON.stringify({ name: 'project', version: '1.0.0', ...fields })
const lock = (packages: object) => JSON.stringify({ lockfileVersion: 3, packages })

test('npm: hoisted and nested packages, production only, scoped names, a circle', () =>
  withTree(
    {
      'package.json': project({ dependencies: { a: '^1.0.0', '@s/b': '1.0.0' }, devDependencies: { dev: '1.0.0' } }),
      'node_modules/a/package.json': pkg('a', '1.0.0', { dependencies: { c: '^2.0.0', d: '*' } }),
      'node_modules/a/node_modules/c/package.json': pkg('c', '2.0.0'),
      'node_modules/@s/b/package.json': pkg('@s/b', '1.0.0', { dependencies: { c: '^1.0.0' } }),
      'node_modules/c/package.json': pkg('c', '1.0.0', { dependencies: { d: '*' } }),
      'node_modules/d/package.json': pkg('d', '1.0.0', { dependencies: { c: '^1.0.0' } }),
      'node_modules/dev/package.json': pkg('dev', '1.0.0'),
      'node_modules/extraneous/package.json': pkg('extraneous', '1.0.0'),
    },
    (root) => {
      assert.equal(resolved(root), ['@s/b@1.0.0', 'a@1.0.0', 'a/node_modules/c@2.0.0', 'c@1.0.0', 'd@1.0.0'])
      const { packages } = resolveClosure(root)
      assert.equal(
        packages.map(({ name, requiredBy }) => `${name} < ${requiredBy}`),
        ['@s/b < package.json', 'a < package.json', 'c < a', 'c < @s/b', 'd < a'],
      )
    },
  ))

test('pnpm: a store of links, two versions of one package', () => {
  const store = 'node_modules/.pnpm'
  return withTree(
    {
      'package.json': project({ dependencies: { a: '1.0.0', c: '1.0.0' } }),
      'pnpm-lock.yaml': 'lockfileVersion: 9.0\n',
      [`${store}/a@1.0.0/node_modules/a/package.json`]: pkg('a', '1.0.0', { dependencies: { c: '2.0.0', e: '*' } }),
      [`${store}/a@1.0.0/node_modules/c`]: link('../../c@2.0.0/node_modules/c'),
      [`${store}/a@1.0.0/node_modules/e`]: link('../../e@1.0.0/node_modules/e'),
      [`${store}/c@1.0.0/node_modules/c/package.json`]: pkg('c', '1.0.0'),
      [`${store}/c@2.0.0/node_modules/c/package.json`]: pkg('c', '2.0.0'),
      [`${store}/e@1.0.0/node_modules/e/package.json`]: pkg('e', '1.0.0'),
      'node_modules/a': link('.pnpm/a@1.0.0/node_modules/a'),
      'node_modules/c': link('.pnpm/c@1.0.0/node_modules/c'),
    },
    (root) => {
      assert.equal(resolved(root), ['a@1.0.0', 'a/node_modules/c@2.0.0', 'c@1.0.0', 'e@1.0.0'])
      const e = resolveClosure(root).packages.find(({ name }) => name === 'e')
      assert.is(e?.dir, `${root}/${store}/e@1.0.0/node_modules/e`)
    },
  )
})

test('yarn workspaces: a linked folder, its dependencies hoisted to the root above the project', () =>
  withTree(
    {
      'package.json': project({ workspaces: ['packages/*'] }),
      'yarn.lock': '',
      'packages/app/package.json': pkg('app', '1.0.0', { dependencies: { lib: '1.0.0', a: '1.0.0' } }),
      'packages/lib/package.json': pkg('lib', '1.0.0', { dependencies: { b: '1.0.0' } }),
      'node_modules/lib': link('../packages/lib'),
      'node_modules/a/package.json': pkg('a', '1.0.0'),
      'node_modules/b/package.json': pkg('b', '1.0.0'),
    },
    (root) => {
      assert.equal(resolved(`${root}/packages/app`), ['a@1.0.0', 'b@1.0.0', 'lib@1.0.0'])
    },
  ))

test('optional ones may be missing, required peers come if they are there, optional peers do not', () =>
  withTree(
    {
      'package.json': project({ dependencies: { a: '1.0.0' }, optionalDependencies: { gone: '1.0.0', o: '1.0.0' } }),
      'node_modules/a/package.json': pkg('a', '1.0.0', {
        dependencies: { fsevents: '1.0.0' },
        optionalDependencies: { fsevents: '1.0.0' },
        peerDependencies: { p: '*', 'no-peer': '*', maybe: '*' },
        peerDependenciesMeta: { maybe: { optional: true } },
      }),
      'node_modules/o/package.json': pkg('o', '1.0.0'),
      'node_modules/p/package.json': pkg('p', '1.0.0'),
      'node_modules/maybe/package.json': pkg('maybe', '1.0.0'),
    },
    (root) => {
      assert.equal(resolved(root), ['a@1.0.0', 'o@1.0.0', 'p@1.0.0'])
      const absent = resolveClosure(root)
        .consulted.map((path) => relative(root, path))
        .filter((path) => !existsSync(`${root}/${path}`))
      assert.ok(absent.includes('node_modules/gone/package.json'))
      assert.ok(absent.includes('node_modules/no-peer/package.json'))
      assert.ok(absent.includes('node_modules/a/node_modules'))
    },
  ))

test('an alias keeps the name it is imported by, what a package bundles comes along', () =>
  withTree(
    {
      'package.json': project({ dependencies: { old: 'npm:real@1.0.0', b: '1.0.0' } }),
      'node_modules/old/package.json': pkg('real', '1.0.0'),
      'node_modules/b/package.json': pkg('b', '1.0.0', { bundleDependencies: ['inner'] }),
      'node_modules/b/node_modules/inner/package.json': pkg('inner', '0.1.0'),
    },
    (root) => assert.equal(resolved(root), ['b@1.0.0', 'inner@0.1.0', 'old@1.0.0']),
  ))

test('coworks comes without its dependencies', () =>
  withTree(
    {
      'package.json': project({ dependencies: { coworks: '1.0.0' } }),
      'node_modules/coworks/package.json': pkg('coworks', '1.0.0', { dependencies: { esbuild: '1.0.0' } }),
      'node_modules/esbuild/package.json': pkg('esbuild', '1.0.0'),
    },
    (root) => assert.equal(resolved(root), ['coworks@1.0.0']),
  ))

test('`modules` chooses, and a name that is not there is told with the nearest', () =>
  withTree(
    {
      'package.json': project({ dependencies: { lodash: '1.0.0', axios: '1.0.0' } }),
      'node_modules/lodash/package.json': pkg('lodash', '1.0.0'),
      'node_modules/axios/package.json': pkg('axios', '1.0.0', { dependencies: { f: '*' } }),
      'node_modules/f/package.json': pkg('f', '1.0.0'),
    },
    (root) => {
      assert.equal(resolved(root, { modules: ['axios'] }), ['axios@1.0.0', 'f@1.0.0'])
      assert.equal(resolved(root, { modules: ['f'] }), ['f@1.0.0'])
      assert.equal(resolved(root, { modules: [] }), [])
      assert.equal(
        problemLines(() => resolveClosure(root, { modules: ['lodahs'] })),
        ["Layer · `modules' names `lodahs', which is not installed · did you mean `lodash'?"],
      )
    },
  ))

test('everything that is missing is told at once, with the command of the package manager', async () => {
  const tree = {
    'package.json': project({ dependencies: { 'left-pad': '^1.0.0', a: '1.0.0' } }),
    'node_modules/a/package.json': pkg('a', '1.0.0', { dependencies: { b: '*' } }),
  }
  const told = (command: string) => [
    `package.json · \`left-pad' is in package.json but not installed · run: ${command}`,
    `a · \`b' is needed by \`a' but not installed · run: ${command}`,
  ]
  const cases: [Record<string, string>, string][] = [
    [{ 'package-lock.json': '{"lockfileVersion":1}' }, 'npm ci'],
    [{ 'pnpm-lock.yaml': '' }, 'pnpm install'],
    [{ 'yarn.lock': '' }, 'yarn install'],
    [{}, 'npm install'],
    [{ 'package.json': tree['package.json'].replace('{', '{"packageManager":"pnpm@9.0.0",') }, 'pnpm install'],
  ]
  for (const [more, command] of cases) {
    await withTree({ ...tree, ...more }, (root) =>
      assert.equal(
        problemLines(() => resolveClosure(root)),
        told(command),
      ),
    )
  }
})

test('a package above the lockfile is there by accident', () =>
  withTree(
    {
      'node_modules/a/package.json': pkg('a', '1.0.0'),
      'repo/package.json': project({ dependencies: { a: '1.0.0' } }),
      'repo/package-lock.json': '{}',
    },
    (root) => assert.match(problemLines(() => resolveClosure(`${root}/repo`)).join(), /not installed/),
  ))

test("Plug'n'Play is named, with the setting that ends it", () =>
  withTree({ 'package.json': project({ dependencies: { a: '1.0.0' } }), 'yarn.lock': '', '.pnp.cjs': '' }, (root) =>
    assert.match(problemLines(() => resolveClosure(root)).join(), /Plug'n'Play .* nodeLinker: node-modules/),
  ))

test('what is installed must be what package-lock.json says', async () => {
  const tree = {
    'package.json': project({ dependencies: { a: '^1.0.0' } }),
    'node_modules/a/package.json': pkg('a', '1.0.0', { dependencies: { b: '*' } }),
    'node_modules/b/package.json': pkg('b', '1.0.0'),
  }
  const good = {
    '': { dependencies: { a: '^1.0.0' } },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '1.0.0' },
  }
  await withTree({ ...tree, 'package-lock.json': lock(good) }, (root) => assert.equal(resolved(root), ['a@1.0.0', 'b@1.0.0']))
  await withTree({ ...tree, 'package-lock.json': lock({ ...good, 'node_modules/b': { version: '1.0.1' } }) }, (root) =>
    assert.equal(
      problemLines(() => resolveClosure(root)),
      ["node_modules/b · is stale: `b' 1.0.0 is installed, package-lock.json says 1.0.1 · run: npm ci"],
    ),
  )
  await withTree({ ...tree, 'package-lock.json': lock({ ...good, '': { dependencies: { a: '^0.9.0' } } }) }, (root) =>
    assert.equal(
      problemLines(() => resolveClosure(root)),
      ["package.json · asks for `a' ^1.0.0, package-lock.json is stale: it was made for `^0.9.0' · run: npm install"],
    ),
  )
  const odd = { ...tree, 'node_modules/b/package.json': pkg('b', 'v1.0.0+build.7'), 'package-lock.json': lock(good) }
  await withTree(odd, (root) => assert.is(resolved(root).length, 2))
  await withTree({ ...tree, 'package-lock.json': '{' }, (root) =>
    assert.match(problemLines(() => resolveClosure(root)).join(), /^package-lock\.json · is not valid JSON/),
  )
})

test('without a lockfile that tells, a version outside its range is stale, unless overrides want it', async () => {
  const tree = {
    'package.json': project({ dependencies: { a: '^2.0.0' } }),
    'yarn.lock': '',
    'node_modules/a/package.json': pkg('a', '1.0.0'),
  }
  await withTree(tree, (root) =>
    assert.equal(
      problemLines(() => resolveClosure(root)),
      ["package.json · asks for `a' ^2.0.0, but 1.0.0 is installed: it is stale · run: yarn install"],
    ),
  )
  await withTree({ ...tree, 'package.json': project({ dependencies: { a: '^2.0.0' }, resolutions: { a: '1.0.0' } }) }, (root) =>
    assert.equal(resolved(root), ['a@1.0.0']),
  )
})

test('simple ranges', () => {
  const cases: [string, string, boolean | undefined][] = [
    ['1.2.3', '1.2.3', true],
    ['1.2.4', '1.2.3', false],
    ['1.9.0', '^1.2.3', true],
    ['1.2.2', '^1.2.3', false],
    ['2.0.0', '^1.2.3', false],
    ['0.2.4', '^0.2.3', true],
    ['0.3.0', '^0.2.3', false],
    ['0.0.4', '^0.0.3', false],
    ['1.2.9', '~1.2.3', true],
    ['1.3.0', '~1.2.3', false],
    ['3.0.0', '>=1.2.3', true],
    ['1.0.0', '1.x || 2', undefined],
    ['1.0.0-rc.1', '^1.0.0', undefined],
    ['1.0.0', 'workspace:*', undefined],
  ]
  for (const [version, range, expected] of cases) assert.is(satisfies(version, range), expected, `${version} in ${range}`)
})

test('no package.json, a broken one, a name that walks out: each is said', async () => {
  await withTree({ x: '' }, (root) => assert.match(problemLines(() => resolveClosure(root)).join(), /^package\.json · there is none/))
  await withTree({ 'package.json': '[]' }, (root) =>
    assert.match(problemLines(() => resolveClosure(root)).join(), /^package\.json · is not a JSON object/),
  )
  await withTree(
    { 'package.json': project({ dependencies: { a: '*', '../up': '*' } }), 'node_modules/a/package.json': '{', 'up/package.json': '{}' },
    (root) => {
      const lines = problemLines(() => resolveClosure(root))
      assert.is(lines.length, 2)
      assert.match(lines.join('\n'), /`\.\.\/up' is no package name/)
      assert.match(lines.join('\n'), /node_modules\/a\/package\.json · is not valid JSON/)
    },
  )
})

test('options that are none are refused', () =>
  withTree({ 'package.json': project({}) }, (root) => {
    const bad = { module: ['a'], excludeDirs: 'docs', excludeFilePattern: '(' } as object
    const lines = problemLines(() => resolveClosure(root, bad)).join('\n')
    assert.match(lines, /unknown option `module' · did you mean `modules'\?/)
    assert.match(lines, /`excludeDirs' must be a list/)
    assert.match(lines, /`excludeFilePattern' is no regular expression/)
  }))

test.run()
