/** Reading Terraform files back: what our own writer writes, whatever the values, and what has to be evaluated as its text. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hclValue } from '../../src/terraform/hcl.js'
import { readHcl } from '../../src/terraform/index.js'
import type { Json } from '../../src/util/hash.js'
import { hostile } from './hostile.js'

const read = (value: string) => readHcl(`x {\n  a = ${value}\n}\n`)[0]?.attributes.a

test('every value that is written is read as it was', () => {
  const values: Json[] = [null, true, false, 0, -3, 2.5, 1e21, '', [], {}, [[], [{}]], { for: 1, 'a b': { in: [null] } }]
  for (const value of values) assert.equal(read(hclValue(value)), value)
  for (const text of hostile) {
    const wellFormed = text.replace(/\p{Surrogate}/gu, '\ufffd')
    assert.equal(read(hclValue({ [text]: [text, { inner: text }] })), { [wellFormed]: [wellFormed, { inner: wellFormed }] })
  }
})

test('what has to be evaluated is kept as its text', () => {
  assert.is(read('aws_iam_role.x.arn'), '${aws_iam_role.x.arn}')
  assert.is(read('"a${var.x["}"]}b"'), 'a${var.x["}"]}b')
  assert.is(read('1 + 2'), '${1 + 2}')
  assert.is(read('"a" == "b" ? 1 : 2 # why'), '${"a" == "b" ? 1 : 2 # why}')
  assert.is(read('[for x in y : x]'), '${[for x in y : x]}')
  assert.is(read('<<-EOT\n  }\n  EOT'), '${<<-EOT\n  }\n  EOT}')
  assert.equal(read('[aws_x.y.arn, "z"]'), ['${aws_x.y.arn}', 'z'])
})

test('a call is its name and arguments; jsonencode is what it encodes', () => {
  assert.equal(read('merge(f("a"), { b = 1 })'), { $call: 'merge', $args: [{ $call: 'f', $args: ['a'] }, { b: 1 }] })
  assert.equal(read('jsonencode({\n  a = [1]\n})'), { a: [1] })
  assert.is(read('f(1).x'), '${f(1).x}')
})

test('blocks, their labels, comments', () => {
  const text = '# one\nresource "a" "b" { // two\n  c = 1 /* three */\n  d {\n    e = 2\n  }\n}\nlocals {}\n'
  assert.equal(readHcl(text), [
    {
      type: 'resource',
      labels: ['a', 'b'],
      attributes: { c: 1 },
      blocks: [{ type: 'd', labels: [], attributes: { e: 2 }, blocks: [] }],
    },
    { type: 'locals', labels: [], attributes: {}, blocks: [] },
  ])
})

test('what is no HCL is refused with its line', () => {
  for (const [text, says] of [
    ['a = 1\nb = "x', 'line 2: a string that is not closed'],
    ['a {\n', 'line 2: a block that is not closed'],
    ['a =\n', 'line 2: "" where a value should be'],
    ['= 1', 'line 1: "= 1" where a name should be'],
  ] as const) {
    assert.throws(
      () => readHcl(text),
      (error: Error) => error.message === says,
    )
  }
})

test.run()
