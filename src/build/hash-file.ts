/** A file as it is now: its digest, and the stat that it is believed by. */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { HashedFile } from '../util/hashed-file.js'
import { CHANGED_DURING_BUILD, CoworksError } from '../util/problem.js'

/** Fewer files are hashed before a thread has started. */
export const MANY = 500

const CHUNK = 1 << 20
let chunk: Buffer | undefined

/** @throws CoworksError when the file changes while it is read; the system's own error when it cannot be. */
export function hashFile(absolute: string): HashedFile {
  const hashedAt = Date.now()
  const descriptor = openSync(absolute, 'r')
  try {
    const before = fstatSync(descriptor)
    const hash = createHash('sha256')
    chunk ??= Buffer.allocUnsafe(CHUNK)
    let size = 0
    for (let read = readSync(descriptor, chunk, 0, CHUNK, null); read > 0; read = readSync(descriptor, chunk, 0, CHUNK, null)) {
      hash.update(chunk.subarray(0, read))
      size += read
    }
    const after = fstatSync(descriptor)
    if (size !== after.size || before.ctimeMs !== after.ctimeMs || before.size !== after.size) {
      throw new CoworksError({ what: CHANGED_DURING_BUILD, hint: 'build again when it is at rest' })
    }
    const { mtimeMs, ctimeMs, ino, mode } = after
    return { size, mtimeMs, ctimeMs, ino, mode, hashedAt, digest: hash.digest('hex') }
  } finally {
    closeSync(descriptor)
  }
}
