/** An archive made with the help of an earlier one is, to the byte, the one made from its files alone; whatever happened to the earlier one. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Earlier, manifestDigest, type ZipEntry } from '../../src/archive/index.js'
import { compressor } from '../../src/archive/keep.js'
import { writeLarge } from '../../src/archive/write-large.js'
import { writeSmall } from '../../src/archive/write-small.js'
import { writeWith } from '../../src/archive/write-zip.js'
import { sha256 as digest } from '../../src/util/hash.js'
import { entry, inFolder } from './support.js'

const text = (seed: number, length = 400) => Array.from({ length }, (_, at) => `${(at * seed * 31) % 97} `).join('')
const pictures = (seed: number) => Uint8Array.from({ length: 300 }, (_, at) => (at * at * 7919 * (seed + 1)) >> 3)
const LIST = Array.from({ length: 20 }, (_, at) =>
  entry(`node_modules/p${at % 4}/f${at}`, at % 5 === 0 ? pictures(at) : at % 7 === 0 ? '' : text(at)),
)

/** Writes `before`; what an earlier archive of it is known as. */
async function earlierOf(folder: string, before: readonly ZipEntry[]): Promise<Earlier> {
  const file = join(folder, 'before.zip')
  const written = await writeWith(writeLarge, before, file)
  const digests = new Map(before.map(({ name, digest }) => [name, digest]))
  const { sha256, compressor } = written
  return { file, sha256, compressor, manifest: manifestDigest(before), digestOf: (name) => digests.get(name) }
}

async function bytesOf(folder: string, entries: readonly ZipEntry[], earlier?: Earlier): Promise<Buffer> {
  const file = join(folder, 'now.zip')
  const { sha256 } = await writeWith(writeLarge, entries, file, { earlier })
  const bytes = readFileSync(file)
  assert.is(sha256, digest(bytes))
  return bytes
}

/** The same entries, of files that are not there: to be had from an earlier archive only. */
const gone = (entries: readonly ZipEntry[]) =>
  entries.map((one) => (one.size === 0 ? one : { ...one, source: { file: '/nowhere/at/all' } }))

test('what did not change is not read again', () =>
  inFolder(async (folder) => {
    const earlier = await earlierOf(folder, LIST)
    const edited = entry('node_modules/p1/f9', 'edited')
    const [before, after] = [gone(LIST.slice(0, 9)), gone(LIST.slice(10))]
    const now = [...LIST.slice(0, 9), edited, ...LIST.slice(10)]
    assert.equal(await bytesOf(folder, [...before, edited, ...after], earlier), await bytesOf(folder, now))
  }))

test('whatever is edited, added, removed, swapped or made executable: the bytes are those of an archive made from nothing', async () => {
  const edit = fc.record({
    at: fc.nat(LIST.length - 1),
    kind: fc.constantFrom('edit', 'remove', 'add', 'mode', 'swap', 'empty', 'rename'),
    seed: fc.nat(1000),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 8 }), fc.array(fc.nat(LIST.length - 1), { maxLength: 4 }), (edits, unknown) =>
      inFolder(async (folder) => {
        const now = new Map(LIST.map((one) => [one.name, one]))
        for (const { at, kind, seed } of edits) {
          const one = LIST[at] as ZipEntry
          const other = LIST[seed % LIST.length] as ZipEntry
          if (kind === 'edit') now.set(one.name, entry(one.name, text(seed), one.mode))
          if (kind === 'empty') now.set(one.name, entry(one.name, ''))
          if (kind === 'remove') now.delete(one.name)
          if (kind === 'add') now.set(`a/${seed}`, entry(`a/${seed}`, text(seed)))
          if (kind === 'mode') now.set(one.name, { ...one, mode: 0o755 })
          if (kind === 'swap') now.set(one.name, { ...other, name: one.name }).set(other.name, { ...one, name: other.name })
          if (kind === 'rename') now.set(`z/${seed}`, { ...one, name: `z/${seed}` }).delete(one.name)
        }
        const earlier = await earlierOf(folder, LIST)
        const lost = new Set(unknown.map((at) => LIST[at]?.name))
        const partly = { ...earlier, digestOf: (name: string) => (lost.has(name) ? undefined : earlier.digestOf(name)) }
        assert.equal(await bytesOf(folder, [...now.values()], partly), await bytesOf(folder, [...now.values()]))
      }),
    ),
    { numRuns: 40 },
  )
})

test('an earlier archive that is not what was recorded is not used', () =>
  inFolder(async (folder) => {
    const earlier = await earlierOf(folder, LIST)
    const clean = await bytesOf(folder, LIST)
    const bytes = readFileSync(earlier.file)
    const refused = async (one: Earlier, why: string) => {
      assert.equal(await bytesOf(folder, LIST, one), clean, why)
      let read = false
      await writeWith(writeLarge, gone(LIST), join(folder, 'no.zip'), { earlier: one }).catch(() => {
        read = true
      })
      assert.ok(read, `${why}: its bytes were taken`)
    }
    const [first, second] = LIST.map(({ name }) => name)
    const swapped = (name: string) => earlier.digestOf(name === first ? `${second}` : name === second ? `${first}` : name)
    await refused({ ...earlier, digestOf: swapped }, 'names that are said to have had another content')
    await refused({ ...earlier, compressor: 'zlib 1.2.3, level 6, 0' }, 'another zlib')
    await refused({ ...earlier, compressor: compressor(9) }, 'another level')
    await refused({ ...earlier, manifest: manifestDigest(LIST.slice(1)) }, 'another manifest')
    for (const [why, content] of [
      ['one bit', Buffer.from(bytes).fill((bytes[60] ?? 0) ^ 1, 60, 61)],
      ['cut off', bytes.subarray(0, -1)],
      ['empty', Buffer.alloc(0)],
      ['no zip', Buffer.from('hello')],
    ] as const) {
      writeFileSync(earlier.file, content)
      await refused(earlier, why)
    }
    rmSync(earlier.file)
    await refused(earlier, 'gone')
    mkdirSync(earlier.file)
    await refused(earlier, 'a folder')
  }))

test('an archive of another writer, though recorded, gives nothing', () =>
  inFolder(async (folder) => {
    const earlier = await earlierOf(folder, LIST)

    const { sha256 } = await writeWith(writeSmall, LIST, earlier.file)
    assert.equal(await bytesOf(folder, LIST, { ...earlier, sha256 }), await bytesOf(folder, LIST))
  }))

test.run()
