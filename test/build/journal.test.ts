import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
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

test('lines that are right by themselves, but not behind what is before them, are none', () => {
  const { file } = written()
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
  const swapped = [lines[2], lines[3], lines[0], lines[1], ...lines.slice(4)]
  const without = lines.toSpliced(2, 2)
  const twice = [...lines.slice(0, 4), ...lines.slice(2)]
  for (const [all, ids] of [
    [swapped, []],
    [without, ['a']],
    [twice, ['a', 'b\n"ü']],
  ] as const) {
    writeFileSync(file, `${[header, ...all].join('\n')}\n`)
    const journal = new Journal(file)
    assert.is(journal.damage, 'has a damaged end, which is dropped')
    assert.equal(journal.ids(), ids)
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

const SET = (signature: string, ...paths: string[]) => ({
  key: 'set:src',
  signature,
  items: paths.map((path) => [path, 'f:1'] as const),
})
const madeFrom = (...inputs: Trace['inputs']): Trace => ({ ...trace('v'), inputs })

test('a set is written once for all who were made from it, and each reads it again', () => {
  const file = new Folder().at('journal')
  const journal = new Journal(file)
  const all = Array.from({ length: 50 }, (_, at) => `src/file${at}.txt`)
  for (const id of ['a', 'b', 'c']) journal.end(id, madeFrom({ key: 'value:x', signature: 'y' }, SET('s1', ...all)))
  journal.end('d', madeFrom(SET('s2')))
  journal.close()
  assert.is(readFileSync(file, 'utf8').split('file7.txt').length - 1, 1)
  const again = new Journal(file)
  for (const id of ['a', 'b', 'c']) assert.equal(again.trace(id), madeFrom({ key: 'value:x', signature: 'y' }, SET('s1', ...all)))
  assert.equal(again.trace('d'), madeFrom(SET('s2')))
  again.end('e', madeFrom(SET('s1', ...all)))
  again.close()
  assert.is(readFileSync(file, 'utf8').split('file7.txt').length - 1, 1)
  assert.equal(new Journal(file).trace('e'), madeFrom(SET('s1', ...all)))
})

test('who mentions a file of a set: those whose newest record needs it', () => {
  const file = new Folder().at('journal')
  const journal = new Journal(file)
  for (const id of ['a', 'b', 'c']) journal.end(id, madeFrom(SET('s1', 'src/old.txt', 'src/x.txt')))
  journal.end('b', madeFrom(SET('s2', 'src/x.txt')))
  journal.forget('c')
  journal.close()
  assert.equal(new Journal(file).mentioning('src/old.txt'), ['a'])
  assert.equal(new Journal(file).mentioning('src/x.txt').sort(), ['a', 'b'])
  assert.equal(new Journal(file).mentioning('s1'), ['a'])
})

test('a rewritten journal keeps the sets that are needed, and no other; one that is needed keeps it from being rewritten again and again', () => {
  // Who needs which is found out when it is closed, or followed from when it was first asked.
  for (const askedAt of [-1, 0, 20]) {
    const file = new Folder().at('journal')
    const paths = (round: number) => Array.from({ length: 3000 }, (_, at) => `src/folder${round}/file${at}.txt`)
    const first = new Journal(file)
    first.end('kept', madeFrom(SET('kept', ...paths(0))))
    first.end('changing', madeFrom(SET('kept', ...paths(0)), SET('before', ...paths(1))))
    first.end('gone', madeFrom(SET('of gone', ...paths(2))))
    first.close()
    const journal = new Journal(file)
    for (let round = 3; round < 40; round++) {
      if (round === askedAt + 3)
        assert.equal(journal.mentioning('src/folder0/file7.txt').sort(), ['changing', 'kept'].slice(round === 3 ? 0 : 1))
      journal.end('changing', madeFrom(SET(`s${round}`, ...paths(round))))
    }
    journal.forget('gone')
    journal.close()
    const text = readFileSync(file, 'utf8')
    assert.equal([...text.matchAll(/^S "([\w ]+)"/gm)].map((match) => match[1]).sort(), ['kept', 's39'])
    const again = new Journal(file)
    assert.equal(again.trace('kept'), madeFrom(SET('kept', ...paths(0))))
    assert.equal(again.trace('changing'), madeFrom(SET('s39', ...paths(39))))
    assert.is(again.trace('gone'), undefined)
  }
})

test('ids of any characters come back, and a checksum that is written otherwise is none', () => {
  const file = new Folder().at('journal')
  const journal = new Journal(file)
  const ids = ['plain', 'with "quotes"', 'back\\slash', 'tab\tand\nnewline', 'größe', '日本', '\u{1f600}', 'end\\']
  for (const id of ids) journal.end(id, trace(id))
  journal.close()
  assert.equal(new Journal(file).ids(), ids)
  const text = readFileSync(file, 'utf8')
  const first = text.split('\n')[1]?.slice(-8) ?? ''
  for (const other of [first.toUpperCase() === first ? 'zzzzzzzz' : first.toUpperCase(), ` ${first.slice(1)}`, `${first.slice(0, 7)}g`]) {
    writeFileSync(file, text.replace(first, other))
    assert.equal(new Journal(file).ids(), [])
  }
})

test('one whose every set is needed is not rewritten', () => {
  const file = new Folder().at('journal')
  const journal = new Journal(file)
  for (let at = 0; at < 20; at++)
    journal.end(`t${at}`, madeFrom(SET(`s${at}`, ...Array.from({ length: 2000 }, (_, one) => `src/${at}/file${one}.txt`))))
  journal.close()
  const { ino } = statSync(file)
  const again = new Journal(file)
  again.end('one more', trace('1'))
  again.close()
  assert.is(statSync(file).ino, ino)
  assert.ok(statSync(file).size > 1 << 20)
})

test('a set cut off with all behind it takes only the traces behind it along', () => {
  const file = new Folder().at('journal')
  const journal = new Journal(file)
  journal.end('a', madeFrom(SET('s1', 'src/a.txt')))
  journal.end('b', madeFrom(SET('s2', 'src/b.txt')))
  journal.close()
  const whole = readFileSync(file)
  for (let length = 0; length <= whole.length; length++) {
    writeFileSync(file, whole.subarray(0, length))
    const cut = new Journal(file)
    for (const [id, one] of [
      ['a', madeFrom(SET('s1', 'src/a.txt'))],
      ['b', madeFrom(SET('s2', 'src/b.txt'))],
    ] as const) {
      const read = cut.trace(id)
      if (read !== undefined) assert.equal(read, one)
    }
    cut.end('c', madeFrom(SET('s2', 'src/b.txt')))
    cut.close()
    assert.equal(new Journal(file).trace('c'), madeFrom(SET('s2', 'src/b.txt')))
  }
})

test('a journal of the format before is read as nothing, and written anew', () => {
  const { file } = written()
  writeFileSync(file, readFileSync(file, 'utf8').replace('coworks journal 3', 'coworks journal 2'))
  const journal = new Journal(file)
  assert.is(journal.damage, 'was written by another version of coworks, or is damaged')
  assert.equal(journal.ids(), [])
  journal.end('a', trace('3'))
  journal.close()
  const again = new Journal(file)
  assert.is(again.damage, undefined)
  assert.equal(again.ids(), ['a'])
  assert.is(again.trace('a')?.value, '3')
})

test.run()
