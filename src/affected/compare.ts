/**
 * What was built of a revision and what is built now -> which stages are affected, and why. Pure. Whatever is not known to be the
 * same counts as affected: nothing is ever called unaffected by a guess.
 */
import type { Affected, AffectedReason, AffectedStage, ChangedFile, StageName } from '../project/api-types.js'
import { byCodeUnit } from '../util/hash.js'
import type { Problem } from '../util/problem.js'
import type { Artifact, StageArtifacts } from './artifacts.js'

/** A whole project, as built. */
export interface BuiltProject {
  readonly stages: readonly StageArtifacts[]
  /** All that the Coworksfile declares, selected or not. */
  readonly declared: readonly StageName[]
  /** path -> digest of what Commands made, and of layers where there is no microservice. */
  readonly targets: Readonly<Record<string, string>>
  /** path -> digest of the files in the Terraform folders that coworks did not make. */
  readonly terraform: Readonly<Record<string, string>>
}

/** Then: a project, or why there is nothing to compare with. */
export type Then = BuiltProject | { readonly problems: readonly Problem[] }

export type Difference = Pick<Affected, 'affected' | 'unaffected' | 'removed' | 'targets' | 'terraform'>

/** `wanted`: whether a stage that is gone was asked for. */
export function compare(then: Then, now: BuiltProject, wanted: (stage: StageName) => boolean): Difference {
  if (!('stages' in then)) {
    const affected = now.stages.map(({ microservice, stage }) => ({
      microservice,
      stage,
      reasons: [{ part: 'unknown' as const, problems: then.problems }],
    }))
    const all = (files: Readonly<Record<string, string>>) => changedFiles({}, files)
    return { affected, unaffected: [], removed: [], targets: all(now.targets), terraform: all(now.terraform) }
  }
  const before = new Map(then.stages.map((one) => [keyOf(one), one]))
  const affected: AffectedStage[] = []
  const unaffected: StageName[] = []
  for (const one of now.stages) {
    const { microservice, stage } = one
    const reasons = reasonsOf(before.get(keyOf(one)), one)
    if (reasons.length > 0) affected.push({ microservice, stage, reasons })
    else unaffected.push({ microservice, stage })
  }
  const declared = new Set(now.declared.map(keyOf))
  return {
    affected,
    unaffected,
    removed: then.declared.filter((one) => !declared.has(keyOf(one)) && wanted(one)),
    targets: changedFiles(then.targets, now.targets),
    terraform: changedFiles(then.terraform, now.terraform),
  }
}

function reasonsOf(then: StageArtifacts | undefined, now: StageArtifacts): AffectedReason[] {
  if (then === undefined) return [{ part: 'stage', change: 'added' }]
  if (then.problems.length > 0) return [{ part: 'unknown', problems: then.problems }]
  const before = new Map(then.artifacts.map((one) => [one.path, one]))
  const after = new Map(now.artifacts.map((one) => [one.path, one]))
  const reason = ({ part, path }: Artifact, change: ChangedFile['change']): AffectedReason => ({ part, path, change })
  return [
    ...now.artifacts.flatMap((one) => {
      const old = before.get(one.path)
      if (old === undefined) return [reason(one, 'added')]
      return old.digest === one.digest && old.part === one.part ? [] : [reason(one, 'changed')]
    }),
    ...then.artifacts.flatMap((one) => (after.has(one.path) ? [] : [reason(one, 'removed')])),
  ]
}

function changedFiles(then: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): ChangedFile[] {
  return [...new Set([...Object.keys(then), ...Object.keys(now)])].sort(byCodeUnit).flatMap((path): ChangedFile[] => {
    if (then[path] === now[path]) return []
    return [{ path, change: then[path] === undefined ? 'added' : now[path] === undefined ? 'removed' : 'changed' }]
  })
}

function keyOf({ microservice, stage }: StageName): string {
  return `${microservice} ${stage}`
}
