/** Which stages have a file in the Terraform folder: those that a build may name, and those that nobody declares any more. */
import type { Snapshot } from '../build/state.js'
import { addToList } from '../util/add-to-list.js'
import { type Microservice, paths } from './microservice.js'
import { recognisesTerraform } from './rendered-file.js'

/** Stages in the order declared, then those that only have a file left; each with whether it has one, or will after this build. */
export function apiStages(snapshot: Snapshot, ms: Microservice, building: ReadonlySet<string>): { stage: string; exists: boolean }[] {
  const declared = ms.stages.map((stage) => ({ stage, exists: building.has(stage) || snapshot.kind(paths.stage(ms, stage)) !== 'missing' }))
  const left = leftoverStages(snapshot, ms).map((stage) => ({ stage, exists: true }))
  return [...declared, ...left]
}

/** Stages that have a file of ours but are no longer declared: reported, never removed. */
export function leftoverStages(snapshot: Snapshot, ms: Microservice): string[] {
  const { terraformDir } = ms.project
  return stageFiles(snapshot, terraformDir, `${ms.name} ${ms.project.staging === 'workspace' ? 'json' : 'tf'}`)
    .filter(
      (stage) =>
        !ms.stages.includes(stage) &&
        snapshot.kind(paths.stage(ms, stage)) === 'file' &&
        recognisesTerraform(snapshot.bytes(paths.stage(ms, stage)).subarray(0, 512)),
    )
    .sort()
}

/** Files of ours that a project without workspaces wrote, in one with them. The other way round, data is read by nothing. */
export function otherStaging(snapshot: Snapshot, ms: Microservice): string[] {
  if (ms.project.staging === 'suffix') return []
  const before: Microservice = { ...ms, project: { ...ms.project, staging: 'suffix' } }
  return stageFiles(snapshot, ms.project.terraformDir, `${ms.name} tf`)
    .map((stage) => paths.stage(before, stage))
    .filter((file) => snapshot.kind(file) === 'file' && recognisesTerraform(snapshot.bytes(file).subarray(0, 512)))
    .sort()
}

/** By microservice or layer and kind of file, the stages of which a folder has a file `<name>.<stage>.tf` or `.json`: read once for a list of names, not once a microservice. */
const known = new WeakMap<readonly string[], ReadonlyMap<string, string[]>>()

function stageFiles(snapshot: Snapshot, terraformDir: string, name: string): readonly string[] {
  const names = snapshot.entries(terraformDir)
  const stages = known.get(names) ?? stagesIn(names)
  known.set(names, stages)
  return stages.get(name) ?? []
}

function stagesIn(names: readonly string[]): ReadonlyMap<string, string[]> {
  const stages = new Map<string, string[]>()
  for (const file of names) {
    const [, name, stage, kind] = /^(.+)\.([A-Za-z0-9_]+)\.(tf|json)$/.exec(file) ?? []
    if (stage !== undefined) addToList(stages, `${name} ${kind}`, stage)
  }
  return stages
}
