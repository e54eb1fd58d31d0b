import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { byCodeUnit, canonical, digestOf, type Json, sha256, sha256Base64 } from '../../src/util/hash.js'

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

test('the encoding is the one that journals and caches were written with: another would need another format', () => {
  const value = { b: [null, true, false, 1.5, -0, 'é', [], undefined as never], a: { x: 'y' }, c: undefined }
  assert.is(canonical(value), 'o2:s1:ao1:s1:xs1:ys1:bl8:ntfd1.5;d0;s1:él0:u')
  assert.is(digestOf(value), sha256(canonical(value)))
})

test('the digests of nothing and of "abc" are those of FIPS 180', () => {
  assert.is(sha256(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  assert.is(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  assert.is(sha256Base64(Buffer.from('abc')), 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=')
})

test('names are ordered by their code units, as an independent comparison orders them', () => {
  const units = (text: string) => [...Buffer.from(text, 'utf16le').swap16()]
  const independent = (a: number[], b: number[]): number => {
    const at = a.findIndex((unit, index) => unit !== b[index])
    return at < 0 ? Math.sign(a.length - b.length) : b[at] === undefined ? 1 : Math.sign((a[at] ?? 0) - b[at])
  }
  const name = fc.string({ unit: fc.constantFrom('a', 'B', 'b', 'é', '\uffff', '\u{1f600}') })
  fc.assert(fc.property(name, name, (a, b) => assert.is(byCodeUnit(a, b), independent(units(a), units(b)))))
  assert.is(byCodeUnit('a', 'a'), 0)
  assert.equal(['\uffff', 'a', '\u{1f600}', 'B', 'a'].sort(byCodeUnit), ['B', 'a', 'a', '\u{1f600}', '\uffff'])
})

test.run()
