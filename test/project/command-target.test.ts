/** A Command whose program never started: what was said about it in this very moment must not reach anybody else. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ActionContext } from '../../src/build/index.js'
import { commandTarget } from '../../src/project/command-target.js'
import { Folder } from '../support/folder.js'

test('an interrupt before its program is found to be missing signals nobody, least of all our own group', async () => {
  const folder = new Folder()
  const interrupt = new AbortController()
  const target = commandTarget({
    targets: ['out.txt'],
    sources: [],
    action: { kind: 'program', words: ['/nowhere/program'] },
    env: [],
    version: '',
  })
  const context: ActionContext = {
    target,
    root: folder.path,
    files: () => [],
    look: () => ({ kind: 'missing' }) as never,
    size: () => 0,
    read: () => new Uint8Array(),
    dependency: () => ({ value: '', info: undefined }),
    expect: () => {},
    before: undefined,
    output: (path) => folder.at(path),
    write: () => {},
    log: () => {},
    signal: interrupt.signal,
  }
  const heard: string[] = []
  const hear = (signal: string) => heard.push(signal)
  process.on('SIGTERM', hear)
  const made = target.action?.run(context)
  // In the same turn: Node tells of a program that could not be started in the next.
  interrupt.abort()
  let said = ''
  try {
    await made
  } catch (error) {
    said = String(error)
  }
  assert.match(said, '/nowhere/program')
  // Once another process has come and gone, a signal to our group would have been heard.
  await once(spawn('true'), 'close')
  process.off('SIGTERM', hear)
  assert.equal(heard, [])
})

test.run()
