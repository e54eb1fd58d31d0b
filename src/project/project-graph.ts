/**
 * Declarations and what was found out about them -> the graph. Decides which targets there are and what they are made from;
 * makes none. Some of its shape is known only once a microservice has told its configs and a layer its files ("knowledge"), so
 * the graph is made in steps, each larger than the one before.
 */
import { type Graph, makeGraph, type Target } from '../build/index.js'
import type { World } from '../build/state.js'
import type { ServiceDescription } from '../service/description.js'
import { digestOf } from '../util/hash.js'
import { CoworksError, type Problem } from '../util/problem.js'
import { placeOf } from './artifacts.js'
import { budgetOf } from './budget.js'
import { type BundleInfo, type BundleRequest, bundleTarget } from './bundle.js'
import { commandTarget } from './command-target.js'
import type { Declarations, LayerDeclaration, ProjectDeclaration } from './declarations.js'
import type { Describer } from './describer.js'
import { descriptionTarget } from './description-target.js'
import { environmentTarget, hasEnvironment } from './environment.js'
import { fileSet } from './file-set.js'
import { type Contents, contentsId, layerContentsTarget } from './layer-contents.js'
import { type Microservice, microservicesOf, moduleFile, paths, type SelectedStage } from './microservice.js'
import { GeneratedPaths, targetNames } from './names.js'
import { relate } from './relations.js'
import { findTemplates, type TemplateFiles } from './rendered-file.js'
import { stageLayers } from './stage-layers.js'
import { apiStages } from './stages-on-disk.js'
import type { Survey } from './steps.js'
import { apiTarget, layerFileTarget, stageTarget, undescribedStage, workspaceLayersTarget } from './terraform-targets.js'
import { treeTarget } from './tree-target.js'
import { versionsTarget } from './versions-target.js'
import { functionZipTarget, layerZipTarget, unsurveyedLayer } from './zip-targets.js'

export interface Loaded {
  readonly root: string
  readonly declarations: Declarations
  readonly describer: Describer
  readonly esbuildVersion: string
}

interface All {
  readonly microservices: readonly Microservice[]
  readonly generated: GeneratedPaths
  names: ReadonlySet<string> | undefined
}

/** What follows from declarations alone: a build draws several graphs of the same. */
const known = new WeakMap<Declarations, All>()

function allOf(declarations: Declarations): All {
  const microservices = microservicesOf(declarations)
  return { microservices, generated: new GeneratedPaths(declarations.layers, microservices), names: undefined }
}

export class ProjectGraph {
  readonly microservices: readonly Microservice[]
  private readonly targets = new Map<string, Target>()
  private readonly aliases = new Map<string, Set<string>>()
  private readonly templates = new Map<ProjectDeclaration, TemplateFiles>()
  private readonly versions = new Map<string, Target | undefined>()
  private readonly all: All
  readonly descriptions = new Map<string, ServiceDescription>()

  constructor(
    private readonly loaded: Loaded,
    private readonly world: World,
  ) {
    const { declarations } = loaded
    const all = known.get(declarations) ?? allOf(declarations)
    known.set(declarations, all)
    this.microservices = all.microservices
    this.all = all
  }

  /** Everything that can be named as a target. */
  get names(): ReadonlySet<string> {
    const { all } = this
    all.names ??= targetNames(this.loaded.declarations, all.microservices, all.generated)
    return all.names
  }

  /** Step 1: bundle and description of these microservices. */
  surveyMicroservices(microservices: ReadonlySet<Microservice>): { ids: string[]; problems: Problem[] } {
    const problems: Problem[] = []
    const ids: string[] = []
    const { generated } = this.all
    for (const ms of microservices) {
      try {
        const request: BundleRequest = {
          id: paths.bundle(ms.name),
          microservice: ms.name,
          module: moduleFile(this.world.snapshot, ms),
          service: ms.service,
          external: 'all',
          sourceMap: ms.options.sourceMap ?? false,
          minify: ms.options.minify ?? false,
          names: ms.src.map((source) => fileSet(source, { only: 'code', generated })),
          esbuildVersion: this.loaded.esbuildVersion,
        }
        const bundle = bundleTarget(request, () => this.loaded.describer.warm())
        const description = descriptionTarget(paths.description(ms.name), request, bundle, this.loaded.describer)
        this.targets.set(bundle.id, bundle).set(description.id, description)
        ids.push(description.id)
      } catch (error) {
        if (!(error instanceof CoworksError)) throw error
        problems.push(...error.problems)
      }
    }
    for (const dir of new Set([...microservices].map((ms) => ms.project.terraformDir))) {
      const kind = this.world.snapshot.kind(dir)
      if (kind !== 'missing' && kind !== 'dir')
        problems.push({ where: dir, what: "is to hold Terraform's files, but is no folder", hint: 'move it away, or set terraformDir' })
    }
    return { ids, problems }
  }

