/**
 * From a folder to a build: loads the Coworksfile, asks the microservices what they are, makes the graph, and plans,
 * builds or cleans what was asked for. Everything a user sees of it comes as events and results; it prints nothing.
 */
import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { forgetPacked, readAhead } from '../archive/index.js'
import { closureOf, type Graph, Session, StateMoved, type TargetReport } from '../build/index.js'
import { type Drift, type Snapshot, type WitnessRows, World } from '../build/state.js'
import { DirectoryCache } from '../cache/index.js'
import type { ServiceDescription } from '../service/description.js'
import { CoworksError } from '../util/problem.js'
import { uptimeMs } from '../util/uptime.js'
import type { StoredObject } from './artifacts.js'
import { buildNotices } from './build-notices.js'
import { type BuiltArtifact, builtArtifacts } from './built-artifacts.js'
import { concernedBy } from './concerned.js'
import { findCoworksfile, type LoadedCoworksfile, loadCoworksfile, namesBefore } from './coworksfile.js'
import type { Declarations } from './declarations.js'
import { Describer } from './describer.js'
import { isCode } from './file-set.js'
import { type Affected, Footprint } from './footprint.js'
import { type Microservice, microservicesOf, moduleFile, paths, type SelectedStage } from './microservice.js'
import { ownVersion } from './own-files.js'
import { ProjectGraph } from './project-graph.js'
import type { BuildOutcome, BuildSettings, DescribedMicroservice, PlanOutcome, ProjectOptions, Rehearsal, Wanted } from './project-types.js'
import { type StageArtifacts, stageArtifacts } from './stage-artifacts.js'
import { leftoverStages } from './stages-on-disk.js'
import { Steps } from './steps.js'
import { acknowledge, builtFolders, decideTaints, type TaintReport } from './taint-phase.js'
import type { StageInfo } from './terraform-targets.js'
import { scopeOf, wantedIds } from './wanted.js'

export class Project {
  readonly declarations: Declarations
  readonly microservices: readonly Microservice[]
  /** Of the last build that took in all that was wanted, in this process. */
  private footprint: Footprint | undefined

  private constructor(
    readonly options: ProjectOptions,
    private readonly loaded: LoadedCoworksfile,
    private readonly session: Session,
    private readonly describer: Describer,
  ) {
    this.declarations = loaded.declarations
    this.microservices = microservicesOf(loaded.declarations)
  }

  /** @throws CoworksError */
  static load(options: ProjectOptions): Promise<Project> {
    return Project.open(options)
  }

  /**
   * For one more build in this process, after `release`: what is known of the state is kept where nobody else built meanwhile, and
   * the Coworksfile is not run again where it is the same and `rerun` is not asked for. All files are looked at anew.
   * @throws CoworksError; then this project can be asked again
   */
  async again(options: Pick<ProjectOptions, 'signal' | 'listen'>, rerun: boolean): Promise<Project> {
    const next = await Project.open({ ...this.options, ...options }, this, rerun)
    next.footprint = this.footprint
    return next
  }

  private static async open(options: ProjectOptions, before?: Project, rerun = false): Promise<Project> {
    // esbuild and Node name files by their real paths: a project entered by a link would seem to lie outside of itself.
    const root = realpathSync(resolve(options.root))
    const signal = options.signal ?? new AbortController().signal
    findCoworksfile(root, options.file)
    const describer = before?.describer ?? new Describer(root)
    // Its process takes as long to come up as all there is to do before it is asked. It is not needed where the bundle comes out the same.
    if (options.changed?.some(isSource)) describer.warm()
    try {
      const settings = {
        root,
        jobs: options.jobs,
        keepGoing: options.keepGoing ?? false,
        random: options.random ?? false,
        signal,
        listen: options.listen ?? (() => {}),
        command: options.command ?? 'a program',
        // What is read to be hashed is compressed at once where the zips must be made: unless a cache may have them.
        hashMany: (files: readonly string[], compared: boolean) => readAhead(files, compared && session.cache?.empty !== false, signal),
      }
      const session: Session = new Session(settings, before?.session.world)
      const loaded = await Project.read(session.world.snapshot, options, rerun ? undefined : before?.loaded)
      session.cache = cacheOf(root, loaded.declarations, options)
      return new Project({ ...options, root }, loaded, session, describer)
    } catch (error) {
      if (before === undefined) describer.close() // nobody else knows of its process, and this one would wait for it
      throw error
    }
  }

