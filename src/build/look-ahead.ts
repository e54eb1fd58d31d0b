/**
 * Hashes many files at once before each is asked for: a first build, or one after an install, has thousands that nobody has hashed yet, and reading them one
 * by one, when it is decided what they change, leaves all processors but one idle. A matter of time only: what cannot be read here is left to whoever asks for it.
 */
import { CoworksError } from '../util/problem.js'
import type { Graph } from './graph.js'
import { MANY } from './hash-file.js'
import type { HashFiles } from './model.js'
import type { Snapshot } from './snapshot.js'

/** Where that many were found, the others are given away so many at a time. */
const SOME = 128
/** Who waits for some files waits for no more than these along with them. */
const TOGETHER = 256

/**
 * What is known of files that will be asked for. `compared` and `others`: as for `HashFiles`, and waited for. `names`: likely to be what an action reads by
 * itself, and nobody waits for them.
 */
type Kind = 'compared' | 'others' | 'names'

export class LookAhead {
  /** Given away already. */
  private readonly seen = new Set<string>()
  private readonly waiting: Readonly<Record<Kind, Set<string>>> = { compared: new Set(), others: new Set(), names: new Set() }
  /** Kinds of which many were found. */
  private readonly begun = new Set<Kind>()
  private readonly running: Promise<void>[] = []
  /** Files that are being hashed, each by the promise that it will be. */
  private readonly underway = new Map<string, Promise<void>>()

  constructor(private readonly hashFiles: HashFiles) {}

  /** Files that will be asked for: hashed from now on, if they are many. */
  expect(snapshot: Snapshot, paths: readonly string[], kind: Kind): void {
    const waiting = this.waiting[kind]
    for (const path of paths) if (!this.seen.has(path) && !snapshot.hashed(path)) waiting.add(path)
    if (waiting.size >= (this.begun.has(kind) ? SOME : MANY)) this.begin(snapshot, kind)
  }

  /** Waits for those of these files that are being hashed already. Whoever asked for one now would hash it a second time. */
  async arrived(paths: readonly string[]): Promise<void> {
    await Promise.all(new Set(paths.flatMap((path) => this.underway.get(path) ?? [])))
  }

  /** Hashes the files of the sets of these targets, and all that was expected, if they are many. */
  async settle(snapshot: Snapshot, { targets }: Graph, ids: readonly string[]): Promise<void> {
    const sets = new Set<string>()
    for (const id of ids) {
      const target = targets.get(id)
      for (const input of target?.inputs ?? []) {
        if ((input.kind !== 'set' && input.kind !== 'names') || sets.has(input.set.key)) continue
        sets.add(input.set.key)
        const kind = input.kind === 'names' ? 'names' : target?.action?.compares === undefined ? 'others' : 'compared'
        try {
          this.expect(snapshot, snapshot.names(input.set), kind)
        } catch (error) {
          if (!(error instanceof CoworksError)) throw error
        }
      }
    }
    for (const kind of this.begun) this.begin(snapshot, kind)
    this.begun.clear()
    await Promise.all(this.running.splice(0))
  }

  private begin(snapshot: Snapshot, kind: Kind): void {
    this.begun.add(kind)
    const paths = [...this.waiting[kind]].filter((path) => !this.seen.has(path))
    this.waiting[kind].clear()
    for (const path of paths) this.seen.add(path)
    for (let at = 0; at < paths.length; at += TOGETHER) {
      const some = paths.slice(at, at + TOGETHER)
      const hashed = this.hash(snapshot, some, kind === 'compared')
      for (const path of some) this.underway.set(path, hashed)
      if (kind !== 'names') this.running.push(hashed)
    }
  }

  private async hash(snapshot: Snapshot, paths: readonly string[], compared: boolean): Promise<void> {
    const absolute = paths.map((path) => snapshot.absolute(path))
    for (const [index, record] of (await this.hashFiles(absolute, compared)).entries())
      if (record !== undefined) snapshot.learn(paths[index] ?? '', record)
    for (const path of paths) this.underway.delete(path)
  }
}
