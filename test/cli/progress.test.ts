// limit: 120 s
/** Progress: a live line for a person at a terminal, plain lines in CI, whether or not the service gives its jobs a terminal. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, REPO, smallProject } from '../support/cli.js'

/** In a terminal of its own (script(1) of util-linux); or nothing where this machine has none. */
function inTerminal(env: Readonly<Record<string, string>>): string | undefined {
  const project = new CliProject(smallProject())
  const line = `${process.execPath} ${join(REPO, 'dist/coworks.js')} -j1`
  const { status, stdout, error } = spawnSync('script', ['-qec', line, '/dev/null'], {
    cwd: project.path,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', HOME: project.path, TERM: 'xterm', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (error !== undefined) return undefined
  assert.is(status, 0, stdout)
  return stdout
}

const live = inTerminal({})
if (live === undefined) console.log('SKIPPED the live line of a terminal: script (of util-linux) is not on the PATH')

test('in a terminal, what is being made, and nothing of it left', () => {
  if (live === undefined) return
  assert.match(live, '\r\u001b[K[1/4] ')
  // What a terminal shows in the end: each line after the last return to its beginning.
  const shown = live.split('\n').map((line) => line.replace(/\r$/, '').split('\r').at(-1)?.replace('\u001b[K', ''))
  assert.ok(shown.includes('zip terraform/tmp/app-test-dev.zip'))
  assert.ok(shown.every((line) => !line?.startsWith('[')))
})

test('in CI, plain lines, though there is a terminal', () => {
  const plain = inTerminal({ CI: 'true' })
  if (plain === undefined) return
  assert.not.match(plain, '\u001b')
  assert.match(plain, 'zip terraform/tmp/app-test-dev.zip\r\n')
  assert.match(inTerminal({ CI: 'false' }) ?? '', '\u001b[K')
})

test.run()
