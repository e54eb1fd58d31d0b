/**
 * The bytes of a zip around its content (PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16):
 *
 *     local header, data          one pair an entry, sizes known beforehand, so no data descriptor
 *     central header              one an entry; with a ZIP64 extra field where the offset passes 4 GiB
 *     ZIP64 end record + locator  only from 65,535 entries or 4 GiB on
 *     end record
 *
 * Every field that a clock, a user or a machine could set is a constant here. Knows no files and no zlib.
 */

export interface Packed {
  readonly name: string
  readonly mode: 0o644 | 0o755
  readonly crc: number
  /** 0 stored, 8 deflated. */
  readonly method: 0 | 8
  /** Bytes before and after compression; each below 4 GiB. */
  readonly size: number
  readonly packedSize: number
}

const LOCAL = 0x04034b50
const LOCAL_SIZE = 30
const CENTRAL = 0x02014b50
const CENTRAL_SIZE = 46
const END = 0x06054b50
const END_SIZE = 22
const MAX_16 = 0xffff
const MAX_32 = 0xffffffff
const NAMES_ARE_UTF8 = 0x0800
const DATE_1980_01_01 = 0x0021 // the first day a zip can tell: years since 1980 << 9, month << 5, day
const MADE_BY_UNIX = (3 << 8) | 45 // "unix" makes readers take the mode from the external attributes
const REGULAR_FILE = 0o100000
const VERSION = 20 // deflate
const VERSION_ZIP64 = 45

export function localHeader(entry: Packed): Buffer {
  const nameLength = Buffer.byteLength(entry.name)
  const header = Buffer.allocUnsafe(LOCAL_SIZE + nameLength)
  header.writeUInt32LE(LOCAL, 0)
  header.writeUInt16LE(VERSION, 4)
  sharedFields(header, 6, entry, nameLength)
  header.writeUInt16LE(0, 28) // no extra field
  header.write(entry.name, LOCAL_SIZE)
  return header
}

/** `offset`: where the entry's local header begins. */
export function centralHeader(entry: Packed, offset: number): Buffer {
  const nameLength = Buffer.byteLength(entry.name)
  const far = offset >= MAX_32
  const extra = CENTRAL_SIZE + nameLength
  const header = Buffer.allocUnsafe(extra + (far ? 12 : 0)).fill(0, 30, CENTRAL_SIZE)
  header.writeUInt32LE(CENTRAL, 0)
  header.writeUInt16LE(MADE_BY_UNIX, 4)
  header.writeUInt16LE(far ? VERSION_ZIP64 : VERSION, 6)
  sharedFields(header, 8, entry, nameLength)
  header.writeUInt16LE(header.length - extra, 30)
  header.writeUInt32LE(attributes(entry.mode), 38)
  header.writeUInt32LE(far ? MAX_32 : offset, 42)
  header.write(entry.name, CENTRAL_SIZE)
  if (far) {
    header.writeUInt16LE(0x0001, extra)
    header.writeUInt16LE(8, extra + 2)
    header.writeBigUInt64LE(BigInt(offset), extra + 4)
  }
  return header
}

/** What closes the archive: `count` central headers of `size` bytes in all, the first at `offset`. */
export function endRecords(count: number, size: number, offset: number): Buffer {
  // A field that is all ones sends the reader to the ZIP64 record, so 65,535 itself needs one already.
  const large = count >= MAX_16 || size >= MAX_32 || offset >= MAX_32
  const zip64 = Buffer.alloc(large ? 76 : 0)
  if (large) {
    zip64.writeUInt32LE(0x06064b50, 0)
    zip64.writeBigUInt64LE(44n, 4)
    zip64.writeUInt16LE(MADE_BY_UNIX, 12)
    zip64.writeUInt16LE(VERSION_ZIP64, 14)
    zip64.writeBigUInt64LE(BigInt(count), 24)
    zip64.writeBigUInt64LE(BigInt(count), 32)
    zip64.writeBigUInt64LE(BigInt(size), 40)
    zip64.writeBigUInt64LE(BigInt(offset), 48)
    zip64.writeUInt32LE(0x07064b50, 56)
    zip64.writeBigUInt64LE(BigInt(offset + size), 64)
    zip64.writeUInt32LE(1, 72)
  }
  const end = Buffer.alloc(END_SIZE)
  end.writeUInt32LE(END, 0)
  end.writeUInt16LE(Math.min(count, MAX_16), 8)
  end.writeUInt16LE(Math.min(count, MAX_16), 10)
  end.writeUInt32LE(Math.min(size, MAX_32), 12)
  end.writeUInt32LE(Math.min(offset, MAX_32), 16)
  return Buffer.concat([zip64, end])
}

