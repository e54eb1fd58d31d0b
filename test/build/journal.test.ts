import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Journal } from '../../src/build/journal.js'
import type { Trace } from '../../src/build/model.js'
import { Folder } from '../support/folder.js'

const trace = (value: string): Trace => ({ recipe: 'r', inputs: [], discovered: [], outputs: [], value })

function written(): { folder: Folder; file: string } {
  const folder = new Folder()
  const file = folder.at('.coworks/journal')
  const journal = new Journal(file)
  journal.begin('a')
  journal.end('a', trace('1'))
  journal.begin('b\n"ü')
  journal.end('b\n"ü', trace('2'))
  journal.begin('c')
  journal.setNote('taints', { x: 1 })
  journal.close()
  return { folder, file }
}

test('what was written is read again; a begin without its end is an interruption', () => {
  const { file } = written()
  const journal = new Journal(file)
  assert.is(journal.trace('a')?.value, '1')
  assert.is(journal.trace('b\n"ü')?.value, '2')
  assert.is(journal.trace('c'), undefined)
  assert.ok(journal.interrupted('c'))
  assert.not(journal.interrupted('a'))
  assert.equal(journal.note('taints'), { x: 1 })
  assert.equal(journal.ids().sort(), ['a', 'b\n"ü'])
  assert.is(journal.damage, undefined)
})

test('cut at every length: never a wrong trace, and what is whole is kept', () => {
  const { file } = written()
  const whole = readFileSync(file)
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(file, whole.subarray(0, length))
    const journal = new Journal(file)
    assert.ok([undefined, '1'].includes(journal.trace('a')?.value))
    // It can be written on: the torn tail does not swallow the next record.
    journal.end('d', trace('4'))
    journal.close()
    assert.is(new Journal(file).trace('d')?.value, '4')
  }
})

test('every byte flipped: never a wrong trace', () => {
  const { file } = written()
  const whole = readFileSync(file)
  for (let at = 0; at < whole.length; at++) {
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] ?? 0) ^ 0x01
    writeFileSync(file, bytes)
    const journal = new Journal(file)
    assert.ok(journal.damage !== undefined, `byte ${at} was flipped unseen`)
    assert.ok([undefined, '1'].includes(journal.trace('a')?.value))
    assert.ok([undefined, '2'].includes(journal.trace('b\n"ü')?.value))
  }
})

test('it is rewritten when most of it is old, and says the same', () => {
  const { file } = written()
  const journal = new Journal(file)
  const big = { ...trace('x'), info: 'y'.repeat(2000) }
  for (let round = 0; round < 1200; round++) journal.end('big', { ...big, value: String(round) })
  journal.close()
  assert.ok(readFileSync(file).length < 10_000)
  const again = new Journal(file)
  assert.is(again.trace('big')?.value, '1199')
  assert.is(again.trace('a')?.value, '1')
  assert.ok(again.interrupted('c'))
})

test('where it cannot be rewritten it stays as long as it is', () => {
  const { file } = written()
  const journal = new Journal(file)
  for (let round = 0; round < 3; round++) journal.setNote('long', `${round}${'x'.repeat(600_000)}`)
  // In the way of the file that would be written aside, and no file can be opened there.
  mkdirSync(`${file}.${process.pid}.tmp`)
  const { length } = readFileSync(file)
  journal.close()
  assert.is(readFileSync(file).length, length)
  const again = new Journal(file)
  assert.is(again.damage, undefined)
  assert.equal(again.note('taints'), { x: 1 })
  assert.is(again.trace('a')?.value, '1')
})

test('who mentions a text: in its newest record, in its id or behind it, and no note', () => {
  const folder = new Folder()
  const trace = (...paths: string[]): Trace => ({
    recipe: 'r',
    inputs: [],
    discovered: paths.map((path) => [path, 'f:1'] as const),
    outputs: [],
    value: 'v',
  })
  const journal = new Journal(folder.at('journal'))
  journal.end('a-one.zip', trace('src/x.txt'))
  journal.end('a-one2.zip', trace('a-one.zip', 'src/"quoted".txt'))
  journal.end('b.zip', trace('src/old.txt'))
  journal.end('b.zip', trace('src/y.txt'))
  journal.end('gone.zip', trace('src/x.txt'))
  journal.forget('gone.zip')
  journal.setNote('acknowledged', { 'a-one': 'src/x.txt' })
  journal.close()
  const read = () => new Journal(folder.at('journal'))
  assert.equal(read().mentioning('src/x.txt'), ['a-one.zip'])
  assert.equal(read().mentioning('a-one'), ['a-one.zip', 'a-one2.zip'])
  assert.equal(read().mentioning('a-one.zip'), ['a-one.zip', 'a-one2.zip'])
  assert.equal(read().mentioning('src/old.txt'), [])
  assert.equal(read().mentioning('src/"quoted".txt'), ['a-one2.zip'])
  assert.equal(read().mentioning('nothing'), [])
  const whole = read()
  const { outputs, value } = whole.result('b.zip') ?? {}
  assert.equal({ outputs, value }, { outputs: [], value: 'v' })
  assert.equal(whole.trace('b.zip'), trace('src/y.txt'))
})

test.run()
