/** `node --import coworks/register` as a process of its own: what it finds, what it compiles, and what an error shows. */
import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { candidates } from '../../src/register/hooks.js'
import { CliProject } from '../support/cli.js'

function run(files: Readonly<Record<string, string>>): { status: number | null; stdout: string; stderr: string } {
  const project = new CliProject({ 'package.json': '{ "type": "module" }', ...files })
  return spawnSync(process.execPath, ['--import', 'coworks/register', 'main.ts'], { cwd: project.path, encoding: 'utf8' })
}

test('which files a name may mean', () => {
  assert.equal(candidates('./a.js'), ['./a.ts', './a.tsx'])
  assert.equal(candidates('../a.mjs'), ['../a.mts'])
  assert.equal(candidates('./a.jsx'), ['./a.tsx'])
  assert.equal(candidates('./a'), ['./a.ts', './a.tsx', './a/index.ts'])
  assert.equal(candidates('a.js'), [])
  assert.equal(candidates('node:fs'), [])
})

test('what a build takes, a test takes: names without an end, JSON, decorators, enums', () => {
  const { stdout, stderr, status } = run({
    'main.ts': `import { text } from './a.js'\nimport { more } from './dir'\nimport data from './data.json'\nenum E { A = 7 }
      const twice = (method: () => string, _: ClassMethodDecoratorContext) => function () { return method() + method() }
      class C { @twice m(): string { return 'm' } }
      console.log(text, more, data.n, E.A, new C().m())`,
    'a.ts': 'export const text: string = "a"',
    'dir/index.ts': 'export const more = "dir" as const',
    'data.json': '{ "n": 1 }',
  })
  assert.is(stderr, '')
  assert.is(stdout, 'a dir 1 7 mm\n')
  assert.is(status, 0)
})

test('an error says the line of the source', () => {
  const { stderr, status } = run({ 'main.ts': 'interface Long {\n  a: string\n}\n\nthrow new Error("oops")\n' })
  assert.match(stderr, /main\.ts:5:7/)
  assert.is(status, 1)
})

test('a file that is nowhere is named as it was written, and one that does not compile with its place', () => {
  assert.match(run({ 'main.ts': 'import "./none.js"' }).stderr, /Cannot find module '.*none\.js'/)
  assert.match(run({ 'main.ts': 'const = 1' }).stderr, /main\.ts:1:6: ERROR: Expected identifier/)
})

test('what is installed is taken as it is', () => {
  const { stdout } = run({
    'main.ts': "import { n } from 'p'\nconsole.log(n)",
    'node_modules/p/package.json': '{ "name": "p", "type": "module", "main": "i.js" }',
    'node_modules/p/i.js': 'export const n = 1',
  })
  assert.is(stdout, '1\n')
})

test.run()
