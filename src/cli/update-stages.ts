/**
 * An update of the stages of a project that was built: from what was built and what Terraform's state says to calls of Lambda, and back to
 * what a person or a program is told. Prints nothing.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { environmentVariables } from '../gateway/index.js'
import { type DeployedFolder, onlyTerraform, readDeployedFolder, type StatePlace, statePlace } from '../project/deployed-folder.js'
import type { DiffSettings } from '../project/diff-phase.js'
import type { Microservice } from '../project/microservice.js'
import { ownVersion } from '../project/own-files.js'
import type { Project } from '../project/project.js'
import { beginPush, type Push, type PushBegin, readPushes, type StateAtPush } from '../project/push-ledger.js'
import type { StageArtifacts } from '../project/stage-artifacts.js'
import type { StageDifference } from '../project/stage-diff.js'
import { type DeployedResource, functionName, layerAddress, layerName, type Staging, stageAddresses } from '../terraform/index.js'
import {
  type BuiltFunction,
  type BuiltZip,
  type FunctionResult,
  fingerprints,
  type KnownContents,
  type LambdaApi,
  type Ledger,
  machineClock,
  type PushBegun,
  type ReadZip,
  today,
  type UpdateEvent,
  updateFunctions,
} from '../update/index.js'
import { sha256Base64 } from '../util/hash.js'
import { CoworksError } from '../util/problem.js'
import type { Options } from './options/index.js'

export interface StageUpdate {
  readonly microservice: string
  readonly stage: string
  readonly result: FunctionResult
  /** What of the stage only Terraform can deploy. */
  readonly terraform: readonly StageDifference[]
}

export interface Update {
  readonly stages: readonly StageUpdate[]
  /** What the user should know of the comparison: lines of text. */
  readonly notes: readonly string[]
}

export type UpdateOptions = Pick<Options, 'dryRun' | 'publish' | 'alias' | 'yesUpdateProtected' | 'region' | 'awsProfile' | 'terraformBin'>

/** Functions at a time: Lambda takes 15 calls a second for an account, and each function a few. */
const CONCURRENCY = 4

/** @throws CoworksError where nothing may be begun */
export async function updateStages(
  project: Project,
  artifacts: readonly StageArtifacts[],
  options: UpdateOptions,
  signal: AbortSignal,
  listen: (event: UpdateEvent) => void,
): Promise<Update> {
  const { root } = project.options
  checkAllowed(artifacts, options)
  const { stages, api, notes } = await prepare(project, artifacts, options, signal)
  const results = await updateFunctions(
    stages.map(({ built }) => built),
    {
      api,
      waits: { clock: machineClock, signal },
      readZip: zipReader(root, api, options, signal),
      ledger: ledgerOf(root, stages),
      known: knownContents(readPushes(root).pushes),
      concurrency: CONCURRENCY,
      dryRun: options.dryRun,
      publish: options.publish,
      alias: options.alias,
      listen,
    },
  )
  return {
    stages: results.map((result, index) => ({
      microservice: result.built.microservice,
      stage: result.built.stage,
      result,
      terraform: withEnvironment(stages[index]?.terraform ?? [], result.environment),
    })),
    notes,
  }
}

/** A stage with what is known of it here, before Lambda is asked. */
export interface Stage {
  readonly built: BuiltFunction
  readonly microservice: Microservice
  readonly folder: DeployedFolder
  readonly deployed: DeployedResource | undefined
  readonly terraform: readonly StageDifference[]
}

/** Reads each state once, and opens Lambda. @throws CoworksError */
export async function prepare(
  project: Project,
  artifacts: readonly StageArtifacts[],
  options: Pick<Options, 'region' | 'awsProfile' | 'terraformBin'>,
  signal: AbortSignal,
): Promise<{ readonly stages: readonly Stage[]; readonly api: LambdaApi; readonly notes: readonly string[] }> {
  const { root } = project.options
  const settings: DiffSettings = { root, layers: project.declarations.layers, terraformBin: options.terraformBin, signal }
  const folders = new Map<string, DeployedFolder>()
  for (const one of artifacts) {
    const place = statePlace(one.microservice, one.stage)
    if (!folders.has(placeText(place))) folders.set(placeText(place), await readDeployedFolder(settings, place))
  }
  const stages = artifacts.map((one) => stageOf(settings, one, folders.get(placeText(statePlace(one.microservice, one.stage)))))
  const arns = stages.flatMap(({ built }) => built.deployedArn ?? [])
  const { openLambda } = await import('../update/aws.js')
  const api = await openLambda({
    region: options.region,
    fallbackRegion: arns[0]?.split(':')[3],
    profile: options.awsProfile,
    signal,
    version: ownVersion(),
  })
  const notes = [...folders].flatMap(([dir, folder]) =>
    folder.kind === 'unknown'
      ? [`what Terraform deployed from ${dir} is not known (${folder.why}): routes and settings are not compared.`]
      : [],
  )
  return { stages, api, notes }
}

