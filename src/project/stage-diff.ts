/**
 * What differs between two stages, or between a stage as it is built and as it is deployed. Takes two views and returns the
 * differences, in one order; where the views come from, and how a difference is shown, is not known here.
 */
import { type Aspect, aspects, type StageView } from '../terraform/index.js'

export interface StageDifference {
  readonly aspect: Aspect
  /** `GET /product`, `allowOrigin`, `memory_size`. */
  readonly name: string
  /** Null where one side has none of it. Of an environment variable never the value. */
  readonly left: string | null
  readonly right: string | null
}

export function diffStages(left: StageView, right: StageView): readonly StageDifference[] {
  return aspects
    .filter((aspect) => !left.unknown.includes(aspect) && !right.unknown.includes(aspect))
    .flatMap((aspect) => diffAspect(aspect, left.aspects[aspect], right.aspects[aspect]))
}

export function diffAspect(aspect: Aspect, here: ReadonlyMap<string, string>, there: ReadonlyMap<string, string>): StageDifference[] {
  return [...new Set([...here.keys(), ...there.keys()])].sort().flatMap((name): StageDifference[] => {
    const difference = { aspect, name, left: here.get(name) ?? null, right: there.get(name) ?? null }
    return difference.left === difference.right ? [] : [difference]
  })
}