  private static read(snapshot: Snapshot, { file: given, variables = {} }: ProjectOptions, before?: LoadedCoworksfile) {
    const file = findCoworksfile(snapshot.root, given)
    // That those which would be taken first are missing is part of what was looked at.
    if (given === undefined) for (const name of namesBefore(file)) snapshot.kind(name)
    return loadCoworksfile(snapshot, file, variables, before)
  }

  /** Ends a build after which `again` is asked for another. Nobody has to wait for this process then. */
  release(): void {
    this.session.release()
  }

  /**
   * Makes ready what the next build will need: to be called when there is nothing else to do. @param save writes the digests that
   * were found, too, which takes a while in a large project
   */
  rest(save: boolean): void {
    this.describer.renew()
    this.footprint?.prepare()
    if (save) this.session.world.save()
  }

  async close(): Promise<void> {
    this.describer.close()
    await this.session.close()
  }

  /**
   * Brings what is wanted up to date, then says what has to be tainted; without `taints`, Terraform's state is not looked at.
   * @throws CoworksError when nothing could be begun
   */
  async build(wanted: Wanted, { taints: wantTaints = true, only: given, unchanged }: BuildSettings = {}): Promise<BuildOutcome> {
    const started = uptimeMs()
    let only = given
    for (;;) {
      try {
        const { reports, stages, all } = await this.buildOnce(wanted, only)
        const failed = reports.some(
          (report) => report.outcome === 'failed' || report.outcome === 'cancelled' || report.outcome === 'skipped',
        )
        const taints =
          failed || !wantTaints
            ? { taints: [], notes: [], unknown: [] }
            : await decideTaints(
                { ...this.options, unchanged: only === undefined ? undefined : unchanged },
                this.session.world,
                builtFolders(this.session.world, all),
              )
        return { reports, taints, notices: buildNotices(this.session.world, stages), ms: uptimeMs() - started, only }
      } catch (error) {
        if (!(error instanceof StateMoved)) throw error
        // Another process built meanwhile: what was known of the others may not hold.
        only = undefined
      } finally {
        forgetPacked()
      }
    }
  }

  /** Takes what was looked at to ask a witness for seen: what it was written by is looked at once a build. */
  trust(rows: WitnessRows, { changed, moved }: Pick<Drift, 'changed' | 'moved'>): void {
    const differs = new Set([...changed, ...moved])
    this.session.expectFew()
    this.session.world.snapshot.trust({
      agrees: (path, record) => !differs.has(path) && rows.agrees(path, record),
      folder: (path) => (differs.has(path) ? undefined : rows.folder(path)),
    })
  }

  /**
   * The microservices that a build of this has to look at, where a witness held but for a few files: all others are up to date, as it says.
   * Nothing where everything must be looked at.
   */
  concerned(
    wanted: Wanted,
    rows: WitnessRows,
    { changed, moved }: Pick<Drift, 'changed' | 'moved'>,
  ): Pick<BuildSettings, 'only' | 'unchanged'> {
    const { declarations, microservices, loaded, session, options } = this
    const { journal } = session.world
    const row = rows.get(JOURNAL)
    // Commands and layers that were named, and what is always built, are nobody's.
    if (wanted.targets.length > 0 || (!wanted.named && declarations.defaults.length > 0) || declarations.always.size > 0) return {}
    if (options.keepGoing || options.random || row === undefined || !session.world.readFrom(row)) return {}
    if (!loaded.closed || changed.some((path) => loaded.inputs.includes(path))) return {}
    // Where a file was replaced by another of its name, its folder moved, and holds what it held.
    if (moved.some((path) => session.world.snapshot.namesDigest(path) !== rows.get(path)?.names)) return {}
    const only = concernedBy(changed, microservices, { mentioning: (text) => journal.mentioning(text), trace: (id) => journal.trace(id) })
    return { only, unchanged: (path) => rows.has(path) && !changed.includes(path) }
  }

