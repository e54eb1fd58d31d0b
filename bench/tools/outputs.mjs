// What a tool has made, looked at from outside: so that no time is that of a run which did nothing, or did it again for nothing.
import { createHash } from 'node:crypto'
import { lstatSync, readFileSync } from 'node:fs'

/** Inode, size and times of each file, as one word: equal only if none was written. @throws where one is missing */
export function untouched(files) {
  const hash = createHash('sha256')
  for (const file of files) {
    const { ino, size, mtimeNs } = lstatSync(file, { bigint: true })
    if (size === 0n) throw new Error(`${file} is empty`)
    hash.update(`${file} ${ino} ${size} ${mtimeNs}\n`)
  }
  return hash.digest('hex')
}

/** Contents of each file. @throws where one is missing */
export const contents = (files) => files.map((file) => createHash('sha256').update(readFileSync(file)).digest('hex'))

/** Entries of a zip, from its end record; the archives made here have no comment and fewer than 65,535 entries. */
export function entryCount(bytes) {
  const at = bytes.length - 22
  if (at < 0 || bytes.readUInt32LE(at) !== 0x06054b50) throw new Error('not a zip without a comment')
  return bytes.readUInt16LE(at + 10)
}