  /** Takes what is known of a microservice: from its description as built, or as it was last time. */
  learn(microservices: Iterable<Microservice>): void {
    for (const ms of microservices) {
      const info = this.world.info(paths.description(ms.name))
      if (info !== undefined) this.descriptions.set(ms.name, info as unknown as ServiceDescription)
    }
  }

  /** Step 2: what the layers of these stages hold, and whether their environment files can be used. */
  surveyStages(stages: readonly SelectedStage[], named: readonly string[]): Survey {
    const problems: Problem[] = []
    const made: Target[] = []
    const wanted = new Set(this.loaded.declarations.layers.filter((layer) => named.includes(layer.file)))
    for (const { microservice, stage } of stages) {
      try {
        for (const layer of this.layersOf(microservice, stage)) wanted.add(layer)
      } catch (error) {
        if (!(error instanceof CoworksError)) throw error
        problems.push(...error.problems)
        continue
      }
      const config = this.config(microservice, stage)
      if (config !== undefined && hasEnvironment(config))
        made.push(environmentTarget(microservice.name, stage, config.environmentVariables, config.environmentVariablesFile))
    }
    made.push(...[...wanted].map(layerContentsTarget))
    for (const target of made) this.add(target)
    return { ids: made.map(({ id }) => id), problems }
  }

  /** Microservices of these stages that never said what they are. */
  undescribed(stages: readonly SelectedStage[]): string[] {
    return [...new Set(stages.map(({ microservice }) => microservice.name))].filter((name) => !this.descriptions.has(name))
  }

  private config(ms: Microservice, stage: string) {
    return this.descriptions.get(ms.name)?.configs.find((config) => config.workspace === stage)
  }

  private layersOf(ms: Microservice, stage: string): readonly LayerDeclaration[] {
    const description = this.descriptions.get(ms.name)
    return description === undefined ? [] : stageLayers(this.world.snapshot, ms, stage, description, this.loaded.declarations.layers)
  }

  /** Step 3: zips and Terraform's files of these stages, layers, commands and aliases. @throws CoworksError */
  complete(stages: readonly SelectedStage[]): Graph {
    const { declarations } = this.loaded
    const contents = new Map<string, readonly string[]>()
    for (const layer of declarations.layers) {
      const survey = this.targets.get(contentsId(layer))
      const known = this.world.info(contentsId(layer)) as Contents | undefined
      if (survey === undefined) continue
      if (known === undefined) {
        this.add(unsurveyedLayer(layer, survey))
        continue
      }
      contents.set(layer.name, known.packages)
      const throughBucket = declarations.projects.some(({ artifacts }) => artifacts !== undefined)
      this.add(layerZipTarget(layer, survey, known.files, throughBucket))
    }
    const building = new Map<string, Set<string>>()
    for (const { microservice, stage } of stages) {
      building.set(microservice.name, (building.get(microservice.name) ?? new Set()).add(stage))
    }
    for (const { microservice, stage } of stages) this.addStage(microservice, stage, contents, building.get(microservice.name) ?? new Set())
    // Not by `add`: a command must not silently take the place of a target of ours that has its name.
    const commands = declarations.commands.map(commandTarget)
    const taken = commands.filter(({ id }) => this.targets.has(id))
    for (const command of commands) this.targets.set(command.id, this.targets.get(command.id) ?? command)
    for (const [name, targets] of declarations.aliases) for (const target of targets) this.alias(name, target)
    return makeGraph([
      ...relate(declarations, { targets: this.targets, aliases: this.aliases, elsewhere: (name) => this.names.has(name) }),
      ...taken,
    ])
  }

