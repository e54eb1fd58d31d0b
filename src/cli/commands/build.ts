/** `coworks build`: plan, build or clean what was asked for, and say so. */
import { CoworksError } from '../../util/problem.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'
import { jsonReport } from '../report-json.js'
import { TextReport } from '../report-text.js'
import { writeStats } from '../stats.js'
import { treeText } from '../tree.js'

export async function build(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options } = request
  const report = new TextReport(options)
  report.reading()
  const { project, wanted } = await openProject(request, signal, (event) => report.event(event))
  try {
    report.read()
    if (options.clean) {
      report.cleaning()
      const removed = await project.clean(wanted, options.dryRun ?? false)
      report.cleaned(removed)
      if (options.json) process.stdout.write(`${JSON.stringify({ ok: true, removed }, null, 2)}\n`)
      return 0
    }
    if (options.question || options.dryRun) {
      const plan = project.plan(wanted)
      const work = plan.planned.some(({ state }) => state !== 'fresh')
      if (options.question) return work ? 1 : 0
      report.plan(plan)
      if (options.tree?.length) process.stdout.write(treeText(plan, options.tree))
      if (options.json) process.stdout.write(jsonReport.plan(plan))
      return 0
    }
    if (options.tree?.length && !options.json) process.stdout.write(treeText(project.plan(wanted), options.tree))
    report.building()
    const outcome = await project.build(wanted)
    if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
    if (options.debug?.includes('json')) writeStats(project.options.root, outcome)
    if (options.json) process.stdout.write(jsonReport.build(outcome))
    else report.built(outcome, wanted)
    return outcome.reports.every(({ outcome: one }) => one !== 'failed' && one !== 'skipped' && one !== 'cancelled') ? 0 : 2
  } finally {
    await project.close()
  }
}
