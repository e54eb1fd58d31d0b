/**
 * A build from the lock to the report: plans, and runs what is stale, several at once, each as soon as what it needs is
 * final. One session may build twice (first what tells the shape of the graph, then the graph) under one lock.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { addToList } from '../util/add-to-list.js'
import { CoworksError, type Problem, problemsOf } from '../util/problem.js'
import { uptimeMs } from '../util/uptime.js'
import { decide } from './decide.js'
import type { Listener, TargetReport } from './events.js'
import { type Execution, execute } from './execute.js'
import { closureOf, type Graph } from './graph.js'
import { clearLeftovers } from './leftovers.js'
import { acquireLock, type Lock } from './lock.js'
import { LookAhead } from './look-ahead.js'
import type { ActionCache, HashFiles, HashMany, Outcome, Reason } from './model.js'
import { isOurs, outputProblems } from './output-check.js'
import { type Planned, planBuild } from './plan.js'
import { STATE_DIR, World } from './world.js'

export interface SessionOptions {
  readonly root: string
  /** Targets made at the same time, at least 1. */
  readonly jobs: number
  readonly keepGoing: boolean
  /** Ready targets are started in a random order: shows missing dependencies. */
  readonly random?: boolean
  readonly signal: AbortSignal
  readonly listen: Listener
  /** What a waiting process is told that this one does. */
  readonly command: string
  readonly env?: NodeJS.ProcessEnv
  /** Hashes many files quicker than one after the other. */
  readonly hashMany?: HashMany
}

/** The state changed between reading it and getting the lock: the caller starts over, with the lock held. */
export class StateMoved extends Error {}

export class Session {
  world: World
  /** Set once it is known where it lies. */
  cache: ActionCache | undefined
  private keepGoing: boolean
  /** Why internal targets were made in this session: what explains the targets behind them to a user. */
  private readonly insideReasons = new Map<string, readonly Reason[]>()
  private lock: Lock | undefined
  private ahead: LookAhead | undefined
  private readonly hashFiles: HashFiles = async (files, compared) => {
    const { hashMany, signal } = this.options
    try {
      signal.throwIfAborted()
      return (await hashMany?.(files, compared, signal)) ?? []
    } catch {
      return [] // aborted, or a thread that could not start
    }
  }

  /** @param before of an earlier session of this process, released: what it knows of the state need not be read again */
  constructor(
    readonly options: SessionOptions,
    before?: World,
  ) {
    this.keepGoing = options.keepGoing
    this.world = this.open(before)
    this.ahead = options.hashMany === undefined ? undefined : new LookAhead(this.hashFiles)
  }

  /** Runs a step in which one failure does not stop the others, so that all problems are found at once. */
  async withKeepGoing<T>(step: () => Promise<T>): Promise<T> {
    this.keepGoing = true
    try {
      return await step()
    } finally {
      this.keepGoing = this.options.keepGoing
    }
  }

  /** Most of what will be looked at is known: then to ask of each file whether it is costs more than reading ahead could win. */
  expectFew(): void {
    this.ahead = undefined
  }

  private open(before?: World): World {
    const world = new World(this.options.root, this.options.env, before)
    if (world.journal.damage !== undefined && world.journal !== before?.journal) {
      this.options.listen({
        type: 'notice',
        problem: { where: `${STATE_DIR}/journal`, what: world.journal.damage, hint: 'what it does not know is built again' },
      })
    }
    return world
  }

  /** What would be done. @throws CoworksError with every input that cannot be used */
  plan(graph: Graph, wanted: readonly string[]): Planned[] {
    const problems: Problem[] = []
    const observer = this.world.observer(graph)
    const planned = planBuild(graph, closureOf(graph, wanted), {
      trace: observer.trace,
      see: (id, pending) => {
        try {
          const seen = observer.see(id, pending)
          for (const output of graph.targets.get(id)?.outputs ?? []) seen.look(output)
          return seen
        } catch (error) {
          if (!(error instanceof CoworksError)) throw error
          problems.push(...error.problems)
          return { inputs: [], unknown: [], look: () => 'missing', interrupted: false }
        }
      },
    })
    for (const { id, state } of planned) {
      const target = graph.targets.get(id)
      if (state !== 'fresh' && target !== undefined) problems.push(...outputProblems(this.world, target))
    }
    if (problems.length > 0) throw new CoworksError(uniqueProblems(problems))
    return planned
  }

