/**
 * From files to what is deployed, one Terraform folder at a time: plan, review, apply. A plan that touches a stage which was not
 * named is refused before anybody is asked. The plan file holds environment variables in clear: it lies where only its owner reads,
 * and is removed whatever happens.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { STATE_DIR } from '../build/index.js'
import {
  type RunOptions,
  stageLabel,
  terraformApply,
  terraformOutputs,
  terraformPlan,
  terraformShowPlan,
  withInit,
} from '../terraform/index.js'
import { CoworksError } from '../util/problem.js'
import { builtView } from './diff-phase.js'
import { type FolderState, knownOwners, type OwnersRequest } from './folder-owners.js'
import type { SelectedStage } from './microservice.js'
import { type ApiReview, foreignChanges, type ReviewedChange, reviewedApis, reviewedChanges } from './plan-review.js'
import type { KnownOwners } from './stage-owner.js'

export interface DeploySettings extends OwnersRequest, RunOptions {
  /** `deploy`, `destroy`: for what a refusal says. */
  readonly command: string
}

/** The stages that are kept in one state. */
export interface DeployFolder extends FolderState {
  readonly stages: readonly SelectedStage[]
}

export interface FolderRequest extends DeployFolder {
  readonly replace: readonly string[]
  /** Address -> why it is replaced. */
  readonly reasons: ReadonlyMap<string, string>
  /** Plans that everything in the state goes. */
  readonly destroy?: boolean
  /** Whose resources are here, where the files do not say it any more. */
  readonly owners?: KnownOwners
}

export interface FolderPlan extends FolderState {
  readonly planFile: string
  /** False where an apply would do nothing at all, not even to an output. */
  readonly anything: boolean
  readonly changes: readonly ReviewedChange[]
  readonly apis: readonly ApiReview[]
}

/** A folder for plans that only this user reads. It lies where a build that was killed leaves its own, and goes like these. */
export async function withPlanFolder<T>(root: string, use: (folder: string) => Promise<T>): Promise<T> {
  const tmp = join(root, STATE_DIR, 'tmp')
  mkdirSync(tmp, { recursive: true, mode: 0o700 })
  const folder = mkdtempSync(join(tmp, 'plan-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @throws CoworksError where Terraform fails, and where stages would be touched that were not named */
export async function planFolder(settings: DeploySettings, request: FolderRequest, planFolder: string): Promise<FolderPlan> {
  const { terraformDir, workspace, stages, replace, reasons, destroy = false } = request
  const dir = join(settings.root, terraformDir)
  const planFile = join(planFolder, `${terraformDir.replaceAll('/', '%')} ${workspace ?? ''}`)
  writeFileSync(planFile, '', { mode: 0o600 }) // terraform keeps the mode of a file that is there
  const options = { ...inWorkspace(settings, request), shown: false }
  const { changes: anything } = await withInit(dir, options, () => terraformPlan(dir, { out: planFile, replace, destroy }, options))
  if (!anything) return { terraformDir, workspace, planFile, anything, changes: [], apis: [] }
  const plan = await terraformShowPlan(dir, planFile, options)
  const known = request.owners ?? knownOwners(settings, request)
  const named = stages.map(({ microservice, stage }) => ({ microservice: microservice.name, stage }))
  const changes = reviewedChanges(plan.changes, reasons, known)
  const foreign = foreignChanges(changes, named, settings.command)
  if (foreign.length > 0) throw new CoworksError(foreign)
  const apis = reviewedApis(plan, named, known, ({ microservice, stage }) => {
    const ms = settings.microservices.find(({ name }) => name === microservice)
    return ms === undefined ? undefined : builtView(settings, ms, stage)?.aspects
  })
  return { terraformDir, workspace, planFile, anything, changes, apis }
}

export async function applyFolder(settings: DeploySettings, plan: FolderPlan): Promise<void> {
  await terraformApply(join(settings.root, plan.terraformDir), plan.planFile, inWorkspace(settings, plan))
}

/** Whichever workspace is chosen in the folder, and without choosing another. */
function inWorkspace(settings: DeploySettings, { workspace }: FolderState): DeploySettings {
  return workspace === undefined ? settings : { ...settings, env: { ...settings.env, TF_WORKSPACE: workspace } }
}

export interface DeployedUrl {
  readonly microservice: string
  readonly stage: string
  readonly url: string
}

/** Where the stages answer. A template of the user's may leave the outputs out: then they are not known. */
export async function deployedUrls(settings: DeploySettings, folder: DeployFolder): Promise<DeployedUrl[]> {
  const outputs = await terraformOutputs(join(settings.root, folder.terraformDir), { ...inWorkspace(settings, folder), shown: false })
  return folder.stages.flatMap(({ microservice, stage }) => {
    const url = outputs.get(`${stageLabel(microservice.name, stage, microservice.project.staging)}_url`)
    return url === undefined ? [] : [{ microservice: microservice.name, stage, url }]
  })
}

/** The stages wanted, by the state in which Terraform keeps them. */
export function deployFolders(stages: readonly SelectedStage[]): readonly DeployFolder[] {
  const folders = new Map<string, DeployFolder>()
  for (const one of stages) {
    const { terraformDir, staging } = one.microservice.project
    const workspace = staging === 'workspace' ? one.stage : undefined
    const key = JSON.stringify([terraformDir, workspace])
    folders.set(key, { terraformDir, workspace, stages: [...(folders.get(key)?.stages ?? []), one] })
  }
  return [...folders.values()]
}
