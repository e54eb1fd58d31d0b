/** Every name that a project's Coworksfile gives rise to, known without loading a microservice. Pure. */
import type { Declarations } from './declarations.js'
import { type Microservice, paths } from './microservice.js'

/** Paths that coworks itself makes: they are never sources of what they are made from. */
export function generatedPaths({ layers }: Declarations, microservices: readonly Microservice[]): Set<string> {
  const made = new Set(layers.map((layer) => layer.file))
  for (const ms of microservices) {
    made.add(paths.api(ms)).add(paths.versions(ms.project.terraformDir))
    if (ms.project.staging === 'workspace') made.add(paths.layers(ms.project.terraformDir))
    for (const stage of ms.stages) {
      made.add(paths.zip(ms, stage)).add(paths.stage(ms, stage))
      for (const layer of layers) made.add(paths.layer(ms.project, layer.name, stage))
    }
  }
  return made
}

/** All that can be named as a target. @param generated as of `generatedPaths` */
export function targetNames(
  declarations: Declarations,
  microservices: readonly Microservice[],
  generated: ReadonlySet<string> = generatedPaths(declarations, microservices),
): Set<string> {
  // The short names first: a hint that lists what there is shows the first of them.
  const names = new Set<string>(declarations.aliases.keys())
  for (const ms of microservices) {
    names.add(ms.name)
    for (const stage of ms.stages) names.add(`${ms.name}-${stage}`).add(stage)
  }
  for (const command of declarations.commands) for (const target of command.targets) names.add(target)
  for (const path of generated) names.add(path)
  return names
}