  /** Goes on with the project as this build leaves it, to see what a next build would see. */
  async lookAgain(): Promise<void> {
    this.world = await this.world.after(this.hashFiles)
  }

  /** What would be said of targets that are all fresh. */
  freshReports(graph: Graph, planned: readonly Planned[]): TargetReport[] {
    return planned.map(({ id }) => this.report(graph, id, 'fresh', [], 0))
  }

  /** Brings the wanted targets up to date. @throws CoworksError when nothing could be begun; StateMoved */
  async build(graph: Graph, wanted: readonly string[]): Promise<TargetReport[]> {
    await this.ahead?.settle(this.world.snapshot, graph, closureOf(graph, wanted))
    const planned = this.plan(graph, wanted)
    if (planned.every(({ state }) => state === 'fresh')) return planned.map(({ id }) => this.report(graph, id, 'fresh', [], 0))
    await this.ensureLock()
    return this.run(graph, planned)
  }

  async ensureLock(): Promise<void> {
    if (this.lock !== undefined) return
    const { root, command, listen, signal } = this.options
    this.lock = await acquireLock(join(root, STATE_DIR, 'lock'), command, (holder) => listen({ type: 'waiting', holder }), signal)
    clearLeftovers(join(root, STATE_DIR))
    if (this.world.outdated()) {
      this.world = this.open()
      throw new StateMoved()
    }
  }

  /** The lock, and the state as it is under it. */
  async lockForWriting(): Promise<void> {
    try {
      await this.ensureLock()
    } catch (error) {
      if (!(error instanceof StateMoved)) throw error
    }
  }

  /** Removes the outputs of the wanted targets, and only what this tool made. Returns the paths removed (or that would be). */
  async clean(graph: Graph, wanted: readonly string[], dryRun: boolean): Promise<string[]> {
    if (!dryRun) await this.ensureLock()
    const removed: string[] = []
    for (const id of closureOf(graph, wanted)) {
      const target = graph.targets.get(id)
      if (target === undefined || target.noClean) continue
      const known = new Set((this.world.trace(id)?.outputs ?? []).map((output) => output.path))
      for (const path of target.outputs) {
        const file = this.world.snapshot.absolute(path)
        if (this.world.snapshot.signature(path) === 'missing') continue
        if (!known.has(path) && !isOurs(target, file)) continue
        if (!dryRun) rmSync(file)
        if (!target.internal) removed.push(path)
        if (!target.internal) this.options.listen({ type: 'removed', path })
      }
      if (!dryRun) this.world.journal.forget(id)
    }
    return removed
  }

  /** Lets others build, and keeps what is known for another session of this process. */
  release(): void {
    this.world.release()
    this.lock?.release()
    this.lock = undefined
  }

  async close(): Promise<void> {
    try {
      await this.world.close(this.lock !== undefined, this.hashFiles)
    } finally {
      this.lock?.release()
      this.lock = undefined
    }
  }

  private async run(graph: Graph, planned: readonly Planned[]): Promise<TargetReport[]> {
    const { jobs, signal, listen, random } = this.options
    const { keepGoing } = this
    const reports = new Map<string, TargetReport>()
    const plans = new Map(planned.map((plan) => [plan.id, plan]))
    const execution: Execution = { world: this.world, graph, signal, cache: this.cache, running: new Map(), ahead: this.ahead }
    const waiting = new Map(planned.map(({ id }) => [id, (graph.dependencies.get(id) ?? []).length]))
    const dependents = new Map<string, string[]>()
    for (const { id } of planned) {
      for (const on of graph.dependencies.get(id) ?? []) addToList(dependents, on, id)
    }
    const ready = planned.filter(({ id }) => waiting.get(id) === 0).map(({ id }) => id)
    const total = planned.filter(({ id, state }) => state !== 'fresh' && !graph.targets.get(id)?.internal).length
    let done = 0
    let stopped = false
    let active = 0

    await new Promise<void>((resolve, reject) => {
      const finish = (report: TargetReport): void => {
        reports.set(report.id, report)
        if (report.outcome !== 'fresh') {
          if (!report.internal) done++
          listen({ type: 'finished', report, done: Math.min(done, total), total })
        }
        if (report.outcome === 'failed' && !keepGoing) stopped = true
        for (const id of dependents.get(report.id) ?? []) {
          const left = (waiting.get(id) ?? 0) - 1
          waiting.set(id, left)
          if (left !== 0) continue
          // What is inside is made for others, often by a process of its own that waits for it: before what else is ready, so that both are at work.
          if (graph.targets.get(id)?.internal) ready.unshift(id)
          else ready.push(id)
        }
      }
      const next = (): void => {
        while (ready.length > 0 && active < jobs) {
          const id = ready.splice(random ? Math.floor(Math.random() * ready.length) : 0, 1)[0] as string
          const settled = this.settleWithoutWork(graph, id, plans.get(id), reports, stopped || signal.aborted)
          if (settled !== undefined) {
            finish(settled)
            continue
          }
          active++
          this.runOne(execution, id, plans.get(id)).then((report) => {
            active--
            finish(report)
            next()
          }, reject)
        }
        if (active === 0 && ready.length === 0) resolve()
      }
      next()
    }).finally(() => this.cache?.flush())
    return planned.map(({ id }) => reports.get(id) ?? this.report(graph, id, 'skipped', [], 0))
  }

