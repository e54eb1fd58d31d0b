/**
 * path -> digest, believed only while the file's stat says that its bytes are still those that were hashed.
 *
 * An entry is believed when size, ctime, mtime, inode and mode are equal AND the file was already older than the moment
 * it was hashed by more than the clock of the file system ticks: two writes of equal size within one tick look alike,
 * and the second would be missed otherwise. ctime, unlike mtime, cannot be set back by a program.
 *
 * The file, little endian: "cwstat02", u32 count, u32 length of the paths, the columns: f64 size, f64 mtime ms, f64 ctime ms, f64 inode,
 * f64 hashed-at ms, u32 mode, 32 bytes digest; the paths (UTF-8, each ended by a NUL); last the crc32 of all before.
 * Anything wrong with it: it is dropped, and every file is hashed again. It is read as it is, without an object for each file.
 */
import { mkdirSync, readFileSync, renameSync, type Stats, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import type { HashedFile } from '../util/hashed-file.js'
import { tickOf } from './file-clock.js'
import { removeQuietly } from './leftovers.js'
import { PathRows } from './path-rows.js'

const MAGIC = 'cwstat02'
/** May the digest be believed for a file that looks like this now? */
export function believable(record: HashedFile, now: Pick<Stats, 'size' | 'mtimeMs' | 'ctimeMs' | 'ino' | 'mode'>): boolean {
  return (
    record.size === now.size &&
    record.ctimeMs === now.ctimeMs &&
    record.mtimeMs === now.mtimeMs &&
    record.ino === now.ino &&
    record.mode === now.mode &&
    wasAtRest(record)
  )
}

/** Was the file older, when it was hashed, than what its clock can tell apart? */
export function wasAtRest({ hashedAt, ctimeMs }: Pick<HashedFile, 'hashedAt' | 'ctimeMs'>): boolean {
  return hashedAt - tickOf(ctimeMs) > ctimeMs
}

/** Of a file that was hashed after the clock of its file system had passed its times: older than any tick, as it were. */
export function provenAtRest(record: HashedFile): HashedFile {
  return { ...record, hashedAt: Math.max(record.hashedAt, record.ctimeMs + tickOf(record.ctimeMs) + 1) }
}

export class StatCache {
  private readonly before: Columns
  /** Of this process: what was hashed, and what is gone (nothing). */
  private readonly now = new Map<string, HashedFile | undefined>()
  private changed = false

  constructor(private readonly file: string) {
    this.before = load(file)
  }

  get(path: string): HashedFile | undefined {
    return this.now.has(path) ? this.now.get(path) : this.before.get(path)
  }

  /** As `get`, of a path of which `before` was known: read again only where this process learned more. */
  since(path: string, before: HashedFile): HashedFile | undefined {
    return this.now.has(path) ? this.now.get(path) : before
  }

  has(path: string): boolean {
    return this.now.has(path) ? this.now.get(path) !== undefined : this.before.paths.rowOf(path) !== undefined
  }

  set(path: string, record: HashedFile): void {
    this.now.set(path, record)
    this.changed = true
  }

  delete(path: string): void {
    if (this.get(path) === undefined) return
    this.now.set(path, undefined)
    this.changed = true
  }

  /**
   * Writes it whole and renames it into place, if that takes less time than to hash again what changed. Where it cannot be written (a full disk, a
   * read-only project), only time is lost.
   */
  save(): void {
    if (!this.changed || !this.isWorthAWrite()) return
    const temporary = `${this.file}.${process.pid}.tmp`
    try {
      mkdirSync(dirname(this.file), { recursive: true })
      writeFileSync(temporary, encode(this.before, this.now), { mode: 0o600 })
      renameSync(temporary, this.file)
      this.changed = false
    } catch {
      removeQuietly(temporary)
    }
  }

  /** A large project's takes as long to write as some hundred kB to hash, and an edit changes a few files. */
  private isWorthAWrite(): boolean {
    let bytes = 0
    for (const record of this.now.values()) bytes += OPENING + (record?.size ?? 0)
    return bytes > this.before.bytes.length
  }
}

/** Opening a file takes as long as hashing so many bytes of one. */
const OPENING = 25_000

function load(file: string): Columns {
  try {
    return new Columns(readFileSync(file))
  } catch {
    return new Columns() // missing or damaged: only time is lost
  }
}

const HEAD = 16
const NUMBERS = 5
const ROW = NUMBERS * 8 + 4 + 32

/** The records of a file, each made an object only when it is asked for. */
class Columns {
  readonly paths: PathRows
  readonly count: number
  private readonly numbers: Float64Array

  /** @throws Error on anything that `encode` did not write. */
  constructor(readonly bytes: Buffer = Buffer.alloc(0)) {
    if (bytes.length === 0) {
      this.paths = new PathRows('', 0)
      this.count = 0
      this.numbers = new Float64Array()
      return
    }
    if (bytes.length < HEAD + 4 || bytes.toString('latin1', 0, 8) !== MAGIC) throw new Error('not a stat cache')
    if (crc32(bytes.subarray(0, -4)) !== bytes.readUInt32LE(bytes.length - 4)) throw new Error('damaged')
    this.count = bytes.readUInt32LE(8)
    // Ten thousand records are read five times as fast as by the calls of Buffer. A small file shares its memory, and lies anywhere in it.
    const own = (bytes.byteOffset + HEAD) % 8 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer)
    this.numbers = new Float64Array(own.buffer, own.byteOffset + HEAD, this.count * NUMBERS)
    this.paths = new PathRows(bytes.toString('utf8', HEAD + this.count * ROW, bytes.length - 4), this.count)
  }

  /** As in the file, each ended by a NUL. */
  get pathBytes(): Buffer {
    return this.count === 0 ? Buffer.alloc(0) : this.bytes.subarray(HEAD + this.count * ROW, -4)
  }

  get(path: string): HashedFile | undefined {
    const row = this.paths.rowOf(path)
    return row === undefined ? undefined : this.at(row)
  }

  at(row: number): HashedFile {
    const { bytes, count, numbers } = this
    const digestAt = HEAD + count * (NUMBERS * 8 + 4) + row * 32
    return {
      size: numbers[row] ?? 0,
      mtimeMs: numbers[row + count] ?? 0,
      ctimeMs: numbers[row + count * 2] ?? 0,
      ino: numbers[row + count * 3] ?? 0,
      hashedAt: numbers[row + count * 4] ?? 0,
      mode: bytes.readUInt32LE(HEAD + count * 40 + row * 4),
      digest: bytes.toString('hex', digestAt, digestAt + 32),
    }
  }
}