  private addStage(ms: Microservice, stage: string, contents: ReadonlyMap<string, readonly string[]>, building: ReadonlySet<string>): void {
    const layers = this.layersOf(ms, stage).map(({ name, file }) => ({ name, file }))
    const service = this.descriptions.get(ms.name)
    const config = this.config(ms, stage)
    const templates = this.templatesOf(ms)
    const versions = this.versionsOf(ms, templates)
    const made: Target[] = [
      functionZipTarget({
        file: paths.zip(ms, stage),
        code: this.codeTarget(
          ms,
          layers.flatMap((layer) => contents.get(layer.name) ?? []),
        ),
        sourceMap: ms.options.sourceMap ?? false,
        statics: ms.src.map((source) => ({ set: fileSet(source, { only: 'static', generated: this.all.generated }), dir: source.dir })),
        throughBucket: placeOf(ms.project.artifacts, stage, ms.name) !== undefined,
        budget: budgetOf(ms.name, ms.options.budget),
      }),
      apiTarget(ms, apiStages(this.world.snapshot, ms, building), building, templates),
    ]
    if (versions !== undefined) made.push(versions)
    if (ms.project.staging === 'workspace') made.push(workspaceLayersTarget(ms.project.terraformDir, templates))
    if (service === undefined || config === undefined) made.push(undescribedStage(ms, stage))
    else {
      for (const layer of layers) made.push(layerFileTarget(ms, layer, stage, templates))
      made.push(stageTarget({ microservice: ms, stage, service, config, layers, templates }))
    }
    for (const target of made) {
      this.add(target)
      for (const alias of [`${ms.name}-${stage}`, ms.name, stage]) this.alias(alias, target.id)
    }
  }

  /** The bundle that was described serves as the function's code where layers carry all it imports; else those packages go along. */
  private codeTarget(ms: Microservice, packages: readonly string[]): Target {
    const bundle = this.targets.get(paths.bundle(ms.name)) as Target
    const { generated } = this.all
    if (ms.options.bundle === false) {
      const target = treeTarget(
        ms,
        moduleFile(this.world.snapshot, ms),
        ms.src.map((source) => fileSet(source, { only: 'code', generated })),
        this.loaded.esbuildVersion,
      )
      this.add(target)
      return target
    }
    const imports = (this.world.info(bundle.id) as BundleInfo | undefined)?.imports ?? []
    if (imports.every((name) => packages.includes(name))) return bundle
    const external = [...new Set(packages)].sort()
    const target = bundleTarget({
      id: paths.code(ms.name, digestOf(external).slice(0, 8)),
      microservice: ms.name,
      module: moduleFile(this.world.snapshot, ms),
      service: ms.service,
      external,
      sourceMap: ms.options.sourceMap ?? false,
      minify: ms.options.minify ?? false,
      names: ms.src.map((source) => fileSet(source, { only: 'code', generated })),
      esbuildVersion: this.loaded.esbuildVersion,
    })
    this.add(target)
    return target
  }

  /** What the stages of a microservice share, and nothing else: as if just these had a file. */
  shared(ms: Microservice, existing: ReadonlySet<string>): Graph {
    const all = apiStages(this.world.snapshot, ms, existing).map(({ stage }) => ({ stage, exists: existing.has(stage) }))
    return makeGraph([apiTarget(ms, all, [], this.templatesOf(ms))])
  }

  private versionsOf({ project: { terraformDir } }: Microservice, templates: TemplateFiles): Target | undefined {
    if (!this.versions.has(terraformDir)) this.versions.set(terraformDir, versionsTarget(this.world, terraformDir, templates))
    return this.versions.get(terraformDir)
  }

  private templatesOf(ms: Microservice): TemplateFiles {
    const { project } = ms
    const known = this.templates.get(project) ?? findTemplates(this.world.snapshot, project)
    this.templates.set(project, known)
    return known
  }

  private add(target: Target): void {
    this.targets.set(target.id, target)
  }

  private alias(name: string, target: string): void {
    this.aliases.set(name, (this.aliases.get(name) ?? new Set()).add(target))
  }

  /** Survey targets only: the graph of steps 1 and 2. */
  survey(): Graph {
    return makeGraph([...this.targets.values(), ...this.loaded.declarations.commands.map(commandTarget)])
  }
}
