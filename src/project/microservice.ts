/** A declared microservice with its names and places: which module, which service, which zips and files. Pure but for finding the module. */
import type { Snapshot } from '../build/state.js'
import { nearestHint } from '../util/nearest.js'
import { CoworksError, type Problem } from '../util/problem.js'
import type { AllFilesDeclaration, Declarations, MicroserviceOptions, ProjectDeclaration } from './declarations.js'

export interface Microservice {
  readonly name: string
  /** `app` of `app-test`. */
  readonly moduleName: string
  /** `test` of `app-test`. */
  readonly service: string
  readonly stages: readonly string[]
  readonly src: readonly AllFilesDeclaration[]
  readonly options: MicroserviceOptions
  readonly project: ProjectDeclaration
}

export function microservicesOf(declarations: Declarations): Microservice[] {
  return declarations.projects.flatMap((project) =>
    project.microservices.map(({ name, stages, options }) => {
      const dash = name.indexOf('-')
      return {
        name,
        moduleName: name.slice(0, dash),
        service: name.slice(dash + 1),
        stages,
        src: options.src ?? project.src,
        options: { ...project.options, ...options },
        project,
      }
    }),
  )
}

const EXTENSIONS = ['ts', 'mts', 'tsx', 'js', 'mjs', 'jsx', 'cts', 'cjs']

const known = new WeakMap<readonly string[], ReadonlySet<string>>()

function namesIn(snapshot: Snapshot, dir: string): ReadonlySet<string> {
  const entries = snapshot.entries(dir)
  const names = known.get(entries) ?? new Set(entries)
  known.set(entries, names)
  return names
}

/** `src/app.ts`. @throws CoworksError where there is none, or more than one */
export function moduleFile(snapshot: Snapshot, { name, moduleName, project }: Microservice): string {
  const candidates = EXTENSIONS.map((extension) => inFolder(project.srcDir, `${moduleName}.${extension}`))
  // Read once for all microservices, instead of eight questions for each.
  const names = namesIn(snapshot, project.srcDir)
  const found = candidates.filter((path) => names.has(path.slice(path.lastIndexOf('/') + 1)) && snapshot.kind(path) === 'file')
  const [first, second] = found
  if (first === undefined) {
    throw new CoworksError({
      where: `microservice ${name}`,
      what: `its module \`${moduleName}' is not there: no ${candidates[0]}`,
      hint: `write ${candidates[0]}, or set srcDir of CwsProject`,
    })
  }
  if (second !== undefined)
    throw new CoworksError({ where: `microservice ${name}`, what: `its module \`${moduleName}' is there twice: ${first} and ${second}` })
  return first
}

export const paths = {
  /** Beside each other: a folder for each of hundreds would take longer to make than what is in it. */
  bundle: (name: string) => `.coworks/build/${name}.mjs`,
  description: (name: string) => `description of ${name}`,
  code: (name: string, variant: string) => `.coworks/build/${name}/code-${variant}/index.mjs`,
  versions: (terraformDir: string) => inFolder(terraformDir, 'versions.tf'),
  zip: (ms: Microservice, stage: string) => inFolder(ms.project.terraformDir, `tmp/${ms.name}-${stage}.zip`),
  api: (ms: Microservice) => inFolder(ms.project.terraformDir, `${ms.name}.tf`),
  /** What a stage owns: resources, or with workspaces the data that all resources read. */
  stage: (ms: Pick<Microservice, 'name' | 'project'>, stage: string) =>
    inFolder(ms.project.terraformDir, `${ms.name}.${stage}.${ms.project.staging === 'workspace' ? 'json' : 'tf'}`),
  layer: (project: ProjectDeclaration, layer: string, stage: string) =>
    inFolder(project.terraformDir, `${layer}.${stage}.${project.staging === 'workspace' ? 'layer.json' : 'tf'}`),
  /** With workspaces only: the resources of all layers. */
  layers: (terraformDir: string) => inFolder(terraformDir, 'layers.tf'),
}

export function inFolder(dir: string, name: string): string {
  return dir === '.' ? name : `${dir}/${name}`
}

export interface Selection {
  readonly microservices: readonly string[] | 'all'
  readonly stages: readonly string[] | 'all'
}

export interface SelectedStage {
  readonly microservice: Microservice
  readonly stage: string
}

/**
 * Which stages of which microservices are meant. A microservice that was named must have the stage; with `all`, those
 * that have it are.
 * @throws CoworksError naming each unknown one with the nearest name
 */
export function selectStages(all: readonly Microservice[], { microservices, stages }: Selection): SelectedStage[] {
  const problems: Problem[] = []
  const names = all.map((ms) => ms.name)
  const known = [...new Set(all.flatMap((ms) => ms.stages))]
  if (microservices !== 'all') {
    for (const name of microservices)
      if (!names.includes(name)) problems.push({ what: `unknown microservice \`${name}'`, hint: nearestHint(name, names) })
  }
  if (stages !== 'all' && all.length > 0) {
    for (const stage of stages)
      if (!known.includes(stage)) problems.push({ what: `unknown stage \`${stage}'`, hint: nearestHint(stage, known) })
  }
  if (problems.length > 0) throw new CoworksError(problems)
  const selected: SelectedStage[] = []
  for (const microservice of all) {
    if (microservices !== 'all' && !microservices.includes(microservice.name)) continue
    const wanted = stages === 'all' ? microservice.stages : stages
    for (const stage of wanted) {
      if (microservice.stages.includes(stage)) selected.push({ microservice, stage })
      else if (microservices !== 'all') {
        problems.push({
          where: `microservice ${microservice.name}`,
          what: `has no stage \`${stage}'`,
          hint: nearestHint(stage, microservice.stages),
        })
      }
    }
  }
  if (problems.length > 0) throw new CoworksError(problems)
  return selected
}
