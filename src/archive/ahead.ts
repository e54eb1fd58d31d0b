/**
 * Reads many files at once, before anything is decided: a first build has to hash them all, and to compress most. Worker threads do both with one
 * reading, and what they compressed waits here, by its digest, for the zips that hold it. Where a build ends, it is forgotten.
 */
import type { Digest } from '../util/hash.js'
import type { HashedFile } from '../util/hashed-file.js'
import { LEVEL, type PackedContent } from './pack.js'
import { mostWorkers, readInWorkers, workerFile } from './pool.js'
import { PACKED, STATS } from './read-files.js'

/** A message carries so many files: enough to hide its cost, few enough that all threads end at the same time. */
const FILES = 64
/** Compressed bytes that are kept. Lambda takes no more than this, unpacked. */
const MOST_BYTES = 256 * 1024 * 1024

const waiting = new Map<Digest, PackedContent>()
let bytes = 0

/** What was compressed of a content, at the level at which archives are written. */
export function packedAhead(digest: Digest, level: number): PackedContent | undefined {
  return level === LEVEL ? waiting.get(digest) : undefined
}

export function forgetPacked(): void {
  waiting.clear()
  bytes = 0
}

/**
 * Reads files (absolute paths). The answer is in their order; nothing stands for a file that could not be read, is no plain file, is large, or was written
 * to meanwhile. @param packs whether their contents will be asked for by `writeZip`
 */
export async function readAhead(
  files: readonly string[],
  packs: boolean,
  signal?: AbortSignal,
): Promise<readonly (HashedFile | undefined)[]> {
  const script = workerFile()
  const found: (HashedFile | undefined)[] = []
  if (script === undefined) return found
  const questions = []
  for (let at = 0; at < files.length; at += FILES) questions.push({ files: files.slice(at, at + FILES), level: packs ? LEVEL : undefined })
  for await (const { digests, stats, packed, data } of readInWorkers(questions, { workers: mostWorkers(), script, signal })) {
    let from = 0
    for (const [row, digest] of digests.entries()) {
      if (digest === '') {
        found.push(undefined)
        continue
      }
      const [size = 0, mtimeMs = 0, ctimeMs = 0, ino = 0, mode = 0, hashedAt = 0] = stats.subarray(row * STATS, (row + 1) * STATS)
      found.push({ size, mtimeMs, ctimeMs, ino, mode, hashedAt, digest })
      if (packed === undefined) continue
      const [crc = 0, method, length = 0] = packed.subarray(row * PACKED, (row + 1) * PACKED)
      if (bytes + length <= MOST_BYTES && !waiting.has(digest)) {
        waiting.set(digest, { crc, method: method === 0 ? 0 : 8, size, data: data.subarray(from, from + length) })
        bytes += length
      }
      from += length
    }
  }
  return found
}
