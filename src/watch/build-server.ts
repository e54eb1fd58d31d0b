/**
 * The building process of a watch: keeps a project loaded, and builds what it is told may have changed. What is kept between builds
 * is only what the state on the disk would say as well; files are looked at anew by every build. In a large project only the
 * microservices that a change concerns are built at once, and the sweep that follows looks at all the others.
 */
import type { BuildEvent, TargetReport } from '../build/index.js'
import type { Affected } from '../project/footprint.js'
import { paths, selectStages } from '../project/microservice.js'
import { Project } from '../project/project.js'
import type { BuildOutcome } from '../project/project-types.js'
import type { TaintReport } from '../project/taint-phase.js'
import { CoworksError, isRefusal, problemsOf } from '../util/problem.js'
import type { BuildOrder, BuildResult, FromBuilder, Pushed, ServedStage, ToBuilder } from './messages.js'

/** Of more changes, as a branch has them, it is not asked whom each concerns. */
const MANY = 2000
/** Up to so many stages, all of them are looked at by every build. */
const SMALL = 8
/** What will be needed next is made ready when nothing happened for so long. */
const BREATH_MS = 40
/** What takes so long was got by running Terraform; it is asked again when so much time went by. */
const SLOW_MS = 800
const ASK_AGAIN_MS = 5 * 60_000

const NONE: TaintReport = { taints: [], notes: [], unknown: [] }

/** Pushes what was built last. @throws CoworksError where nothing may be begun */
export type Push = (project: Project, order: BuildOrder, signal: AbortSignal) => Promise<Omit<Pushed, 'ms'>>

export class BuildServer {
  /** Ends a push: only the end of the watch does. */
  private readonly ending = new AbortController()
  private project: Project | undefined
  private running: AbortController | undefined
  private loading = false
  private loaded = false
  private different: readonly string[] = []
  /** What the last builds left undone: all of it, or these microservices. */
  private owed: 'everything' | Set<string> = 'everything'
  private breath: NodeJS.Timeout | undefined
  /** On the process's clock: before, taints are not decided again. */
  private askAgain = 0

  constructor(
    private readonly order: BuildOrder,
    private readonly send: (message: FromBuilder) => void,
    private readonly push: Push,
  ) {}

  async handle(message: Exclude<ToBuilder, { type: 'order' | 'end' }>): Promise<void> {
    if (message.type === 'look') {
      const cancelled = this.running !== undefined && (this.loading || this.project?.differs(message.paths) === true)
      if (cancelled) this.running?.abort(new CoworksError({ what: 'interrupted' }))
      this.send({ type: 'looked', cancelled })
      return
    }
    clearTimeout(this.breath)
    if (message.type === 'push') {
      this.send({ type: 'pushed', id: message.id, pushed: await this.pushed() })
      return
    }
    const started = performance.now()
    const before = this.owed
    const controller = new AbortController()
    this.running = controller
    this.different = message.changed
    let result: BuildResult
    try {
      result = await this.build(message.changed, message.sweep, controller.signal)
    } catch (error) {
      const stack = error instanceof CoworksError || isRefusal(error) || !(error instanceof Error) ? undefined : error.stack
      const problems = problemsOf(error).map((problem) => (stack === undefined ? problem : { ...problem, detail: stack }))
      this.owed = 'everything'
      result = { kind: 'refused', problems, changed: this.different, loaded: this.loaded, ms: performance.now() - started }
    }
    this.project?.release()
    if (controller.signal.aborted) {
      result = { kind: 'cancelled' }
      // Another sweep follows the build that ended this one: that build need not look at everything.
      if (message.sweep) this.owed = before
    }
    this.running = undefined
    this.send({ type: 'ended', id: message.id, result })
    this.breath = setTimeout(() => this.project?.rest(message.sweep || message.changed.length === 0), BREATH_MS)
  }

  private async pushed(): Promise<Pushed> {
    const started = performance.now()
    const ms = () => performance.now() - started
    const nothing = { ok: true, functions: [], notes: [], failures: [] }
    try {
      const pushed = this.project === undefined ? nothing : await this.push(this.project, this.order, this.ending.signal)
      return { ...pushed, ms: ms() }
    } catch (error) {
      return { ...nothing, ok: false, failures: problemsOf(error), ms: ms() }
    }
  }

  /** Stops what runs, and lets go of everything. */
  async close(): Promise<void> {
    clearTimeout(this.breath)
    this.ending.abort(new CoworksError({ what: 'interrupted' }))
    this.running?.abort(new CoworksError({ what: 'interrupted' }))
    await this.project?.close()
    this.project = undefined
  }

