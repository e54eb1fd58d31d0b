/** Files read ahead in worker threads: what is said of them, and that a zip of what they compressed is the zip of the files. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { packedAhead } from '../../src/archive/ahead.js'
import { forgetPacked, readAhead, writeZip, type ZipEntry } from '../../src/archive/index.js'
import { LEVEL, packContent } from '../../src/archive/pack.js'
import { sha256 } from '../../src/util/hash.js'
import { inFolder } from './support.js'

test.after.each(forgetPacked)

/** Contents of many kinds: empty, tiny, larger than the buffer they are read into, some that do not compress. */
function contents(): Uint8Array[] {
  const noise = (length: number, seed: number) =>
    Uint8Array.from({ length }, (_, index) => (Math.imul(index + seed, 2654435761) >>> 13) ^ (index * seed))
  return [
    ...Array.from({ length: 300 }, (_, index) => Buffer.from(`export const n${index} = ${'word '.repeat(index)}\n`)),
    new Uint8Array(),
    Buffer.from('x'),
    noise(700, 3),
    noise(300_000, 5),
    Buffer.from('a long line\n'.repeat(60_000)),
  ]
}

function written(folder: string): string[] {
  return contents().map((content, index) => {
    const file = join(folder, `f${String(index).padStart(4, '0')}`)
    writeFileSync(file, content, { mode: index % 5 === 0 ? 0o755 : 0o644 })
    return file
  })
}

test('says of each file what it is, in the order asked', () =>
  inFolder(async (folder) => {
    const files = written(folder)
    const read = await readAhead(files, true)
    assert.is(read.length, files.length)
    for (const [index, file] of files.entries()) {
      const { size, mtimeMs, ctimeMs, ino, mode } = statSync(file)
      const { hashedAt = 0, digest, ...stat } = read[index] ?? { digest: undefined }
      assert.equal(stat, { size, mtimeMs, ctimeMs, ino, mode })
      assert.is(digest, sha256(readFileSync(file)))
      assert.ok(Math.abs(hashedAt - Date.now()) < 60_000)
    }
  }))

test('a zip of what was compressed ahead is, to the byte, that of the files, some of them changed since', () =>
  inFolder(async (folder) => {
    const files = written(folder)
    const entries = (): ZipEntry[] =>
      files.map((file, index) => {
        const bytes = readFileSync(file)
        return { name: `n/${index}`, mode: index % 5 === 0 ? 0o755 : 0o644, digest: sha256(bytes), size: bytes.length, source: { file } }
      })
    const zipOf = async (name: string) => {
      await writeZip(entries(), join(folder, name))
      return readFileSync(join(folder, name))
    }
    const plain = await zipOf('plain.zip')
    await readAhead(files, true)
    assert.ok(packedAhead(sha256('x'), LEVEL))
    assert.ok((await zipOf('ahead.zip')).equals(plain))
    // One in the middle is not what it was: it alone is read again.
    writeFileSync(files[150] ?? '', 'changed')
    const mixed = await zipOf('mixed.zip')
    forgetPacked()
    assert.is(packedAhead(sha256('x'), LEVEL), undefined)
    assert.ok((await zipOf('changed.zip')).equals(mixed))
  }))

test('what is compressed ahead is not taken for another level', () =>
  inFolder(async (folder) => {
    const files = written(folder)
    await readAhead(files, true)
    for (const level of [0, 1, 9]) assert.is(packedAhead(sha256('x'), level), undefined)
  }))

test('without packing, files are hashed and nothing is kept', () =>
  inFolder(async (folder) => {
    const files = written(folder)
    const read = await readAhead(files, false)
    assert.equal(
      read.map((one) => one?.digest),
      contents().map((content) => sha256(content)),
    )
    assert.is(packedAhead(sha256('x'), LEVEL), undefined)
  }))

test('what is no plain file, or not there, has no answer, and does not keep the others from theirs', () =>
  inFolder(async (folder) => {
    const at = (name: string) => join(folder, name)
    writeFileSync(at('first'), 'first')
    mkdirSync(at('dir'))
    symlinkSync('nowhere', at('dangling'))
    symlinkSync('first', at('link'))
    writeFileSync(at('last'), 'last')
    // Whoever opens a pipe waits for a writer.
    const pipe = spawnSync('mkfifo', [at('pipe')]).status === 0 ? ['pipe'] : []
    if (pipe.length === 0) console.log('\nSKIPPED a pipe: no mkfifo here')
    const names = ['first', 'dir', 'dangling', 'missing', 'first/below', ...pipe, 'link', 'last']
    const read = await readAhead(names.map(at), true)
    const known = names.filter((_, index) => read[index] !== undefined)
    assert.equal(known, ['first', 'link', 'last'])
    assert.is(read.at(-1)?.digest, sha256('last'))
    assert.ok((await writeOne(at('last'), at('x.zip'))).equals(await writeOne(at('last'), at('y.zip'))))
  }))

function writeOne(file: string, zip: string): Promise<Buffer> {
  const bytes = readFileSync(file)
  const entries = Array.from(
    { length: 9 },
    (_, index): ZipEntry => ({ name: `${index}`, mode: 0o644, digest: sha256(bytes), size: bytes.length, source: { file } }),
  )
  return writeZip(entries, zip).then(() => readFileSync(zip))
}

test('an interrupt ends it, and a later one reads on with the same threads', () =>
  inFolder(async (folder) => {
    const files = written(folder)
    const interrupt = new AbortController()
    const reading = readAhead(files, true, interrupt.signal)
    const reason = new Error('interrupted')
    interrupt.abort(reason)
    assert.is(await reading.catch((error) => error), reason)
    const read = await readAhead(files, false)
    assert.ok(read.every((one) => one !== undefined))
    rmSync(files[0] ?? '')
    assert.is((await readAhead(files, false))[0], undefined)
  }))

test('a content compressed in as little memory as it needs comes out as with all of it', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 2000 }),
        fc
          .tuple(fc.string({ minLength: 1, maxLength: 40 }), fc.integer({ min: 0, max: 3000 }))
          .map(([word, times]) => Buffer.from(word.repeat(times))),
        // Around the sizes at which the window doubles.
        fc.tuple(fc.integer({ min: 9, max: 15 }), fc.integer({ min: -3, max: 3 })).map(([bits, by]) => {
          const size = 2 ** bits - 262 + by
          return Uint8Array.from({ length: size }, (_, index) => (index * index) % 61)
        }),
      ),
      fc.integer({ min: 1, max: 9 }),
      (content, level) => {
        const { method, data, size } = packContent(content, level)
        assert.is(size, content.length)
        if (method === 0) return assert.ok(Buffer.from(data).equals(content))
        assert.ok(Buffer.from(data).equals(deflateRawSync(content, { level })))
        assert.ok(inflateRawSync(data).equals(content))
      },
    ),
    { numRuns: 1000 },
  )
})

test.run()
