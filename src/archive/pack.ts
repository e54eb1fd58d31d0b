/** The content of one entry, compressed: the same bytes wherever it is done, on the main thread or in a worker, for a zip or ahead of it. */
import { crc32, deflateRawSync } from 'node:zlib'

/** At which archives are written where nobody says: the smallest files for little more time than the fastest. */
export const LEVEL = 6

export interface PackedContent {
  readonly crc: number
  /** 0 stored, 8 deflated. */
  readonly method: 0 | 8
  /** Bytes before compression. */
  readonly size: number
  readonly data: Uint8Array
}

/** How far back zlib can point is less than its window by so much (deflate.h: MIN_LOOKAHEAD). */
const LOOKAHEAD = 262
const SMALLEST_WINDOW = 9
const LARGEST_WINDOW = 15

/** @param level of zlib, 0 (store) to 9 */
export function packContent(content: Uint8Array, level: number): PackedContent {
  const deflated = content.length === 0 ? content : deflateRawSync(content, { level, ...memoryFor(content.length) })
  // Pictures and the like grow when they are deflated.
  const stored = deflated.length >= content.length
  return { crc: crc32(content), method: stored ? 0 : 8, size: content.length, data: stored ? content : deflated }
}

/**
 * No larger window and buffer than a content needs. It comes out the same, and two threads that each ask the system for 300 kB and give them back, for
 * every small file, wait for each other half of their time.
 */
function memoryFor(size: number): { windowBits: number; chunkSize: number } {
  const windowBits = Math.min(LARGEST_WINDOW, Math.max(SMALLEST_WINDOW, Math.ceil(Math.log2(size + LOOKAHEAD))))
  return { windowBits, chunkSize: Math.min(Math.max(size, 64), 1024 * 1024) }
}
