/**
 * What `coworks run` needs built, and what of it is served: per stage of a microservice its description, its zip and its
 * layers. A build that fails serves nothing new, and says why while it fails.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { TargetReport } from '../build/index.js'
import { environmentVariables } from '../gateway/index.js'
import { paths, type SelectedStage, selectStages } from '../project/microservice.js'
import type { ConfigDescription, ServiceDescription } from '../service/description.js'
import { CoworksError } from '../util/problem.js'
import type { Request } from './args.js'
import { openProject } from './open-project.js'
import type { TextReport } from './report-text.js'

export interface Built {
  /** `app-test` */
  readonly microservice: string
  readonly stage: string
  readonly description: ServiceDescription
  readonly config: ConfigDescription
  /** Absolute paths. */
  readonly zip: string
  readonly layers: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  /** Differs where anything that is served does. */
  readonly key: string
}

export interface BuiltProject {
  readonly root: string
  /** Folders, from the project's, that a build writes into: nothing in them is a source. */
  readonly written: readonly string[]
  /** Undefined where the build failed; what failed has been said. */
  readonly built: readonly Built[] | undefined
}

/** @throws CoworksError when nothing could be begun */
export async function buildForRun(request: Request, signal: AbortSignal, report: TextReport): Promise<BuiltProject> {
  const { project, wanted } = await openProject(request, signal, (event) => report.event(event))
  try {
    const { root } = project.options
    const selected = selectStages(project.microservices, wanted)
    if (selected.length === 0)
      throw new CoworksError({ what: 'no microservice to serve', hint: 'name one: coworks run microservice=… stage=…' })
    const { reports } = await project.build({ ...wanted, named: true }, { taints: false })
    if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
    const written = [...new Set(project.microservices.map((ms) => ms.project.terraformDir))]
    const made = new Map(reports.map((one) => [one.id, one]))
    const failed = reports.some(({ outcome }) => outcome === 'failed' || outcome === 'skipped' || outcome === 'cancelled')
    const layers = new Map(project.declarations.layers.map(({ name, file }) => [name, file]))
    return { root, written, built: failed ? undefined : selected.map((one) => builtOf(root, one, made, layers)) }
  } finally {
    await project.close()
  }
}

function builtOf(
  root: string,
  { microservice, stage }: SelectedStage,
  made: ReadonlyMap<string, TargetReport>,
  files: ReadonlyMap<string, string>,
): Built {
  const description = made.get(paths.description(microservice.name))?.info as unknown as ServiceDescription
  const config = description.configs.find(({ workspace }) => workspace === stage)
  if (config === undefined) {
    const known = description.configs.map(({ workspace }) => workspace).join(', ')
    throw new CoworksError({
      where: `microservice ${microservice.name}`,
      what: `no config for workspace \`${stage}'`,
      hint: `known: ${known}`,
    })
  }
  const zip = paths.zip(microservice, stage)
  const layers = config.layers.map((name) => files.get(name) ?? `${name}.zip`)
  const variables = environmentVariables(root, config)
  const outputs = [zip, ...layers].map((file) => made.get(file)?.outputs)
  // Hashed, since it holds the values of the environment.
  const key = createHash('sha256')
    .update(JSON.stringify([description, variables, outputs]))
    .digest('hex')
  const absolute = (file: string) => join(root, file)
  return { microservice: microservice.name, stage, description, config, zip: absolute(zip), layers: layers.map(absolute), variables, key }
}
