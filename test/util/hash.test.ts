import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { canonical, digestOf, type Json } from '../../src/util/hash.js'

test('key order does not matter, everything else does', () => {
  assert.is(digestOf({ a: 1, b: 2 }), digestOf({ b: 2, a: 1 }))
  assert.is.not(digestOf(['ab', 'c']), digestOf(['a', 'bc']))
  assert.is.not(digestOf('1'), digestOf(1))
  assert.is.not(digestOf(null), digestOf(undefined))
})

test('two values share an encoding only when they are the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const same = canonical(a as Json) === canonical(b as Json)
      let equal = true
      try {
        assert.equal(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)))
      } catch {
        equal = false
      }
      assert.is(same, equal)
    }),
  )
})

test.run()
