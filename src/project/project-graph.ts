/**
 * Declarations and what was found out about them -> the graph. Decides which targets there are and what they are made from;
 * makes none. Some of its shape is known only once a microservice has told its configs and a layer its files ("knowledge"), so
 * the graph is made in steps, each larger than the one before.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Graph, type Input, makeGraph, type Target } from '../build/index.js'
import type { World } from '../build/state.js'
import type { ServiceDescription } from '../service/description.js'
import { digestOf } from '../util/hash.js'
import { nearestHint } from '../util/nearest.js'
import { CoworksError, type Problem } from '../util/problem.js'
import { type BundleInfo, type BundleRequest, bundleTarget } from './bundle.js'
import { commandTarget, sourceInput } from './command-target.js'
import type { Declarations, LayerDeclaration } from './declarations.js'
import { type Describer, descriptionTarget } from './describe.js'
import { environmentTarget } from './environment.js'
import { fileSet } from './file-set.js'
import { type Contents, contentsId, layerContentsTarget } from './layer-contents.js'
import { type Microservice, microservicesOf, moduleFile, paths, type SelectedStage } from './microservice.js'
import type { Survey } from './steps.js'
import {
  apiStages,
  apiTarget,
  findTemplates,
  layerFileTarget,
  stageTarget,
  type TemplateFiles,
  undescribedStage,
  versionsTarget,
} from './terraform-targets.js'
import { treeTarget } from './tree-target.js'
import { functionZipTarget, layerZipTarget } from './zip-targets.js'

export interface Loaded {
  readonly root: string
  readonly declarations: Declarations
  readonly describer: Describer
  readonly esbuildVersion: string
}

export class ProjectGraph {
  readonly microservices: readonly Microservice[]
  private readonly targets = new Map<string, Target>()
  private readonly aliases = new Map<string, Set<string>>()
  private readonly templates = new Map<string, TemplateFiles>()
  private readonly versions = new Map<string, Target | undefined>()
  readonly descriptions = new Map<string, ServiceDescription>()

  constructor(
    private readonly loaded: Loaded,
    private readonly world: World,
  ) {
    this.microservices = microservicesOf(loaded.declarations)
  }

  /** Everything that can be named without loading a microservice. */
  staticNames(): Set<string> {
    const names = new Set<string>()
    for (const ms of this.microservices) {
      for (const stage of ms.stages)
        for (const name of [paths.zip(ms, stage), paths.stage(ms, stage), `${ms.name}-${stage}`, stage]) names.add(name)
      names.add(paths.api(ms)).add(ms.name).add(paths.versions(ms.project.terraformDir))
    }
    for (const layer of this.loaded.declarations.layers) {
      names.add(layer.file)
      for (const ms of this.microservices) for (const stage of ms.stages) names.add(paths.layer(ms.project, layer.name, stage))
    }
    for (const command of this.loaded.declarations.commands) for (const target of command.targets) names.add(target)
    for (const alias of this.loaded.declarations.aliases.keys()) names.add(alias)
    return names
  }

  /** Files that the project itself makes: they are never sources of what they are made from. */
  private generated(): ReadonlySet<string> {
    const commands = new Set(this.loaded.declarations.commands.flatMap((command) => command.targets))
    return new Set([...this.staticNames()].filter((name) => !commands.has(name)))
  }

  /** Step 1: bundle and description of these microservices. */
  surveyMicroservices(microservices: ReadonlySet<Microservice>): { ids: string[]; problems: Problem[] } {
    const problems: Problem[] = []
    const ids: string[] = []
    const generated = this.generated()
    for (const ms of microservices) {
      try {
        const request: BundleRequest = {
          id: paths.bundle(ms.name),
          microservice: ms.name,
          module: moduleFile(this.loaded.root, ms),
          service: ms.service,
          external: 'all',
          sourceMap: ms.options.sourceMap ?? false,
          minify: ms.options.minify ?? false,
          names: ms.src.map((source) => fileSet(source, { only: 'code', generated })),
          esbuildVersion: this.loaded.esbuildVersion,
        }
        const bundle = bundleTarget(request)
        const description = descriptionTarget(paths.description(ms.name), request, bundle, this.loaded.describer)
        this.targets.set(bundle.id, bundle).set(description.id, description)
        ids.push(description.id)
      } catch (error) {
        if (!(error instanceof CoworksError)) throw error
        problems.push(...error.problems)
      }
    }
    for (const dir of new Set([...microservices].map((ms) => ms.project.terraformDir))) {
      const stat = statSync(join(this.loaded.root, dir), { throwIfNoEntry: false })
      if (stat !== undefined && !stat.isDirectory())
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
      const env = this.config(microservice, stage)?.environmentVariablesFile ?? null
      if (env !== null) made.push(environmentTarget(microservice.name, stage, env))
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

  private layersOf(ms: Microservice, stage: string): LayerDeclaration[] {
    const description = this.descriptions.get(ms.name)
    if (description === undefined) return []
    const where = `microservice ${ms.name}, stage ${stage}`
    const config = this.config(ms, stage)
    if (config === undefined) {
      const workspaces = description.configs.map((one) => one.workspace)
      throw new CoworksError({
        where,
        what: `no Config has the workspace \`${stage}'`,
        hint: nearestHint(stage, workspaces) ?? 'give the microservice a Config for it',
      })
    }
    const problems: Problem[] = []
    const layers = config.layers.flatMap((name) => {
      const found = this.loaded.declarations.layers.find((layer) => layer.name === name)
      if (found === undefined) {
        problems.push({
          where,
          what: `its Config names a layer \`${name}' that the Coworksfile does not declare`,
          hint:
            nearestHint(
              name,
              this.loaded.declarations.layers.map((layer) => layer.name),
            ) ?? `add Layer('${name}.zip')`,
        })
      }
      return found ?? []
    })
    const env = config.environmentVariablesFile
    if (env !== null && (env.startsWith('/') || join(env).startsWith('..'))) {
      problems.push({ where, what: `its environment file \`${env}' is outside the project` })
    } else if (env !== null && !existsSync(join(this.loaded.root, env))) {
      problems.push({ where, what: `its environment file \`${env}' does not exist`, hint: 'write it: a flat JSON object of strings' })
    }
    if (problems.length > 0) throw new CoworksError(problems)
    return layers
  }

  /** Step 3: zips and Terraform's files of these stages, layers, commands and aliases. @throws CoworksError */
  complete(stages: readonly SelectedStage[]): Graph {
    const { declarations } = this.loaded
    const contents = new Map<string, readonly string[]>()
    for (const layer of declarations.layers) {
      const survey = this.targets.get(contentsId(layer))
      const known = this.world.info(contentsId(layer)) as Contents | undefined
      if (survey === undefined || known === undefined) continue
      contents.set(layer.name, known.packages)
      this.add(layerZipTarget(layer.file, survey, known.files))
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
    return makeGraph([...this.withDeclared(), ...taken])
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
        statics: ms.src.map((source) => ({ set: fileSet(source, { only: 'static', generated: this.generated() }), dir: source.dir })),
      }),
      apiTarget(ms, apiStages(this.loaded.root, ms, building), building, templates),
    ]
    if (versions !== undefined) made.push(versions)
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
    const generated = this.generated()
    if (ms.options.bundle === false) {
      const target = treeTarget(
        ms,
        moduleFile(this.loaded.root, ms),
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
      module: moduleFile(this.loaded.root, ms),
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

  private versionsOf({ project: { terraformDir } }: Microservice, templates: TemplateFiles): Target | undefined {
    if (!this.versions.has(terraformDir)) this.versions.set(terraformDir, versionsTarget(this.world, terraformDir, templates))
    return this.versions.get(terraformDir)
  }

  private templatesOf(ms: Microservice): TemplateFiles {
    const dir = ms.project.templatesDir
    const known = this.templates.get(dir) ?? findTemplates(this.world.snapshot, dir)
    this.templates.set(dir, known)
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

  /** Adds what Depends, Requires, AlwaysBuild and NoClean say, and the aliases. */
  private withDeclared(): Target[] {
    const { depends, requires, always, noClean } = this.loaded.declarations
    const problems: Problem[] = []
    const names = [...this.targets.values()].flatMap((target) => (target.internal ? [] : [target.id])).concat(...this.aliases.keys())
    const owner = (where: string, name: string): string | undefined => {
      const found = this.targets.has(name) ? name : [...this.targets.values()].find((target) => target.outputs.includes(name))?.id
      if (found === undefined && !this.aliases.has(name) && !this.staticNames().has(name))
        problems.push({ where, what: `unknown target \`${name}'`, hint: nearestHint(name, names) })
      return found
    }
    const extraInputs = new Map<string, Input[]>()
    const extraRequires = new Map<string, string[]>()
    for (const { target, on } of depends) {
      for (const id of this.aliases.get(target) ?? [owner(`Depends('${target}')`, target)]) {
        if (id !== undefined) extraInputs.set(id, [...(extraInputs.get(id) ?? []), ...on.map(sourceInput)])
      }
    }
    for (const { target, on } of requires) {
      for (const id of this.aliases.get(target) ?? [owner(`Requires('${target}')`, target)]) {
        const first = on
          .map((name) => (this.aliases.has(name) ? name : owner(`Requires('${target}')`, name)))
          .filter((name) => name !== undefined)
        if (id !== undefined) extraRequires.set(id, [...(extraRequires.get(id) ?? []), ...first])
      }
    }
    for (const name of always) owner('AlwaysBuild', name)
    for (const name of noClean) owner('NoClean', name)
    for (const name of this.aliases.keys())
      if (this.targets.has(name)) problems.push({ where: `Alias('${name}')`, what: 'is the name of a target already' })
    if (problems.length > 0) throw new CoworksError(problems)
    const marked = (set: ReadonlySet<string>, target: Target) => [target.id, ...target.outputs].some((name) => set.has(name))
    const targets = [...this.targets.values()].map(
      (target): Target => ({
        ...target,
        inputs: [...target.inputs, ...(extraInputs.get(target.id) ?? [])],
        requires: [...target.requires, ...(extraRequires.get(target.id) ?? [])],
        always: (target.always ?? false) || marked(always, target),
        noClean: (target.noClean ?? false) || marked(noClean, target),
      }),
    )
    const aliases = [...this.aliases].map(
      ([id, on]): Target => ({
        id,
        outputs: [],
        inputs: [],
        requires: [...on].filter((name) => this.targets.has(name) || this.aliases.has(name)),
      }),
    )
    return [...targets, ...aliases]
  }
}
