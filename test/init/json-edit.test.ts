import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { insertMember, replaceMember } from '../../src/init/json-edit.js'

test('a member is added the way the document is written', () => {
  const cases: [before: string, path: string[], value: string | Record<string, string>, after: string][] = [
    ['{\n  "a": 1\n}\n', [], 'v', '{\n  "a": 1,\n  "k": "v"\n}\n'],
    ['{\n\t"a": 1\n}', [], { x: 'y' }, '{\n\t"a": 1,\n\t"k": {\n\t\t"x": "y"\n\t}\n}'],
    ['{\r\n    "a": [1,2]\r\n}\r\n', [], { x: 'y' }, '{\r\n    "a": [1,2],\r\n    "k": {\r\n        "x": "y"\r\n    }\r\n}\r\n'],
    ['{ "a": 1 }', [], 'v', '{ "a": 1, "k": "v" }'],
    ['{"a":{}}', ['a'], 'v', '{"a":{\n    "k": "v"\n  }}'],
    ['{}', [], 'v', '{\n  "k": "v"\n}'],
    ['\ufeff{\n  "s": {\n    "t": "}"\n  }\n}', ['s'], 'v', '\ufeff{\n  "s": {\n    "t": "}",\n    "k": "v"\n  }\n}'],
    ['{\n  "s": { "a": 1 },\n  "s": { "b": 2 }\n}', ['s'], 'v', '{\n  "s": { "a": 1 },\n  "s": { "b": 2, "k": "v" }\n}'],
  ]
  for (const [before, path, value, after] of cases) assert.is(insertMember(before, path, 'k', value), after)
})

test('a value is replaced where it stands', () => {
  assert.is(replaceMember('{ "s": {"t" : "a\\"b" , "u": 1} }', ['s', 't'], 'new'), '{ "s": {"t" : "new" , "u": 1} }')
})

/** JSON with blanks wherever they may be. */
const blank = fc.stringMatching(/^[ \t\r\n]{0,3}$/)
const document = fc
  .record({
    value: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5 }),
    blanks: fc.array(blank, { minLength: 1, maxLength: 7 }),
  })
  .map(({ value, blanks }) => {
    let at = 0
    const gap = (): string => blanks[at++ % blanks.length] ?? ''
    const write = (one: unknown): string => {
      if (Array.isArray(one)) return `[${gap()}${one.map((item) => write(item) + gap()).join(`,${gap()}`)}]`
      if (one === null || typeof one !== 'object') return JSON.stringify(one)
      const members = Object.entries(one).map(([key, item]) => `${JSON.stringify(key)}${gap()}:${gap()}${write(item)}${gap()}`)
      return `{${gap()}${members.join(`,${gap()}`)}}`
    }
    return gap() + write(value) + gap()
  })

test('whatever the document: the member is there, and not a character of the old text is gone', () => {
  fc.assert(
    fc.property(document, fc.jsonValue({ maxDepth: 1 }), (text, value) => {
      const before = JSON.parse(text) as Record<string, unknown>
      fc.pre(!Object.hasOwn(before, 'new key'))
      const after = insertMember(text, [], 'new key', value as string)
      assert.equal(JSON.parse(after), JSON.parse(JSON.stringify({ ...before, 'new key': value })))
      // What was put in is one piece: the text before it and the text after it make the old document.
      let same = 0
      while (text[same] === after[same] && same < text.length) same++
      const added = after.length - text.length
      const cut = Array.from({ length: same + 1 }, (_, at) => after.slice(0, at) + after.slice(at + added)).includes(text)
      assert.ok(cut, JSON.stringify({ text, after }))
    }),
    { numRuns: 500 },
  )
})

test.run()
