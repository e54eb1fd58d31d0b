/**
 * Runs the machine: gives it what the folders report and what the builds come to, and does what it says, with real timers and processes.
 * Says what came of each build; shows nothing itself.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CHANGED_DURING_BUILD, type Problem } from '../util/problem.js'
import { Builder, type BuilderOptions } from './builder.js'
import { FolderWatch, statOf } from './folders.js'
import { type Effect, type Input, type State, start, step } from './machine.js'
import type { BuildResult, Pushed } from './messages.js'

export interface Rebuilt {
  readonly result: Exclude<BuildResult, { kind: 'nothing' | 'cancelled' }>
  /** What was told of as changed; what really was, the reasons of the reports say. */
  readonly changed: readonly string[]
  readonly first: boolean
  /** Nobody told of a change: it was looked whether there is one. */
  readonly sweep: boolean
}

export interface LoopListener {
  /** Awaited: the next build begins when what came of this one is dealt with. What it throws ends the loop. */
  rebuilt(rebuilt: Rebuilt): Promise<void> | void
  problem(problem: Problem): void
  /** All is watched. */
  watching(): void
}

export interface LoopOptions extends BuilderOptions {
  readonly poll: boolean
  /** Absolute paths of folders that are written meanwhile, should they lie in the project. */
  readonly except: readonly string[]
}

/** How a loop ended: it was told to, or the project is no more. */
export type Ended = 'stopped' | 'gone'

/** A sweep waits this many times as long as the last one took, so that in a large project most saves do not meet one. */
const SHARE = 10
const MOST_QUIET_MS = 10_000

/** While git writes, what is seen is half of one branch and half of another. */
const GIT_MS = 20
const MOST_GIT_MS = 3000
/** Of so many changes it is looked at whether one is about to be written. */
const FEW = 50

export class Loop {
  private state: State = start.state
  private timer: NodeJS.Timeout | undefined
  private lastInput = performance.now()
  private readonly builder: Builder
  private readonly folders: FolderWatch
  private builds = 0
  private sweepMs = 0
  private over = false
  private finish: ((ended: Ended | Promise<never>) => void) | undefined
  private readonly ended: Promise<Ended>
  private readonly gitLock: string | undefined

  constructor(
    private readonly options: LoopOptions,
    private readonly listener: LoopListener,
  ) {
    const { root } = options.order.options
    this.ended = new Promise((resolve) => {
      this.finish = resolve
    })
    this.builder = new Builder(options)
    this.folders = new FolderWatch(root, options.poll, options.except, {
      changed: (paths) => this.changed(paths),
      problem: (problem) => listener.problem(problem),
      gone: () => this.finish?.('gone'),
    })
    this.gitLock = gitLockOf(root)
  }

  /** Until the signal, or until the project's folder is gone. */
  async run(signal: AbortSignal): Promise<Ended> {
    signal.addEventListener('abort', () => this.finish?.('stopped'), { once: true })
    if (signal.aborted) this.finish?.('stopped')
    for (const effect of start.effects) this.act(effect)
    this.folders.open().then(
      () => {
        this.listener.watching()
        // What changed before all was watched was not told.
        if (this.state.at === 'idle') this.act({ do: 'wait', ms: 0 })
      },
      (error) => this.listener.problem({ what: `cannot watch: ${error instanceof Error ? error.message : error}` }),
    )
    try {
      return await this.ended
    } finally {
      this.over = true
      clearTimeout(this.timer)
      await Promise.all([this.folders.close(), this.builder.close()])
    }
  }

  /** Pushes what was built last: to be asked, and awaited, while what came of a build is dealt with. */
  push(): Promise<Pushed> {
    return this.builder.push()
  }

  private changed(paths: readonly string[]): void {
    const now = performance.now()
    const afterMs = now - this.lastInput
    this.lastInput = now
    this.take({ kind: 'changed', paths, slow: paths.length < FEW && paths.some((path) => this.isUnfinished(path)), afterMs })
  }

