/**
 * The file an archive is written to: hashed and counted while it is written, removed when writing does not come to its
 * end. Renaming it into place is the caller's.
 */
import { createHash } from 'node:crypto'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import type { Digest } from '../util/hash.js'

export interface Output {
  /** The bytes are copied or written at once: they may be changed afterwards. */
  write(bytes: Uint8Array): void
  /** Bytes written so far. */
  readonly size: () => number
}

/** Small writes are gathered up to this many bytes: a header is 30 bytes, a system call a few microseconds. */
const GATHER = 256 * 1024

/** Runs `fill` on a new file; the sha256 and size of what it wrote. Whatever is thrown, no file is left. */
export async function writeOutput(file: string, fill: (output: Output) => Promise<void>): Promise<{ sha256: Digest; size: number }> {
  const descriptor = openSync(file, 'w')
  const hash = createHash('sha256')
  let size = 0
  const gathered = Buffer.allocUnsafe(GATHER)
  let waiting = 0
  const put = (bytes: Uint8Array) => {
    hash.update(bytes)
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
  }
  const flush = () => {
    put(gathered.subarray(0, waiting))
    waiting = 0
  }
  let open = true
  try {
    await fill({
      size: () => size,
      write(bytes) {
        size += bytes.length
        if (waiting + bytes.length > GATHER) flush()
        if (bytes.length > GATHER) put(bytes)
        else {
          gathered.set(bytes, waiting)
          waiting += bytes.length
        }
      },
    })
    flush()
    open = false
    closeSync(descriptor)
  } catch (error) {
    if (open) closeSync(descriptor)
    rmSync(file, { force: true })
    throw error
  }
  return { sha256: hash.digest('hex'), size }
}
