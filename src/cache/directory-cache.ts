/**
 * An action cache and a content store in one folder, which may be shared and may be poisoned: nothing in it is believed
 * without its digest.
 *
 *     <dir>/actions/ab.log    results of one recipe and its declared inputs: <key> <sha256 of the record> <the record>, a line each
 *     <dir>/blobs/<sha256>    contents of outputs
 *
 * Records are added, when a build is done, by one write to the end of their file, and a line that another's write fell into does not have its digest; blobs appear whole
 * and are never changed: readers need no lock. Thousands of files of their own would cost a first build more than what they hold
 * (0.2 ms each on ext4, measured). A cache that cannot be written costs time, not the build.
 */
import {
  appendFileSync,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { ActionCache, CachedResult } from '../build/index.js'
import { type Digest, sha256 } from '../util/hash.js'
import { makeFolder } from '../util/make-folder.js'

export interface CacheMode {
  readonly read: boolean
  readonly write: boolean
}

/** Characters of a sha256. */
const KEY = 64

export class DirectoryCache implements ActionCache {
  readonly empty: boolean
  private broken = false
  /** By log file: the lines of each key, without it. */
  private readonly logs = new Map<string, Map<Digest, readonly string[]>>()
  /** By log file: what is to be added to it. */
  private readonly waiting = new Map<string, string[]>()

  constructor(
    private readonly dir: string,
    private readonly mode: CacheMode,
    /** Told once when the cache cannot be written. */
    private readonly onBroken: (why: string) => void = () => {},
  ) {
    this.empty = !mode.read || !existsSync(join(dir, 'actions'))
  }

  candidates(key: Digest): readonly CachedResult[] {
    if (!this.mode.read) return []
    const lines = this.linesOf(key).get(key) ?? []
    return [...lines].sort().flatMap((line) => readRecord(line))
  }

  fetch(result: CachedResult, to: readonly string[]): boolean {
    for (const [index, output] of result.outputs.entries()) {
      const target = to[index]
      const digest = output.signature.slice(2)
      const executable = output.signature.startsWith('x:')
      const blob = readBlob(this.blob(digest))
      if (blob === undefined) return false
      // Damaged, or put there by someone under a name that is not its own: taken away, so that it is made anew.
      if (target === undefined || sha256(blob.bytes) !== digest) {
        this.discard(this.blob(digest))
        return false
      }
      if (!executable && linked(this.blob(digest), blob.stat, target)) continue
      writeFileSync(target, blob.bytes)
      chmodSync(target, executable ? 0o755 : 0o644)
    }
    return true
  }

  store(key: Digest, result: CachedResult, from: readonly string[]): void {
    if (!this.mode.write || this.broken) return
    try {
      for (const [index, output] of result.outputs.entries()) {
        const blob = this.blob(output.signature.slice(2))
        if (!existsSync(blob)) keep(from[index] ?? '', blob, output.signature.startsWith('x:'))
      }
      const text = JSON.stringify(result)
      const line = `${sha256(text)} ${text}`
      const known = this.linesOf(key)
      if (known.get(key)?.includes(line)) return
      const log = this.logOf(key)
      this.waiting.set(log, [...(this.waiting.get(log) ?? []), `${key} ${line}\n`])
      known.set(key, [...(known.get(key) ?? []), line])
    } catch (error) {
      this.fail(error)
    }
  }

  /** One write for all records of a log file: opening it for each takes as long as making the output that it is of. */
  flush(): void {
    try {
      if (this.waiting.size > 0) makeFolder(join(this.dir, 'actions'))
      // Whoever wrote before may have been cut short: what is added begins on a line of its own.
      for (const [log, lines] of this.waiting) appendFileSync(log, `\n${lines.join('')}`)
    } catch (error) {
      this.fail(error)
    }
    this.waiting.clear()
  }

  private fail(error: unknown): void {
    this.broken = true
    this.onBroken(error instanceof Error ? error.message : String(error))
  }

  private discard(file: string): void {
    if (!this.mode.write) return
    try {
      rmSync(file, { force: true })
    } catch {} // somebody else's: it is not used, which is what matters
  }

  /** The records of all keys that share a file with `key`, read once. What another process adds meanwhile is not seen. */
  private linesOf(key: Digest): Map<Digest, readonly string[]> {
    const log = this.logOf(key)
    const known = this.logs.get(log)
    if (known !== undefined) return known
    const lines = new Map<Digest, readonly string[]>()
    this.logs.set(log, lines)
    let text: string
    try {
      text = readFileSync(log, 'utf8')
    } catch {
      return lines
    }
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf('\n', at)
      if (end < 0) break
      // Not parsed, nor compared with its digest, before it is asked for.
      if (end - at > KEY) {
        const one = text.slice(at, at + KEY)
        const line = text.slice(at + KEY + 1, end)
        const others = lines.get(one) ?? []
        if (!others.includes(line)) lines.set(one, [...others, line])
      }
      at = end + 1
    }
    return lines
  }

  private logOf(key: Digest): string {
    return join(this.dir, 'actions', `${key.slice(0, 2)}.log`)
  }

  private blob(digest: Digest): string {
    return join(this.dir, 'blobs', digest)
  }
}