function checkAllowed(artifacts: readonly StageArtifacts[], { yesUpdateProtected, dryRun, alias }: UpdateOptions): void {
  if (alias !== undefined && !/^(?!\d+$)[A-Za-z0-9_-]{1,128}$/.test(alias))
    throw new CoworksError({
      where: `--alias=${alias}`,
      what: 'cannot be the name of an alias',
      hint: 'letters, digits, - and _; not digits only',
    })
  if (yesUpdateProtected || dryRun) return
  const problems = artifacts
    .filter(({ config }) => config.protected)
    .map(({ microservice, stage }) => ({
      where: `microservice ${microservice.name}, stage ${stage}`,
      what: 'is protected: its Config says so',
      hint: 'if it is meant: --yes-update-protected',
    }))
  if (problems.length > 0) throw new CoworksError(problems)
}

function stageOf(settings: DiffSettings, artifacts: StageArtifacts, folder: DeployedFolder = { kind: 'none' }): Stage {
  const { microservice, stage, config, code, layers } = artifacts
  const { staging } = microservice.project
  const address = stageAddresses(microservice.name, stage, staging).function
  const deployed = folder.kind === 'state' ? folder.state.resources.get(address) : undefined
  return {
    built: {
      microservice: microservice.name,
      stage,
      // A template of the project's own may call them otherwise; the state knows.
      name: deployed?.attributes.function_name ?? functionName(microservice.name, stage),
      code,
      layers: layers.map(({ name, ...zip }) => ({ ...zip, layer: name, layerName: layerNameIn(folder, name, stage, staging) })),
      environment: environmentOf(settings.root, config, stage),
      deployedArn: deployed?.attributes.arn,
    },
    microservice,
    folder,
    deployed,
    terraform: onlyTerraform(settings, folder, microservice, stage),
  }
}

function placeText({ terraformDir, workspace }: StatePlace): string {
  return workspace === undefined ? terraformDir : `${terraformDir}, workspace ${workspace}`
}

function layerNameIn(folder: DeployedFolder, layer: string, stage: string, staging: Staging): string {
  const deployed = folder.kind === 'state' ? folder.state.resources.get(layerAddress(layer, stage, staging)) : undefined
  return deployed?.attributes.arn?.split(':')[6] ?? layerName(layer, stage)
}

/** Undefined where this machine does not have the file, which is a secret. */
function environmentOf(root: string, config: StageArtifacts['config'], stage: string): BuiltFunction['environment'] {
  try {
    return fingerprints({ ...environmentVariables(root, config), WORKSPACE: stage })
  } catch (error) {
    if (error instanceof CoworksError) return undefined
    throw error
  }
}

/** Names that the state lacks are among the differences already; of the others the value differs. */
function withEnvironment(differences: readonly StageDifference[], names: readonly string[]): readonly StageDifference[] {
  const known = differences.filter(({ aspect }) => aspect === 'environment').map(({ name }) => name)
  const more = names.filter((name) => !known.includes(name))
  return [...differences, ...more.map((name) => ({ aspect: 'environment', name, left: 'set', right: 'set otherwise' }) as const)]
}

/** @throws CoworksError where the bytes are not those that were built */
function zipReader(root: string, api: Pick<LambdaApi, 'region'>, { awsProfile: profile }: UpdateOptions, signal: AbortSignal): ReadZip {
  return async ({ file, sha256, size, object }: BuiltZip) => {
    if (object !== undefined) {
      const { openArtifactStore } = await import('../update/artifact-store.js')
      const hex = Buffer.from(sha256, 'base64').toString('hex')
      const store = openArtifactStore({ region: await api.region(), profile, signal })
      await store.put({ ...object, sha256: hex, size, file: join(root, file) })
      return { kind: 's3', bucket: object.bucket, key: object.key }
    }

    const bytes = await readFile(join(root, file)).catch((error: NodeJS.ErrnoException) => {
      throw new CoworksError(
        { where: file, what: `cannot be read: ${error.code ?? String(error)}`, hint: 'coworks build' },
        { cause: error },
      )
    })
    if (sha256Base64(bytes) !== sha256)
      throw new CoworksError({ where: file, what: 'was changed since it was built', hint: 'update again' })
    return { kind: 'bytes', bytes }
  }
}

export function knownContents(pushes: readonly Push[]): KnownContents {
  return new Map(
    pushes.flatMap(({ code, layers }) => [
      [code.to, code.content] as const,
      ...layers.map(({ sha256, content }) => [sha256, content] as const),
    ]),
  )
}

function ledgerOf(root: string, stages: readonly Stage[]): Ledger {
  return {
    begin: (push) => {
      const stage = stages.find(({ built }) => built === push.built)
      return beginPush(root, recordOf(push, stage), today)
    },
  }
}

function recordOf({ built, seen, steps }: PushBegun, stage: Stage | undefined): PushBegin {
  const pushesCode = steps.some(({ kind }) => kind === 'update-code')
  return {
    microservice: built.microservice,
    stage: built.stage,
    function: built.name,
    arn: seen.arn,
    terraformDir: stage?.microservice.project.terraformDir ?? '',
    code: { from: seen.codeSha256, to: pushesCode ? built.code.sha256 : seen.codeSha256, content: built.code.content },
    layers: built.layers.map(({ layer, sha256, content }) => ({ layer, sha256, content })),
    steps: steps.map(({ kind }) => kind),
    state: stateAtPush(stage?.deployed),
  }
}

function stateAtPush(deployed: DeployedResource | undefined): StateAtPush | null {
  if (deployed === undefined) return null
  const { source_code_hash: sourceCodeHash = '', code_sha256: codeSha256 = '', last_modified: lastModified = '' } = deployed.attributes
  return { sourceCodeHash, codeSha256, lastModified }
}
