/** What a plan says of targets behind others: exact where it can be, unsure where only a build would tell. */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { recipeOf } from '../../src/build/decide.js'
import { makeGraph } from '../../src/build/graph.js'
import type { Target, Trace } from '../../src/build/model.js'
import { type Planned, planBuild } from '../../src/build/plan.js'

const target = (id: string, on: readonly string[] = []): Target => ({
  id,
  outputs: [id],
  inputs: on.map((one) => ({ kind: 'target', id: one })),
  requires: [],
  action: { name: 'make', version: '1', params: null, title: id, run: async () => ({}) },
})

function alias(id: string, on: readonly string[]): Target {
  const { action: _, ...rest } = target(id, on)
  return { ...rest, outputs: [] }
}

/** A plan in which the targets named `changed` have another source than when they were made. */
function plan(targets: readonly Target[], changed: readonly string[], fresh: readonly string[] = targets.map(({ id }) => id)): Planned[] {
  const graph = makeGraph(targets)
  const trace = (of: Target): Trace => ({
    recipe: recipeOf(of),
    inputs: [{ key: `file:${of.id}.c`, signature: 'f:1' }, ...on(of).map((id) => ({ key: `target:${id}`, signature: 'v' }))],
    discovered: [],
    outputs: [],
    value: 'v',
  })
  const on = (of: Target) => graph.dependencies.get(of.id) ?? []
  return planBuild(graph, graph.order, {
    trace: (id) => (fresh.includes(id) ? trace(graph.targets.get(id) as Target) : undefined),
    see: (id, pending) => {
      const waiting = on(graph.targets.get(id) as Target).filter((one) => pending.has(one))
      const known = on(graph.targets.get(id) as Target).filter((one) => !pending.has(one))
      return {
        inputs: [
          { key: `file:${id}.c`, signature: changed.includes(id) ? 'f:2' : 'f:1' },
          ...known.map((one) => ({ key: `target:${one}`, signature: 'v' })),
        ],
        unknown: waiting.map((one) => `target:${one}`),
        look: () => 'missing',
        interrupted: false,
      }
    },
  })
}

const changedC = (id: string) => ({ kind: 'changed', name: `${id}.c` })

test('nothing changed: all is fresh', () => {
  assert.equal(plan([target('a'), target('b', ['a']), alias('all', ['b'])], []), [
    { id: 'a', state: 'fresh' },
    { id: 'b', state: 'fresh' },
    { id: 'all', state: 'fresh' },
  ])
})

test('behind a stale target all is unsure until that one is made, and says why that one is stale', () => {
  assert.equal(plan([target('a'), target('b', ['a']), target('c', ['b'])], ['a']), [
    { id: 'a', state: 'stale', reasons: [changedC('a')] },
    { id: 'b', state: 'unsure', until: ['a'], reasons: [changedC('a')] },
    { id: 'c', state: 'unsure', until: ['a'], reasons: [changedC('a')] },
  ])
})

test('a stale target between two others is what the last one waits for', () => {
  assert.equal(plan([target('a'), target('b', ['a']), target('c', ['b'])], ['a', 'b']).at(-1), {
    id: 'c',
    state: 'unsure',
    until: ['b'],
    reasons: [changedC('b')],
  })
})

test('what is waited for on two ways is named once', () => {
  const diamond = [target('a'), target('b', ['a']), target('c', ['a']), target('d', ['b', 'c'])]
  assert.equal(plan(diamond, ['a']).at(-1), { id: 'd', state: 'unsure', until: ['a'], reasons: [changedC('a')] })
  assert.equal(plan([...diamond.slice(0, 3), alias('x', ['b', 'c']), target('y', ['x'])], ['a']).at(-1), {
    id: 'y',
    state: 'unsure',
    until: ['a'],
    reasons: [changedC('a')],
  })
})

test('an alias is never stale itself, and what is behind it waits for what is behind the alias', () => {
  assert.equal(plan([target('a'), target('b'), alias('m', ['a', 'b']), target('z', ['m'])], ['b']), [
    { id: 'a', state: 'fresh' },
    { id: 'b', state: 'stale', reasons: [changedC('b')] },
    { id: 'm', state: 'fresh' },
    { id: 'z', state: 'unsure', until: ['b'], reasons: [changedC('b')] },
  ])
})

test('what was never made is stale, and no reason is given twice', () => {
  assert.equal(plan([target('a'), target('b'), target('c', ['a', 'b'])], ['a'], ['a', 'c']), [
    { id: 'a', state: 'stale', reasons: [changedC('a')] },
    { id: 'b', state: 'stale', reasons: [{ kind: 'new' }] },
    { id: 'c', state: 'unsure', until: ['a', 'b'], reasons: [changedC('a'), { kind: 'new' }] },
  ])
})

test('a target that the graph does not know is nobody to wait for', () => {
  const graph = makeGraph([])
  const observer = { trace: () => undefined, see: () => assert.unreachable() as never }
  assert.equal(planBuild(graph, ['gone'], observer), [{ id: 'gone', state: 'fresh' }])
})

test('for every graph: a target is sure exactly if nothing stale is behind it, and waits for the stale ones nearest to it', () => {
  const shape = fc.record({
    edges: fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 20 }),
    changed: fc.uniqueArray(fc.nat(9), { maxLength: 4 }),
    aliases: fc.uniqueArray(fc.nat(9), { maxLength: 4 }),
  })
  fc.assert(
    fc.property(shape, ({ edges, changed, aliases }) => {
      const on = (index: number) => [...new Set(edges.filter(([a, b]) => a === index && b < a).map(([, b]) => b))]
      const targets = Array.from({ length: 10 }, (_, index) =>
        (aliases.includes(index) ? alias : target)(
          `t${index}`,
          on(index).map((one) => `t${one}`),
        ),
      )
      const isStale = (index: number) => changed.includes(index) && !aliases.includes(index)
      /** The stale ones met first on every way down. */
      const nearest = (index: number): number[] => on(index).flatMap((one) => (isStale(one) ? [one] : nearest(one)))
      const planned = plan(
        targets,
        changed.map((index) => `t${index}`),
      )
      for (const one of planned) {
        const index = Number(one.id.slice(1))
        const waits = [...new Set(nearest(index))].map((other) => `t${other}`).sort()
        const state = aliases.includes(index) ? 'fresh' : isStale(index) ? 'stale' : waits.length > 0 ? 'unsure' : 'fresh'
        assert.is(one.state, state, one.id)
        if (one.state === 'unsure') assert.equal([...one.until].sort(), waits)
      }
    }),
  )
})

test.run()
