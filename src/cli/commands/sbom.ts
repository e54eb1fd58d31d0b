/** `coworks sbom`: builds, and writes beside each zip what is in it, as CycloneDX. */
import { join } from 'node:path'
import type { BuiltArtifact } from '../../project/built-artifacts.js'
import { ownVersion } from '../../project/own-files.js'
import { type Artifact, bundledPackages, cycloneDx, layerPackages, projectNeeds, sbomPath, writeSbom } from '../../sbom/index.js'
import { printable } from '../../util/quote.js'
import type { Request } from '../args.js'
import { builtFirst } from '../build-first.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'
import { TextReport } from '../report-text.js'

export async function sbom(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options } = request
  const report = new TextReport(options)
  report.reading()
  const { project, wanted: given } = await openProject(request, signal, (event) => report.event(event))
  try {
    report.read()
    const wanted = { ...given, named: true }
    if (!(await builtFirst(project, wanted, report, options, signal))) return 2
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
