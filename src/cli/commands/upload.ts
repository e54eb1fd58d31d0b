/** `coworks upload`: build, then send the zips that go through a bucket and are not there yet. With `-n`, only look at what was built last. */
import { CoworksError } from '../../util/problem.js'
import type { Request } from '../args.js'
import { builtFirst } from '../build-first.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'
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
    if (!dryRun && !(await builtFirst(project, wanted, report, options, signal))) return 2
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