  private async build(changed: readonly string[], sweep: boolean, signal: AbortSignal): Promise<BuildResult> {
    const first = this.project === undefined
    const affected = changed.length === 0 || this.project === undefined ? undefined : this.affected(this.project, changed)
    if (affected !== undefined) this.different = affected.kind === 'nothing' ? [] : affected.paths
    const always = (this.project?.declarations.always.size ?? 0) > 0
    // What is always built is never up to date: looking whether all is would make it again.
    if (sweep && always && this.owed !== 'everything') return { kind: 'nothing' }
    if (affected?.kind === 'nothing' && this.owed !== 'everything' && this.owed.size === 0) return { kind: 'nothing' }
    const project = await this.load(affected?.kind === 'everything' && affected.declared, signal)
    const before = this.owed
    const only = always ? undefined : this.scope(project, affected?.kind === 'microservices' ? affected.names : undefined)
    if (affected?.kind !== 'nothing' || before === 'everything') this.owe(only)
    const outcome = await project.build(this.order.wanted, { taints: false, only })
    if (signal.aborted) return { kind: 'cancelled' }
    const ok = outcome.reports.every(({ outcome: one }) => one !== 'failed' && one !== 'skipped' && one !== 'cancelled')
    if (ok) this.settle(only)
    const reports = outcome.reports.filter((report) => report.outcome !== 'fresh').map(plain)
    // A build after one that failed says that all is well again.
    if (!first && ok && reports.length === 0 && (before !== 'everything' ? before.size === 0 : false)) return { kind: 'nothing' }
    return {
      kind: 'built',
      ok,
      changed: this.different,
      reports,
      taints: ok ? await this.taints(project) : NONE,
      notices: outcome.notices,
      served: ok && this.order.serve ? this.served(project, outcome) : [],
      ms: outcome.ms,
    }
  }

  private affected(project: Project, changed: readonly string[]): Affected {
    return changed.length > MANY ? { kind: 'everything', declared: true, paths: changed } : project.affected(changed)
  }

  /** For all that is wanted. A state that is kept elsewhere takes Terraform seconds to get: it is not asked for at every rebuild. */
  private async taints(project: Project): Promise<TaintReport> {
    const started = performance.now()
    if (!this.order.taints || started < this.askAgain) return NONE
    try {
      return await project.taints(this.order.wanted)
    } catch (error) {
      if (error instanceof CoworksError) return NONE // no stage is wanted: there is nothing to replace
      throw error
    } finally {
      const now = performance.now()
      this.askAgain = now - started > SLOW_MS ? now + ASK_AGAIN_MS : 0
    }
  }

  /** A Coworksfile may wait for what never comes: then the next change ends the wait. */
  private async load(rerun: boolean, signal: AbortSignal): Promise<Project> {
    const options = { signal, listen: (event: BuildEvent) => this.send({ type: 'event', event: plainEvent(event) }) }
    const given = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
    given.catch(() => {})
    this.loading = true
    this.loaded = false
    try {
      const loaded = this.project === undefined ? Project.load({ ...this.order.options, ...options }) : this.project.again(options, rerun)
      this.project = await Promise.race([loaded, given])
      this.loaded = true
      return this.project
    } finally {
      this.loading = false
    }
  }

  /** The microservices to build, or all. */
  private scope(project: Project, names: ReadonlySet<string> | undefined): ReadonlySet<string> | undefined {
    const { wanted } = this.order
    if (names === undefined || this.owed === 'everything' || wanted.targets.length > 0) return undefined
    if (!wanted.named && (project.declarations.commands.length > 0 || project.declarations.defaults.length > 0)) return undefined
    const stages = selectStages(project.microservices, wanted)
    const all = new Set([...names, ...this.owed])
    return stages.length > SMALL && all.size * 2 < stages.length ? all : undefined
  }

  private owe(only: ReadonlySet<string> | undefined): void {
    if (only === undefined) this.owed = 'everything'
    else if (this.owed !== 'everything') this.owed = new Set([...this.owed, ...only])
  }

  private settle(only: ReadonlySet<string> | undefined): void {
    if (only === undefined) this.owed = new Set()
    else if (this.owed !== 'everything') this.owed = new Set([...this.owed].filter((name) => !only.has(name)))
  }

  private served(project: Project, { reports }: BuildOutcome): ServedStage[] {
    const made = new Map(reports.map((report) => [report.id, report]))
    const layers = new Map(project.declarations.layers.map(({ name, file }) => [name, file]))
    return selectStages(project.microservices, this.order.wanted).flatMap(({ microservice, stage }): ServedStage[] => {
      const description = made.get(paths.description(microservice.name))?.info as
        | { readonly configs: readonly { readonly workspace: string; readonly layers: readonly string[] }[] }
        | undefined
      if (description === undefined) return [] // not built this time: what is served of it holds
      const config = description.configs.find(({ workspace }) => workspace === stage)
      const files = [paths.zip(microservice, stage), ...(config?.layers ?? []).map((name) => layers.get(name) ?? `${name}.zip`)]
      return [{ microservice: microservice.name, stage, description, files, outputs: files.map((file) => made.get(file)?.outputs ?? []) }]
    })
  }
}

/** Without `info`: the list of a layer has thousands of lines, and nobody out there reads it. */
function plain({ info: _, ...report }: TargetReport): TargetReport {
  return report
}

function plainEvent(event: BuildEvent): BuildEvent {
  return event.type === 'finished' ? { ...event, report: plain(event.report) } : event
}
