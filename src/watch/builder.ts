/**
 * The building process as seen from the watch: started when it is first needed, asked for one build at a time, told of newer changes,
 * and replaced where it ended or does not answer any more. An ended build leaves every output old or new, so ending it is always safe.
 */
import { type ChildProcess, fork } from 'node:child_process'
import type { BuildEvent } from '../build/index.js'
import { type Problem, problemsOf } from '../util/problem.js'
import type { BuildOrder, BuildResult, FromBuilder, Pushed, ToBuilder } from './messages.js'

/** Whoever does not answer a question for so long is stuck in a loop of the user's; reading a very large project takes less. */
const ANSWER_MS = 10_000
/** A build that was told to stop gets so long to do it. */
const STOP_MS = 10_000
/** And the process so long to end. */
const END_MS = 5000

export interface BuilderOptions {
  readonly order: BuildOrder
  /** The module to run: an entry that serves builds. */
  readonly module: string
  /** Where a Coworksfile's own output goes: 1, or 2 where stdout is for documents. */
  readonly stdout: 1 | 2
  readonly listen: (event: BuildEvent) => void
}

interface Asked {
  readonly id: number
  readonly changed: readonly string[]
  readonly started: number
  readonly done: (result: BuildResult) => void
}

export class Builder {
  private child: ChildProcess | undefined
  private asked: Asked | undefined
  private pushing: { readonly id: number; readonly started: number; readonly done: (pushed: Pushed) => void } | undefined
  private patience: NodeJS.Timeout | undefined
  /** Why the process was ended, where it was us. */
  private why: string | undefined
  private ids = 0
  private closed = false

  constructor(private readonly options: BuilderOptions) {}

  build(changed: readonly string[], sweep: boolean): Promise<BuildResult> {
    return new Promise((done) => {
      const id = ++this.ids
      this.asked = { id, changed, started: performance.now(), done }
      const child = this.ensure()
      if (child !== undefined) this.tell(child, { type: 'build', id, changed, sweep })
    })
  }

  /** Pushes what was built last. */
  push(): Promise<Pushed> {
    return new Promise((done) => {
      const id = ++this.ids
      this.pushing = { id, started: performance.now(), done }
      if (this.child === undefined) this.ended({ what: 'the building process is gone' })
      else this.tell(this.child, { type: 'push', id })
    })
  }

  /** The running build stops where one of these is not what it used. */
  look(paths: readonly string[]): void {
    if (this.asked === undefined || this.child === undefined) return
    this.tell(this.child, { type: 'look', paths })
    this.patience ??= setTimeout(() => this.give('was told of a change and did not answer'), ANSWER_MS)
  }

  /** @returns once the process, with all it started, is gone */
  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.patience)
    const { child } = this
    if (child === undefined || child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    const limit = setTimeout(() => child.kill('SIGKILL'), END_MS)
    this.tell(child, { type: 'end' })
    await gone
    clearTimeout(limit)
  }

  private give(why: string): void {
    this.patience = undefined
    this.why = why
    this.child?.kill('SIGKILL')
  }

  /** Undefined where there is none: that is told as the end of one would be. */
  private ensure(): ChildProcess | undefined {
    if (this.child?.connected) return this.child
    let child: ChildProcess
    try {
      child = fork(this.options.module, [], {
        cwd: this.options.order.options.root,
        execArgv: process.execArgv.filter((word) => word === '--enable-source-maps'),
        stdio: ['ignore', this.options.stdout, 2, 'ipc'],
        serialization: 'json',
      })
    } catch (error) {
      this.ended(notStarted(error))
      return undefined
    }
    this.child = child
    const gone = (how: Problem): void => {
      if (this.child !== child) return // another has taken its place
      this.child = undefined
      this.ended(how)
    }
    child.on('message', (message) => this.heard(message as FromBuilder))
    child.on('exit', (code, signal) => gone(endedBy(code, signal)))
    // No room for another process, a Node that was removed meanwhile. Of one that runs it says no more than its exit will.
    child.on('error', (error) => child.pid === undefined && gone(notStarted(error)))
    // Where there are no descriptors left, Node gives it no channel, and says so later.
    if (child.send !== undefined) this.tell(child, { type: 'order', order: this.options.order })
    return child
  }

  private heard(message: FromBuilder): void {
    if (message.type === 'event') this.options.listen(message.event)
    else if (message.type === 'looked') {
      clearTimeout(this.patience)
      this.patience = message.cancelled ? setTimeout(() => this.give('did not stop'), STOP_MS) : undefined
    } else if (message.type === 'pushed') {
      if (message.id === this.pushing?.id) this.pushing.done(message.pushed)
      this.pushing = undefined
    } else if (message.id === this.asked?.id) this.settle(message.result)
  }

  private ended(how: Problem): void {
    const why = this.why
    this.why = undefined
    const { pushing } = this
    this.pushing = undefined
    if (pushing !== undefined) {
      const failure = { what: `${how.what}, while it pushed`, hint: 'coworks update' }
      pushing.done({ ok: false, functions: [], notes: [], failures: [failure], ms: performance.now() - pushing.started })
    }
    if (this.asked === undefined || this.closed) return
    // Ended by us for a newer change: that one is built next, by another process.
    if (why !== undefined) {
      this.settle({ kind: 'cancelled' })
      return
    }
    this.settle({
      kind: 'refused',
      problems: [how],
      changed: this.asked.changed,
      loaded: false,
      ms: performance.now() - this.asked.started,
    })
  }

  private settle(result: BuildResult): void {
    clearTimeout(this.patience)
    this.patience = undefined
    const { asked } = this
    this.asked = undefined
    asked?.done(result)
  }

  private tell(child: ChildProcess, message: ToBuilder): void {
    // One that ended meanwhile is noticed by its exit.
    child.send?.(message, () => {})
  }
}

function notStarted(error: unknown): Problem {
  const { code } = error as NodeJS.ErrnoException
  const [{ hint } = {}] = problemsOf(error)
  const what = `the building process could not be started (${code ?? String(error)})`
  return { what, hint: hint ?? (code === 'ENOENT' ? 'was Node removed or replaced? start the watch again' : 'the next change tries again') }
}

function endedBy(code: number | null, signal: NodeJS.Signals | null): Problem {
  const what = `the building process ended before it was done (${signal ?? `exit ${code}`})`
  if (signal === 'SIGKILL') return { what, hint: 'did somebody kill it, or the system for want of memory? another one builds' }
  return { what, hint: 'does the Coworksfile, or a function of a Command, call process.exit()?' }
}
