/** The ledger of pushes on a real disk: what is written is read again, and what is damaged costs no more than itself. */
import { appendFileSync, chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { beginPush, LEDGER_FILE, type PushBegin, parsePushes, readPushes } from '../../src/project/push-ledger.js'
import { Folder } from '../support/folder.js'

const now = () => new Date('2026-11-26T10:00:00Z')

const pushOf = (name: string): PushBegin => ({
  microservice: name,
  stage: 'dev',
  function: `${name}-dev`,
  arn: `arn:aws:lambda:eu-west-1:1:function:${name}-dev`,
  terraformDir: 'terraform',
  code: { from: 'a', to: 'b', content: 'c' },
  layers: [{ layer: 'layer', sha256: 'l', content: 'm' }],
  steps: ['update-code'],
  state: { sourceCodeHash: 's', codeSha256: 'a', lastModified: 'then' },
})
const ended = { ok: true, layers: ['arn'], version: '3' }
const names = (folder: Folder) => readPushes(folder.path).pushes.map((push) => push.microservice)

test('none yet', () => {
  assert.equal(readPushes(new Folder().path), { pushes: [], damaged: 0 })
})

test('begun, and ended: in the order in which they began, for its owner only', () => {
  const folder = new Folder()
  const one = beginPush(folder.path, pushOf('one'), now)
  const two = beginPush(folder.path, pushOf('two'), now)
  two({ ok: false, layers: [], why: 'denied' })
  one(ended)
  const { pushes, damaged } = readPushes(folder.path)
  assert.is(damaged, 0)
  assert.equal(
    pushes.map(({ microservice, time, end }) => [microservice, time, end?.ok, end?.version, end?.why]),
    [
      ['one', '2026-11-26T10:00:00.000Z', true, '3', undefined],
      ['two', '2026-11-26T10:00:00.000Z', false, undefined, 'denied'],
    ],
  )
  assert.equal(pushes[0]?.state, pushOf('one').state)
  assert.is(statSync(folder.at(LEDGER_FILE)).mode & 0o777, 0o600)
})

test('killed in between: begun, and nobody knows how it ended', () => {
  const folder = new Folder()
  beginPush(folder.path, pushOf('one'), now)
  assert.is(readPushes(folder.path).pushes[0]?.end, undefined)
})

test('a line that was torn does not take the next one with it', () => {
  const folder = new Folder()
  beginPush(folder.path, pushOf('one'), now)(ended)
  appendFileSync(folder.at(LEDGER_FILE), '{"event":"begin","id":"torn')
  beginPush(folder.path, pushOf('two'), now)(ended)
  assert.equal(names(folder), ['one', 'two'])
  assert.is(readPushes(folder.path).damaged, 1)
})

test('a ledger that cannot be written is an error before anything is pushed', () => {
  const folder = new Folder({ '.coworks': 'a file' })
  assert.throws(() => beginPush(folder.path, pushOf('one'), now), /\.coworks\/pushes\.jsonl · cannot be written: (EEXIST|ENOTDIR)/)
  const unreadable = new Folder()
  beginPush(unreadable.path, pushOf('one'), now)
  chmodSync(unreadable.at(LEDGER_FILE), 0)
  if (process.getuid?.() !== 0) assert.throws(() => readPushes(unreadable.path), /cannot be read: EACCES/)
})

test('what is appended is never rewritten', () => {
  const folder = new Folder()
  beginPush(folder.path, pushOf('one'), now)(ended)
  const before = readFileSync(folder.at(LEDGER_FILE), 'utf8')
  beginPush(folder.path, pushOf('two'), now)(ended)
  assert.ok(readFileSync(folder.at(LEDGER_FILE), 'utf8').startsWith(before))
})

test('rule: whatever happens to the bytes, reading does not throw, and lines that are whole are read', () => {
  const folder = new Folder()
  for (const name of ['one', 'two', 'three']) beginPush(folder.path, pushOf(name), now)(ended)
  assert.ok(existsSync(folder.at(LEDGER_FILE)))
  const whole = readFileSync(folder.at(LEDGER_FILE))
  const lines = whole.toString('utf8').trim().split('\n')
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.uint8Array({ maxLength: 6 }), fc.boolean(), (at, garbage, cut) => {
      const bytes = cut ? whole.subarray(0, at) : Buffer.concat([whole.subarray(0, at), garbage, whole.subarray(at + garbage.length)])
      writeFileSync(folder.at(LEDGER_FILE), bytes)
      const { pushes } = readPushes(folder.path)
      const intact = bytes
        .toString('utf8')
        .split('\n')
        .filter((line) => lines.includes(line) && line.includes('"begin"'))
      for (const line of intact) assert.ok(pushes.some(({ id }) => line.includes(id)))
    }),
  )
})

test('lines of another kind are passed over, and counted', () => {
  const texts = [
    'null',
    '1',
    '"x"',
    '[]',
    '{}',
    '{"event":"begin","id":"1","time":"t"}',
    '{"event":"end","id":"1","time":"t","ok":"yes","layers":[]}',
  ]
  assert.equal(parsePushes(texts.join('\n')), { pushes: [], damaged: texts.length })
  // An end without its beginning is known of, and says nothing.
  assert.equal(parsePushes('{"event":"end","id":"1","time":"t","ok":true,"layers":[]}\n'), { pushes: [], damaged: 0 })
})

test.run()
