/**
 * Says which paths below a folder may have changed. Only folders are watched, by chokidar: each reports the files in it, so that ten
 * thousand sources take as many watches as they have folders. Decides nothing: a path that is told may well be what it was.
 *
 * What chokidar gathers from these reports leaves some out (two changes of a file within 50 ms are one, a folder that is
 * replaced by another of its name is watched no more), so its raw reports are taken, and the inode of each folder is compared: where
 * one was replaced, all is watched anew, and all is told as changed. Polled instead (`poll`, or where the system gives no
 * more watches), files are looked at by name, one after the other.
 */
import { existsSync, readdirSync, type Stats, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import type { Problem } from '../util/problem.js'
import { isClosedFolder, isNoise } from './noise.js'

const POLL_MS = 300
/** A folder that vanished may be about to be replaced. */
const CHECK_MS = 60
/** Of a new folder so many files are told by name. */
const MOST_NAMED = 500

export interface FolderListener {
  /** Paths from the folder, none of them noise; `.` where anything may have changed. */
  changed(paths: readonly string[]): void
  /** Something that the user should know; the watch goes on. */
  problem(problem: Problem): void
  /** The folder itself is no more. */
  gone(): void
}

export class FolderWatch {
  private watcher: FSWatcher | undefined
  /** Folders that are watched, with the inodes that they had. */
  private inodes = new Map<string, number>()
  private suspects = new Set<string>()
  private check: NodeJS.Timeout | undefined
  private said = new Set<string>()
  private closed = false

  /** @param root absolute */
  constructor(
    private readonly root: string,
    private poll: boolean,
    /** Absolute paths of folders that are no part of it, wherever they lie. */
    private readonly except: readonly string[],
    private readonly listener: FolderListener,
  ) {}

  /** @returns once every folder is watched */
  async open(): Promise<void> {
    const before = this.watcher
    const inodes = new Map<string, number>()
    let ready = false
    const watcher = watch(this.root, {
      atomic: false, // it would keep back what vanished for 100 ms
      followSymlinks: false,
      usePolling: this.poll,
      interval: POLL_MS,
      binaryInterval: POLL_MS,
      ignored: (path, stats) => this.ignores(path, stats),
    })
    this.watcher = watcher
    watcher.on('addDir', (path, stats) => {
      inodes.set(path, stats?.ino ?? 0)
      if (ready) this.tell(this.below(path))
    })
    watcher.on('unlinkDir', (path) => {
      this.tell([path])
      this.suspect(path)
    })
    watcher.on('raw', (_, name, details) => {
      const folder = (details as { watchedPath?: string }).watchedPath ?? this.root
      if (this.poll || typeof name !== 'string') return
      // A folder reports its own end under its own name.
      if (name === basename(folder)) this.suspect(folder)
      const path = join(folder, name)
      if (inodes.has(path)) this.suspect(path)
      this.tell([path])
    })
    if (this.poll) for (const event of ['add', 'change', 'unlink'] as const) watcher.on(event, (path) => ready && this.tell([path]))
    watcher.on('error', (error) => this.failed(error))
    await new Promise<void>((done) => watcher.once('ready', () => done()))
    ready = true
    this.inodes = inodes
    if (this.closed) await watcher.close()
    await before?.close()
  }

  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.check)
    await this.watcher?.close()
  }

  private ignores(path: string, stats: Stats | undefined): boolean {
    const inside = relative(this.root, path)
    if (inside === '' || inside === 'node_modules') return false
    if (this.except.includes(path)) return true
    if (isClosedFolder(inside)) return !(this.poll && !isNoise(inside))
    return !this.poll && stats?.isFile() === true
  }

  private tell(absolute: readonly string[]): void {
    const paths = absolute
      .filter((path) => !this.except.includes(path))
      .map((path) => relative(this.root, path))
      .filter((path) => path !== '' && !isNoise(path))
    if (paths.length > 0 && !this.closed) this.listener.changed(paths)
  }

  /** The files of a new folder, which nobody reports one by one. */
  private below(folder: string): string[] {
    try {
      const found = readdirSync(folder, { withFileTypes: true, recursive: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name))
      return found.length === 0 || found.length > MOST_NAMED ? [folder] : found
    } catch {
      return [folder] // gone again
    }
  }

  /** Is it still the folder that is watched? Looked at a moment later, when whoever replaces it is done. */
  private suspect(folder: string): void {
    this.suspects.add(folder)
    this.check ??= setTimeout(() => {
      this.check = undefined
      const suspects = [...this.suspects]
      this.suspects.clear()
      if (this.closed) return
      if (!existsSync(this.root)) {
        this.listener.gone()
        return
      }
      const replaced = suspects.filter((path) => {
        const inode = this.inodes.get(path)
        const now = statOf(path)
        if (now === undefined) this.inodes.delete(path)
        return inode !== undefined && now?.isDirectory() === true && now.ino !== inode
      })
      if (replaced.length > 0) this.reopen()
    }, CHECK_MS)
  }

  private reopen(): void {
    this.open().then(
      () => !this.closed && this.listener.changed(['.']),
      (error) => this.failed(error),
    )
  }

  private failed(error: unknown): void {
    const { code, path = '' } = error as NodeJS.ErrnoException
    if (this.closed || this.said.has(`${code}`)) return
    if ((code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE') && !this.poll) {
      this.said.add(code)
      this.listener.problem({
        what: `the system gives no more file watches (${code}); files are looked at every ${POLL_MS} ms instead, which costs more`,
        hint: 'on Linux, raise fs.inotify.max_user_watches (ENOSPC) or fs.inotify.max_user_instances (EMFILE)',
      })
      this.poll = true
      this.reopen()
      return
    }
    const where = relative(this.root, path) || undefined
    if (this.said.has(`${code} ${where}`)) return
    this.said.add(`${code} ${where}`)
    this.listener.problem({ where, what: `cannot be watched (${code ?? String(error)})`, hint: '--poll looks at files without being told' })
  }
}

/** Undefined for what is not there, and for what cannot be looked at: a link to itself, a folder that may not be read. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined // whoever builds says what is wrong with it
  }
}
