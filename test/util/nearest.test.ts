import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { editDistance, nearest, nearestHint } from '../../src/util/nearest.js'

test('a slip of the fingers finds its name', () => {
  assert.is(nearest('patern', ['pattern', 'exclude']), 'pattern')
  assert.is(nearest('patternn', ['pattern', 'exclude']), 'pattern')
  assert.is(nearest('zzz', ['pattern', 'exclude']), undefined)
})

test('with nothing near, the hint lists what there is', () => {
  assert.is(nearestHint('zzz', ['a1', 'b1']), 'known: a1, b1')
  assert.is(nearestHint('zzz', []), undefined)
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
