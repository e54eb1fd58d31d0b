/**
 * What one build knows: the files as it sees them, the journal, and the values of targets. Turns a target's declared inputs
 * into what is seen of them. Decides nothing.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Digest, digestOf, type Json, sha256 } from '../util/hash.js'
import { CoworksError, type Problem } from '../util/problem.js'
import { outputsIntact, type Seen } from './decide.js'
import { FileClock } from './file-clock.js'
import type { Graph } from './graph.js'
import { Journal } from './journal.js'
import {
  type FileSet,
  type FileSignature,
  FOLDER,
  type HashFiles,
  type Input,
  MISSING,
  type SeenInput,
  type Target,
  type Trace,
} from './model.js'
import type { Observer } from './plan.js'
import { Snapshot } from './snapshot.js'
import { StatCache } from './stat-cache.js'
import type { Facts, Looks, Row } from './witness.js'

export const STATE_DIR = '.coworks'

export class World implements Observer {
  readonly journal: Journal
  readonly snapshot: Snapshot
  private readonly stats: StatCache
  private journalMark: string
  private readonly sets = new Map<string, SeenInput>()
  /** What was seen of sets before this build wrote anything, where there was one: most are what they were. */
  private setsBefore: ReadonlyMap<string, SeenInput> = new Map()
  private readonly variables = new Map<string, string>()
  /** Digests of values that many targets have in common. */
  private readonly values = new WeakMap<Input, Digest>()

  constructor(
    readonly root: string,
    private readonly env: NodeJS.ProcessEnv = process.env,
    before?: World,
    snapshot?: Snapshot,
  ) {
    const state = join(root, STATE_DIR)
    // What this process has read and written of the state holds on, unless another has written since. Files are always looked at anew.
    const kept = before?.outdated() === false ? before : undefined
    this.journalMark = markOf(join(state, 'journal'))
    this.journal = kept?.journal ?? new Journal(join(state, 'journal'))
    this.stats = kept?.stats ?? new StatCache(join(state, 'stat'))
    this.snapshot = snapshot ?? new Snapshot(root, this.stats, new FileClock(join(state, 'clock')))
  }

  /** Has another process written since this world was read? */
  outdated(): boolean {
    return markOf(join(this.root, STATE_DIR, 'journal')) !== this.journalMark
  }

  /** Was the journal, when it was read, this file of this size? */
  readFrom({ ino, size }: Pick<Row, 'ino' | 'size'>): boolean {
    return this.journalMark === `${ino} ${size}`
  }

  /** Ends a build after which this process makes another: what was read and written stays in memory. */
  release(): void {
    this.journal.close()
    this.journalMark = markOf(join(this.root, STATE_DIR, 'journal'))
  }

  /** The project as this build leaves it: what was written is looked at again, the rest stays what it was. */
  async after(hashFiles: HashFiles): Promise<World> {
    this.release()
    await this.snapshot.settle(hashFiles)
    const next = new World(this.root, this.env, this, this.snapshot.after())
    next.setsBefore = this.sets
    return next
  }

  /** All that was looked at, the journal with it; nothing where a witness could not be sure of it. */
  looks(): { readonly looks: Looks; readonly env: Facts['env'] } | undefined {
    const looks = this.snapshot.looks()
    const journal = statSync(join(this.root, STATE_DIR, 'journal'), { throwIfNoEntry: false })
    if (looks === undefined || journal === undefined || this.outdated()) return undefined
    // It only ever grows, or is replaced: whoever writes to it changes its size or its inode, however soon.
    return { looks: { ...looks, rows: new Map([[`${STATE_DIR}/journal`, journal], ...looks.rows]) }, env: [...this.variables] }
  }

  /** A variable of the environment. That it was asked for is remembered, its value only as a digest. */
  environment(name: string): string | undefined {
    const value = this.env[name]
    this.variables.set(name, value === undefined ? 'unset' : sha256(value))
    return value
  }

  trace(id: string): Trace | undefined {
    return this.journal.trace(id)
  }

  /** Makes the digests found so far cheap for the next build, if that is worth a write. */
  async close(settle: boolean, hashFiles: HashFiles): Promise<void> {
    this.journal.close()
    if (settle) await this.snapshot.settle(hashFiles)
    this.save()
  }

  save(): void {
    if (existsSync(join(this.root, STATE_DIR))) this.stats.save()
  }

  /** The value that dependents see. An alias has the values of what it stands for. */
  value(graph: Graph, id: string): Digest {
    const target = graph.targets.get(id)
    if (target?.action === undefined) return digestOf((graph.dependencies.get(id) ?? []).map((dependency) => this.value(graph, dependency)))
    return this.journal.result(id)?.value ?? ''
  }

  /** Was a target made, and are its outputs still as they were made? */
  intact(id: string): boolean {
    const made = this.journal.result(id)
    return made !== undefined && outputsIntact(made.outputs, (path) => this.snapshot.signature(path))
  }

  info(id: string): Json | undefined {
    return this.journal.result(id)?.info
  }

  observer(graph: Graph): Observer {
    return { trace: (id) => this.trace(id), see: (id, pending) => this.seeIn(graph, id, pending) }
  }

  see(): Seen {
    throw new Error('see is asked of observer(graph)')
  }

  seeIn(graph: Graph, id: string, pending: ReadonlySet<string>): Seen {
    const target = graph.targets.get(id)
    const unknown: string[] = []
    const inputs: SeenInput[] = []
    const problems: Problem[] = []
    for (const input of target?.inputs ?? []) {
      try {
        const key = keyOf(input)
        if (this.waitsFor(graph, id, input, pending)) unknown.push(key)
        else inputs.push(this.seeInput(graph, target as Target, input, key))
      } catch (error) {
        if (!(error instanceof CoworksError)) throw error
        problems.push(...error.problems)
      }
    }
    if (problems.length > 0) throw new CoworksError(problems)
    return { inputs, unknown, look: (path) => this.snapshot.signature(path), interrupted: this.journal.interrupted(id) }
  }

  private waitsFor(graph: Graph, id: string, input: Input, pending: ReadonlySet<string>): boolean {
    if (pending.size === 0) return false
    if (input.kind === 'target') return pending.has(input.id)
    if (input.kind === 'file') return pending.has(graph.producers.get(input.path) ?? '')
    if (input.kind === 'set' || input.kind === 'names') {
      return graph.made.inSet(input.set).some((path) => {
        const producer = graph.producers.get(path)
        return producer !== undefined && producer !== id && pending.has(producer)
      })
    }
    return false
  }

  private seeInput(graph: Graph, target: Target, input: Input, key: string): SeenInput {
    switch (input.kind) {
      case 'value': {
        const known = this.values.get(input) ?? digestOf(input.value)
        this.values.set(input, known)
        return { key, signature: known }
      }
      case 'env':
        this.environment(input.name)
        return { key, signature: this.variables.get(input.name) ?? 'unset' }
      case 'target':
        return { key, signature: this.value(graph, input.id) }
      case 'file': {
        const signature = this.snapshot.signature(input.path)
        if (signature === MISSING && !input.optional) {
          throw new CoworksError({ where: target.id, what: `needs \`${input.path}', which does not exist and which nothing makes` })
        }
        if (signature === FOLDER) throw new CoworksError({ where: input.path, what: 'is a folder, not a file' })
        return { key, signature }
      }
      case 'names':
        return this.seeNames(graph, target, input.set, key)
      case 'set':
        return this.seeSet(graph, target, input.set, key)
    }
  }

  private seeNames(graph: Graph, target: Target, set: FileSet, key: string): SeenInput {
    const produced = graph.made.inSet(set).length > 0
    const known = produced ? undefined : this.sets.get(key)
    if (known !== undefined) return known
    const seen: SeenInput = { key, signature: sha256(this.setNames(graph, target, set).join('\0')) }
    if (!produced) this.sets.set(key, seen)
    return seen
  }

  private seeSet(graph: Graph, target: Target, set: FileSet, key: string): SeenInput {
    const produced = graph.made.inSet(set).length > 0
    const known = produced ? undefined : this.sets.get(key)
    if (known !== undefined) return known
    const names = this.setNames(graph, target, set)
    const before = this.setsBefore.get(key)
    const seen = before !== undefined && this.isStill(before, names) ? before : this.seeFiles(key, names)
    if (!produced) this.sets.set(key, seen)
    return seen
  }

  private seeFiles(key: string, names: readonly string[]): SeenInput {
    const items = names.map((path): readonly [string, FileSignature] => [path, this.snapshot.signature(path)])
    return { key, signature: sha256(items.map(([path, signature]) => `${path}\0${signature}\0`).join('')), items }
  }

  private isStill({ items = [] }: SeenInput, names: readonly string[]): boolean {
    return (
      items.length === names.length &&
      items.every(([path, signature], index) => path === names[index] && this.snapshot.signature(path) === signature)
    )
  }

  /** What is on the disk, less what targets make, and what other targets make: the same before and after they ran. */
  setNames(graph: Graph, target: Target, set: FileSet): readonly string[] {
    const produced = graph.made.inSet(set)
    const disk = this.snapshot.names(set)
    if (produced.length === 0) return disk
    const own = new Set(target.outputs)
    const others = produced.filter((path) => !own.has(path))
    const made = new Set(produced)
    return [...disk.filter((path) => !made.has(path)), ...others].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }
}

export function keyOf(input: Input): string {
  switch (input.kind) {
    case 'file':
      return `file:${input.path}`
    case 'set':
      return `set:${input.set.key}`
    case 'names':
      return `names:${input.set.key}`
    case 'value':
      return `value:${input.name}`
    case 'env':
      return `env:${input.name}`
    case 'target':
      return `target:${input.id}`
  }
}

/** A journal that is rewritten gets another inode: its size alone could be the same by chance. */
function markOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? 'missing' : `${stat.ino} ${stat.size}`
}
