/** `--debug=json`: times, outcomes and reasons of a build, in `.coworks/stats.json`, for whoever looks for where the time goes. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reasonText, STATE_DIR } from '../build/index.js'
import type { BuildOutcome } from '../project/project-types.js'

/** Every target with the inner ones, in the order of the graph. Times are in ms. */
export function writeStats(root: string, { reports, ms }: BuildOutcome): void {
  const targets = reports.map(({ id, outcome, reasons, ms: time, internal }) => ({
    id,
    outcome,
    reasons: reasons.map(reasonText),
    ms: Math.round(time * 1000) / 1000,
    internal,
  }))
  mkdirSync(join(root, STATE_DIR), { recursive: true })
  writeFileSync(join(root, STATE_DIR, 'stats.json'), `${JSON.stringify({ ms: Math.round(ms * 1000) / 1000, targets }, null, 2)}\n`)
}