  /** Vanished, or empty: most likely it is about to be written. */
  private isUnfinished(path: string): boolean {
    const stat = statOf(join(this.options.order.options.root, path))
    return stat === undefined || (stat.isFile() && stat.size === 0)
  }

  private take(input: Input): void {
    // What ends after the end must not begin anything.
    if (this.over) return
    const { state, effects } = step(this.state, input)
    this.state = state
    for (const effect of effects) this.act(effect)
  }

  private act(effect: Effect): void {
    switch (effect.do) {
      case 'rest':
        this.after(effect.ms, () => this.rested(MOST_GIT_MS))
        return
      case 'wait':
        this.after(Math.max(effect.ms, Math.min(MOST_QUIET_MS, SHARE * this.sweepMs)), () => this.take({ kind: 'quiet' }))
        return
      case 'build':
        this.begin(effect.changed, false)
        return
      case 'sweep':
        this.begin([], true)
        return
      case 'look':
        this.builder.look(effect.paths)
        return
      case 'warn':
        this.listener.problem({
          where: effect.paths.slice(0, 3).join(', '),
          what: 'changes with every build, so that builds follow each other; they are slowed down',
          hint: 'does a Command write into its own sources?',
        })
        return
    }
  }

  private after(ms: number, then: () => void): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(then, ms)
  }

  private rested(patience: number): void {
    const busy = this.gitLock !== undefined && patience > 0 && existsSync(this.gitLock)
    if (busy) this.after(GIT_MS, () => this.rested(patience - GIT_MS))
    else this.take({ kind: 'rested' })
  }

  private begin(changed: readonly string[], sweep: boolean): void {
    this.build(changed, sweep).catch((error) => this.finish?.(Promise.reject(error)))
  }

  private async build(changed: readonly string[], sweep: boolean): Promise<void> {
    clearTimeout(this.timer)
    const started = performance.now()
    const result = await this.builder.build(changed, sweep)
    if (this.over) return
    if (sweep && result.kind !== 'cancelled') this.sweepMs = performance.now() - started
    const moved = result.kind === 'built' && movedOnly(result) && this.mayWait()
    if (result.kind !== 'nothing' && result.kind !== 'cancelled' && !moved)
      await this.listener.rebuilt({ result, changed: this.named(result.changed), first: this.builds++ === 0, sweep })
    this.take({ kind: 'ended', how: moved || result.kind === 'cancelled' ? 'cancelled' : result.kind === 'nothing' ? 'nothing' : 'made' })
  }

  /**
   * Those that are there, if any is: editors and tools write beside a file, and what they wrote is gone by now. A folder only
   * where nothing in it is named.
   */
  private named(changed: readonly string[]): readonly string[] {
    const there = changed.filter((path) => existsSync(join(this.options.order.options.root, path)))
    const named = there.length > 0 ? there : changed
    return named.filter((path) => !named.some((other) => other.startsWith(`${path}/`)))
  }

  /** A file that was written while it was read is read again when it is at rest, but not for ever. */
  private mayWait(): boolean {
    return this.state.at === 'building' && this.state.cancels < 4
  }
}

function movedOnly({ reports }: Extract<BuildResult, { kind: 'built' }>): boolean {
  const problems = reports.flatMap((report) => report.problems)
  return problems.length > 0 && problems.every(({ what }) => what === CHANGED_DURING_BUILD)
}

/** The lock that git holds while it changes files, of the repository that the project lies in. */
function gitLockOf(root: string): string | undefined {
  for (let dir = root; ; dir = dirname(dir)) {
    const git = join(dir, '.git')
    const stat = statOf(git)
    if (stat?.isDirectory()) return join(git, 'index.lock')
    // A worktree: a file that says where its own folder is.
    const elsewhere = stat?.isFile() ? /^gitdir: (.+)$/m.exec(readFileSync(git, 'utf8'))?.[1] : undefined
    if (elsewhere !== undefined) return join(resolve(dir, elsewhere), 'index.lock')
    if (dir === dirname(dir)) return undefined
  }
}
