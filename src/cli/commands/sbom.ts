/** `coworks sbom`: builds, and writes beside each zip what is in it, as CycloneDX. */
import { join } from 'node:path'
import { ownVersion } from '../../project/own-files.js'
import type { BuiltArtifact, Project, Wanted } from '../../project/project.js'
import { type Artifact, bundledPackages, cycloneDx, layerPackages, projectNeeds, sbomPath, writeSbom } from '../../sbom/index.js'
import { CoworksError } from '../../util/problem.js'
import { printable } from '../../util/quote.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'
import { jsonReport } from '../report-json.js'
import { TextReport } from '../report-text.js'

export async function sbom(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options } = request
  const report = new TextReport(options)
  report.reading()
  const { project, wanted: given } = await openProject(request, signal, (event) => report.event(event))
  try {
    report.read()
    const wanted = { ...given, named: true }
    if (!(await built(project, wanted, report, options.json ?? false, signal))) return 2
    const { root } = project.options
    const tool = ownVersion()
    const made = project.artifacts(wanted).map((artifact) => {
      const described = describe(root, artifact, tool)
      const path = sbomPath(artifact.file)
      const written = writeSbom(join(root, path), path, cycloneDx(described))
      return { artifact: artifact.file, path, packages: described.packages.length, written }
    })
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: true, sboms: made }, null, 2)}\n`)
    else if (!options.silent)
      process.stdout.write(
        made
          .map(
            ({ path, packages, written }) =>
              `${written ? 'wrote' : 'fresh'} ${printable(path)}  # ${packages} package${packages === 1 ? '' : 's'}\n`,
          )
          .join(''),
      )
    return 0
  } finally {
    await project.close()
  }
}

function describe(root: string, { kind, name, file, sha256, version, sources, layer }: BuiltArtifact, tool: string): Artifact {
  const packages = layer === undefined ? bundledPackages(root, sources) : layerPackages(root, layer)
  const needs = layer?.modules ?? projectNeeds(root)
  return { name, kind, version, file, sha256, packages, root: kind === 'layer' ? 'nodejs' : '', needs, tool }
}

async function built(project: Project, wanted: Wanted, report: TextReport, json: boolean, signal: AbortSignal): Promise<boolean> {
  report.building()
  const outcome = await project.build(wanted, { taints: false })
  if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
  const failed = outcome.reports.some((one) => one.outcome === 'failed' || one.outcome === 'skipped' || one.outcome === 'cancelled')
  if (!json) report.built(outcome, wanted)
  else if (failed) process.stdout.write(jsonReport.build(outcome))
  return !failed
}
