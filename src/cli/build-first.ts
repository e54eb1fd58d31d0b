/** A build that a command needs before it does its own work: said to whoever reads, and a document only where it failed. */
import type { Project } from '../project/project.js'
import type { Wanted } from '../project/project-types.js'
import { CoworksError } from '../util/problem.js'
import type { Options } from './options/index.js'
import { jsonReport } from './report-json.js'
import type { TextReport } from './report-text.js'

/** Whether it succeeded; what failed has been said. @throws CoworksError when nothing could be begun, or it was interrupted */
export async function builtFirst(
  project: Project,
  wanted: Wanted,
  report: TextReport,
  { json }: Pick<Options, 'json'>,
  signal: AbortSignal,
): Promise<boolean> {
  report.building()
  const outcome = await project.build(wanted, { taints: false })
  if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
  const failed = outcome.reports.some((one) => one.outcome === 'failed' || one.outcome === 'skipped' || one.outcome === 'cancelled')
  if (!json) report.built(outcome, wanted)
  else if (failed) process.stdout.write(jsonReport.build(outcome))
  return !failed
}
