/**
 * A list of entries becomes a zip with the same bytes whatever the machine, the time or the order given. Two writers
 * stand behind it: archiver takes about 1 ms an entry whatever its size, and hands its content about in pieces, which suits a few small files and
 * neither a layer of ten thousand nor hundreds of large bundles. The entries alone choose, so that the same ones always meet the same writer.
 */
import type { Digest } from '../util/hash.js'
import { CoworksError } from '../util/problem.js'
import { checkEntries, sortedEntries, type ZipEntry } from './entry.js'
import { compressor, type Earlier, keptOf } from './keep.js'
import { writeOutput } from './output.js'
import { LEVEL } from './pack.js'
import { type WriterOptions, writeLarge } from './write-large.js'
import { writeSmall } from './write-small.js'

export interface ZipOptions {
  /** zlib level, 0 (store) to 9 (smallest); 6 when left out. The bytes depend on it. */
  readonly level?: number | undefined
  /** Worker threads for a large archive; 0 keeps to the main thread. The bytes do not depend on it. */
  readonly workers?: number | undefined
  /** Stops writing; what was written is removed and the signal's reason thrown. */
  readonly signal?: AbortSignal | undefined
  /** What the messages name: the zip as a user knows it. */
  readonly where?: string | undefined
  /** What was written before in its place: what did not change is copied from it. The bytes do not depend on it. */
  readonly earlier?: Earlier | undefined
}

export interface ZipResult {
  /** sha256 of the zip file. */
  readonly sha256: Digest
  /** Bytes of the zip file. */
  readonly size: number
  /** Bytes of all contents. */
  readonly unzippedSize: number
  readonly entries: number
  /** What its contents were compressed by. */
  readonly compressor: string
}

/** Up to so many entries, and bytes of all contents, archiver writes the zip. Changing them changes the bytes of archives around them. */
export const SMALL = 8
export const SMALL_BYTES = 64 * 1024

function isSmall(entries: readonly ZipEntry[]): boolean {
  return entries.length <= SMALL && entries.reduce((sum, { size }) => sum + size, 0) <= SMALL_BYTES
}

/**
 * Writes `entries` to `file`, an absolute path in a folder that exists; a temporary one, as it grows while it is written.
 * @throws CoworksError when the entries contradict themselves, or a content is no longer what its digest says; then, and
 * on an abort, no file is left.
 */
export function writeZip(entries: readonly ZipEntry[], file: string, options: ZipOptions = {}): Promise<ZipResult> {
  return writeWith(isSmall(entries) ? writeSmall : writeLarge, entries, file, options)
}

/** `writeZip` with a writer of one's own choice, for tests and measurements of the two. */
export async function writeWith(
  writer: typeof writeLarge,
  entries: readonly ZipEntry[],
  file: string,
  options: ZipOptions = {},
): Promise<ZipResult> {
  const problems = checkEntries(entries)
  if (problems.length > 0) {
    const of = options.where === undefined ? '' : `${options.where}, `
    throw new CoworksError(problems.map((problem) => ({ ...problem, where: `${of}${problem.where ?? ''}` })))
  }
  const sorted = sortedEntries(entries)
  const level = options.level ?? LEVEL
  options.signal?.throwIfAborted()
  const kept = options.earlier === undefined || writer !== writeLarge ? undefined : keptOf(options.earlier, level)
  const settings: WriterOptions = { level, workers: options.workers, signal: options.signal, kept }
  const written = await writeOutput(file, (output) => writer(sorted, output, settings))
  const unzippedSize = sorted.reduce((sum, entry) => sum + entry.size, 0)
  return { ...written, unzippedSize, entries: sorted.length, compressor: compressor(level) }
}
