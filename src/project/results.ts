/** What a build and a plan come to, as a program reads it: the results of `coworks/api`, and the documents of `--json`. Pure. */
import { type BuildEvent as EngineEvent, type Planned, reasonText, type TargetReport } from '../build/index.js'
import type { BuildEvent, BuildResult, BuiltTarget, Plan, PlannedTarget } from './api-types.js'
import type { BuildOutcome, PlanOutcome } from './project-types.js'

/** The document of `--json`: a `BuildResult`, but for what only a program that called it can want to know. */
export type BuildDocument = Omit<BuildResult, 'cancelled'>

export function buildDocument({ reports, taints, notices, ms }: BuildOutcome): BuildDocument {
  return {
    ok: reports.every(({ outcome }) => outcome !== 'failed' && outcome !== 'skipped' && outcome !== 'cancelled'),
    targets: reports.filter((report) => !report.internal && report.title !== '').map(builtTarget),
    taints: taints.taints,
    notes: taints.notes,
    warnings: [...reports.flatMap((report) => report.warnings), ...notices],
    failures: reports.flatMap((report) => report.problems),
    ms: Math.round(ms),
  }
}

function builtTarget({ id, outcome, reasons, outputs, ms }: TargetReport): BuiltTarget {
  return {
    id,
    outcome,
    reasons: reasons.map(reasonText),
    outputs: outputs.map(({ path, signature, size }) => ({ path, sha256: signature.slice(2), size })),
    ms: Math.round(ms),
  }
}

export function planResult({ planned, reports, undescribed }: PlanOutcome): Plan {
  const shown = planned.filter(({ id }) => !reports.get(id)?.internal && reports.get(id)?.title !== '')
  return { targets: shown.map(plannedTarget), undescribed }
}

function plannedTarget(plan: Planned): PlannedTarget {
  switch (plan.state) {
    case 'fresh':
      return { id: plan.id, state: 'fresh' }
    case 'stale':
      return { id: plan.id, state: 'stale', reasons: plan.reasons.map(reasonText) }
    case 'unsure':
      return { id: plan.id, state: 'unsure', until: plan.until }
  }
}

/** An event as a program sees it; nothing where it is none of a build's. */
export function buildEvent(event: EngineEvent): BuildEvent | undefined {
  switch (event.type) {
    case 'waiting':
      return event
    case 'notice':
      return { type: 'warning', problem: event.problem }
    case 'started':
      return { type: 'started', id: event.id, title: event.title, reasons: event.reasons.map(reasonText) }
    case 'finished': {
      const { done, total, report } = event
      const { title, log, warnings, problems, internal } = report
      return { type: 'finished', target: { ...builtTarget(report), title, log, warnings, failures: problems, internal }, done, total }
    }
    case 'removed':
      return undefined
  }
}
