/**
 * An action cache and a content store in one folder, which may be shared and may be poisoned: nothing in it is believed
 * without its digest.
 *
 *     <dir>/actions/ab/<key>-<digest of the record>.json   results of one recipe and its declared inputs
 *     <dir>/blobs/ab/<sha256>                              contents of outputs
 *
 * Files appear whole (written aside, renamed) and are never changed, so readers need no lock. A cache that cannot be
 * written costs time, not the build.
 */
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { ActionCache, CachedResult } from '../build/index.js'
import { type Digest, sha256 } from '../util/hash.js'

export interface CacheMode {
  readonly read: boolean
  readonly write: boolean
}

export class DirectoryCache implements ActionCache {
  private broken = false

  constructor(
    private readonly dir: string,
    private readonly mode: CacheMode,
    /** Told once when the cache cannot be written. */
    private readonly onBroken: (why: string) => void = () => {},
  ) {}

  candidates(key: Digest): readonly CachedResult[] {
    if (!this.mode.read) return []
    const folder = this.actionFolder(key)
    try {
      return readdirSync(folder)
        .filter((name) => name.startsWith(`${key}-`))
        .sort()
        .flatMap((name) => readRecord(join(folder, name), name.slice(key.length + 1)))
    } catch {
      return []
    }
  }

  fetch(result: CachedResult, to: readonly string[]): boolean {
    for (const [index, output] of result.outputs.entries()) {
      const target = to[index]
      const digest = output.signature.slice(2)
      let bytes: Buffer
      try {
        bytes = readFileSync(this.blob(digest))
      } catch {
        return false
      }
      // Damaged, or put there by someone under a name that is not its own: taken away, so that it is made anew.
      if (target === undefined || sha256(bytes) !== digest) {
        this.discard(this.blob(digest))
        return false
      }
      writeFileSync(target, bytes)
      chmodSync(target, output.signature.startsWith('x:') ? 0o755 : 0o644)
    }
    return true
  }

  store(key: Digest, result: CachedResult, from: readonly string[]): void {
    if (!this.mode.write || this.broken) return
    try {
      for (const [index, output] of result.outputs.entries()) {
        const blob = this.blob(output.signature.slice(2))
        if (!existsSync(blob)) put(blob, (to) => copyFileSync(from[index] ?? '', to, constants.COPYFILE_FICLONE))
      }
      const text = JSON.stringify(result)
      put(join(this.actionFolder(key), `${key}-${sha256(text)}.json`), (to) => writeFileSync(to, text))
    } catch (error) {
      this.broken = true
      this.onBroken(error instanceof Error ? error.message : String(error))
    }
  }

  private discard(file: string): void {
    if (!this.mode.write) return
    try {
      rmSync(file, { force: true })
    } catch {} // somebody else's: it is not used, which is what matters
  }

  private actionFolder(key: Digest): string {
    return join(this.dir, 'actions', key.slice(0, 2))
  }

  private blob(digest: Digest): string {
    return join(this.dir, 'blobs', digest.slice(0, 2), digest)
  }
}

/** A record is named by its own digest: one that was changed is not read, nor one of another shape. */
function readRecord(file: string, name: string): CachedResult[] {
  try {
    const text = readFileSync(file, 'utf8')
    if (`${sha256(text)}.json` !== name) return []
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

let serial = 0

function put(file: string, write: (to: string) => void): void {
  const folder = dirname(file)
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true })
  const temporary = `${file}.${process.pid}.${++serial}.tmp`
  try {
    write(temporary)
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
