import type { Digest } from './hash.js'

/** A file as it was hashed, in the terms of stat(2). Times are milliseconds since 1970. */
export interface HashedFile {
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly ino: number
  readonly mode: number
  /** When the hashing began; later than that where the file was known to be at rest (see `provenAtRest`). */
  readonly hashedAt: number
  readonly digest: Digest
}
