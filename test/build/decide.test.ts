import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { actionKey, decide, outputsIntact, reasonText, recipeOf, type Seen } from '../../src/build/decide.js'
import type { Reason, SeenInput, Target, Trace } from '../../src/build/model.js'
import { digestOf } from '../../src/util/hash.js'

const target: Target = {
  id: 'out',
  outputs: ['out'],
  inputs: [],
  requires: [],
  action: { name: 'make', version: '1', params: { a: 1 }, title: 'make out', run: async () => ({}) },
}
const input: SeenInput = {
  key: 'set:src',
  signature: 'digest 1',
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
  assert.equal(texts(decide(target, undefined, seen({ interrupted: true }))), ['its last build was interrupted'])
})

test('each kind of change has its own reason', () => {
  const changed: [string, Seen][] = [
    [
      "`src/a' changed",
      seen({
        inputs: [
          {
            ...input,
            signature: 'digest 2',
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
            signature: 'digest 2',
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
      seen({ inputs: [{ ...input, signature: 'digest 2', items: [['src/a', 'f:1']] }, ...trace.inputs.slice(1)] }),
    ],
    ["`x' changed", seen({ inputs: [input, { key: 'file:x', signature: 'f:8' }] })],
    ["`x' is no longer a dependency", seen({ inputs: [input] })],
    ["`x' is no longer a dependency", seen({ inputs: [input, { key: 'file:x', signature: 'missing' }] })],
    ["`y' is a new dependency", seen({ inputs: [...trace.inputs, { key: 'file:y', signature: 'f:7' }] })],
    ["`lib/c' is no longer a dependency", seen({ look: (path) => (path === 'lib/c' ? 'missing' : (disk[path] ?? 'missing')) })],
    // A set of which only one side says its files, or of which all files are the same and the signature is not.
    ["`src' changed", seen({ inputs: [{ key: 'set:src', signature: 'digest 2' }, ...trace.inputs.slice(1)] })],
    ["`src' changed", seen({ inputs: [{ ...input, signature: 'digest 2' }, ...trace.inputs.slice(1)] })],
    ["`x' changed", seen({ inputs: [input, { key: 'file:x', signature: 'f:8', items: [] }] })],
    ["`lib/c' changed", seen({ look: (path) => (path === 'lib/c' ? 'f:4' : (disk[path] ?? 'missing')) })],
    ["`out' is missing", seen({ look: (path) => (path === 'out' ? 'missing' : (disk[path] ?? 'missing')) })],
    ["`out' was changed by hand", seen({ look: (path) => (path === 'out' ? 'f:e' : (disk[path] ?? 'missing')) })],
    ['its last build was interrupted', seen({ interrupted: true })],
  ]
  for (const [text, now] of changed) assert.equal(texts(decide(target, trace, now)), [text])
})

test('for any two lists of the files of a set: each path that differs is named once, as a look at every path finds', () => {
  const list = fc
    .dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('f:1', 'x:1', 'f:2', 'missing'))
    .map((files) => Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)))
  fc.assert(
    fc.property(list, list, (old, now) => {
      const [before, after] = [new Map(old), new Map(now)]
      const expected = [...new Set([...after.keys(), ...before.keys()])].flatMap((name) => {
        const [was, is] = [before.get(name) ?? 'missing', after.get(name) ?? 'missing']
        if (was === is) return after.has(name) ? [] : [{ kind: 'gone', name }]
        const kind = was === 'missing' ? 'added' : is === 'missing' ? 'gone' : was.slice(2) === is.slice(2) ? 'mode' : 'changed'
        return [{ kind, name }]
      })
      const recorded = { ...trace, inputs: [{ ...input, items: old }] }
      const reasons = decide(target, recorded, seen({ inputs: [{ ...input, signature: 'digest 2', items: now }] }))
      assert.equal(reasons, expected.length > 0 ? expected : [{ kind: 'changed', name: 'src' }])
    }),
    { numRuns: 1000 },
  )
})

test('a rename with the same content is seen: the names are part of a set', () => {
  const renamed: SeenInput = {
    ...input,
    signature: 'digest 2',
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

test('a recipe is made of the place and the action, the key of a cache of the action and what went in', () => {
  assert.is(recipeOf(target), digestOf([1, 'out', ['out'], 'make', '1', { a: 1 }]))
  const { action: _, ...alias } = target
  assert.is(recipeOf(alias), digestOf([1, 'out', ['out']]))
  const inputs = [
    ['set:src', 'digest 1'],
    ['file:x', 'f:9'],
  ]
  assert.is(actionKey(target, trace.inputs), digestOf([1, 1, 'make', '1', { a: 1 }, inputs]))
  assert.is(actionKey({ ...target, id: 'elsewhere', outputs: ['elsewhere'] }, trace.inputs), actionKey(target, trace.inputs))
})

test('outputs are intact if each is as it was recorded', () => {
  const outputs = [...trace.outputs, { path: 'lib/c', signature: 'f:3', size: 1 }]
  const look = (changed?: string) => (path: string) => (path === changed ? 'f:e' : (disk[path] ?? 'missing'))
  assert.ok(outputsIntact(outputs, look()))
  assert.not(outputsIntact(outputs, look('out')))
  assert.not(outputsIntact(outputs, look('lib/c')))
  assert.ok(outputsIntact([], look()))
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
