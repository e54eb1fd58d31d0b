/** Which stages have a file in the Terraform folder: those that a build may name, and those that nobody declares any more. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Microservice, paths } from './microservice.js'
import { recognisesTerraform } from './rendered-file.js'

/** Stages in the order declared, then those that only have a file left; each with whether it has one, or will after this build. */
export function apiStages(root: string, ms: Microservice, building: ReadonlySet<string>): { stage: string; exists: boolean }[] {
  const declared = ms.stages.map((stage) => ({ stage, exists: building.has(stage) || existsSync(join(root, paths.stage(ms, stage))) }))
  const left = leftoverStages(root, ms).map((stage) => ({ stage, exists: true }))
  return [...declared, ...left]
}

/** Stages that have a file of ours but are no longer declared: reported, never removed. */
export function leftoverStages(root: string, ms: Microservice): string[] {
  const dir = join(root, ms.project.terraformDir)
  if (!isFolder(dir)) return []
  return readdirSync(dir)
    .flatMap((name) => {
      const stage = name.startsWith(`${ms.name}.`) ? /^([A-Za-z0-9_]+)\.tf$/.exec(name.slice(ms.name.length + 1))?.[1] : undefined
      return stage === undefined ||
        ms.stages.includes(stage) ||
        !isFile(join(dir, name)) ||
        !recognisesTerraform(readFileSync(join(dir, name)).subarray(0, 512))
        ? []
        : [stage]
    })
    .sort()
}

// What stands in the way of a folder or a file is refused with a word of its own; looking around must not stumble over it.
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
