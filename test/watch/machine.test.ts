/** The state machine of the watch, driven without a file or a process. */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Effect, type Input, MOST_REST_MS, REST_MS, SLOW_REST_MS, type State, start, step } from '../../src/watch/machine.js'

const changed = (...paths: string[]): Input => ({ kind: 'changed', paths, slow: false, afterMs: 1 })
const ended = (how: Extract<Input, { kind: 'ended' }>['how']): Input => ({ kind: 'ended', how })
const rested: Input = { kind: 'rested' }
const quiet: Input = { kind: 'quiet' }

/** Effects of all inputs but those of the last are dropped. */
function after(...inputs: readonly Input[]): { state: State; effects: readonly Effect[] } {
  return inputs.reduce((before, input) => step(before.state, input), start)
}

const idle = ended('nothing')

test('it builds at once, then waits, and looks at everything once more when it is quiet', () => {
  assert.equal(start.effects, [{ do: 'build', changed: [] }])
  assert.is(after(ended('made')).effects[0]?.do, 'wait')
  assert.equal(after(ended('made'), quiet).effects, [{ do: 'sweep' }])
  assert.equal(after(ended('made'), quiet, ended('nothing')).effects, [], 'and is idle')
  assert.equal(after(ended('made'), quiet, ended('made')).effects, [], 'a sweep does not call for another')
})

test('a burst is one build, of everything in it, when it is at rest', () => {
  assert.equal(after(idle, changed('b')).effects, [{ do: 'rest', ms: REST_MS }])
  assert.equal(after(idle, changed('b'), changed('a'), changed('b')).effects, [{ do: 'rest', ms: REST_MS }])
  assert.equal(after(idle, changed('b'), changed('a'), rested).effects, [{ do: 'build', changed: ['a', 'b'] }])
})

test('a burst without end is built all the same', () => {
  let { state } = after(idle, changed('a'))
  let ms = 0
  for (let sum = 0; sum <= MOST_REST_MS; sum += 20) {
    const next = step(state, { kind: 'changed', paths: ['a'], slow: false, afterMs: 20 })
    state = next.state
    ms = next.effects[0]?.do === 'rest' ? next.effects[0].ms : -1
  }
  assert.is(ms, 0)
})

test('a file that vanished or is empty is waited for a little longer', () => {
  assert.equal(after(idle, { kind: 'changed', paths: ['a'], slow: true, afterMs: 0 }).effects, [{ do: 'rest', ms: SLOW_REST_MS }])
})

test('a running build is told of what is newer; given up, it is made again together with that', () => {
  assert.equal(after(idle, changed('a'), rested, changed('b')).effects, [{ do: 'look', paths: ['b'] }])
  const given = after(idle, changed('a'), rested, changed('b'), ended('cancelled'))
  assert.is(given.effects[0]?.do, 'rest')
  assert.equal(step(given.state, rested).effects, [{ do: 'build', changed: ['a', 'b'] }])
})

test('what came during a build that ended is built next, alone', () => {
  const next = after(idle, changed('a'), rested, changed('b'), ended('made'))
  assert.equal(next.effects, [{ do: 'rest', ms: REST_MS }])
  assert.equal(step(next.state, rested).effects, [{ do: 'build', changed: ['b'] }])
})

test('a change during a sweep is looked at as well', () => {
  assert.equal(after(idle, quiet, changed('a')).effects, [{ do: 'look', paths: ['a'] }])
  const given = after(idle, quiet, changed('a'), ended('cancelled'), rested)
  assert.equal(given.effects, [{ do: 'build', changed: ['a'] }])
})

test('what never comes to rest cannot keep the rest from being built: the fifth build runs to its end', () => {
  let { state } = after(idle, changed('a'), rested)
  for (let turn = 0; turn < 4; turn++) {
    for (const input of [changed('a'), ended('cancelled'), rested]) state = step(state, input).state
  }
  assert.equal(step(state, changed('a')).effects, [], 'it is not told any more')
})

test('builds that call for each other are slowed down, and told once', () => {
  let { state } = after(idle, changed('a'), rested)
  const rests: number[] = []
  const warned: number[] = []
  for (let turn = 0; turn < 30; turn++) {
    for (const input of [changed('a'), ended('made'), rested]) {
      const next = step(state, input)
      for (const effect of next.effects) {
        if (effect.do === 'rest') rests.push(effect.ms)
        if (effect.do === 'warn') warned.push(turn)
      }
      state = next.state
    }
  }
  assert.is(rests[0], REST_MS)
  assert.is(rests.at(-1), 5000)
  assert.is(warned.length, 1)
})

const inputs = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('changed' as const),
      paths: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
      slow: fc.boolean(),
      afterMs: fc.nat(3000),
    }),
    fc.constant(rested),
    fc.constant(quiet),
    fc.record({ kind: fc.constant('ended' as const), how: fc.constantFrom('nothing' as const, 'made' as const, 'cancelled' as const) }),
  ),
  { maxLength: 60 },
)

test('whatever happens: one build at a time, a timer whenever it waits, and no change is forgotten', () => {
  fc.assert(
    fc.property(inputs, (all) => {
      let { state } = start
      let building = true
      let timer = false
      /** Told, and not yet part of a build that ran to its end. */
      const open = new Set<string>()
      let inBuild: readonly string[] = []
      for (const input of all) {
        // What cannot happen: a timer that is not set, an end of nothing.
        if (input.kind === 'ended' ? !building : (input.kind === 'rested' || input.kind === 'quiet') && !timer) continue
        if (input.kind === 'rested' && state.at !== 'resting') continue
        if (input.kind === 'quiet' && state.at !== 'idle') continue
        if (input.kind === 'changed') for (const path of input.paths) open.add(path)
        if (input.kind === 'ended') building = false
        if (input.kind === 'rested' || input.kind === 'quiet') timer = false
        if (input.kind === 'ended' && input.how !== 'cancelled' && state.at === 'building') {
          for (const path of inBuild) if (!state.newer.has(path)) open.delete(path)
        }
        const next = step(state, input)
        state = next.state
        for (const effect of next.effects) {
          if (effect.do === 'build' || effect.do === 'sweep') {
            assert.not.ok(building, 'two builds at once')
            building = true
            timer = false
            inBuild = effect.do === 'build' ? effect.changed : []
          }
          if (effect.do === 'rest' || effect.do === 'wait') timer = true
        }
        assert.is(state.at === 'building', building)
        if (state.at === 'resting') assert.ok(timer, 'rests for ever')
        const known = state.at === 'resting' ? [...state.changed] : state.at === 'building' ? [...inBuild, ...state.newer] : []
        for (const path of open) assert.ok(known.includes(path), `forgot ${path}`)
      }
    }),
    { numRuns: 2000 },
  )
})

test.run()
