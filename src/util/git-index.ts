/**
 * Which of some paths git tracks, from the bytes of its index: starting git takes longer than all the rest of a build that has nothing to do.
 *
 *     "DIRC", u32 version 2 to 4, u32 entries; each: 62 bytes (times, mode, owner, size, SHA-1, u16 flags), 2 more where the flags say
 *     so, the path; 2 and 3: NULs up to a multiple of 8; 4: how much of the path before is kept (a varint), the rest and a NUL
 *
 * Knows no other: of an index of SHA-256 objects, or one split in two, it finds nothing.
 */

const FIXED = 62
const EXTENDED = 0x4000

/** Those of `paths` (from the top of the checkout) that are in the index. */
export function trackedPaths(index: Buffer, paths: ReadonlySet<string>): string[] {
  if (index.length < 12 || index.toString('latin1', 0, 4) !== 'DIRC') return []
  const version = index.readUInt32BE(4)
  if (version < 2 || version > 4) return []
  // Most have none of them: then nothing has to be read one by one.
  if (version < 4 && ![...paths].some((path) => index.includes(`${path}\0`))) return []
  const found: string[] = []
  let before = Buffer.alloc(0)
  let at = 12
  for (let left = index.readUInt32BE(8); left > 0 && at + FIXED < index.length; left--) {
    const start = at
    at += FIXED + ((index.readUInt16BE(at + FIXED - 2) & EXTENDED) === 0 ? 0 : 2)
    let kept = before.length
    if (version === 4) {
      const [drop, next] = varint(index, at)
      kept -= drop
      at = next
    }
    const end = index.indexOf(0, at)
    if (end < 0 || kept < 0) return found
    const name = version === 4 ? Buffer.concat([before.subarray(0, kept), index.subarray(at, end)]) : index.subarray(at, end)
    const path = name.toString('utf8')
    if (paths.has(path) && found.at(-1) !== path) found.push(path)
    before = name as Buffer<ArrayBuffer>
    at = version === 4 ? end + 1 : start + ((end - start + 8) & ~7)
  }
  return found
}

/** Git's: seven bits a byte, the highest first, each step further one more. */
function varint(bytes: Buffer, from: number): [value: number, next: number] {
  let at = from
  let byte = bytes[at++] ?? 0
  let value = byte & 127
  while ((byte & 128) !== 0 && at < bytes.length) {
    byte = bytes[at++] ?? 0
    value = (value + 1) * 128 + (byte & 127)
  }
  return [value, at]
}
