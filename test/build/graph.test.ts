import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { closureOf, makeGraph, selectTargets } from '../../src/build/graph.js'
import type { FileSet, Target } from '../../src/build/model.js'
import { byCodeUnit } from '../../src/util/hash.js'
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

test('each clash is said once, with what to do', () => {
  const lines = (...targets: Target[]) => message(() => makeGraph(targets)).split('\n')
  assert.equal(lines(target('a'), target('a')), ['a · two targets have this output · give one of them another output'])
  assert.equal(lines(target('all', [], []), target('all', [], [])), ['all · two targets have this name · give one of them another name'])
  assert.equal(lines(target('x', [], ['x', 'same']), target('y', [], ['y', 'same'])), [
    'same · two targets have this output: x and y · give one of them another path',
  ])
  // Two of one name, and one of them makes what a third makes, too.
  assert.equal(lines(target('b', [], ['b', 'c']), target('a'), target('a', [], ['a', 'c'])), [
    'a · two targets have this output · give one of them another output',
    'c · two targets have this output: b and a · give one of them another path',
  ])
  assert.equal(lines({ ...target('z'), requires: ['zz'] }), ["z · depends on an unknown target `zz' · did you mean `z'?"])
  assert.equal(lines(target('b', ['c']), target('c', ['d']), target('d', ['c'])), ['dependency cycle: c -> d -> c'])
  assert.equal(lines({ ...target('own'), inputs: [{ kind: 'file', path: 'own' }] }), ['dependency cycle: own -> own'])
})

test('an output inside another output is refused', () => {
  assert.match(
    message(() => makeGraph([target('dir'), target('dir/file')])),
    "dir/file · lies inside `dir', which is a file that another target makes",
  )
  assert.match(
    message(() => makeGraph([target('a/b'), target('a/b/c/d')])),
    "a/b/c/d · lies inside `a/b', which is a file that another target makes",
  )
  assert.equal(makeGraph([target('b/a'), target('ab/c'), target('a')]).order, ['a', 'ab/c', 'b/a'])
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

test('what a target needs is its inputs and what it requires, each once and sorted; never itself for being in its own set', () => {
  const set: FileSet = { key: 'all', dir: '.' }
  const graph = makeGraph([
    target('c'),
    target('b', ['c']),
    {
      ...target('a', ['c', 'b']),
      requires: ['c'],
      inputs: [
        { kind: 'file', path: 'source' },
        { kind: 'target', id: 'c' },
        { kind: 'target', id: 'b' },
      ],
    },
    {
      ...target('index', [], ['gen/index']),
      inputs: [
        { kind: 'names', set: { key: 'gen', dir: 'gen' } },
        { kind: 'env', name: 'X' },
      ],
    },
    target('gen', [], ['gen/x']),
  ])
  assert.equal(graph.dependencies.get('a'), ['b', 'c'])
  assert.equal(graph.dependencies.get('index'), ['gen'])
  assert.equal(graph.order, ['c', 'b', 'a', 'gen', 'index'])
  assert.equal(graph.made.inSet(set), ['a', 'b', 'c', 'gen/index', 'gen/x'])
  assert.equal(closureOf(graph, ['a']), ['c', 'b', 'a'])
  assert.equal(closureOf(graph, ['b', 'index']), ['c', 'b', 'gen', 'index'])
  assert.equal(closureOf(graph, []), [])
})

test('for all outputs and sets: what a set would find of what is made is what a look at every output finds', () => {
  const name = fc.constantFrom('a', 'a-', 'a0', 'b', 'c.ts')
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
  const dir = fc.oneof(
    fc.constant('.'),
    fc.array(name, { minLength: 1, maxLength: 2 }).map((parts) => parts.join('/')),
  )
  const skipped = fc.option(fc.constantFrom('a', 'b'), { nil: undefined })
  const ending = fc.option(fc.constantFrom('.ts', 'a', '/b'), { nil: undefined })
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 12 }), dir, skipped, ending, fc.boolean(), (paths, at, skip, end, listed) => {
      const outputs = paths.filter((one) => !paths.some((other) => one.startsWith(`${other}/`)))
      const graph = makeGraph(outputs.map((one, index) => target(`t${index}`, [], [one])))
      const list = ['a', 'b/c.ts', 'none']
      const set: FileSet = {
        key: 'set',
        dir: at,
        list: listed ? list : undefined,
        skipDir: skip && ((folder) => folder.split('/').at(-1) === skip),
        matches: end && ((one) => one.endsWith(end)),
      }
      const prefix = at === '.' ? [] : at.split('/')
      const expected = outputs.filter((one) => {
        const parts = one.split('/')
        const inside = parts.slice(prefix.length, -1)
        return (
          parts.length > prefix.length &&
          prefix.every((part, index) => part === parts[index]) &&
          !inside.some((folder) => folder === skip) &&
          (end === undefined || one.endsWith(end))
        )
      })
      assert.equal(graph.made.inSet(set), listed ? list.filter((one) => outputs.includes(one)) : expected.sort(byCodeUnit))
      assert.is(graph.made.inSet({ ...set, dir: 'another' }), graph.made.inSet(set), 'asked once for each key')
    }),
  )
})

test('a target, an output, a folder and an unknown name', () => {
  const graph = makeGraph([target('a'), target('b', [], ['b', 'out/b.map']), target('out/c')])
  assert.equal(selectTargets(graph, ['./a', 'out/b.map']), ['a', 'b'])
  assert.equal(selectTargets(graph, ['out/']), ['b', 'out/c'])
  assert.equal(selectTargets(graph, ['.']), ['a', 'b', 'out/c'])
  assert.equal(selectTargets(graph, ['./']), ['a', 'b', 'out/c'])
  assert.equal(selectTargets(graph, ['out/c//', 'a', './out/c']), ['a', 'out/c'])
  assert.equal(selectTargets(graph, []), [])
  assert.match(
    message(() => selectTargets(graph, ['out/d'])),
    "unknown target `out/d' · did you mean `out/c'?",
  )
  const internal = makeGraph([target('shown'), { ...target('hidden'), internal: true }])
  assert.equal(message(() => selectTargets(internal, ['hiddem', 'ou'])).split('\n'), [
    "unknown target `hiddem' · known: shown",
    "unknown target `ou' · known: shown",
  ])
  assert.equal(selectTargets(internal, ['hidden']), ['hidden'])
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
