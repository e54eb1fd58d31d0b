/**
 * Hashes many files at once before each is asked for: a first build, or one after an install, has thousands that nobody has hashed yet, and reading them one
 * by one, when it is decided what they change, leaves all processors but one idle. A matter of time only: what cannot be read here is left to whoever asks for it.
 */
import { CoworksError } from '../util/problem.js'
import type { Graph } from './graph.js'
import type { HashMany, StatRecord } from './model.js'
import type { Snapshot } from './snapshot.js'

/** Fewer are hashed before a thread has started. */
const MANY = 500
/** Where that many were found, the others are given away so many at a time. */
const SOME = 128

type Records = readonly (readonly [path: string, record: StatRecord])[]

export class LookAhead {
  private readonly seen = new Set<string>()
  private waiting: { readonly compared: string[]; readonly others: string[] } = { compared: [], others: [] }
  private readonly running: Promise<Records>[] = []
  private readonly names = new Set<string>()
  private many = false

  constructor(
    private readonly hashMany: HashMany,
    private readonly signal: AbortSignal,
  ) {}

  /** Files that will be asked for. @param compared as for `HashMany` */
  expect(snapshot: Snapshot, paths: readonly string[], compared: boolean): void {
    const { waiting, running } = this
    for (const path of paths) {
      if (this.seen.has(path) || snapshot.hashed(path)) continue
      this.seen.add(path)
      ;(compared ? waiting.compared : waiting.others).push(path)
    }
    if (waiting.compared.length + waiting.others.length >= (running.length === 0 ? MANY : SOME)) this.begin(snapshot)
  }

  /**
   * Hashes the files of the sets of these targets, and all that was expected, if they are many. Where only the names of a set count, its files are
   * likely to be what an action reads by itself: they are hashed too, and nobody waits for it.
   */
  async settle(snapshot: Snapshot, { targets }: Graph, ids: readonly string[]): Promise<void> {
    const sets = new Set<string>()
    for (const id of ids) {
      const target = targets.get(id)
      for (const input of target?.inputs ?? []) {
        if ((input.kind !== 'set' && input.kind !== 'names') || sets.has(input.set.key)) continue
        sets.add(input.set.key)
        try {
          const paths = snapshot.names(input.set)
          if (input.kind === 'set') this.expect(snapshot, paths, target?.action?.compares !== undefined)
          else this.background(snapshot, paths)
        } catch (error) {
          if (!(error instanceof CoworksError)) throw error
        }
      }
    }
    if (this.running.length > 0) this.begin(snapshot)
    for (const records of await Promise.all(this.running)) learn(snapshot, records)
    this.running.length = 0
  }

  private background(snapshot: Snapshot, paths: readonly string[]): void {
    for (const path of paths) if (!this.seen.has(path) && !snapshot.hashed(path)) this.names.add(path)
    if (this.names.size < (this.many ? SOME : MANY)) return
    this.many = true
    const fresh = [...this.names]
    this.names.clear()
    for (const path of fresh) this.seen.add(path)
    this.hash(snapshot, fresh, false).then((records) => learn(snapshot, records))
  }

  private begin(snapshot: Snapshot): void {
    const { compared, others } = this.waiting
    this.waiting = { compared: [], others: [] }
    if (compared.length > 0) this.running.push(this.hash(snapshot, compared, true))
    if (others.length > 0) this.running.push(this.hash(snapshot, others, false))
  }

  private async hash(snapshot: Snapshot, paths: readonly string[], compared: boolean): Promise<Records> {
    const absolute = paths.map((path) => snapshot.absolute(path))
    try {
      const records = await this.hashMany(absolute, compared, this.signal)
      return paths.flatMap((path, index) => (records[index] === undefined ? [] : [[path, records[index]] as const]))
    } catch {
      return [] // aborted, or a thread that could not start
    }
  }
}

function learn(snapshot: Snapshot, records: Records): void {
  for (const [path, record] of records) snapshot.learn(path, record)
}
