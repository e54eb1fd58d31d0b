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

test('each kind of character is written in one way', () => {
  const written: Readonly<Record<string, string>> = {
    'a "b" \\ c': 'a \\"b\\" \\\\ c',
    'a\nb\rc\td': 'a\\nb\\rc\\td',
    '\u0000\u0007\u007f\u2028\u202e\ufeff': '\\u0000\\u0007\\u007f\\u2028\\u202e\\ufeff',
    '${a} %{b}': '$${a} %%{b}',
    '$a${b': '$a$${b',
    'a$${b %%{c': 'a$\\u0024{b %\\u0025{c',
    '$%{a %${b {c $ d': '$%%{a %$${b {c $ d',
    'é 漢 😀': 'é 漢 😀',
    'half \ud83d of one': 'half \ufffd of one',
  }
  for (const [text, expected] of Object.entries(written)) assert.is(hclString(text), `"${expected}"`)
  for (const text of hostile) assert.is(readHclString(hclString(text)), text)
})

test('a value is laid out by its kind and its length', () => {
  const written: readonly [Json | undefined, string][] = [
    [undefined, 'null'],
    [null, 'null'],
    [true, 'true'],
    [-0, '0'],
    [1.5e-7, '1.5e-7'],
    [[], '[]'],
    [{}, '{}'],
    [{ a: undefined }, '{}'],
    [['a', 1, false], '["a", 1, false]'],
    [{ a: [null] }, '{ a = [null] }'],
    [{ a: 1, b: undefined, c: 2 }, '{\na = 1\nc = 2\n}'],
    // As long as there is room for: 60 for the one member of an object, 100 for a list.
    [{ a: 'x'.repeat(54) }, `{ a = "${'x'.repeat(54)}" }`],
    [{ a: 'x'.repeat(55) }, `{\na = "${'x'.repeat(55)}"\n}`],
    [['x'.repeat(96)], `["${'x'.repeat(96)}"]`],
    [['x'.repeat(97)], `[\n"${'x'.repeat(97)}",\n]`],
    [[{ a: 1, b: 2 }, 3], '[\n{\na = 1\nb = 2\n},\n3,\n]'],
    [{ a: { b: 1, c: 2 } }, '{\na = {\nb = 1\nc = 2\n}\n}'],
  ]
  for (const [value, expected] of written) assert.is(hclValue(value), expected)
  for (const none of [Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => hclValue([none]), `${none} has no HCL`)
})

test('a key is a word where HCL reads it as one, else it is quoted; wide characters in it are named by number', () => {
  for (const word of ['a', 'Ab_9-z', '_', 'format', 'iff']) assert.is(hclValue({ [word]: 1 }), `{ ${word} = 1 }`)
  for (const word of ['for', 'if', 'in', 'true', 'false', 'null', 'else', 'endif', 'endfor', '', '9a', '-a', 'a b', 'a.b', 'a\u00e9'])
    assert.is(hclValue({ [word]: 1 }), `{ "${word}" = 1 }`)
  assert.is(hclValue({ '漢\uffff😀${': 1 }), '{ "\\u6f22\\uffff\\U0001f600$${" = 1 }')
})

test('a part may be written by who asks, told the key under which it stands', () => {
  const asked: string[] = []
  const special = (key: string, value: Json) => {
    asked.push(`${key}: ${JSON.stringify(value)}`)
    return key === 'uri' ? 'local.uri' : undefined
  }
  assert.is(hclValue({ uri: 'x', list: [1, null], none: null }, special), '{\nuri = local.uri\nlist = [1, null]\nnone = null\n}')
  assert.equal(asked, [': {"uri":"x","list":[1,null],"none":null}', 'uri: "x"', 'list: [1,null]', 'list: 1'])
})

/** Reads what `hclValue` writes: data, by the HCL specification. */
function readHclValue(text: string): Json {
  let at = 0
  const space = (): void => {
    while (/\s/.test(text[at] ?? '')) at++
  }
  const token = (pattern: RegExp): string => {
    const [found] = new RegExp(pattern, 'y').exec(text.slice(at)) ?? []
    if (found === undefined) throw new Error(`at ${at}: ${text.slice(at, at + 20)}`)
    at += found.length
    space()
    return found
  }
  const is = (char: string): boolean => text[at] === char
  const string = /"(?:[^"\\]|\\[\s\S])*"/
  const value = (): Json => {
    if (is('"')) return readHclString(token(string))
    if (is('[')) {
      const items: Json[] = []
      for (token(/\[/); !is(']'); is(']') || token(/,/)) items.push(value())
      token(/\]/)
      return items
    }
    if (is('{')) {
      const members: [string, Json][] = []
      for (token(/\{/); !is('}'); ) {
        const key = is('"') ? readHclString(token(string)) : token(/[A-Za-z_][A-Za-z0-9_-]*/)
        token(/=/)
        members.push([key, value()])
      }
      token(/\}/)
      return Object.fromEntries(members)
    }
    return JSON.parse(token(/null|true|false|-?[\d.e+-]+/)) as Json
  }
  const read = value()
  assert.is(at, text.length, 'nothing is left')
  return read
}

test('any data read back is the data that was written', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const data = JSON.parse(JSON.stringify(value)) as Json // -0 is 0
      assert.equal(readHclValue(hclValue(value as Json)), data)
    }),
  )
})

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

test.run()
