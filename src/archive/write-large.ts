/**
 * The writer for many entries: batches are compressed by worker threads where there is work enough for them to pay, by
 * the main thread otherwise, and written in order. The bytes are the same either way.
 */
import { setImmediate } from 'node:timers/promises'
import { packedAhead } from './ahead.js'
import { batches, type PackedBatch, packBatch } from './batch.js'
import type { ZipEntry } from './entry.js'
import type { Kept, KeptEntry } from './keep.js'
import type { Output } from './output.js'
import type { PackedContent } from './pack.js'
import { mostWorkers, packInWorkers, workerFile, workersRunning } from './pool.js'
import { centralHeader, endRecords, localHeader, movedHeaders, type Packed } from './zip-format.js'

export interface WriterOptions {
  /** zlib level, 0 (store) to 9. */
  readonly level: number
  /** Worker threads; 0 keeps to the main thread; chosen by the amount of work when left out. */
  readonly workers?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Compressed contents that an archive of before has: one that has the digest of its entry is copied. */
  readonly kept?: Kept | undefined
}

/** Starting a worker costs some 40 ms: below this much work, of one archive or of many, the main thread is done before. */
const WORTH_BYTES = 4 * 1024 * 1024
/** What is sent to a worker and back costs more than to compress so little. */
const WORTH_SENDING = 32 * 1024

/** `entries`: sorted and checked. */
export async function writeLarge(entries: readonly ZipEntry[], output: Output, options: WriterOptions): Promise<void> {
  const central: Buffer[] = []
  const { kept, level } = options
  const keptFor = entries.map(({ name, digest }): KeptEntry | undefined => {
    const found = kept?.entries.get(name)
    return found?.digest === digest ? found : undefined
  })
  const aheadFor = entries.map(({ digest }, index) => (keptFor[index] === undefined ? packedAhead(digest, level) : undefined))
  let done = 0
  const put = (entry: Packed, data: Uint8Array): void => {
    central.push(centralHeader(entry, output.size()))
    output.write(localHeader(entry))
    output.write(data)
    done++
  }
  /** Of the archive of before, from here on. What lies side by side there is copied in one piece. */
  const putKept = ({ bytes }: Kept): void => {
    const run: KeptEntry[] = []
    const modes: ZipEntry['mode'][] = []
    for (let found = keptFor[done], entry = entries[done]; found !== undefined && entry !== undefined; ) {
      run.push(found)
      modes.push(entry.mode)
      const next: KeptEntry | undefined = keptFor[++done]
      if (next === undefined || next.local !== found.end || next.central !== found.centralEnd) break
      found = next
      entry = entries[done]
    }
    const [start, end] = [run[0]?.local ?? 0, run.at(-1)?.end ?? 0]
    central.push(movedHeaders(bytes, run, modes, output.size() - start))
    output.write(bytes.subarray(start, end))
  }
  /** All that is compressed already, up to the next that is not. */
  const putReady = (): void => {
    for (let entry = entries[done]; entry !== undefined; entry = entries[done]) {
      const ahead = aheadFor[done]
      if (kept !== undefined && keptFor[done] !== undefined) putKept(kept)
      else if (ahead !== undefined) put(packedOf(entry, ahead), ahead.data)
      else break
    }
  }
  putReady()
  const left = entries.filter((_, index) => keptFor[index] === undefined && aheadFor[index] === undefined)
  for await (const batch of packed(left, options)) {
    let at = 0
    for (const entry of batch.entries) {
      put(entry, batch.data.subarray(at, at + entry.packedSize))
      at += entry.packedSize
      putReady()
    }
    options.signal?.throwIfAborted()
  }
  const offset = output.size()
  output.write(Buffer.concat(central))
  output.write(endRecords(entries.length, output.size() - offset, offset))
}

/** Named one by one, where a spread takes ten times as long. */
function packedOf({ name, mode }: ZipEntry, { crc, method, size, data }: PackedContent): Packed {
  return { name, mode, crc, method, size, packedSize: data.length }
}

function packed(entries: readonly ZipEntry[], options: WriterOptions): AsyncIterable<PackedBatch> {
  const all = batches(entries)
  const workers = options.workers ?? fittingWorkers(entries)
  // Without the worker's file (a user's own bundler left it out) the main thread does it, only slower.
  const script = workers > 0 ? workerFile() : undefined
  return script === undefined ? packHere(all, options) : packInWorkers(all, { ...options, workers, script })
}

/** Bytes that the main thread compressed since workers were last started. */
let here = 0

function fittingWorkers(entries: readonly ZipEntry[]): number {
  const bytes = entries.reduce((sum, entry) => sum + entry.size, 0)
  const worth = bytes >= WORTH_SENDING && (workersRunning() || bytes + here >= WORTH_BYTES)
  here = worth ? 0 : here + bytes
  return worth ? mostWorkers() : 0
}

async function* packHere(all: readonly (readonly ZipEntry[])[], options: WriterOptions): AsyncGenerator<PackedBatch> {
  for (const batch of all) {
    await setImmediate() // lets an abort, a Ctrl-C among them, be heard between two batches
    options.signal?.throwIfAborted()
    yield packBatch(batch, options.level)
  }
}
