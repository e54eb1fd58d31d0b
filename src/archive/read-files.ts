/**
 * Many files read once: what the build must know of each (its stat, its digest), and for those that go into a zip their compressed content. Runs in
 * a worker. A file of which anything is in doubt has no answer: whoever asked looks at it by itself, and says what is wrong.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { sha256 } from '../util/hash.js'
import { joined } from './batch.js'
import { packContent } from './pack.js'

export interface ReadQuestion {
  /** Absolute paths. */
  readonly files: readonly string[]
  /** Level of zlib at which contents are compressed; nothing: they are hashed only. */
  readonly level: number | undefined
}

/** Columns, a row for each file that was asked for. A row whose digest is empty is no answer. */
export interface ReadFiles {
  readonly digests: readonly string[]
  /** size, mtime ms, ctime ms, inode, mode, hashed at (ms since 1970): six numbers a row. */
  readonly stats: Float64Array<ArrayBuffer>
  /** crc, method, bytes of the packed content: three numbers a row. */
  readonly packed: Float64Array<ArrayBuffer> | undefined
  /** The packed contents, one behind the other. */
  readonly data: Uint8Array<ArrayBuffer>
}

export const STATS = 6
export const PACKED = 3
/** Larger files are left to whoever reads them piece by piece. */
const LARGEST = 16 * 1024 * 1024

/** A pipe in a file's place must not be waited for. Windows has no such flag. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

let buffer = new Uint8Array(256 * 1024)

export function readFiles({ files, level }: ReadQuestion): ReadFiles {
  const digests: string[] = []
  const stats = new Float64Array(files.length * STATS)
  const packed = level === undefined ? undefined : new Float64Array(files.length * PACKED)
  const parts: Uint8Array[] = []
  for (const [row, file] of files.entries()) {
    const hashedAt = Date.now()
    const read = readAtRest(file)
    digests.push(read === undefined ? '' : sha256(read.content))
    if (read === undefined) continue
    const { size, mtimeMs, ctimeMs, ino, mode } = read.stat
    stats.set([size, mtimeMs, ctimeMs, ino, mode, hashedAt], row * STATS)
    if (packed === undefined || level === undefined) continue
    const { crc, method, data } = packContent(read.content, level)
    // What is stored lies in the buffer that the next file is read into.
    parts.push(method === 0 ? data.slice() : data)
    packed.set([crc, method, data.length], row * PACKED)
  }
  return { digests, stats, packed, data: joined(parts) }
}

/** A plain file that nothing wrote to while it was read. */
function readAtRest(file: string): { readonly stat: Stats; readonly content: Uint8Array } | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, READ)
    const before = fstatSync(descriptor)
    if (!before.isFile() || before.size > LARGEST) return undefined
    // One byte more than there should be: a file that grows is noticed.
    if (buffer.length <= before.size) buffer = new Uint8Array(before.size + 1)
    const size = readSync(descriptor, buffer, 0, before.size + 1, 0)
    const stat = fstatSync(descriptor)
    if (size !== stat.size || before.size !== stat.size || before.ctimeMs !== stat.ctimeMs) return undefined
    return { stat, content: buffer.subarray(0, size) }
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
