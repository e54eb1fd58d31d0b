// limit: 180 s
/** examples/ci/ci.ts: the compiler takes it, it uses nothing of coworks but `coworks/api`, and it does what it says. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { quickstart, REPO } from '../support/cli.js'
import { Repository } from '../support/repository.js'
import { compilerSays } from '../support/types.js'

const source = readFileSync(join(REPO, 'examples/ci/ci.ts'), 'utf8')
const project = new Repository(quickstart())
const run = (...words: string[]) => {
  project.write('ci.mjs', transformSync(source, { loader: 'ts', target: 'node20', format: 'esm' }).code)
  const { status, stdout, stderr } = spawnSync(process.execPath, ['ci.mjs', ...words], {
    cwd: project.path,
    encoding: 'utf8',
    env: project.environment(),
  })
  return { status, stdout, stderr }
}

test('the compiler takes it; it imports coworks/api and nothing else', () => {
  assert.equal(compilerSays({ 'ci.mts': source }), [])
  assert.equal(
    [...source.matchAll(/from '([^']+)'/g)].map(([, from]) => from),
    ['coworks/api'],
  )
})

test('it builds, and says what a change affects', () => {
  project.commit()
  project.change({ 'src/app.ts': project.read('src/app.ts').replace('ready', 'steady') })
  const { status, stdout, stderr } = run('HEAD~1')
  assert.is(stderr, '')
  assert.is(status, 0)
  assert.match(stdout, /^\[1\/9\] /)
  assert.ok(stdout.endsWith('affected: app-test dev (code, terraform)\naffected: app-test prod (code, terraform)\n'), stdout)
})

test('it fails with what is wrong', () => {
  const unknown = run('nowhere')
  assert.is(unknown.status, 2)
  assert.match(unknown.stderr, "--since · unknown revision `nowhere'")
  project.write('src/app.ts', 'export const = 1\n')
  const broken = run('HEAD')
  assert.is(broken.status, 2)
  assert.match(broken.stderr, 'src/app.ts:1:14 · ')
})

test.run()
