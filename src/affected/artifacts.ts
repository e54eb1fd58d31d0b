/**
 * What a stage of a microservice consists of once it is built: its code, its layers, its Terraform files, and the environment file
 * that these read. Each with a digest of what counts of it: of a zip the names, modes and contents, not how it was compressed.
 * Pure: reports of a build come in.
 */
import type { TargetReport } from '../build/index.js'
import type { LayerDeclaration } from '../project/declarations.js'
import { paths, type SelectedStage } from '../project/microservice.js'
import type { ZipInfo } from '../project/zip-targets.js'
import type { ServiceDescription } from '../service/description.js'
import type { Problem } from '../util/problem.js'

export type Part = 'code' | 'layer' | 'terraform' | 'environment'

export interface Artifact {
  readonly part: Part
  /** From the project's folder. */
  readonly path: string
  readonly digest: string
}

export interface StageArtifacts {
  readonly microservice: string
  readonly stage: string
  readonly artifacts: readonly Artifact[]
  /** Why it could not be built; then the artifacts say nothing. */
  readonly problems: readonly Problem[]
}

export type Reports = ReadonlyMap<string, TargetReport>

export function stageArtifacts(
  { microservice: ms, stage }: SelectedStage,
  reports: Reports,
  layers: readonly LayerDeclaration[],
  digestOfFile: (path: string) => string,
): StageArtifacts {
  const problems: Problem[] = []
  const made = (id: string): TargetReport | undefined => {
    const report = reports.get(id)
    if (report !== undefined && ['fresh', 'built', 'built-same', 'cached'].includes(report.outcome)) return report
    problems.push(...(report?.problems ?? []))
    return undefined
  }
  const zip = (part: Part, path: string): Artifact[] => {
    const info = made(path)?.info as ZipInfo | undefined
    return info === undefined ? [] : [{ part, path, digest: info.manifest }]
  }
  const file = (path: string): Artifact[] => {
    const output = made(path)?.outputs.find((one) => one.path === path)
    return output === undefined ? [] : [{ part: 'terraform', path, digest: output.signature }]
  }
  const service = made(paths.description(ms.name))?.info as unknown as ServiceDescription | undefined
  const config = service?.configs.find(({ workspace }) => workspace === stage)
  const own = layers.filter(({ name }) => config?.layers.includes(name))
  const environment = config?.environmentVariablesFile ?? null
  const versions = paths.versions(ms.project.terraformDir)
  const artifacts = [
    ...zip('code', paths.zip(ms, stage)),
    ...own.flatMap((layer) => [...zip('layer', layer.file), ...file(paths.layer(ms.project, layer.name, stage))]),
    ...file(paths.stage(ms, stage)),
    ...file(paths.api(ms)),
    // None of ours where a file of the user's says the versions.
    ...(reports.has(versions) ? file(versions) : []),
    ...(environment === null ? [] : [{ part: 'environment' as const, path: environment, digest: digestOfFile(environment) }]),
  ]
  const whole = config !== undefined && artifacts.length >= 3 + 2 * own.length && problems.length === 0
  return { microservice: ms.name, stage, artifacts: whole ? artifacts : [], problems: whole ? [] : problemsOfAll(problems, reports) }
}

/** Where a stage's own targets say nothing, what stopped the build does. */
function problemsOfAll(own: readonly Problem[], reports: Reports): readonly Problem[] {
  if (own.length > 0) return own
  const all = [...reports.values()].flatMap(({ problems }) => problems)
  return all.length > 0 ? all : [{ what: 'was not built' }]
}
