import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decide, reasonText, recipeOf, type Seen } from '../../src/build/decide.js'
import type { Reason, SeenInput, Target, Trace } from '../../src/build/model.js'

const target: Target = {
  id: 'out',
  outputs: ['out'],
  inputs: [],
  requires: [],
  action: { name: 'make', version: '1', params: { a: 1 }, title: 'make out', run: async () => ({}) },
}
const input: SeenInput = {
  key: 'set:src',
  signature: 'S1',
  items: [
    ['src/a', 'f:1'],
    ['src/b', 'f:2'],
  ],
}
const trace: Trace = {
  recipe: recipeOf(target),
  inputs: [input, { key: 'file:x', signature: 'f:9' }],
  discovered: [['lib/c', 'f:3']],
  outputs: [{ path: 'out', signature: 'f:o', size: 1 }],
  value: 'v',
}
const disk: Record<string, string> = { out: 'f:o', 'lib/c': 'f:3' }
const seen = (changes: Partial<Seen> = {}): Seen => ({
  inputs: trace.inputs,
  unknown: [],
  interrupted: false,
  look: (path) => disk[path] ?? 'missing',
  ...changes,
})
const texts = (reasons: Reason[]) => reasons.map(reasonText)

test('nothing changed: fresh', () => {
  assert.equal(decide(target, trace, seen()), [])
})

test('never made', () => {
  assert.equal(texts(decide(target, undefined, seen())), ["it doesn't exist yet"])
})

test('each kind of change has its own reason', () => {
  const changed: [string, Seen][] = [
    [
      "`src/a' changed",
      seen({
        inputs: [
          {
            ...input,
            signature: 'S2',
            items: [
              ['src/a', 'f:X'],
              ['src/b', 'f:2'],
            ],
          },
          ...trace.inputs.slice(1),
        ],
      }),
    ],
    [
      "the executable bit of `src/a' changed",
      seen({
        inputs: [
          {
            ...input,
            signature: 'S2',
            items: [
              ['src/a', 'x:1'],
              ['src/b', 'f:2'],
            ],
          },
          ...trace.inputs.slice(1),
        ],
      }),
    ],
    [
      "`src/b' is no longer a dependency",
      seen({ inputs: [{ ...input, signature: 'S2', items: [['src/a', 'f:1']] }, ...trace.inputs.slice(1)] }),
    ],
    ["`x' changed", seen({ inputs: [input, { key: 'file:x', signature: 'f:8' }] })],
    ["`x' is no longer a dependency", seen({ inputs: [input] })],
    ["`lib/c' changed", seen({ look: (path) => (path === 'lib/c' ? 'f:4' : (disk[path] ?? 'missing')) })],
    ["`out' is missing", seen({ look: (path) => (path === 'out' ? 'missing' : (disk[path] ?? 'missing')) })],
    ["`out' was changed by hand", seen({ look: (path) => (path === 'out' ? 'f:e' : (disk[path] ?? 'missing')) })],
    ['its last build was interrupted', seen({ interrupted: true })],
  ]
  for (const [text, now] of changed) assert.equal(texts(decide(target, trace, now)), [text])
})

test('a rename with the same content is seen: the names are part of a set', () => {
  const renamed: SeenInput = {
    ...input,
    signature: 'S2',
    items: [
      ['src/a', 'f:1'],
      ['src/z', 'f:2'],
    ],
  }
  assert.equal(texts(decide(target, trace, seen({ inputs: [renamed, ...trace.inputs.slice(1)] }))), [
    "`src/z' is a new dependency",
    "`src/b' is no longer a dependency",
  ])
})

test('another action, version or parameter is another recipe', () => {
  const action = target.action as NonNullable<Target['action']>
  for (const other of [{ name: 'other' }, { version: '2' }, { params: { a: 2 } }]) {
    assert.equal(texts(decide({ ...target, action: { ...action, ...other } }, trace, seen())), ['the way it is built changed'])
  }
})

test('always, and an alias never', () => {
  assert.equal(texts(decide({ ...target, always: true }, trace, seen())), ['it is always built'])
  const { action: _, ...alias } = target
  assert.equal(decide(alias, undefined, seen()), [])
})

test('an input that is not known yet is no reason', () => {
  assert.equal(decide(target, trace, seen({ inputs: [input], unknown: ['file:x'] })), [])
})

test('for all traces: what was seen when it was recorded is fresh, and any one changed signature is not', () => {
  const signature = fc.stringMatching(/^[fx]:[0-9a-f]{4}$/)
  const inputs = fc.uniqueArray(fc.record({ key: fc.string().map((name) => `file:${name}`), signature }), {
    selector: (one) => one.key,
    minLength: 1,
    maxLength: 8,
  })
  fc.assert(
    fc.property(inputs, fc.nat(), (all, pick) => {
      const recorded: Trace = { ...trace, inputs: all }
      assert.equal(decide(target, recorded, seen({ inputs: all })), [])
      const at = pick % all.length
      const changed = all.map((one, index) => (index === at ? { ...one, signature: `${one.signature}!` } : one))
      assert.is(decide(target, recorded, seen({ inputs: changed })).length, 1)
    }),
  )
})

test.run()
