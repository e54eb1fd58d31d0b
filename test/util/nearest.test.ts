import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { editDistance, nearest, nearestHint } from '../../src/util/nearest.js'

test('a slip of the fingers finds its name', () => {
  assert.is(nearest('patern', ['pattern', 'exclude']), 'pattern')
  assert.is(nearest('patternn', ['pattern', 'exclude']), 'pattern')
  assert.is(nearest('zzz', ['pattern', 'exclude']), undefined)
  assert.is(nearest('PATERN', ['Pattern']), 'Pattern', 'whatever the case')
  assert.is(nearest('abc', ['xbc', 'abc', 'abd']), 'abc', 'the nearest')
  assert.is(nearest('abc', ['abx', 'aby']), 'abx', 'the first of two that are as near')
})

test('a slip is one edit, from six letters on one for every three', () => {
  for (const [name, edits] of [
    ['ab', 1],
    ['abcde', 1],
    ['abcdef', 2],
    ['abcdefgh', 2],
    ['abcdefghi', 3],
  ] as const) {
    const off = (count: number) => `${name}${'x'.repeat(count)}`
    assert.is(nearest(name, [off(edits)]), off(edits), name)
    assert.is(nearest(name, [off(edits + 1)]), undefined, name)
  }
})

test('with nothing near, the hint lists what there is', () => {
  assert.is(nearestHint('zzz', ['a1', 'b1']), 'known: a1, b1')
  assert.is(nearestHint('zzz', []), undefined)
  assert.is(nearestHint('a2', ['a1', 'b1']), "did you mean `a1'?")
  const names = (count: number) => Array.from({ length: count }, (_, index) => `name${index}`)
  assert.is(nearestHint('zzz', names(12)), `known: ${names(12).join(', ')}`)
  assert.is(nearestHint('zzz', names(13)), `known: ${names(12).join(', ')}, … (13 in all)`)
})

/** Another way to the same answer: every edit is tried, instead of a table. */
function independent(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length
  const same = a.at(-1) === b.at(-1) ? 0 : 1
  const edits = [independent(a.slice(0, -1), b) + 1, independent(a, b.slice(0, -1)) + 1, independent(a.slice(0, -1), b.slice(0, -1)) + same]
  if (a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1))
    edits.push(independent(a.slice(0, -2), b.slice(0, -2)) + 1)
  return Math.min(...edits)
}

test('the distance is what an independent search finds', () => {
  const short = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 })
  fc.assert(fc.property(short, short, (a, b) => assert.is(editDistance(a, b), independent(a, b))))
  assert.is(editDistance('ab', 'ba'), 1)
  assert.is(editDistance('abcd', 'badc'), 2)
})

test('distance is a metric: zero for the same, symmetric, at most the longer length', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      assert.is(editDistance(a, a), 0)
      assert.is(editDistance(a, b), editDistance(b, a))
      assert.ok(editDistance(a, b) <= Math.max(a.length, b.length))
    }),
  )
})

test.run()