function encode(before: Columns, now: ReadonlyMap<string, HashedFile | undefined>): Buffer {
  // What is kept stays in its place, what is new comes last: the order in which a build asks changes little from one to the next.
  const gone = new Set<number>()
  const changed: (readonly [row: number, record: HashedFile])[] = []
  const added: (readonly [path: string, record: HashedFile])[] = []
  for (const [path, record] of now) {
    const row = before.paths.rowOf(path)
    if (row === undefined) {
      if (record !== undefined) added.push([path, record])
    } else if (record === undefined) gone.add(row)
    else changed.push([row, record])
  }
  const runs = runsWithout(gone, before.count)
  const kept = before.count - gone.size
  const count = kept + added.length
  const oldPaths = gone.size === 0 ? before.pathBytes : Buffer.from(joined(before.paths.all().filter((_, row) => !gone.has(row))))
  const paths = Buffer.concat([oldPaths, Buffer.from(joined(added.map(([path]) => path)))])
  const bytes = Buffer.alloc(HEAD + count * ROW + paths.length + 4)
  bytes.write(MAGIC, 0, 'latin1')
  bytes.writeUInt32LE(count, 8)
  bytes.writeUInt32LE(paths.length, 12)
  // Column by column: where the columns lie in either file, and how wide they are.
  let offset = 0
  for (const width of WIDTHS) {
    let to = HEAD + offset * count
    const from = HEAD + offset * before.count
    for (const [first, end] of runs) to += before.bytes.copy(bytes, to, from + first * width, from + end * width)
    offset += width
  }
  const put = (row: number, record: HashedFile): void => {
    const numbers = [record.size, record.mtimeMs, record.ctimeMs, record.ino, record.hashedAt]
    for (const [column, value] of numbers.entries()) bytes.writeDoubleLE(value, HEAD + (column * count + row) * 8)
    bytes.writeUInt32LE(record.mode >>> 0, HEAD + count * 40 + row * 4)
    bytes.write(record.digest, HEAD + count * (NUMBERS * 8 + 4) + row * 32, 'hex')
  }
  const sorted = [...gone].sort((a, b) => a - b)
  let passed = 0
  for (const [row, record] of changed.sort(([a], [b]) => a - b)) {
    while (passed < sorted.length && (sorted[passed] ?? 0) < row) passed++
    put(row - passed, record)
  }
  for (const [index, [, record]] of added.entries()) put(kept + index, record)
  paths.copy(bytes, HEAD + count * ROW)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4)
  return bytes
}

const WIDTHS = [8, 8, 8, 8, 8, 4, 32]

/** Runs of rows, each up to the next row that is gone. */
function runsWithout(gone: ReadonlySet<number>, count: number): (readonly [first: number, end: number])[] {
  const runs: (readonly [number, number])[] = []
  let first = 0
  for (const row of [...gone].sort((a, b) => a - b)) {
    if (row > first) runs.push([first, row])
    first = row + 1
  }
  if (count > first) runs.push([first, count])
  return runs
}

function joined(paths: readonly string[]): string {
  return paths.map((path) => `${path}\0`).join('')
}

export function encodeStats(records: ReadonlyMap<string, HashedFile>): Buffer {
  return encode(new Columns(), records)
}

/** @throws Error on anything that `encodeStats` did not write. */
export function decodeStats(bytes: Buffer): Map<string, HashedFile> {
  const columns = new Columns(bytes)
  if (bytes.length === 0) throw new Error('not a stat cache')
  return new Map(columns.paths.all().map((path, row) => [path, columns.at(row)]))
}
