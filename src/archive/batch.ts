/**
 * The unit of work of the parallel writer: some neighbouring entries, read, checked and compressed together. The same
 * function runs on the main thread and in a worker, so where it ran cannot be seen in the bytes.
 */
import { contentOf } from './content.js'
import type { ZipEntry } from './entry.js'
import { packContent } from './pack.js'
import type { Packed } from './zip-format.js'

export interface PackedBatch {
  readonly entries: readonly Packed[]
  /** The compressed contents one after the other, `packedSize` bytes each. */
  readonly data: Uint8Array<ArrayBuffer>
}

/** A batch is closed when it has this many bytes: enough to hide the cost of a message, few enough to bound memory. */
const BATCH_BYTES = 1024 * 1024
const BATCH_ENTRIES = 256

export function batches(entries: readonly ZipEntry[]): ZipEntry[][] {
  const all: ZipEntry[][] = []
  let batch: ZipEntry[] = []
  let bytes = 0
  for (const entry of entries) {
    if (batch.length > 0 && (batch.length === BATCH_ENTRIES || bytes + entry.size > BATCH_BYTES)) {
      all.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(entry)
    bytes += entry.size
  }
  if (batch.length > 0) all.push(batch)
  return all
}

/** @throws CoworksError when the content of an entry is not what its digest says. */
export function packBatch(entries: readonly ZipEntry[], level: number): PackedBatch {
  const packed: Packed[] = []
  const parts: Uint8Array[] = []
  for (const entry of entries) {
    const { crc, method, size, data } = packContent(contentOf(entry), level)
    parts.push(data)
    packed.push({ name: entry.name, mode: entry.mode, crc, method, size, packedSize: data.length })
  }
  return { entries: packed, data: joined(parts) }
}

/** One behind the other, in a buffer of their own: a slice of Node's pool cannot be handed from a worker to the main thread. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part, at)
    at += part.length
  }
  return data
}
