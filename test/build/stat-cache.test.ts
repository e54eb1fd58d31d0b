import { renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Snapshot } from '../../src/build/snapshot.js'
import { believable, decodeStats, encodeStats, StatCache } from '../../src/build/stat-cache.js'
import { sha256 } from '../../src/util/hash.js'
import { Folder } from '../support/folder.js'
import { search } from '../support/search.js'

const signature = (folder: Folder, cache: StatCache, path: string) => new Snapshot(folder.path, cache).signature(path)
const cacheOf = (folder: Folder) => new StatCache(folder.at('.coworks/stat'))

test('two writes of the same size within one tick of the clock are both seen', () => {
  const folder = new Folder()
  const cache = cacheOf(folder)
  for (let round = 0; round < 300; round++) {
    const text = `value ${String(round).padStart(4, '0')}`
    writeFileSync(folder.at('a'), text)
    assert.is(signature(folder, cache, 'a'), `f:${sha256(text)}`)
  }
})

test('a replaced inode and a restored mtime are seen', async () => {
  const folder = new Folder({ a: 'one' })
  const cache = cacheOf(folder)
  const snapshot = new Snapshot(folder.path, cache)
  assert.is(snapshot.signature('a'), `f:${sha256('one')}`)
  await snapshot.settle()
  const before = statSync(folder.at('a'))
  writeFileSync(folder.at('b'), 'two')
  utimesSync(folder.at('b'), before.atime, before.mtime)
  renameSync(folder.at('b'), folder.at('a'))
  assert.is(signature(folder, cache, 'a'), `f:${sha256('two')}`)
})

test('a clock that went back: a file from the future is hashed every time', () => {
  const now = Date.now()
  const record = { size: 1, mtimeMs: now + 0.5, ctimeMs: now + 0.5, ino: 1, mode: 0o100644, hashedAt: now - 3_600_000, digest: '00' }
  assert.not(believable(record, record))
  assert.ok(believable({ ...record, hashedAt: now + 1000 }, record))
})

test('a file system with a coarse clock is given two seconds', () => {
  const record = { size: 1, mtimeMs: 5000, ctimeMs: 5000, ino: 1, mode: 0o100644, hashedAt: 6000, digest: '00' }
  assert.not(believable(record, record))
  assert.ok(believable({ ...record, hashedAt: 7001 }, record))
})

test('a large one is written again once it would take longer to hash what changed', () => {
  const folder = new Folder()
  const record = (size: number) => ({ size, mtimeMs: 1.5, ctimeMs: 1.5, ino: 1, mode: 0o100644, hashedAt: 9, digest: sha256(`${size}`) })
  const first = cacheOf(folder)
  for (let index = 0; index < 3000; index++) first.set(`file ${index}`, record(10))
  first.save()
  const written = statSync(folder.at('.coworks/stat'))
  const few = cacheOf(folder)
  few.set('file 7', record(20))
  few.save()
  assert.is(statSync(folder.at('.coworks/stat')).ino, written.ino)
  assert.is(few.get('file 7')?.size, 20)
  assert.is(cacheOf(folder).get('file 7')?.size, 10) // as it was: whoever looks hashes that one file
  few.set('large', record(written.size))
  few.save()
  assert.is(cacheOf(folder).get('file 7')?.size, 20)
  assert.is(cacheOf(folder).get('large')?.size, written.size)
})

test('what is set, changed and deleted between saves is what is read again, whatever the order', () => {
  const record = (n: number) => ({ size: n, mtimeMs: n + 0.5, ctimeMs: n, ino: n, mode: 0o100644, hashedAt: n, digest: sha256(`${n}`) })
  const paths = Array.from({ length: 12 }, (_, index) => `p${index}`)
  for (const { random } of search('stat caches', 60).rounds()) {
    const folder = new Folder()
    const model = new Map<string, ReturnType<typeof record>>()
    for (let save = 0; save < 4; save++) {
      const cache = cacheOf(folder)
      for (const path of random.some(paths)) {
        if (random.chance(0.3)) {
          cache.delete(path)
          model.delete(path)
        } else {
          const one = record(random.below(1_000_000))
          cache.set(path, one)
          model.set(path, one)
        }
      }
      cache.save()
      const again = cacheOf(folder)
      for (const path of paths) assert.equal(again.get(path), model.get(path), path)
    }
  }
})

test('saved and read again; damaged anywhere it is dropped whole', () => {
  const record = { size: 3, mtimeMs: 1.25, ctimeMs: 2.5, ino: 2 ** 40 + 1, mode: 0o100755, hashedAt: 99, digest: sha256('x') }
  const records = new Map([
    ['a', record],
    ['ü/\n', { ...record, size: 2 ** 33 }],
  ])
  const bytes = encodeStats(records)
  assert.equal(decodeStats(bytes), records)
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ 0x10
    assert.throws(() => decodeStats(damaged))
  }
  for (let length = 0; length < bytes.length; length++) assert.throws(() => decodeStats(bytes.subarray(0, length)))
})

test.run()
