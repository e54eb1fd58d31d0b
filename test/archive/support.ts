/** What the tests of the archive share: entries made of text, a folder of one's own, and a reader that is not ours. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import yauzl from 'yauzl'
import type { ZipEntry } from '../../src/archive/index.js'
import { sha256 } from '../../src/util/hash.js'

export function entry(name: string, content: string | Uint8Array, mode: ZipEntry['mode'] = 0o644): ZipEntry {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return { name, mode, digest: sha256(bytes), size: bytes.length, source: { bytes } }
}

export async function inFolder<T>(run: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'coworks-archive-'))
  try {
    return await run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export interface Unpacked {
  readonly name: string
  readonly mode: number
  readonly content: Buffer
  readonly method: number
  readonly date: string
}

/** What yauzl finds in a zip, in the order of its central directory. It refuses sizes that do not agree. */
export async function unpack(file: string): Promise<Unpacked[]> {
  const zip = await yauzl.openPromise(file, { strictFileNames: true, lazyEntries: true, autoClose: false })
  const all: Unpacked[] = []
  try {
    for await (const found of zip.eachEntry()) {
      all.push({
        name: found.fileName,
        mode: found.externalFileAttributes >>> 16,
        content: await buffer(await zip.openReadStreamPromise(found)),
        method: found.compressionMethod,
        date: found.getLastModDate({ timezone: 'UTC' }).toISOString(),
      })
    }
  } finally {
    zip.close()
  }
  return all
}

/** How many entries yauzl lists, without reading their contents. */
export async function countEntries(file: string): Promise<number> {
  const zip = await yauzl.fromBufferPromise(readFileSync(file), { strictFileNames: true, lazyEntries: true })
  let count = 0
  for await (const _ of zip.eachEntry()) count++
  return count
}
