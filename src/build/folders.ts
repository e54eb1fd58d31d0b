/**
 * Folders as a build sees them: each is read once, and remembered with what it was before it was read, since a name that comes or goes moves its
 * times. One that a witness has just found as it was need not be read to know whether what is in it is still the same.
 */
import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs'
import { byCodeUnit, sha256 } from '../util/hash.js'
import type { FileClock } from './file-clock.js'
import { wasAtRest } from './stat-cache.js'
import type { Row } from './witness.js'

interface Folder {
  /** Before it was read. */
  readonly stat: Stats
  /** Then a name that came while it was read would move its times. */
  readonly atRest: boolean
  readonly entries: readonly Dirent[]
  names: readonly string[] | undefined
  /** Of the names, and what they are. */
  digest: number | undefined
}

/** A folder's row in a witness that was asked a moment ago, where it was as then. */
type Known = (path: string) => Row | undefined

export class Folders {
  private readonly folders = new Map<string, Folder>()
  /** Not read, because a witness knows what is in them. */
  private readonly trusted = new Map<string, Row>()
  private known: Known = () => undefined
  /** Of which it is not believed any more: they were written to since it was asked, or whoever asks has just read them. */
  private readonly moved = new Set<string>()
  /** As they were before this look, of those that were touched since. */
  private readonly before = new Map<string, Folder>()

  constructor(
    private readonly absolute: (path: string) => string,
    private readonly clock: FileClock,
  ) {}

  trust(known: Known): void {
    this.known = known
  }

  /** Reads a folder, as a system call would. */
  entries(path: string): readonly Dirent[] {
    return this.read(path).entries
  }

  /** The names, as the disk gives them; the same list as long as they are the same, so that what is found out of them may be kept with it. */
  names(path: string): readonly string[] {
    const folder = this.read(path)
    if (folder.names !== undefined) return folder.names
    const before = this.before.get(path)
    const still = before === undefined || digestOf(before) !== digestOf(folder) ? undefined : before.names
    folder.names = still ?? folder.entries.map((entry) => entry.name)
    return folder.names
  }

  /** 48 bits of a digest of what is in a folder: names, and what they are. */
  digest(path: string): number {
    const trusted = this.moved.has(path) || this.folders.has(path) ? undefined : this.known(path)
    if (trusted?.names === undefined) return digestOf(this.read(path))
    this.trusted.set(path, trusted)
    return trusted.names
  }

  has(path: string): boolean {
    return this.folders.has(path)
  }

  /** From now on it is what the disk says. */
  distrust(path: string): void {
    this.moved.add(path)
  }

  /** Something may have been put there, or taken away. */
  forget(path: string): void {
    this.distrust(path)
    this.folders.delete(path)
    this.trusted.delete(path)
  }

  /** A row of a witness for each; nothing where a name that came while one was read, or in the same tick, would not be noticed. */
  rows(): ReadonlyMap<string, Row> | undefined {
    const rows = new Map(this.trusted)
    for (const [path, folder] of this.folders) {
      if (!folder.atRest) return undefined
      const { size, mtimeMs, ctimeMs, ino, mode } = folder.stat
      rows.set(path, { size, mtimeMs, ctimeMs, ino, mode, names: digestOf(folder) })
    }
    return rows
  }

  /** Those that were not touched since, for one more look. */
  without(touched: ReadonlySet<string>): Folders {
    const next = new Folders(this.absolute, this.clock)
    next.known = this.known
    for (const path of [...this.moved, ...touched]) next.moved.add(path)
    for (const [path, folder] of this.folders) (touched.has(path) ? next.before : next.folders).set(path, folder)
    for (const [path, row] of this.trusted) if (!touched.has(path)) next.trusted.set(path, row)
    return next
  }

  private read(path: string): Folder {
    const known = this.folders.get(path)
    if (known !== undefined) return known
    const at = Date.now()
    const stat = statSync(this.absolute(path))
    const entries = readdirSync(this.absolute(path), { withFileTypes: true })
    const atRest = this.clock.isPast(stat) || wasAtRest({ hashedAt: at, ctimeMs: Math.max(stat.mtimeMs, stat.ctimeMs) })
    const folder: Folder = { stat, atRest, entries, names: undefined, digest: undefined }
    this.folders.set(path, folder)
    return folder
  }
}

function digestOf(folder: Folder): number {
  if (folder.digest !== undefined) return folder.digest
  const names = folder.entries.map(
    (entry) => `${entry.isDirectory() ? 'd' : entry.isFile() ? 'f' : entry.isSymbolicLink() ? 'l' : 'o'}${entry.name}`,
  )
  folder.digest = Number.parseInt(sha256(names.sort(byCodeUnit).join('\0')).slice(0, 12), 16)
  return folder.digest
}
