/**
 * After a build: what is built, from the traces of the stages' files, against what is deployed, from Terraform's state. Where
 * the state cannot be known, the last build that was acknowledged stands in for it, and the user is told once.
 */
import { join, relative } from 'node:path'
import type { World } from '../build/state.js'
import {
  type BuiltStage,
  baselineOf,
  type Deployed,
  type Taint as Difference,
  type Pushed,
  type PushedFunction,
  pushedFunctions,
  taintsFor,
  type WaitingFunction,
  waitingFunctions,
} from '../taint/index.js'
import { readDeployedState, type StateDisk, stageAddresses } from '../terraform/index.js'
import { CoworksError, type Problem } from '../util/problem.js'
import type { SelectedStage } from './microservice.js'
import { paths } from './microservice.js'
import { LEDGER_FILE, parsePushes } from './push-ledger.js'
import type { StageInfo } from './terraform-targets.js'

export interface Taint extends Difference {
  /** Whose state holds it, from the project's folder. */
  readonly terraformDir: string
  /** The workspace whose state it is, where stages are workspaces. */
  readonly workspace?: string
}

export interface TaintReport {
  readonly taints: readonly Taint[]
  /** What the user should know of how they were decided: lines of text. */
  readonly notes: readonly string[]
  /** Folders of which nobody can say what is deployed, and why. */
  readonly unknown: readonly Problem[]
}

export interface TaintSettings {
  readonly root: string
  readonly terraformBin?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** False where terraform must not be started. */
  readonly mayRun?: boolean
  /** Files that look as they did when the state was found by them: as then, they declare no backend. */
  readonly unchanged?: ((path: string) => boolean) | undefined
}

/** The stages of one state, as built: of a Terraform folder, or of a workspace of it. */
export interface BuiltFolder {
  readonly terraformDir: string
  readonly workspace: string | undefined
  readonly stages: readonly BuiltStage[]
  /** Were its files rendered from templates of the project's own? */
  readonly ownTemplates: boolean
}

/** What was built of these stages; one that never was is left out. */
export function builtFolders(world: World, stages: readonly SelectedStage[]): BuiltFolder[] {
  const folders = new Map<string, Omit<BuiltFolder, 'stages' | 'ownTemplates'> & { stages: BuiltStage[]; ownTemplates: boolean }>()
  for (const { microservice, stage } of stages) {
    const info = world.info(paths.stage(microservice, stage)) as StageInfo | undefined
    if (info === undefined) continue
    const { terraformDir, templatesDir, staging } = microservice.project
    const workspace = staging === 'workspace' ? stage : undefined
    const key = JSON.stringify([terraformDir, workspace])
    const folder = folders.get(key) ?? { terraformDir, workspace, stages: [], ownTemplates: false }
    const { code: codeHash, definition: definitionHash, redeploy, staging: staged, layers } = info
    folder.stages.push({ microservice: info.microservice, stage, redeploy, staging: staged, codeHash, definitionHash, layers })
    folder.ownTemplates ||= world.snapshot.kind(templatesDir) !== 'missing'
    folders.set(key, folder)
  }
  return [...folders.values()]
}

export async function decideTaints(settings: TaintSettings, world: World, folders: readonly BuiltFolder[]): Promise<TaintReport> {
  const taints: Taint[] = []
  const notes: string[] = []
  const unknown: Problem[] = []
  for (const folder of folders) {
    const { terraformDir, workspace, stages } = folder
    const { deployed, note, why } = await deployedOf(settings, world, folder)
    if (why !== undefined) unknown.push({ where: terraformDir, what: `what is deployed is not known: ${why}` })
    const pushes = deployed.kind === 'state' ? lastPushes(world, folder) : new Map<string, TimedPush>()
    const found = taintsFor(stages, deployed, {
      terraformDir,
      workspace,
      pushes,
      ...(settings.terraformBin === undefined ? {} : { terraformBin: settings.terraformBin }),
    })
    taints.push(...found.map((one) => ({ ...one, terraformDir, ...(workspace === undefined ? {} : { workspace }) })))
    const pushed = pushedFunctions(stages, deployed, pushes)
    notes.push(...pushed.map((one) => pushedNote(one, pushes)))
    if (note !== undefined) notes.push(note)
    else if (found.length === 0 && pushed.length === 0) notes.push(nothingNote(waitingFunctions(stages, deployed, pushes)))
  }
  return { taints, notes: [...new Set(notes)], unknown }
}

/** Of a setting or a variable of the environment nothing is known here: that they are as built is not said. */
function nothingNote(waiting: readonly WaitingFunction[]): string {
  const named = (how: WaitingFunction['waits']) => waiting.filter(({ waits }) => waits === how).map(({ address }) => address)
  const [fresh, inPlace] = [named('new'), named('in-place')]
  const list = (names: readonly string[]) =>
    names.length > 4 ? `${names.slice(0, 3).join(', ')}, … (${names.length} in all)` : names.join(', ')
  const parts = [
    ...(inPlace.length > 0 ? [`the next apply updates ${list(inPlace)} in place`] : []),
    ...(fresh.length > 0 ? [`${list(fresh)} ${fresh.length === 1 ? 'is' : 'are'} not deployed yet`] : []),
  ]
  return `nothing to taint: ${parts.length > 0 ? parts.join('; ') : 'code, layers and API are deployed as they are built'}.`
}

