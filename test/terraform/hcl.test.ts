import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { format } from '../../src/terraform/format.js'
import { hclComment, hclString, hclValue } from '../../src/terraform/hcl.js'
import type { Json } from '../../src/util/hash.js'
import { hostile } from './hostile.js'

/** Reads a quoted string by the HCL specification. @throws Error where the string ends early or interpolates. */
export function readHclString(text: string): string {
  assert.is(text[0], '"')
  let out = ''
  let at = 1
  while (text[at] !== '"') {
    const rest = text.slice(at)
    const point = /^\\u([0-9a-f]{4})|^\\U([0-9a-f]{8})/i.exec(rest)
    const simple = /^\\([nrt"\\])/.exec(rest)
    if (rest === '') throw new Error('not ended')
    if (point !== null) {
      out += String.fromCodePoint(Number.parseInt(point[1] ?? point[2] ?? '', 16))
      at += point[0].length
    } else if (simple !== null) {
      out += { n: '\n', r: '\r', t: '\t' }[simple[1] ?? ''] ?? simple[1]
      at += 2
    } else if (/^(\$\$|%%)\{/.test(rest)) {
      out += rest.slice(1, 3)
      at += 3
    } else if (/^[$%]\{/.test(rest)) throw new Error(`interpolates: ${rest}`)
    else if (/^[\\\n\r]/.test(rest)) throw new Error(`cannot stand in a string: ${JSON.stringify(rest[0])}`)
    else {
      out += rest[0]
      at++
    }
  }
  assert.is(at, text.length - 1, 'the string ends where it should')
  return out
}

const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, '\ufffd')

test('a string read back is the string that was written', () => {
  const pieces = fc.oneof(
    fc.constantFrom('$', '%', '{', '}', '"', '\\', '\n', '\r', '<<EOT', '\u2028', '\u0000', '😀'),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(
      fc.array(pieces).map((parts) => parts.join('')),
      (text) => {
        assert.is(readHclString(hclString(text)), wellFormed(text))
      },
    ),
    { numRuns: 1000 },
  )
  for (const text of hostile) assert.is(readHclString(hclString(text)), text)
})

test('formatting leaves the value of no line changed, and formatting again changes nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(fc.string()), (value, keys) => {
      const tags = Object.fromEntries(keys.map((key) => [key, key]))
      const text = `a = ${hclValue(value as Json)}\nlonger = ${hclValue(tags)}\n`
      const once = format(text)
      assert.is(format(once), once)
      assert.is(once.replace(/\s/g, ''), text.replace(/\s/g, ''))
    }),
  )
})

test('a comment stays on its line', () => {
  assert.is(hclComment('a\nresource "x" "y" {}\u2028\r'), 'a resource "x" "y" {} ')
})

test('words that mean something are quoted as keys', () => {
  assert.is(hclValue({ for: 1, 'a b': 2 }), '{\n"for" = 1\n"a b" = 2\n}')
})

test.run()
