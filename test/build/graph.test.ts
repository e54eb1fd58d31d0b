import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { closureOf, makeGraph, selectTargets } from '../../src/build/graph.js'
import type { Target } from '../../src/build/model.js'
import { CoworksError } from '../../src/util/problem.js'

const target = (id: string, on: string[] = [], outputs = [id]): Target => ({
  id,
  outputs,
  inputs: on.map((one) => ({ kind: 'target', id: one })),
  requires: [],
  action: { name: 'make', version: '1', params: null, title: id, run: async () => ({}) },
})

function message(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof CoworksError) return error.message
    throw error
  }
  throw new Error('it was not refused')
}

test('two targets with one output, an unknown dependency and a cycle are all reported at once', () => {
  const text = message(() =>
    makeGraph([target('a', ['b']), target('b', ['a']), target('c', ['aa']), target('x', [], ['same']), target('y', [], ['same'])]),
  )
  assert.match(text, 'same · two targets have this output: x and y')
  assert.match(text, "c · depends on an unknown target `aa' · did you mean `a'?")
  assert.match(text, 'dependency cycle: a -> b -> a')
})

test('an output inside another output is refused', () => {
  assert.match(
    message(() => makeGraph([target('dir'), target('dir/file')])),
    "dir/file · lies inside `dir', which is a file that another target makes",
  )
})

test('a file or a set that another target makes is a dependency', () => {
  const graph = makeGraph([
    target('gen/a.ts'),
    { ...target('zip'), inputs: [{ kind: 'set', set: { key: 'gen', dir: 'gen' } }] },
    { ...target('copy'), inputs: [{ kind: 'file', path: 'gen/a.ts' }] },
    { ...target('other'), inputs: [{ kind: 'set', set: { key: 'generated', dir: 'generated' } }] },
  ])
  assert.equal(graph.dependencies.get('zip'), ['gen/a.ts'])
  assert.equal(graph.dependencies.get('copy'), ['gen/a.ts'])
  assert.equal(graph.dependencies.get('other'), [])
})

test('a target, an output, a folder and an unknown name', () => {
  const graph = makeGraph([target('a'), target('b', [], ['b', 'out/b.map']), target('out/c')])
  assert.equal(selectTargets(graph, ['./a', 'out/b.map']), ['a', 'b'])
  assert.equal(selectTargets(graph, ['out/']), ['b', 'out/c'])
  assert.match(
    message(() => selectTargets(graph, ['out/d'])),
    "unknown target `out/d' · did you mean `out/c'?",
  )
})

test('for every acyclic graph: each target comes after all it depends on', () => {
  const edges = fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 80 })
  fc.assert(
    fc.property(edges, (pairs) => {
      const on = new Map<number, Set<number>>()
      for (const [a, b] of pairs) if (a > b) on.set(a, (on.get(a) ?? new Set()).add(b))
      const graph = makeGraph(
        Array.from({ length: 31 }, (_, index) =>
          target(
            `t${index}`,
            [...(on.get(index) ?? [])].map((other) => `t${other}`),
          ),
        ),
      )
      const at = new Map(graph.order.map((id, index) => [id, index]))
      assert.is(graph.order.length, 31)
      for (const [id, dependencies] of graph.dependencies)
        for (const one of dependencies) assert.ok((at.get(one) ?? 99) < (at.get(id) ?? 0))
    }),
  )
})

test('a chain of 20,000 targets does not overflow the stack', () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => target(`t${index}`, index === 0 ? [] : [`t${index - 1}`]))
  assert.is(closureOf(makeGraph(chain), ['t19999']).length, 20_000)
})

test.run()
