/**
 * What Terraform's state says is deployed from one of the project's Terraform folders, read once for all of its stages; and what of a stage,
 * as it is built, only Terraform can bring there.
 */
import { join } from 'node:path'
import { type DeployedState, deployedResources, parseState, readStateText, type StageResource, stageView } from '../terraform/index.js'
import { CoworksError } from '../util/problem.js'
import { builtView, type DiffSettings } from './diff-phase.js'
import type { Microservice } from './microservice.js'
import { diffStages, type StageDifference } from './stage-diff.js'

export type DeployedFolder =
  | { readonly kind: 'state'; readonly state: DeployedState; readonly resources: readonly StageResource[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly why: string }

/** Whose state: that of a Terraform folder, or of a workspace of it. */
export interface StatePlace {
  readonly terraformDir: string
  readonly workspace: string | undefined
}

export function statePlace({ project: { terraformDir, staging } }: Microservice, stage: string): StatePlace {
  return { terraformDir, workspace: staging === 'workspace' ? stage : undefined }
}

export async function readDeployedFolder({ root, terraformBin, signal }: DiffSettings, place: StatePlace): Promise<DeployedFolder> {
  const { terraformDir, workspace } = place
  const env = workspace === undefined ? {} : { TF_WORKSPACE: workspace }
  const reading = await readStateText(join(root, terraformDir), { terraformBin, signal, env })
  if (reading.kind === 'unknown') return { kind: 'unknown', why: reading.why.replaceAll(`${root}/`, '') }
  if (reading.kind === 'none') return reading
  try {
    return { kind: 'state', state: parseState(reading.text), resources: deployedResources(reading.text) }
  } catch (error) {
    if (error instanceof CoworksError) return { kind: 'unknown', why: error.message }
    throw error
  }
}

/** Nothing where one side is not known: a stage that was never applied has no differences, it is missing. */
export function onlyTerraform(
  settings: DiffSettings,
  folder: DeployedFolder,
  microservice: Microservice,
  stage: string,
): readonly StageDifference[] {
  const built = builtView(settings, microservice, stage)
  if (built === undefined || folder.kind !== 'state') return []
  const deployed = stageView(folder.resources, {
    microservice: microservice.name,
    stage,
    staging: microservice.project.staging,
    environmentNames: () => undefined,
  })
  if (deployed === undefined) return []
  // Code, and the content of a layer that both have, are what an update pushes.
  return diffStages(built, deployed).filter(
    ({ aspect, left, right }) => aspect !== 'code' && !(aspect === 'layer' && left !== null && right !== null),
  )
}
