/** What `coworks drift` compares: for each stage its code, its layers, and what only Terraform deploys; as it was built last, as Terraform's state says, as Lambda answers. Reads only. */
import type { Project } from '../project/project.js'
import { type Push, readPushes } from '../project/push-ledger.js'
import type { StageArtifacts } from '../project/stage-artifacts.js'
import { layerAddress } from '../terraform/index.js'
import {
  type Drift,
  driftOf,
  holds,
  type KnownContents,
  LayerVersions,
  machineClock,
  problemsFor,
  read,
  type SeenFunction,
  versionInUse,
  type Waits,
} from '../update/index.js'
import { CoworksError } from '../util/problem.js'
import type { Options } from './options/index.js'
import { knownContents, prepare, type Stage } from './update-stages.js'

export interface Compared {
  readonly function: string
  readonly microservice: string
  readonly stage: string
  readonly what: 'function' | 'code' | 'layer' | 'terraform'
  /** Of a layer. */
  readonly layer?: string
  readonly drift: Drift
}

export interface DriftReport {
  readonly compared: readonly Compared[]
  readonly notes: readonly string[]
}

/** @throws CoworksError where one side cannot be asked */
export async function driftStages(
  project: Project,
  artifacts: readonly StageArtifacts[],
  options: Pick<Options, 'region' | 'awsProfile' | 'terraformBin'>,
  signal: AbortSignal,
): Promise<DriftReport> {
  const { stages, api, notes } = await prepare(project, artifacts, options, signal)
  const { pushes, damaged } = readPushes(project.options.root)
  const known = knownContents(pushes)
  const waits: Waits = { clock: machineClock, signal }
  const versions = new LayerVersions(api, waits)
  const compared: Compared[] = []
  for (const stage of stages) {
    try {
      const seen = await read(waits, () => api.getFunction(stage.built.name))
      compared.push(...(await compareStage(stage, seen, versions, known, pushes)))
    } catch (error) {
      throw new CoworksError(problemsFor(error, `function ${stage.built.name}`), { cause: error })
    }
  }
  const lost = damaged === 0 ? [] : [`${damaged} lines of the ledger of pushes cannot be read: what they say is not known.`]
  return { compared, notes: [...notes, ...lost] }
}

async function compareStage(
  stage: Stage,
  seen: SeenFunction | undefined,
  versions: LayerVersions,
  known: KnownContents,
  pushes: readonly Push[],
): Promise<Compared[]> {
  const { built, folder, deployed, terraform } = stage
  const common = { function: built.name, microservice: built.microservice, stage: built.stage }
  if (seen === undefined) return [{ ...common, what: 'function', drift: { kind: deployed === undefined ? 'not-deployed' : 'gone' } }]
  if (folder.kind !== 'unknown' && deployed === undefined) return [{ ...common, what: 'function', drift: { kind: 'not-in-state' } }]
  if (deployed?.attributes.arn !== undefined && deployed.attributes.arn !== seen.arn) {
    throw new CoworksError({
      where: `function ${built.name}`,
      what: `is ${seen.arn}, but Terraform deployed ${deployed.attributes.arn}`,
      hint: 'ask with the credentials and the region of that',
    })
  }
  const own = pushes.filter((push) => push.arn === seen.arn && push.end?.ok === true)
  const code = driftOf({
    lambdaIsBuilt: holds(seen.codeSha256, built.code, known),
    stateIsBuilt: deployed === undefined ? undefined : deployed.attributes.source_code_hash === built.code.content,
    stateSawLambda: deployed?.attributes.code_sha256 === seen.codeSha256,
    push: own.findLast((push) => push.code.to === seen.codeSha256),
    modified: seen.lastModified,
  })
  const layers: Compared[] = []
  for (const layer of built.layers) {
    const arn = versionInUse(seen, layer.layerName)
    const content = arn === undefined ? undefined : await versions.get(arn)
    const address = layerAddress(layer.layer, built.stage, stage.microservice.project.staging)
    const stated = folder.kind === 'state' ? folder.state.resources.get(address) : undefined
    const drift = driftOf({
      lambdaIsBuilt: holds(content?.codeSha256, layer, known),
      stateIsBuilt: folder.kind === 'unknown' ? undefined : stated?.attributes.source_code_hash === layer.content,
      stateSawLambda: arn !== undefined && stated?.attributes.arn === arn,
      push: own.findLast((push) => arn !== undefined && push.end?.layers.includes(arn) === true),
      modified: undefined,
    })
    layers.push({ ...common, what: 'layer', layer: layer.layerName, drift })
  }
  const names = terraform.map(({ aspect, name }) => `${aspect} ${name}`)
  return [
    { ...common, what: 'code', drift: code },
    ...layers,
    ...(names.length === 0 ? [] : [{ ...common, what: 'terraform' as const, drift: { kind: 'terraform' as const, names } }]),
  ]
}
