/** `--json`: one document on stdout, for a program. What it holds is what `coworks/api` gives. */
import type { BuildOutcome, PlanOutcome } from '../project/project-types.js'
import { buildDocument, planResult } from '../project/results.js'

export const jsonReport = {
  build(outcome: BuildOutcome): string {
    return document(buildDocument(outcome))
  },

  /** The document of a build in two parts, between which stand the milliseconds that it took. */
  aroundMs(outcome: BuildOutcome): readonly [before: string, after: string] {
    const text = document(buildDocument({ ...outcome, ms: 0 }))
    const at = text.lastIndexOf('"ms": 0') + '"ms": '.length
    return [text.slice(0, at), text.slice(at + 1)]
  },

  plan(outcome: PlanOutcome): string {
    return document({ ok: true, ...planResult(outcome) })
  },
}

function document(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
