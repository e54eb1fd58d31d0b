/** `coworks upload`: build, then send the zips that go through a bucket and are not there yet. With `-n`, only look at what was built last. */
import type { Project, Wanted } from '../../project/project.js'
import { CoworksError } from '../../util/problem.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'
import { jsonReport } from '../report-json.js'
import { TextReport } from '../report-text.js'
import { type Uploaded, uploadArtifacts, uploadedText } from '../upload-artifacts.js'

export async function upload(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options } = request
  const report = new TextReport(options)
  report.reading()
  const { project, wanted: given } = await openProject(request, signal, (event) => report.event(event))
  try {
    report.read()
    const wanted = { ...given, named: true }
    const dryRun = options.dryRun ?? false
    if (!dryRun && !(await built(project, wanted, report, options.json ?? false, signal))) return 2
    const objects = project.objects(wanted)
    if (objects.length === 0)
      throw new CoworksError({
        what: dryRun
          ? 'none of these stages was built here with a bucket for its zips'
          : 'no stage of these sends its zips through a bucket',
        hint: "CwsProject(src, tms, { artifacts: { bucket: '…' } })",
      })
    const told = (one: Uploaded) => {
      if (!options.json && !options.silent) process.stdout.write(`${uploadedText(one)}\n`)
    }
    const artifacts = await uploadArtifacts(objects, { root: project.options.root, dryRun, signal, told })
    const missing = artifacts.some((one) => one.outcome === 'missing')
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: true, artifacts }, null, 2)}\n`)
    return missing ? 1 : 0
  } finally {
    await project.close()
  }
}

/** Whether it succeeded; said where it did not, and where a person reads. */
async function built(project: Project, wanted: Wanted, report: TextReport, json: boolean, signal: AbortSignal): Promise<boolean> {
  report.building()
  const outcome = await project.build(wanted, { taints: false })
  if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
  const failed = outcome.reports.some((one) => one.outcome === 'failed' || one.outcome === 'skipped' || one.outcome === 'cancelled')
  if (!json) report.built(outcome, wanted)
  else if (failed) process.stdout.write(jsonReport.build(outcome))
  return !failed
}