/** A record stands behind its own digest: one that was changed is not read, nor one of another shape. */
function readRecord(line: string): CachedResult[] {
  const text = line.slice(KEY + 1)
  if (sha256(text) !== line.slice(0, KEY)) return []
  try {
    const record: unknown = JSON.parse(text)
    return isResult(record) ? [record] : []
  } catch {
    return []
  }
}

function isResult(value: unknown): value is CachedResult {
  const { discovered, outputs, value: digest } = (value ?? {}) as Partial<Record<keyof CachedResult, unknown>>
  return (
    typeof digest === 'string' &&
    Array.isArray(discovered) &&
    discovered.every((one) => Array.isArray(one) && typeof one[0] === 'string' && typeof one[1] === 'string') &&
    Array.isArray(outputs) &&
    // A digest is part of a path here: nothing else may be.
    outputs.every((one) => typeof one?.path === 'string' && typeof one.size === 'number' && /^[fx]:[0-9a-f]{64}$/.test(one.signature))
  )
}

/**
 * A finished output as a blob. One file under two names costs a twentieth of a second file, and is safe here: what makes outputs puts other files in
 * their place and never writes into one, and a blob that somebody wrote into through its other name no longer has the digest that it is read by.
 */
function keep(from: string, blob: string, executable: boolean): void {
  makeFolder(dirname(blob))
  // The mode belongs to the file, not to its name: an executable must not make one of what is to be none.
  if (!executable) {
    try {
      linkSync(from, blob)
      return
    } catch {} // another file system, or one without links
  }
  copy(from, blob)
}

function readBlob(file: string): { readonly bytes: Buffer; readonly stat: Stats } | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'r')
    return { bytes: readFileSync(descriptor), stat: fstatSync(descriptor) }
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/**
 * Gives a blob a second name instead of copying it, where nobody but this user can write to it, and where no output has it already: the outputs
 * of two stages stay two files, and the times of one that lies there do not move.
 */
function linked(blob: string, read: Stats, target: string): boolean {
  if (read.nlink !== 1 || (read.mode & 0o777) !== 0o644 || read.uid !== process.getuid?.()) return false
  try {
    linkSync(blob, target)
    // Somebody may have put another file under the blob's name since it was read.
    if (lstatSync(target).ino === read.ino) return true
    rmSync(target)
  } catch {} // it is copied, then
  return false
}

let serial = 0

/** Aside, and renamed into its place: whoever reads finds it whole. */
function copy(from: string, blob: string): void {
  const temporary = `${blob}.${process.pid}.${++serial}.tmp`
  try {
    copyFileSync(from, temporary, constants.COPYFILE_FICLONE)
    renameSync(temporary, blob)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
