/** Every name that a project's Coworksfile gives rise to, known without loading a microservice. Pure. */
import type { Declarations } from './declarations.js'
import { inFolder, type Microservice, paths } from './microservice.js'

/** Paths that coworks itself makes: they are never sources of what they are made from. Hundreds of microservices have thousands: they are listed once somebody asks where one may lie. */
export class GeneratedPaths {
  private readonly files: ReadonlySet<string>
  private readonly folders: ReadonlySet<string>
  private listed: ReadonlySet<string> | undefined

  constructor(
    private readonly layers: Declarations['layers'],
    private readonly microservices: readonly Microservice[],
  ) {
    this.files = new Set(layers.map((layer) => layer.file))
    this.folders = new Set(microservices.map(({ project }) => inFolder(project.terraformDir, '')))
  }

  has(path: string): boolean {
    if (this.files.has(path)) return true
    for (const folder of this.folders) if (path.startsWith(folder)) return this.all().has(path)
    return false
  }

  all(): ReadonlySet<string> {
    this.listed ??= this.list()
    return this.listed
  }

  private list(): Set<string> {
    const made = new Set(this.files)
    for (const ms of this.microservices) {
      made.add(paths.api(ms)).add(paths.versions(ms.project.terraformDir))
      if (ms.project.staging === 'workspace') made.add(paths.layers(ms.project.terraformDir))
      for (const stage of ms.stages) {
        made.add(paths.zip(ms, stage)).add(paths.stage(ms, stage))
        for (const layer of this.layers) made.add(paths.layer(ms.project, layer.name, stage))
      }
    }
    return made
  }
}

/** All that can be named as a target. */
export function targetNames(
  { aliases, commands }: Pick<Declarations, 'aliases' | 'commands'>,
  microservices: readonly Microservice[],
  generated: GeneratedPaths,
): Set<string> {
  // The short names first: a hint that lists what there is shows the first of them.
  const names = new Set<string>(aliases.keys())
  for (const ms of microservices) {
    names.add(ms.name)
    for (const stage of ms.stages) names.add(`${ms.name}-${stage}`).add(stage)
  }
  for (const command of commands) for (const target of command.targets) names.add(target)
  for (const path of generated.all()) names.add(path)
  return names
}
