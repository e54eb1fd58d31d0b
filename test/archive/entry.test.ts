import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkEntries, entryNameProblem, manifestDigest } from '../../src/archive/index.js'
import { entry } from './support.js'

const whats = (...names: string[]) => checkEntries(names.map((name) => entry(name, ''))).map(({ where, what }) => `${where}: ${what}`)

test('names that a writer or reader would rewrite are refused, each with its reason', () => {
  const bad: [string, string][] = [
    ['', 'is empty'],
    ['/etc/passwd', 'is absolute'],
    ['a\\b', 'has a backslash'],
    ['C:x', 'has a colon'],
    ['a\0b', 'has a control character'],
    ['a\nb', 'has a control character'],
    ['a\ud800b', 'is not valid Unicode'],
    ['a//b', 'has an empty segment'],
    ['a/', 'has an empty segment'],
    ['./a', 'has the segment `.`'.replace(/`$/, "'")],
    ['a/../b', "has the segment `..'"],
    ['é'.repeat(32768), 'is longer than 65535 bytes'],
  ]
  for (const [name, problem] of bad) assert.is(entryNameProblem(name), problem, JSON.stringify(name.slice(0, 20)))
  for (const name of ['a', '.env', '...', 'a b', 'à/日本', '@scope/x', 'a..b/c', '$x', 'a\u0301'])
    assert.is(entryNameProblem(name), undefined)
})

test('a list that contradicts itself is refused', () => {
  assert.equal(whats('a', 'b/c', 'b/d'), [])
  assert.equal(whats('a', 'b', 'a'), ['a: two files have this name in the archive'])
  assert.equal(whats('a', 'a/b'), ["a: is a file, and a folder because of `a/b'"])
  assert.equal(whats('a', 'a-b', 'a/b/c'), ["a: is a file, and a folder because of `a/b/c'"])
  assert.match(whats('caf\u00e9', 'cafe\u0301').join(), /differ only in their Unicode normal form/)
  assert.match(whats('\u00e9', 'e\u0301/x').join(), /is a file, and a folder/)
  assert.is(whats('../x', '/y', 'ok').length, 2)
  assert.equal(whats('a\u001bb'), ['a\\x1bb: the name has a control character'])
})

test('a file larger than can be read in one piece is refused', () => {
  assert.match(
    checkEntries([{ ...entry('a', ''), size: 3e9 }])
      .map(({ what }) => what)
      .join(),
    /2 GiB/,
  )
})

test('the manifest changes with a name, a mode and a content, and with nothing else', () => {
  const base = manifestDigest([entry('a', '1'), entry('b', '2')])
  assert.is(manifestDigest([entry('b', '2'), entry('a', '1')]), base)
  assert.is(manifestDigest([{ ...entry('a', '1'), source: { file: '/elsewhere' } }, entry('b', '2')]), base)
  const others = [
    [entry('a', '2'), entry('b', '2')],
    [entry('A', '1'), entry('b', '2')],
    [entry('a', '1', 0o755), entry('b', '2')],
    [entry('a', '1')],
    [],
  ]
  for (const other of others) assert.is.not(manifestDigest(other), base)
})

test('what is not refused is a path that node itself leaves as it is', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      if (entryNameProblem(name) !== undefined) return
      assert.is(
        new URL(`file:///${name.split('/').map(encodeURIComponent).join('/')}`).pathname.split('/').length,
        name.split('/').length + 1,
      )
    }),
  )
})

test.run()