/** Where an entry lies in an archive. */
export interface Lying {
  readonly name: string
  readonly mode: 0o644 | 0o755
  readonly method: 0 | 8
  /** Its local header and its content: from here to there. */
  readonly local: number
  readonly data: number
  readonly end: number
  /** Its central header. */
  readonly central: number
  readonly centralEnd: number
}

/**
 * The entries of an archive whose headers are those above, in their order; nothing for any other. It is not a reader of zips: whoever asks knows by a
 * digest that the bytes are what was written here.
 */
export function readEntries(bytes: Buffer): Lying[] | undefined {
  const last = bytes.length - END_SIZE
  // With a ZIP64 record fields are all ones: such a large archive is not read.
  if (last < 0 || bytes.readUInt32LE(last) !== END || bytes.readUInt16LE(last + 10) === MAX_16) return undefined
  const entries: Lying[] = []
  let central = bytes.readUInt32LE(last + 16)
  for (let left = bytes.readUInt16LE(last + 10); left > 0; left--) {
    if (central + CENTRAL_SIZE > last || bytes.readUInt32LE(central) !== CENTRAL || bytes.readUInt16LE(central + 8) !== NAMES_ARE_UTF8)
      return undefined
    const method = bytes.readUInt16LE(central + 10)
    const nameLength = bytes.readUInt16LE(central + 28)
    const local = bytes.readUInt32LE(central + 42)
    const data = local + LOCAL_SIZE + nameLength
    const end = data + bytes.readUInt32LE(central + 20)
    const centralEnd = central + CENTRAL_SIZE + nameLength
    if ((method !== 0 && method !== 8) || bytes.readUInt16LE(central + 30) !== 0 || end > last || centralEnd > last) return undefined
    const name = bytes.toString('utf8', central + CENTRAL_SIZE, centralEnd)
    const mode = ((bytes.readUInt32LE(central + 38) >>> 16) & 0o111) === 0 ? 0o644 : 0o755
    entries.push({ name, mode, method, local, data, end, central, centralEnd })
    central = centralEnd
  }
  return central === last ? entries : undefined
}

/**
 * The central headers of entries that lie side by side in `bytes`, for another archive: with the modes that they have there, and each `by`
 * bytes behind where it was.
 */
export function movedHeaders(bytes: Buffer, run: readonly Lying[], modes: readonly (0o644 | 0o755)[], by: number): Buffer {
  const [first, last] = [run[0], run.at(-1)]
  if (first === undefined || last === undefined) return Buffer.alloc(0)
  if (last.local + by >= MAX_32)
    return Buffer.concat(run.map((lying, index) => centralHeader(packedOf(bytes, lying, modes[index] ?? lying.mode), lying.local + by)))
  const headers = Buffer.allocUnsafe(last.centralEnd - first.central)
  bytes.copy(headers, 0, first.central, last.centralEnd)
  for (const [index, { central, local, mode }] of run.entries()) {
    const at = central - first.central
    headers.writeUInt32LE(attributes(modes[index] ?? mode), at + 38)
    headers.writeUInt32LE(local + by, at + 42)
  }
  return headers
}

function packedOf(bytes: Buffer, { name, method, local, data, end }: Lying, mode: 0o644 | 0o755): Packed {
  return { name, mode, crc: bytes.readUInt32LE(local + 14), method, size: bytes.readUInt32LE(local + 22), packedSize: end - data }
}

function attributes(mode: number): number {
  return ((REGULAR_FILE | mode) << 16) >>> 0
}

/** Flags, method, time, date, crc, sizes and name length: in both headers, in this order. */
function sharedFields(header: Buffer, at: number, entry: Packed, nameLength: number): void {
  header.writeUInt16LE(NAMES_ARE_UTF8, at)
  header.writeUInt16LE(entry.method, at + 2)
  header.writeUInt16LE(0, at + 4)
  header.writeUInt16LE(DATE_1980_01_01, at + 6)
  header.writeUInt32LE(entry.crc, at + 8)
  header.writeUInt32LE(entry.packedSize, at + 12)
  header.writeUInt32LE(entry.size, at + 16)
  header.writeUInt16LE(nameLength, at + 20)
}
