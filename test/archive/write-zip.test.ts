/** One contract, held by both writers; then what belongs to one of them only. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite, test } from 'uvu'
import * as assert from 'uvu/assert'
import { entryNameProblem, writeZip, type ZipEntry } from '../../src/archive/index.js'
import { packInWorkers, workerFile } from '../../src/archive/pool.js'
import { writeLarge } from '../../src/archive/write-large.js'
import { writeSmall } from '../../src/archive/write-small.js'
import { SMALL, SMALL_BYTES, writeWith } from '../../src/archive/write-zip.js'
import { centralHeader, endRecords } from '../../src/archive/zip-format.js'
import { sha256 } from '../../src/util/hash.js'
import { CoworksError } from '../../src/util/problem.js'
import { countEntries, entry, inFolder, unpack } from './support.js'

const SAMPLE = [
  entry('index.mjs', 'export const handler = () => 1\n'.repeat(200)),
  entry('bin/tool', '#!/bin/sh\n', 0o755),
  entry('empty', ''),
  entry(
    'data/à日本.bin',
    Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251),
  ),
]

async function thrown(run: Promise<unknown>): Promise<unknown> {
  try {
    await run
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

for (const [title, writer] of [
  ['archiver', writeSmall],
  ['parallel writer', writeLarge],
] as const) {
  const contract = suite(title)
  const bytesOf = (entries: readonly ZipEntry[], options = {}) =>
    inFolder(async (folder) => {
      const file = join(folder, 'x.zip')
      const result = await writeWith(writer, entries, file, options)
      const bytes = readFileSync(file)
      assert.is(result.size, bytes.length)
      assert.is(result.sha256, sha256(bytes))
      return { bytes, result, unpacked: await unpack(file) }
    })

  contract('comes back as it went in: sorted, dated 1980, with its modes', async () => {
    const { result, unpacked } = await bytesOf(SAMPLE)
    assert.equal(
      unpacked.map(({ name, mode, date }) => ({ name, mode, date })),
      [
        { name: 'bin/tool', mode: 0o100755, date: '1980-01-01T00:00:00.000Z' },
        { name: 'data/à日本.bin', mode: 0o100644, date: '1980-01-01T00:00:00.000Z' },
        { name: 'empty', mode: 0o100644, date: '1980-01-01T00:00:00.000Z' },
        { name: 'index.mjs', mode: 0o100644, date: '1980-01-01T00:00:00.000Z' },
      ],
    )
    for (const { name, content } of unpacked) assert.is(sha256(content), SAMPLE.find((one) => one.name === name)?.digest)
    assert.is(result.entries, 4)
    assert.is(
      result.unzippedSize,
      SAMPLE.reduce((sum, { size }) => sum + size, 0),
    )
  })

  contract('unzip and python read it too', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'x.zip')
      await writeWith(writer, SAMPLE, file)
      const unzip = spawnSync('unzip', ['-t', file], { encoding: 'utf8' })
      if (unzip.error !== undefined) console.log('\nSKIPPED unzip -t: no unzip here')
      else assert.is(unzip.status, 0, unzip.stdout + unzip.stderr)
      const script = 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(len(z.namelist()))'
      const python = spawnSync('python3', ['-c', script, file], { encoding: 'utf8' })
      if (python.error !== undefined) console.log('\nSKIPPED zipfile: no python3 here')
      else assert.is(python.stdout.trim(), '4', python.stderr)
    }),
  )

  contract('an archive of nothing is an archive', async () => {
    const { bytes, result } = await bytesOf([])
    assert.is(result.entries, 0)
    assert.is(bytes.length, 22)
  })

  contract('neither the order given, the place of a file nor its times are seen', () =>
    inFolder(async (folder) => {
      const { bytes } = await bytesOf(SAMPLE)
      assert.equal((await bytesOf([...SAMPLE].reverse())).bytes, bytes)
      const onDisk = SAMPLE.map((one, i): ZipEntry => {
        const file = join(folder, String(i))
        if ('bytes' in one.source) writeFileSync(file, one.source.bytes)
        utimesSync(file, i * 1e8, i * 1e8)
        chmodSync(file, 0o700)
        return { ...one, source: { file } }
      })
      assert.equal((await bytesOf(onDisk)).bytes, bytes)
    }),
  )

  contract('neither time zone, locale, umask nor the number of workers are seen', async () => {
    const { result } = await bytesOf(SAMPLE)
    for (const workers of [0, 1, 2]) assert.is((await bytesOf(SAMPLE, { workers })).result.sha256, result.sha256)
    const script = `
      process.umask(0o077)
      const { writeWith } = await import(${JSON.stringify(new URL('../../src/archive/write-zip.js', import.meta.url).href)})
      const { ${writer.name} } = await import(${JSON.stringify(
        new URL(`../../src/archive/${title === 'archiver' ? 'write-small' : 'write-large'}.js`, import.meta.url).href,
      )})
      const entries = JSON.parse(process.argv[1]).map((one) => ({ ...one, source: { bytes: Buffer.from(one.bytes, 'base64') } }))
      console.log((await writeWith(${writer.name}, entries, process.argv[2])).sha256)`
    const portable = SAMPLE.map(({ source, ...rest }) => ({
      ...rest,
      bytes: 'bytes' in source ? Buffer.from(source.bytes).toString('base64') : '',
    }))
    for (const TZ of ['Pacific/Kiritimati', 'America/Los_Angeles']) {
      await inFolder((folder) => {
        const args = ['--input-type=module', '-e', script, JSON.stringify(portable), join(folder, 'x.zip')]
        const child = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, TZ, LC_ALL: 'tr_TR.UTF-8' } })
        assert.is(child.stdout.trim(), result.sha256, child.stderr)
      })
    }
  })

  contract('whatever the names and contents, they come back', async () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    const name = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
    const file = fc.record({
      name: name.filter((one) => entryNameProblem(one) === undefined),
      content: fc.uint8Array({ maxLength: 300 }),
      mode: fc.constantFrom(0o644 as const, 0o755 as const),
    })
    const files = fc.uniqueArray(file, { maxLength: 6, selector: (one) => one.name.normalize('NFC').split('/')[0] })
    await fc.assert(
      fc.asyncProperty(files, async (list) => {
        const { unpacked } = await bytesOf(list.map((one) => entry(one.name, one.content, one.mode)))
        const expected = new Map(list.map((one) => [one.name, `${one.mode} ${sha256(one.content)}`]))
        assert.equal(new Map(unpacked.map((one) => [one.name, `${one.mode & 0o777} ${sha256(one.content)}`])), expected)
      }),
      { numRuns: 40 },
    )
  })

  contract('a file that is no longer what was hashed fails, and leaves nothing', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'source')
      const out = join(folder, 'out.zip')
      const changes: [string, () => void, RegExp][] = [
        ['same length', () => writeFileSync(file, 'bbb'), /^deep\/name · changed during the build · /],
        ['longer', () => writeFileSync(file, 'aaaa'), /changed during the build/],
        ['gone', () => rmSync(file), /was removed during the build/],
        [
          'a folder',
          () => {
            rmSync(file)
            symlinkSync(folder, file)
          },
          /changed during the build/,
        ],
      ]
      for (const [what, change, message] of changes) {
        rmSync(file, { force: true })
        writeFileSync(file, 'aaa')
        const entries: ZipEntry[] = [{ ...entry('deep/name', 'aaa'), source: { file } }, ...SAMPLE]
        await writeWith(writer, entries, out)
        change()
        for (const workers of [0, 1]) {
          const error = await thrown(writeWith(writer, entries, out, { workers }))
          assert.instance(error, CoworksError, what)
          assert.match((error as Error).message, message)
          assert.not.ok(existsSync(out), what)
        }
      }
    }),
  )

  contract('entries that contradict themselves are refused before anything is written', () =>
    inFolder(async (folder) => {
      const error = await thrown(writeWith(writer, [entry('a', '1'), entry('a', '2'), entry('../b', '')], join(folder, 'x.zip')))
      assert.is((error as CoworksError).problems.length, 2)
      assert.equal(readdirSync(folder), [])
    }),
  )

  contract('an abort, before or in the middle, ends it with the reason and leaves nothing', () =>
    inFolder(async (folder) => {
      const out = join(folder, 'x.zip')
      const reason = new Error('enough')
      assert.is(await thrown(writeWith(writer, SAMPLE, out, { signal: AbortSignal.abort(reason) })), reason)
      const many = Array.from({ length: 400 }, (_, i) => entry(`f${i}`, `${i} `.repeat(20_000)))
      for (const workers of [0, 2]) {
        const controller = new AbortController()
        setTimeout(() => controller.abort(reason), 60)
        assert.is(await thrown(writeWith(writer, many, out, { workers, signal: controller.signal })), reason)
        assert.not.ok(existsSync(out))
      }
    }),
  )

  contract('a folder that is not there is an error, not a hang', () =>
    inFolder(async (folder) => {
      assert.match(String(await thrown(writeWith(writer, SAMPLE, join(folder, 'no/x.zip')))), /ENOENT/)
    }),
  )

  contract('level 0 stores, another level makes other bytes of the same contents', async () => {
    const stored = await bytesOf(SAMPLE, { level: 0 })
    assert.ok(stored.unpacked.every(({ method }) => method === 0))
    assert.ok((await bytesOf(SAMPLE)).bytes.length < stored.bytes.length)
  })

  contract.run()
}

test('the entries alone choose the writer: few and small ones archiver', () =>
  inFolder(async (folder) => {
    const out = join(folder, 'x.zip')
    const many = (count: number) => Array.from({ length: count }, (_, i) => entry(`f${i}`, `${i}`.repeat(100)))
    const large = (bytes: number) => [entry('a', 'a'), entry('index.mjs', 'word '.repeat(bytes).slice(0, bytes - 1))]
    for (const [entries, writer] of [
      [many(SMALL), writeSmall],
      [many(SMALL + 1), writeLarge],
      [large(SMALL_BYTES), writeSmall],
      [large(SMALL_BYTES + 1), writeLarge],
    ] as const) {
      const [small, other] = [await writeWith(writeSmall, entries, out), await writeWith(writeLarge, entries, out)]
      assert.is.not(small.sha256, other.sha256) // or the rest would show nothing
      assert.is((await writeZip(entries, out)).sha256, (await writeWith(writer, entries, out)).sha256)
    }
  }))

test('parallel writer: many batches in many orders, the same bytes from 0, 1, 2 and 5 workers', () =>
  inFolder(async (folder) => {
    const entries = Array.from({ length: 900 }, (_, i) => entry(`f${i}`, `${i} `.repeat(((i * 7919) % 3000) + 1)))
    entries.push(entry('large', new Uint8Array(3e6)))
    const sums = new Set<string>()
    for (const workers of [undefined, 0, 1, 2, 5]) sums.add((await writeZip(entries, join(folder, 'x.zip'), { workers })).sha256)
    assert.is(sums.size, 1)
    assert.is((await unpack(join(folder, 'x.zip'))).length, 901)
  }))

test('parallel writer: the worker script is found, and one that cannot start is an error, not a hang', async () => {
  const batch = [[entry('a', '1')], [entry('b', '2')]]
  const run = async (script: string) => {
    const names: string[] = []
    for await (const { entries } of packInWorkers(batch, { workers: 2, level: 6, script })) names.push(...entries.map(({ name }) => name))
    return names
  }
  assert.equal(await run(workerFile() ?? ''), ['a', 'b'])
  assert.match(String(await thrown(run('/no/such/worker.js'))), /no\/such\/worker/)
  await inFolder(async (folder) => {
    const dies = join(folder, 'dies.mjs')
    writeFileSync(dies, "import { parentPort } from 'node:worker_threads'\nparentPort.on('message', () => process.exit())\n")
    assert.match(String(await thrown(run(dies))), /a thread that compresses ended/)
  })
})

test('parallel writer: archives that are made at once share the workers, and each gets its own bytes', () =>
  inFolder(async (folder) => {
    const lists = Array.from({ length: 12 }, (_, zip) =>
      Array.from({ length: 40 }, (_, i) => entry(`f${i}`, `${zip} ${i} `.repeat(((i * 7919 + zip) % 900) + 1))),
    )
    const write = (workers: number) =>
      Promise.all(lists.map((entries, zip) => writeZip(entries, join(folder, `${zip}-${workers}.zip`), { workers })))
    assert.equal(await write(2), await write(0))
  }))

test('parallel writer: a slice of a large buffer travels without the rest of it', () =>
  inFolder(async (folder) => {
    const whole = Buffer.alloc(64 * 1024, 'abc')
    const entries = Array.from({ length: 60 }, (_, i) => entry(`f${i}`, whole.subarray(i * 1000, i * 1000 + 500)))
    const [here, there] = [
      await writeZip(entries, join(folder, 'x.zip'), { workers: 0 }),
      await writeZip(entries, join(folder, 'x.zip'), { workers: 2 }),
    ]
    assert.is(here.sha256, there.sha256)
  }))

test('parallel writer: what deflate would make larger is stored', () =>
  inFolder(async (folder) => {
    const noise = Uint8Array.from({ length: 64 }, (_, i) => Number.parseInt(sha256(String(i)).slice(0, 2), 16))
    await writeWith(writeLarge, [entry('noise', noise), entry('text', 'a'.repeat(99))], join(folder, 'x.zip'))
    assert.equal(
      (await unpack(join(folder, 'x.zip'))).map(({ method }) => method),
      [0, 8],
    )
  }))

test('parallel writer: 65,535 entries and more need ZIP64, and have it', () =>
  inFolder(async (folder) => {
    const out = join(folder, 'x.zip')
    for (const count of [65_534, 65_535, 65_600]) {
      const entries = Array.from({ length: count }, (_, i) => entry(`${i}`, 'x'))
      assert.is((await writeZip(entries, out)).entries, count)
      const bytes = readFileSync(out)
      assert.is(bytes.includes(Buffer.from([0x50, 0x4b, 6, 6]), bytes.length - 200), count >= 65_535)
      assert.is(await countEntries(out), count)
    }
    const unzip = spawnSync('unzip', ['-tqq', out], { encoding: 'utf8' })
    if (unzip.error === undefined) assert.is(unzip.status, 0, unzip.stdout + unzip.stderr)
  }))

test('parallel writer: an offset past 4 GiB goes to the extra field and the ZIP64 record', () => {
  const packed = { name: 'a', mode: 0o644, crc: 0, method: 0, size: 0, packedSize: 0 } as const
  const far = centralHeader(packed, 5e9)
  assert.is(far.readUInt32LE(42), 0xffffffff)
  assert.is(far.readUInt16LE(30), 12)
  assert.is(far.readBigUInt64LE(46 + 1 + 4), 5_000_000_000n)
  assert.is(centralHeader(packed, 4e9).length, 47)
  assert.is(endRecords(1, 47, 5e9).length, 22 + 76)
  assert.is(endRecords(1, 47, 5e9).readBigUInt64LE(48), 5_000_000_000n)
})

test.run()
