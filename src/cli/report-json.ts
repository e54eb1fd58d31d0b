/** `--json`: one document on stdout, for a program. */
import { reasonText } from '../build/index.js'
import type { BuildOutcome, PlanOutcome } from '../project/project.js'

export const jsonReport = {
  build({ reports, taints, notices, ms }: BuildOutcome): string {
    const shown = reports.filter((report) => !report.internal && report.title !== '')
    const failures = reports.flatMap((report) => report.problems)
    return document({
      ok: reports.every(({ outcome }) => outcome !== 'failed' && outcome !== 'skipped' && outcome !== 'cancelled'),
      targets: shown.map((report) => ({
        id: report.id,
        outcome: report.outcome,
        reasons: report.reasons.map(reasonText),
        outputs: report.outputs.map(({ path, signature, size }) => ({ path, sha256: signature.slice(2), size })),
        ms: Math.round(report.ms),
      })),
      taints: taints.taints,
      notes: taints.notes,
      warnings: [...reports.flatMap((report) => report.warnings), ...notices],
      failures,
      ms: Math.round(ms),
    })
  },

  plan({ planned, reports, undescribed }: PlanOutcome): string {
    const shown = planned.filter(({ id }) => !reports.get(id)?.internal && reports.get(id)?.title !== '')
    return document({
      ok: true,
      targets: shown.map((plan) => ({
        id: plan.id,
        state: plan.state,
        ...(plan.state === 'stale' ? { reasons: plan.reasons.map(reasonText) } : {}),
        ...(plan.state === 'unsure' ? { until: plan.until } : {}),
      })),
      undescribed,
    })
  },
}

function document(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