  private settleWithoutWork(
    graph: Graph,
    id: string,
    plan: Planned | undefined,
    reports: ReadonlyMap<string, TargetReport>,
    stop: boolean,
  ): TargetReport | undefined {
    const target = graph.targets.get(id)
    const dependencies = (graph.dependencies.get(id) ?? []).map((dependency) => reports.get(dependency)?.outcome)
    if (dependencies.some((outcome) => outcome === 'failed' || outcome === 'skipped')) return this.report(graph, id, 'skipped', [], 0)
    if (dependencies.some((outcome) => outcome === 'cancelled')) return this.report(graph, id, 'cancelled', [], 0)
    if (target?.action === undefined || plan?.state === 'fresh') return this.report(graph, id, 'fresh', [], 0)
    if (stop) return this.report(graph, id, 'cancelled', [], 0)
    return undefined
  }

  private async runOne(execution: Execution, id: string, plan: Planned | undefined): Promise<TargetReport> {
    const { graph, world, signal } = execution
    const target = graph.targets.get(id)
    const action = target?.action
    if (target === undefined || action === undefined) return this.report(graph, id, 'fresh', [], 0)
    const started = uptimeMs()
    let reasons: readonly Reason[] = plan?.state === 'stale' ? plan.reasons : []
    try {
      // Decided again now that every input is final: behind a value that did not change, nothing is done.
      const seen = world.seeIn(graph, id, new Set())
      reasons = decide(target, world.trace(id), seen)
      if (reasons.length === 0) return this.report(graph, id, 'fresh', [], 0)
      reasons = this.explained(reasons)
      if (target.internal) this.insideReasons.set(id, reasons)
      this.options.listen({ type: 'started', id, title: action.title, reasons })
      const { outcome, log } = await execute(execution, target, action, seen)
      return this.report(graph, id, outcome, reasons, uptimeMs() - started, log)
    } catch (error) {
      const outcome = signal.aborted ? 'cancelled' : 'failed'
      const problems = problemsOf(error).map((problem) => (problem.where === undefined ? { ...problem, where: id } : problem))
      return { ...this.report(graph, id, outcome, reasons, uptimeMs() - started), problems }
    }
  }

  /** A user does not know the targets inside: "the bundle changed" is told as what made the bundle change. */
  private explained(reasons: readonly Reason[]): Reason[] {
    const all = reasons.flatMap((reason) => ('name' in reason ? (this.insideReasons.get(reason.name) ?? [reason]) : [reason]))
    const seen = new Set<string>()
    return all.filter((reason) => {
      const key = JSON.stringify(reason)
      return seen.has(key) ? false : seen.add(key) !== undefined
    })
  }

  private report(graph: Graph, id: string, outcome: Outcome, reasons: readonly Reason[], ms: number, log = ''): TargetReport {
    const target = graph.targets.get(id)
    const trace =
      target?.action === undefined || outcome === 'skipped' || outcome === 'cancelled' || outcome === 'failed'
        ? undefined
        : this.world.trace(id)
    return {
      id,
      outcome,
      reasons,
      outputs: trace?.outputs ?? [],
      ms,
      info: trace?.info,
      warnings: trace?.warnings ?? [],
      problems: [],
      log,
      internal: target?.internal ?? false,
      title: target?.action?.title ?? '',
    }
  }
}

function uniqueProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>()
  return problems.filter((problem) => {
    const key = JSON.stringify(problem)
    return seen.has(key) ? false : seen.add(key) !== undefined
  })
}
