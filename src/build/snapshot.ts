/**
 * The files as this build sees them: each path is looked at once, and stays what it was for the whole build, so that all
 * targets decide on the same world. Knows nothing of targets; refuses what is no plain file.
 */
import { type Dirent, readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { errorCode } from '../util/error-code.js'
import { sha256 } from '../util/hash.js'
import type { HashedFile } from '../util/hashed-file.js'
import { CoworksError, type Problem } from '../util/problem.js'
import { FileClock, tickOf } from './file-clock.js'
import { Folders } from './folders.js'
import { hashFile, MANY } from './hash-file.js'
import { type FileEntry, type FileSet, type FileSignature, FOLDER, type HashFiles, MISSING } from './model.js'
import { believable, provenAtRest, StatCache, wasAtRest } from './stat-cache.js'
import { walkSet } from './walk-set.js'
import type { Looks, Row } from './witness.js'

type Looked = { readonly kind: 'missing' } | { readonly kind: 'dir' } | LookedFile | { readonly kind: 'other'; readonly problem: Problem }

interface LookedFile extends FileEntry {
  readonly kind: 'file'
  readonly record: HashedFile
}

type Kind = Looked['kind']

/** What a witness, asked a moment ago, found. */
export interface JustLooked {
  /** Is a file as it is recorded? */
  agrees(path: string, record: HashedFile): boolean
  /** A folder that is as it was. */
  folder(path: string): Row | undefined
}

export class Snapshot {
  private readonly looked = new Map<string, Looked>()
  private readonly sets = new Map<string, { readonly dir: string; readonly names: readonly string[] }>()
  private readonly listings = new Map<string, FileSignature>()
  private readonly kinds = new Map<string, Kind>()
  private readonly folders: Folders
  /** Links that were followed, and where they led. */
  private readonly links = new Map<string, string>()
  /** Hashed so soon after they were written that the next build could not believe it. */
  private readonly racy = new Set<string>()
  /** Written by this build, and not looked at since. */
  private readonly written = new Set<string>()
  /** Written by this build. */
  private readonly touched = new Set<string>()
  /** What this process has just looked at, to ask a witness. */
  private justLooked: JustLooked | undefined
  /** Asked about again since. */
  private readonly moved = new Set<string>()
  private readonly realRoot: string

  constructor(
    readonly root: string,
    private readonly stats: StatCache,
    private readonly clock: FileClock = new FileClock(),
    folders?: Folders,
  ) {
    this.folders = folders ?? new Folders((path) => this.absolute(path), clock)
    this.realRoot = realpathSync(root)
  }

  absolute(path: string): string {
    // Not joined and made normal again, thousands of times: paths of the project are normal.
    return path === '.' ? this.root : `${this.root}/${path}`
  }

  /** Does a real path lie in the project? */
  inside(real: string): boolean {
    return real === this.realRoot || real.startsWith(`${this.realRoot}/`)
  }

  /** @throws CoworksError for what is no file, folder or missing. */
  signature(path: string): FileSignature {
    if (path.endsWith('/')) return this.listing(path)
    const looked = this.look(path)
    if (looked.kind === 'dir') return FOLDER
    if (looked.kind === 'other') throw new CoworksError(looked.problem)
    return looked.kind === 'missing' ? MISSING : `${looked.exec ? 'x' : 'f'}:${looked.digest}`
  }

  /** @throws CoworksError for a path that is no file. */
  file(path: string): FileEntry {
    const looked = this.look(path)
    if (looked.kind === 'other') throw new CoworksError(looked.problem)
    if (looked.kind === 'missing') throw new CoworksError({ where: path, what: 'no such file' })
    if (looked.kind === 'dir') throw new CoworksError({ where: path, what: 'is a folder, not a file' })
    return looked
  }

  /** Is there a file, a folder, or nothing (links followed)? Its content is not looked at. */
  kind(path: string): Kind {
    const looked = this.looked.get(path)
    if (looked !== undefined) return looked.kind
    const known = this.kinds.get(path)
    if (known !== undefined) return known
    const kind = kindOf(statOf(this.absolute(path)))
    this.kinds.set(path, kind)
    return kind
  }

  /** The names in a folder as the disk gives them, none where it is missing. */
  entries(dir: string): readonly string[] {
    if (this.folders.has(dir) || this.kind(dir) === 'dir') return this.folders.names(dir)
    return []
  }

  /** A digest of what is in a folder, names and what they are, as a number; nothing where it cannot be read. */
  namesDigest(dir: string): number | undefined {
    try {
      return this.folders.digest(dir)
    } catch {
      return undefined
    }
  }

  /** What is in a folder; nothing where there is none that can be read. */
  dirents(dir: string): readonly Dirent[] | undefined {
    if (this.kind(dir) !== 'dir') return undefined
    try {
      return this.folders.entries(dir)
    } catch {
      return undefined
    }
  }

  /** The content of a small file, as it was hashed. @throws CoworksError */
  bytes(path: string): Buffer {
    const { digest } = this.file(path)
    const bytes = readFileSync(this.absolute(path))
    if (sha256(bytes) !== digest)
      throw new CoworksError({ where: path, what: 'changed during the build', hint: 'build again when it is at rest' })
    return bytes
  }

  /** What is in a folder: the names, and what they are. */
  private listing(path: string): FileSignature {
    const known = this.listings.get(path)
    if (known !== undefined) return known
    const names = this.namesDigest(path.slice(0, -1))
    const signature = names === undefined ? MISSING : `d:${names.toString(16)}`
    this.listings.set(path, signature)
    return signature
  }

  /** Was this path hashed before, by this build or another? Whether it is still what it was then is not asked. */
  hashed(path: string): boolean {
    return this.looked.has(path) || this.stats.has(path)
  }

  /** What is known of a file that nobody looked at before: it is looked at, and what it was then is told. Of any other path nothing. */
  hashedNow(path: string): HashedFile | undefined {
    if (this.looked.has(path)) return undefined
    // On the disk, and not as a witness saw it: whoever asks has just read it.
    if (path.endsWith('/')) {
      this.folders.distrust(path.slice(0, -1))
      return undefined
    }
    this.moved.add(path)
    return this.look(path).kind === 'file' ? this.stats.get(path) : undefined
  }

  /** Takes a file for looked at: it was hashed just now. */
  learn(path: string, record: HashedFile): void {
    if (this.looked.has(path)) return
    this.remember(path, record)
    this.looked.set(path, entryOf(path, record))
  }

  /** Believes what is recorded of a file where a witness was asked a moment ago and found the file so, instead of looking at it once more. */
  trust(justLooked: JustLooked): void {
    this.justLooked = justLooked
    this.folders.trust((path) => justLooked.folder(path))
  }

  /** Forgets what a path was: it is about to be, or was, written by this build. */
  forget(path: string): void {
    this.moved.add(path)
    this.looked.delete(path)
    this.kinds.delete(path)
    this.listings.delete(path)
    this.folders.forget(path.endsWith('/') ? path.slice(0, -1) : path)
  }

  /** A file that this build has just put in its place. */
  wrote(path: string): void {
    this.forget(path)
    this.touched.add(path)
    this.written.add(path)
  }

  /** Did this build put a file there? */
  wroteTo(path: string): boolean {
    return this.touched.has(path)
  }

  /**
   * Is a path that was looked at no longer what it was then? What was never looked at is nothing that anybody decided by. Remembers
   * nothing: a running build must go on seeing what it saw, and notice by itself that it moved on.
   */
  differs(path: string): boolean {
    const before = this.looked.get(path)
    if (before === undefined) return false
    try {
      const stat = statSync(this.absolute(path), { throwIfNoEntry: false })
      if (stat === undefined) return before.kind !== 'missing'
      if (!stat.isFile()) return before.kind !== (stat.isDirectory() ? 'dir' : 'other')
      if (before.kind !== 'file' || before.exec !== ((stat.mode & 0o111) !== 0) || before.size !== stat.size) return true
      return before.digest !== hashFile(this.absolute(path)).digest
    } catch {
      return true // it cannot be read, or changes at this moment
    }
  }

  /** Does a file look different from when it was hashed? `now`: what it is, where that is known. */
  movedOn(path: string, now?: Stats): boolean {
    const record = this.stats.get(path)
    if (this.looked.get(path)?.kind !== 'file' || record === undefined) return false
    const stat = now ?? statSync(this.absolute(path), { throwIfNoEntry: false })
    return stat === undefined || stat.ctimeMs !== record.ctimeMs || stat.size !== record.size || stat.ino !== record.ino
  }

  /** Files of a set, sorted by code unit; paths in `exclude` (the target's own outputs) are left out. @throws CoworksError */
  names(set: FileSet): readonly string[] {
    const known = this.sets.get(set.key)
    if (known !== undefined) return known.names
    if (set.list !== undefined) return set.list
    const { names, problems } = walkSet(set, {
      absolute: (path) => this.absolute(path),
      enter: (dir) => this.folders.entries(dir),
      missing: (dir) => this.kinds.set(dir, 'missing'),
      followed: (path, real) => this.links.set(path, real),
      inside: (real) => this.inside(real),
    })
    if (problems.length > 0) throw new CoworksError(problems)
    this.sets.set(set.key, { dir: set.dir, names })
    return names
  }

  /**
   * All that was looked at, for a witness; nothing where something of it was too young to be believed the next time, or cannot be
   * what a build goes on with. The journal is not among it.
   */
  looks(): Looks | undefined {
    const rows = new Map<string, Row>()
    const missing = new Set<string>()
    const kinds = new Map<string, 'file' | 'dir'>()
    const note = (path: string, kind: 'missing' | 'file' | 'dir'): void => {
      if (kind === 'missing') missing.add(path)
      else kinds.set(path, kind)
    }
    for (const [path, looked] of this.looked) {
      if (looked.kind === 'other') return undefined
      if (looked.kind !== 'file') {
        note(path, looked.kind)
        continue
      }
      const record = this.stats.since(path, looked.record)
      // It was changed since it was looked at, or is too young to tell.
      if (record?.digest !== looked.digest || !believable(record, record)) return undefined
      rows.set(path, record)
    }
    for (const [path, signature] of this.listings) if (signature === MISSING) missing.add(path.slice(0, -1))
    const folders = this.folders.rows()
    if (folders === undefined) return undefined
    for (const [path, row] of folders) rows.set(path, row)
    for (const [path, kind] of this.kinds) {
      if (kind === 'other') return undefined
      note(path, kind)
    }
    for (const path of rows.keys()) kinds.delete(path)
    return {
      rows,
      // Where a folder's names are compared, one that was not among them cannot have come.
      missing: [...missing].filter((path) => !rows.has(dirname(path))),
      kinds: [...kinds],
      links: [...this.links].map(([path, real]) => [path, relative(this.realRoot, real)] as const),
    }
  }

  /** For one more look at a project that this build has changed: what it did not touch is not looked at again. */
  after(): Snapshot {
    const touched = new Set<string>()
    for (const path of this.touched) for (let at = path; !touched.has(at) && at !== dirname(at); at = dirname(at)) touched.add(at)
    touched.add('.')
    const next = new Snapshot(this.root, this.stats, this.clock, this.folders.without(touched))
    next.justLooked = this.justLooked
    for (const path of this.moved) next.moved.add(path)
    for (const [path, looked] of this.looked) if (looked.kind === 'file' && !touched.has(path)) next.looked.set(path, looked)
    // A link may lead to what was written, and that a folder is missing must be looked at to be known.
    if (this.links.size === 0)
      for (const [key, set] of this.sets) if (!touched.has(set.dir) && next.folders.has(set.dir)) next.sets.set(key, set)
    return next
  }

  private look(path: string): Looked {
    let looked = this.looked.get(path)
    if (looked === undefined) {
      looked = this.lookNow(path)
      this.looked.set(path, looked)
    }
    return looked
  }

  private lookNow(path: string): Looked {
    const known = this.justLooked === undefined || this.moved.has(path) ? undefined : this.stats.get(path)
    if (known !== undefined && wasAtRest(known) && this.justLooked?.agrees(path, known)) return entryOf(path, known)
    const absolute = this.absolute(path)
    let stat: Stats | undefined
    try {
      stat = statSync(absolute, { throwIfNoEntry: false })
    } catch (error) {
      // A name below a file (ENOTDIR) cannot exist either; a link that loops is no file.
      if (errorCode(error) === 'ENOTDIR') return { kind: 'missing' }
      return { kind: 'other', problem: { where: path, what: `cannot be read (${errorCode(error)})` } }
    }
    if (stat === undefined) {
      this.stats.delete(path)
      return { kind: 'missing' }
    }
    if (stat.isDirectory()) return { kind: 'dir' }
    if (!stat.isFile()) return { kind: 'other', problem: { where: path, what: 'is neither a file nor a folder' } }
    const record = this.stats.get(path)
    if (record !== undefined && believable(record, stat)) return entryOf(path, record)
    try {
      const fresh = hashFile(absolute)
      this.remember(path, fresh)
      return entryOf(path, fresh)
    } catch (error) {
      if (error instanceof CoworksError)
        return { kind: 'other', problem: { ...(error.problems[0] ?? { what: error.message }), where: path } }
      return { kind: 'other', problem: { where: path, what: `cannot be read (${errorCode(error)})` } }
    }
  }

  private remember(path: string, record: HashedFile): void {
    this.stats.set(path, record)
    if (wasAtRest(record)) this.racy.delete(path)
    else this.racy.add(path)
  }

  /**
   * Hashes, once the file system's clock has ticked on, what this build wrote, and again what was hashed too soon after it was
   * written; otherwise the next build would have to. What has a coarse clock (1-2 s) is left to the next build.
   */
  async settle(hashFiles?: HashFiles): Promise<void> {
    const seen = (path: string) => ({ path, stat: statSync(this.absolute(path), { throwIfNoEntry: false }) })
    const young = [...new Set([...this.racy, ...this.written])].map(seen).filter(({ stat }) => tickOf(stat?.ctimeMs ?? 0) <= 100)
    // A folder's time may be a tick after that of the file that came into it.
    const folders = [...new Set(young.map(({ path }) => dirname(path)))].map(seen)
    if (young.length === 0 || !(await this.clock.waitFor([...young, ...folders].flatMap(({ stat }) => stat ?? [])))) return
    const ahead =
      young.length < MANY
        ? undefined
        : await hashFiles?.(
            young.map(({ path }) => this.absolute(path)),
            false,
          )
    for (const [index, { path, stat }] of young.entries()) {
      const before = this.racy.has(path) ? this.stats.get(path) : undefined
      try {
        const again = ahead?.[index] ?? hashFile(this.absolute(path))
        // Changed since this build used it: whatever is recorded must not be believed for the new bytes.
        if (before !== undefined && again.digest !== before.digest) continue
        this.remember(path, stat !== undefined && this.clock.isPast({ ...again, dev: stat.dev }) ? provenAtRest(again) : again)
      } catch {
        this.stats.delete(path)
      }
    }
    this.written.clear()
  }
}

/** For a look at a few files: nothing is known of them, and nothing is remembered. */
export function emptySnapshot(root: string): Snapshot {
  return new Snapshot(root, new StatCache(''))
}

function entryOf(path: string, record: HashedFile): LookedFile {
  return { kind: 'file', path, exec: (record.mode & 0o111) !== 0, digest: record.digest, size: record.size, record }
}

function statOf(absolute: string): Stats | undefined {
  try {
    return statSync(absolute, { throwIfNoEntry: false })
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return undefined // below a file there is nothing
    throw error
  }
}

function kindOf(stat: Stats | undefined): Kind {
  if (stat === undefined) return 'missing'
  return stat.isDirectory() ? 'dir' : stat.isFile() ? 'file' : 'other'
}
