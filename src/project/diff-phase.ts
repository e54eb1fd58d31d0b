/**
 * What `coworks diff` compares: a stage as its files say it, and as Terraform's state says it. The files are what `terraform apply`
 * would deploy, whenever they were built: a stage that was not built since a route was added does not have it, which is just what is to
 * be seen. Reads; what differs is decided in `stage-diff.ts`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  builtResources,
  deployedResources,
  parseState,
  readHcl,
  readStateText,
  type StageResource,
  type StageView,
  stageView,
  workspaceResources,
} from '../terraform/index.js'
import { CoworksError } from '../util/problem.js'
import type { LayerDeclaration } from './declarations.js'
import { type Microservice, paths } from './microservice.js'
import { diffStages, type StageDifference } from './stage-diff.js'

export interface DiffSettings {
  readonly root: string
  readonly layers: readonly LayerDeclaration[]
  readonly terraformBin?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface StageDiff {
  readonly microservice: string
  /** `dev`, or `dev, built`. */
  readonly left: string
  readonly right: string
  readonly differences: readonly StageDifference[]
  /** What the user should know of the comparison: lines of text. */
  readonly notes: readonly string[]
}

/** Two stages, each as it was built last. @throws CoworksError where one never was */
export function diffWithStage(settings: DiffSettings, ms: Microservice, stage: string, other: string): StageDiff {
  const [left, right] = [needed(settings, ms, stage), needed(settings, ms, other)]
  return {
    microservice: ms.name,
    left: stage,
    right: other,
    differences: diffStages(left, right),
    notes: notesOf(ms, [
      [stage, left],
      [other, right],
    ]),
  }
}

/** A stage as it was built last, and as it is deployed. @throws CoworksError where one of them cannot be known */
export async function diffWithDeployed(settings: DiffSettings, ms: Microservice, stage: string): Promise<StageDiff> {
  const built = needed(settings, ms, stage)
  const deployed = await deployedView(settings, ms, stage)
  return {
    microservice: ms.name,
    left: `${stage}, built`,
    right: deployed === undefined ? `${stage}, not deployed` : `${stage}, deployed`,
    differences: diffStages(built, deployed ?? NOTHING),
    notes: notesOf(ms, [[stage, built]]),
  }
}

const NOTHING: StageView = {
  unknown: [],
  aspects: {
    route: new Map(),
    authorizer: new Map(),
    cors: new Map(),
    environment: new Map(),
    setting: new Map(),
    layer: new Map(),
    schedule: new Map(),
    trigger: new Map(),
    code: new Map(),
  },
}

function needed(settings: DiffSettings, ms: Microservice, stage: string): StageView {
  const view = builtView(settings, ms, stage)
  if (view !== undefined) return view
  throw new CoworksError({
    where: `microservice ${ms.name}, stage ${stage}`,
    what: 'was not built here',
    hint: `coworks build microservice=${ms.name} stage=${stage}`,
  })
}

/** A stage as its files say it; undefined where it was not built here. @throws CoworksError */
export function builtView({ root, layers }: Pick<DiffSettings, 'root' | 'layers'>, ms: Microservice, stage: string): StageView | undefined {
  const file = paths.stage(ms, stage)
  const layerFiles = layers
    .map(({ name }) => ({ name, file: paths.layer(ms.project, name, stage) }))
    .filter((layer) => existsSync(join(root, layer.file)))
  if (!existsSync(join(root, file))) return undefined
  const text = (path: string) => readFileSync(join(root, path), 'utf8')
  let resources: readonly StageResource[]
  try {
    resources =
      ms.project.staging === 'workspace'
        ? workspaceResources(
            ms.name,
            text(file),
            layerFiles.map((layer) => ({ name: layer.name, text: text(layer.file) })),
          )
        : builtResources([file, ...layerFiles.map((layer) => layer.file)].map((path) => readHcl(text(path))))
  } catch (error) {
    const what = `cannot be read: ${error instanceof Error ? error.message : String(error)}`
    throw new CoworksError({ where: file, what, hint: `coworks build stage=${stage}` }, { cause: error })
  }
  return stageView(resources, {
    microservice: ms.name,
    stage,
    staging: ms.project.staging,
    environmentNames: (path) => variableNames(join(root, ms.project.terraformDir, path)),
  })
}

async function deployedView(settings: DiffSettings, ms: Microservice, stage: string): Promise<StageView | undefined> {
  const { root, terraformBin, signal } = settings
  const { terraformDir, staging } = ms.project
  const env = staging === 'workspace' ? { TF_WORKSPACE: stage } : {}
  const reading = await readStateText(join(root, terraformDir), { terraformBin, signal, env })
  if (reading.kind === 'none') return undefined
  if (reading.kind === 'unknown')
    throw new CoworksError({ where: terraformDir, what: `what is deployed is not known: ${reading.why.replaceAll(`${root}/`, '')}` })
  parseState(reading.text) // says what is wrong where it is no state: words of a wrapper, half of one
  return stageView(deployedResources(reading.text), { microservice: ms.name, stage, staging, environmentNames: () => undefined })
}

/** The names that an environment file gives values to. The values are not looked at. */
function variableNames(file: string): readonly string[] | undefined {
  try {
    return Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object)
  } catch {
    return undefined // a file of secrets that this machine does not have
  }
}

function notesOf(ms: Microservice, views: readonly (readonly [stage: string, view: StageView])[]): string[] {
  return views
    .filter(([, { unknown }]) => unknown.includes('environment'))
    .map(
      ([stage]) => `the environment file of ${ms.name}, stage ${stage}, cannot be read here: the names of its variables are not compared.`,
    )
}
