/**
 * The files of a zip, read from its central directory: enough for zips that this package writes. Refuses what it cannot
 * mean and any name that would leave the folder it is unpacked into.
 * Source: APPNOTE.TXT 6.3.10, 4.3.7, 4.3.12 and 4.3.16
 */
import { inflateRawSync } from 'node:zlib'

export interface Unzipped {
  readonly name: string
  readonly mode: number
  readonly bytes: Uint8Array
}

/** @throws Error where it is no such zip */
export function* unzip(zip: Buffer): Generator<Unzipped> {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (end < 0) throw new Error('no zip')
  const count = zip.readUInt16LE(end + 10)
  let at = zip.readUInt32LE(end + 16)
  for (let index = 0; index < count; index++) {
    if (zip.readUInt32LE(at) !== 0x02014b50) throw new Error('a damaged zip')
    const [nameLength, extraLength, commentLength] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)]
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
    if (name.startsWith('/') || name.split('/').includes('..')) throw new Error(`a zip with the name ${JSON.stringify(name)}`)
    const local = zip.readUInt32LE(at + 42)
    const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const packed = zip.subarray(data, data + zip.readUInt32LE(at + 20))
    const method = zip.readUInt16LE(at + 10)
    if (method !== 0 && method !== 8) throw new Error(`a zip with the method ${method}`)
    if (!name.endsWith('/'))
      yield { name, mode: (zip.readUInt32LE(at + 38) >>> 16) & 0o777, bytes: method === 0 ? packed : inflateRawSync(packed) }
    at += 46 + nameLength + extraLength + commentLength
  }
}
