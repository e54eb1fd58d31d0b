/** `--json`: one document on stdout, for a program. What it holds is what `coworks/api` gives. */
import type { BuildOutcome, PlanOutcome } from '../project/project.js'
import { buildDocument, planResult } from '../project/results.js'

export const jsonReport = {
  build(outcome: BuildOutcome): string {
    return document(buildDocument(outcome))
  },

  plan(outcome: PlanOutcome): string {
    return document({ ok: true, ...planResult(outcome) })
  },
}

function document(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
