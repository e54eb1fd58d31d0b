import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Arrow, type Place, place } from '../../src/layer/place.js'
import { CoworksError } from '../../src/util/problem.js'

const arrow = (dir: string): Arrow => ({ name: dir.replace(/\d+$/, ''), dir })
const graph = (needs: Record<string, string[]>) => new Map(Object.entries(needs).map(([dir, to]) => [dir, to.map(arrow)]))
const paths = (places: readonly Place[]) => places.map(({ layerPath, dir }) => `${layerPath.slice(20)}=${dir}`)

/** What Node finds for `name` from a package at `from`. */
function seen(byPath: ReadonlyMap<string, string>, from: string, name: string): string | undefined {
  for (let at = from; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    if (at.endsWith('/node_modules') || at === 'node_modules') continue
    const found = byPath.get(`${at}/node_modules/${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

test('the version of the project lies on top, any other below whoever asks', () => {
  const needs = graph({ a1: ['c2'], b1: ['c2'], c1: [], c2: [] })
  assert.equal(paths(place([arrow('a1'), arrow('b1'), arrow('c1')], needs)), [
    'a=a1',
    'a/node_modules/c=c2',
    'b=b1',
    'b/node_modules/c=c2',
    'c=c1',
  ])
})

test('where the project asks for none, the version that most ask for lies on top', () => {
  const needs = graph({ a1: ['c1'], b1: ['c2'], d1: ['c2'], c1: [], c2: [] })
  assert.equal(paths(place([arrow('a1'), arrow('b1'), arrow('d1')], needs)), ['a=a1', 'a/node_modules/c=c1', 'b=b1', 'c=c2', 'd=d1'])
})

test('a circle ends', () => {
  assert.equal(paths(place([arrow('a1')], graph({ a1: ['b1'], b1: ['a1'] }))), ['a=a1', 'b=b1'])
  assert.equal(paths(place([arrow('a1')], graph({ a1: ['b1'], b1: ['a2'], a2: ['b1'] }))), ['a=a1', 'b=b1', 'b/node_modules/a=a2'])
})

test('versions that need each other in a circle are refused, not nested for ever', () => {
  const needs = graph({ a1: ['b1'], b1: ['a2'], a2: ['b2'], b2: ['a3'], a3: ['b3'], b3: ['a2'] })
  assert.throws(
    () => place([arrow('a1')], needs),
    (error: unknown) => error instanceof CoworksError,
  )
})

test('whatever the graph, Node finds in the layer what it found in the project', () => {
  const dirs = ['a', 'b', 'c', 'd', 'e'].flatMap((name) => [1, 2, 3].map((version) => `${name}${version}`))
  // One version of each name at most, as package.json asks for a name once.
  const targets = fc.uniqueArray(fc.constantFrom(...dirs), { maxLength: 3, selector: (dir) => dir[0] })
  const graphs = fc.record({ roots: targets, needs: fc.tuple(...dirs.map(() => targets)) })
  let laidOut = 0
  fc.assert(
    fc.property(graphs, ({ roots, needs }) => {
      const map = graph(Object.fromEntries(dirs.map((dir, i) => [dir, needs[i] ?? []])))
      let places: Place[]
      try {
        places = place(roots.map(arrow), map)
      } catch (error) {
        assert.instance(error, CoworksError)
        return
      }
      laidOut++
      const byPath = new Map(places.map(({ layerPath, dir }) => [layerPath, dir]))
      assert.is(byPath.size, places.length)
      for (const { name, dir } of roots.map(arrow)) assert.is(byPath.get(`nodejs/node_modules/${name}`), dir)
      for (const { layerPath, dir } of places) {
        for (const need of map.get(dir) ?? []) assert.is(seen(byPath, layerPath, need.name), need.dir, `${layerPath} needs ${need.dir}`)
      }
    }),
    { numRuns: 200 },
  )
  assert.ok(laidOut > 20, `${laidOut} graphs laid out`)
})

test.run()