  /**
   * What these microservices are, as they are now. Builds what it takes to ask them, and nothing that is the user's.
   * @throws CoworksError with all that is wrong with any of them
   */
  async describe(microservices: ReadonlySet<Microservice>): Promise<readonly DescribedMicroservice[]> {
    for (;;) {
      try {
        const project = this.newGraph()
        const steps = new Steps(this.session, this.options.listen ?? (() => {}))
        await steps.survey('microservices', project.surveyMicroservices(microservices), project.survey())
        if (this.options.signal?.aborted) throw new CoworksError({ what: 'interrupted' })
        if (steps.failed) throw new CoworksError(steps.reports.flatMap(({ problems }) => problems))
        project.learn(microservices)
        return [...microservices].flatMap((microservice) => {
          const description = project.descriptions.get(microservice.name)
          const module = moduleFile(this.session.world.snapshot, microservice)
          return description === undefined ? [] : [{ microservice, module, description }]
        })
      } catch (error) {
        if (!(error instanceof StateMoved)) throw error
      }
    }
  }

  private async buildOnce(
    wanted: Wanted,
    only: ReadonlySet<string> | undefined,
  ): Promise<{ reports: TargetReport[]; stages: SelectedStage[]; all: SelectedStage[] }> {
    const { session } = this
    const project = this.newGraph()
    const { stages: all, layers } = this.scope(wanted, project)
    const stages = only === undefined ? all : all.filter(({ microservice }) => only.has(microservice.name))
    const microservices = new Set(stages.map(({ microservice }) => microservice))
    const steps = new Steps(session, this.options.listen ?? (() => {}))
    await steps.survey('microservices', project.surveyMicroservices(microservices), project.survey())
    project.learn(microservices)
    // One that could not be described is asked nothing more: what it said last time may not hold.
    const described = stages.filter(({ microservice }) => steps.made(paths.description(microservice.name)))
    await steps.survey('stages', project.surveyStages(described, layers), project.survey())
    if (steps.failed) return { reports: steps.reports, stages, all }
    const graph = project.complete(stages)
    await steps.build(graph, wantedIds(graph, stages, this, only === undefined ? wanted : { ...wanted, named: true }))
    if (only === undefined) this.footprint = new Footprint(graph, stages)
    const order = new Map(closureOf(graph, graph.order).map((id, index) => [id, index]))
    return { reports: steps.reports.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0)), stages, all }
  }

  /**
   * What a next build of the same would find, after one that went well: that there is nothing to do, and all it would look at to know that.
   * Nothing where there would be something to do, or where it cannot be said from files alone.
   */
  async rehearse(wanted: Wanted): Promise<Rehearsal | undefined> {
    if (!this.loaded.closed) return undefined
    const started = uptimeMs()
    const { session } = this
    await session.lookAgain()
    const { world } = session
    const next = new Project(this.options, await Project.read(world.snapshot, this.options), session, this.describer)
    const { graph, ids, stages } = next.look(wanted)
    const planned = session.plan(graph, ids)
    if (planned.some(({ state }) => state !== 'fresh')) return undefined
    const taints = await decideTaints({ ...this.options, mayRun: false }, world, builtFolders(world, stages))
    const notices = buildNotices(world, stages)
    const looked = world.looks()
    if (looked === undefined || taints.unknown.length > 0 || notices.length > 0) return undefined
    const reports = session.freshReports(graph, planned)
    return { outcome: { reports, taints, notices, ms: uptimeMs() - started }, ...looked }
  }

  /** Whom a change of these paths concerns, by what the last whole build looked at. */
  affected(changed: readonly string[]): Affected {
    const { world } = this.session
    if (this.footprint === undefined || world.outdated()) return { kind: 'everything', declared: true, paths: changed }
    const { snapshot } = new World(this.options.root, undefined, world)
    const signature = (path: string) => {
      try {
        return snapshot.signature(path)
      } catch (error) {
        if (error instanceof CoworksError) return 'unreadable'
        throw error
      }
    }
    return this.footprint.affected(changed, { trace: (id) => world.trace(id), signature })
  }

  /**
   * What a next build would look at, of what a build that looked at a few microservices only has looked at: to be put into the witness by which
   * the others were known to be up to date. Nothing where that would not be all.
   */
  async rehearseOnly(
    wanted: Wanted,
    only: ReadonlySet<string>,
    { reports }: BuildOutcome,
    before: WitnessRows,
  ): Promise<Pick<Rehearsal, 'looks' | 'env'> | undefined> {
    const { session } = this
    await session.lookAgain()
    const { world } = session
    const { graph, ids, stages } = this.look(wanted, only)
    if (session.plan(graph, ids).some(({ state }) => state !== 'fresh') || buildNotices(world, stages).length > 0) return undefined
    const looked = world.looks()
    if (looked === undefined) return undefined
    // A new file may be what others find in a folder, or the Coworksfile: then it is asked again.
    const made = reports.flatMap(({ outcome, outputs }) => (outcome === 'fresh' ? [] : outputs))
    if (made.some(({ path }) => before.get(path) === undefined)) return undefined
    // The names in a folder are those that the others saw, though its times moved because files in it were replaced.
    for (const [path, { names }] of looked.looks.rows)
      if (names !== undefined && names !== (before.get(path)?.names ?? names)) return undefined
    return looked
  }

  /** Is any of these paths no longer what the running build took it for? */
  differs(paths: readonly string[]): boolean {
    return paths.some((path) => this.session.world.snapshot.differs(path))
  }

  /** What a build would do. Nothing is made; what is known of microservices is what they said last. */
  plan(wanted: Wanted): PlanOutcome {
    const { graph, ids, undescribed } = this.look(wanted)
    const planned = this.session.plan(graph, ids)
    const reports = new Map(
      [...graph.targets.values()].map((target) => [target.id, { title: target.action?.title ?? '', internal: target.internal ?? false }]),
    )
    return { planned, graph, wanted: ids, undescribed, reports }
  }

  /** Removes what a build of the same would make. */
  async clean(wanted: Wanted, dryRun: boolean): Promise<string[]> {
    const { graph, ids } = this.look(wanted)
    return this.session.clean(graph, ids, dryRun)
  }

  /** What would have to be tainted for what was built last. Builds nothing. @throws CoworksError */
  async taints(wanted: Wanted): Promise<TaintReport> {
    const { world } = this.session
    const folders = builtFolders(world, this.scope(wanted).stages)
    if (folders.length === 0) throw new CoworksError({ what: 'none of these stages was built here', hint: 'coworks build' })
    return decideTaints(this.options, world, folders)
  }

  /** What the files of these stages, as built last, expect in a bucket. @throws CoworksError */
  objects(wanted: Wanted): readonly StoredObject[] {
    const { world } = this.session
    const stages = this.scope(wanted).stages
    const all = stages.flatMap(
      ({ microservice, stage }) => (world.info(paths.stage(microservice, stage)) as StageInfo | undefined)?.objects ?? [],
    )
    return [...new Map(all.map((one) => [`${one.bucket}/${one.key}`, one])).values()]
  }

  /** The zips of these stages and of their layers, as they were built last. */
  artifacts(wanted: Wanted): readonly BuiltArtifact[] {
    const { graph, ids, stages } = this.look(wanted)
    return builtArtifacts(this.session.world, graph, ids, stages, this.declarations.layers)
  }

  /** The stages of a microservice that have a file of ours, but are no longer declared. */
  leftoverStages(microservice: Microservice): readonly string[] {
    return leftoverStages(this.session.world.snapshot, microservice)
  }

  /** Is this stage one that is only taken down if its name was said? Its `Config` is known once it was built here. */
  isProtected({ microservice, stage }: SelectedStage): boolean {
    const description = this.session.world.info(paths.description(microservice.name)) as ServiceDescription | undefined
    const config = description?.configs.find(({ workspace }) => workspace === stage)
    return microservice.project.protect.includes(stage) || config?.protected === true
  }

  /** Writes anew what the stages of a microservice share, as if just these had a file. @throws CoworksError */
  async renderShared(microservice: Microservice, existing: ReadonlySet<string>): Promise<void> {
    const reports = await this.session.build(this.newGraph().shared(microservice, existing), [paths.api(microservice)])
    const problems = reports.flatMap((report) => report.problems)
    if (problems.length > 0) throw new CoworksError(problems)
  }

  /** Files that are gone, and that no build is to miss. */
  forget(files: readonly string[]): void {
    for (const file of files) this.session.world.journal.forget(file)
  }

  /** Keeps every other build of the project waiting until this one is closed. */
  hold(): Promise<void> {
    return this.session.lockForWriting()
  }

  /** What was built last of these stages; those that never were are left out. Builds nothing. @throws CoworksError */
  stageArtifacts(wanted: Wanted): StageArtifacts[] {
    const { stages } = this.scope(wanted)
    return stageArtifacts(this.session.world, stages, this.declarations.layers)
  }

  /** Takes what is built for what is deployed. Returns the stages. @throws CoworksError */
  async acknowledge(wanted: Wanted): Promise<string[]> {
    await this.session.lockForWriting()
    const folders = builtFolders(this.session.world, this.scope(wanted).stages)
    if (folders.length === 0) throw new CoworksError({ what: 'none of these stages was built here', hint: 'coworks build' })
    acknowledge(this.session.world, folders)
    return folders.flatMap(({ stages }) => stages.map(({ microservice, stage }) => `${microservice}-${stage}`))
  }

  private look(
    wanted: Wanted,
    only?: ReadonlySet<string>,
  ): { graph: Graph; ids: string[]; undescribed: string[]; stages: SelectedStage[] } {
    const project = this.newGraph()
    const { stages: all, layers } = this.scope(wanted, project)
    const stages = only === undefined ? all : all.filter(({ microservice }) => only.has(microservice.name))
    const microservices = new Set(stages.map(({ microservice }) => microservice))
    const { problems } = project.surveyMicroservices(microservices)
    project.learn(microservices)
    problems.push(...project.surveyStages(stages, layers).problems)
    if (problems.length > 0) throw new CoworksError(problems)
    const graph = project.complete(stages)
    return {
      graph,
      ids: wantedIds(graph, stages, this, only === undefined ? wanted : { ...wanted, named: true }),
      undescribed: project.undescribed(stages),
      stages,
    }
  }

  private scope(wanted: Wanted, graph = this.newGraph()): { stages: SelectedStage[]; layers: string[] } {
    const { declarations, microservices } = this
    return scopeOf({ declarations, microservices, names: () => graph.names }, wanted)
  }

  private newGraph(): ProjectGraph {
    const { root } = this.options
    return new ProjectGraph(
      { root, declarations: this.declarations, describer: this.describer, esbuildVersion: ESBUILD_VERSION },
      this.session.world,
    )
  }
}

const JOURNAL = '.coworks/journal'

/** Is it likely to go into a bundle? Of an installed package it is rather a layer's. */
function isSource(path: string): boolean {
  return isCode(path) && !path.includes('node_modules/')
}

/** Pinned in package.json; part of every bundle's key, without loading esbuild to ask it. */
const ESBUILD_VERSION = `coworks ${ownVersion()}`

function cacheOf(root: string, declarations: Declarations, { cache = {}, listen }: ProjectOptions): DirectoryCache | undefined {
  if (cache.disabled) return undefined
  const dir = resolve(root, cache.dir ?? declarations.cacheDir ?? join('.coworks', 'cache'))
  return new DirectoryCache(dir, { read: !cache.force, write: !cache.readonly }, (why) =>
    listen?.({
      type: 'notice',
      problem: { where: dir, what: `the cache cannot be written: ${why}`, hint: 'the build goes on without it' },
    }),
  )
}
