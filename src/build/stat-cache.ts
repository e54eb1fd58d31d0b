/**
 * path -> digest, believed only while the file's stat says that its bytes are still those that were hashed.
 *
 * An entry is believed when size, ctime, mtime, inode and mode are equal AND the file was already older than the moment
 * it was hashed by more than the clock of the file system ticks: two writes of equal size within one tick look alike,
 * and the second would be missed otherwise. ctime, unlike mtime, cannot be set back by a program.
 *
 * The file, little endian: "cwstat01", u32 count, u32 length of the paths, the paths (UTF-8, each ended by a NUL),
 * then the columns: f64 size, f64 mtime ms, f64 ctime ms, f64 inode, f64 hashed-at ms, u32 mode, 32 bytes digest; last the
 * sha256 of all before. Anything wrong with it: it is dropped, and every file is hashed again.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, type Stats, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Digest } from '../util/hash.js'

const MAGIC = 'cwstat01'
/** Linux stamps files with a clock that ticks every 1 to 10 ms. */
const TICK_MS = 20
/** FAT has 2 s, HFS+ 1 s; recognised by a ctime without a fraction. */
const COARSE_TICK_MS = 2000

export interface StatRecord {
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly ino: number
  readonly mode: number
  /** When the hashing began, ms since 1970. */
  readonly hashedAt: number
  readonly digest: Digest
}

export function tickOf(ctimeMs: number): number {
  return ctimeMs % 1000 === 0 ? COARSE_TICK_MS : TICK_MS
}

/** May the digest be believed for a file that looks like this now? */
export function believable(record: StatRecord, now: Pick<Stats, 'size' | 'mtimeMs' | 'ctimeMs' | 'ino' | 'mode'>): boolean {
  return (
    record.size === now.size &&
    record.ctimeMs === now.ctimeMs &&
    record.mtimeMs === now.mtimeMs &&
    record.ino === now.ino &&
    record.mode === now.mode &&
    record.hashedAt - tickOf(record.ctimeMs) > record.ctimeMs
  )
}

export class StatCache {
  private readonly records: Map<string, StatRecord>
  private changed = false

  constructor(private readonly file: string) {
    this.records = load(file)
  }

  get(path: string): StatRecord | undefined {
    return this.records.get(path)
  }

  set(path: string, record: StatRecord): void {
    this.records.set(path, record)
    this.changed = true
  }

  delete(path: string): void {
    if (this.records.delete(path)) this.changed = true
  }

  /** Writes it whole and renames it into place, if anything changed. */
  save(): void {
    if (!this.changed) return
    mkdirSync(dirname(this.file), { recursive: true })
    const temporary = `${this.file}.${process.pid}.tmp`
    try {
      writeFileSync(temporary, encodeStats(this.records), { mode: 0o600 })
      renameSync(temporary, this.file)
      this.changed = false
    } finally {
      rmSync(temporary, { force: true })
    }
  }
}

function load(file: string): Map<string, StatRecord> {
  try {
    return decodeStats(readFileSync(file))
  } catch {
    return new Map() // missing or damaged: only time is lost
  }
}

export function encodeStats(records: ReadonlyMap<string, StatRecord>): Buffer {
  const paths = Buffer.from([...records.keys()].map((path) => `${path}\0`).join(''), 'utf8')
  const count = records.size
  const bytes = Buffer.alloc(16 + paths.length + count * (5 * 8 + 4 + 32) + 32)
  bytes.write(MAGIC, 0, 'latin1')
  bytes.writeUInt32LE(count, 8)
  bytes.writeUInt32LE(paths.length, 12)
  paths.copy(bytes, 16)
  const columns = 16 + paths.length
  let row = 0
  for (const record of records.values()) {
    const numbers = [record.size, record.mtimeMs, record.ctimeMs, record.ino, record.hashedAt]
    numbers.forEach((value, column) => {
      bytes.writeDoubleLE(value, columns + (column * count + row) * 8)
    })
    bytes.writeUInt32LE(record.mode >>> 0, columns + count * 40 + row * 4)
    bytes.write(record.digest, columns + count * 44 + row * 32, 'hex')
    row++
  }
  createHash('sha256')
    .update(bytes.subarray(0, -32))
    .digest()
    .copy(bytes, bytes.length - 32)
  return bytes
}

/** @throws Error on anything that `encodeStats` did not write. */
export function decodeStats(bytes: Buffer): Map<string, StatRecord> {
  if (bytes.length < 48 || bytes.toString('latin1', 0, 8) !== MAGIC) throw new Error('not a stat cache')
  if (!createHash('sha256').update(bytes.subarray(0, -32)).digest().equals(bytes.subarray(-32))) throw new Error('damaged')
  const count = bytes.readUInt32LE(8)
  const pathsEnd = 16 + bytes.readUInt32LE(12)
  const paths = bytes.toString('utf8', 16, pathsEnd).split('\0')
  const number = (column: number, row: number) => bytes.readDoubleLE(pathsEnd + (column * count + row) * 8)
  const records = new Map<string, StatRecord>()
  for (let row = 0; row < count; row++) {
    const digestAt = pathsEnd + count * 44 + row * 32
    records.set(paths[row] ?? '', {
      size: number(0, row),
      mtimeMs: number(1, row),
      ctimeMs: number(2, row),
      ino: number(3, row),
      hashedAt: number(4, row),
      mode: bytes.readUInt32LE(pathsEnd + count * 40 + row * 4),
      digest: bytes.toString('hex', digestAt, digestAt + 32),
    })
  }
  return records
}