interface TimedPush extends Pushed {
  readonly time: string
}

/** By the address of the function, its last push; none of one that did not end well, since what the function runs is then not known. */
function lastPushes(world: World, { terraformDir, stages }: BuiltFolder): ReadonlyMap<string, TimedPush> {
  const { snapshot } = world
  // As this build sees it: what taints are decided by is part of what was looked at.
  if (snapshot.kind(LEDGER_FILE) === 'missing') return new Map()
  const { pushes } = parsePushes(snapshot.bytes(LEDGER_FILE).toString('utf8'))
  return new Map(
    stages.flatMap(({ microservice, stage, staging }): [string, TimedPush][] => {
      const last = pushes.findLast((one) => one.terraformDir === terraformDir && one.microservice === microservice && one.stage === stage)
      if (last?.end?.ok !== true) return []
      const { code, state, time } = last
      return [[stageAddresses(microservice, stage, staging).function, { content: code.content, codeSha256: code.to, state, time }]]
    }),
  )
}

function pushedNote({ address, runs, inPlace }: PushedFunction, pushes: ReadonlyMap<string, TimedPush>): string {
  const since = `since \`coworks update' on ${pushes.get(address)?.time.slice(0, 16).replace('T', ' ')} UTC`
  if (runs === 'built') return `${address} runs what is built ${since}: it is not tainted, the next apply only notes it in the state.`
  const then = inPlace ? "which Terraform does not see: `coworks update' brings back what is built" : 'which Terraform does not see'
  return `${address} runs other code than what is built ${since}, ${then}.`
}

async function deployedOf(
  { root, terraformBin, signal, mayRun = true, unchanged }: TaintSettings,
  world: World,
  { terraformDir, workspace, ownTemplates }: BuiltFolder,
): Promise<{ deployed: Deployed; note?: string; why?: string }> {
  const reading = await readDeployedState(join(root, terraformDir), {
    terraformBin,
    signal,
    mayRun,
    disk: diskOf(world),
    ...(workspace === undefined ? {} : { env: { TF_WORKSPACE: workspace } }),
    // Rendered from our own templates, which declare none: a build that does nothing need not open them.
    withoutBackend: (name) => {
      const path = `${terraformDir}/${name}`
      return (unchanged?.(path) === true && !world.snapshot.wroteTo(path)) || (!ownTemplates && world.intact(path))
    },
  })
  const place = workspace === undefined ? terraformDir : `${terraformDir}, workspace ${workspace}`
  switch (reading.kind) {
    case 'state':
      return { deployed: reading }
    case 'none':
      return { deployed: reading, note: `nothing to taint: Terraform has no state in ${place}, so nothing is deployed yet.` }
    case 'unknown': {
      const why = reading.why.replaceAll(`${root}/`, '')
      const acknowledged = world.journal.note(acknowledgedKey(terraformDir, workspace)) as Record<string, string> | undefined
      if (acknowledged === undefined) {
        return {
          deployed: { kind: 'none' },
          why,
          note: `what is deployed is not known (${why}), and no build was acknowledged: nothing is tainted.`,
        }
      }
      return {
        deployed: { kind: 'baseline', hashes: new Map(Object.entries(acknowledged)) },
        why,
        note: `what is deployed is not known (${why}): compared with the last build that was acknowledged.`,
      }
    }
  }
}

/** Terraform's files as this build sees them, so that all it decides by is looked at in one place. */
function diskOf(world: World): StateDisk {
  const { root, snapshot } = world
  return {
    async text(file) {
      const path = relative(root, file)
      if (snapshot.kind(path) === 'missing') return undefined
      try {
        return snapshot.bytes(path).toString('utf8')
      } catch (error) {
        if (!(error instanceof CoworksError)) throw error
        throw new CoworksError({ where: file, what: error.problems[0]?.what ?? error.message }, { cause: error })
      }
    },
    names: async (folder) => snapshot.entries(relative(root, folder)),
    variable: (name) => world.environment(name),
  }
}

/** Takes what is built for what is deployed, from now on, where no state can be read. */
export function acknowledge(world: World, folders: readonly BuiltFolder[]): void {
  for (const { terraformDir, workspace, stages } of folders) {
    const key = acknowledgedKey(terraformDir, workspace)
    const before = (world.journal.note(key) ?? {}) as Record<string, string>
    world.journal.setNote(key, { ...before, ...Object.fromEntries(baselineOf(stages)) })
  }
}

function acknowledgedKey(terraformDir: string, workspace: string | undefined): string {
  return workspace === undefined ? `acknowledged ${terraformDir}` : `acknowledged ${terraformDir} ${workspace}`
}
