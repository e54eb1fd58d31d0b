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
  readonly mode: number
  readonly crc: number
  /** 0 stored, 8 deflated. */
  readonly method: 0 | 8
  /** Bytes before and after compression; each below 4 GiB. */
  readonly size: number
  readonly packedSize: number
}

const MAX_16 = 0xffff
const MAX_32 = 0xffffffff
const NAMES_ARE_UTF8 = 0x0800
const DATE_1980_01_01 = 0x0021 // the first day a zip can tell: years since 1980 << 9, month << 5, day
const MADE_BY_UNIX = (3 << 8) | 45 // "unix" makes readers take the mode from the external attributes
const REGULAR_FILE = 0o100000
const VERSION = 20 // deflate
const VERSION_ZIP64 = 45

export function localHeader(entry: Packed): Buffer {
  const name = Buffer.from(entry.name)
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(VERSION, 4)
  sharedFields(header, 6, entry, name.length)
  return Buffer.concat([header, name])
}

/** `offset`: where the entry's local header begins. */
export function centralHeader(entry: Packed, offset: number): Buffer {
  const name = Buffer.from(entry.name)
  const far = offset >= MAX_32
  const extra = Buffer.alloc(far ? 12 : 0)
  if (far) {
    extra.writeUInt16LE(0x0001, 0)
    extra.writeUInt16LE(8, 2)
    extra.writeBigUInt64LE(BigInt(offset), 4)
  }
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(MADE_BY_UNIX, 4)
  header.writeUInt16LE(far ? VERSION_ZIP64 : VERSION, 6)
  sharedFields(header, 8, entry, name.length)
  header.writeUInt16LE(extra.length, 30)
  header.writeUInt32LE(((REGULAR_FILE | entry.mode) << 16) >>> 0, 38)
  header.writeUInt32LE(far ? MAX_32 : offset, 42)
  return Buffer.concat([header, name, extra])
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
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(count, MAX_16), 8)
  end.writeUInt16LE(Math.min(count, MAX_16), 10)
  end.writeUInt32LE(Math.min(size, MAX_32), 12)
  end.writeUInt32LE(Math.min(offset, MAX_32), 16)
  return Buffer.concat([zip64, end])
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
