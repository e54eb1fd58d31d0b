/**
 * From what is wanted (microservices, stages, targets named one by one, or nothing) to what it means in this project: which stages and layers must
 * be known, and which targets are brought up to date. Pure.
 */
import { type Graph, selectTargets } from '../build/index.js'
import { nearestHint } from '../util/nearest.js'
import { CoworksError, type Problem } from '../util/problem.js'
import type { Declarations } from './declarations.js'
import { type Microservice, paths, type SelectedStage, selectStages } from './microservice.js'
import type { Wanted } from './project-types.js'

export interface Nameable {
  readonly declarations: Declarations
  readonly microservices: readonly Microservice[]
  /** Everything that can be named as a target: thousands, which a build that names none need not have. */
  readonly names: () => ReadonlySet<string>
}

/** Which microservices must be known to build what is wanted, and which layers were named themselves. @throws CoworksError */
export function scopeOf(
  { declarations, microservices, names: listNames }: Nameable,
  wanted: Wanted,
): { stages: SelectedStage[]; layers: string[] } {
  const targets = wanted.targets.length > 0 ? wanted.targets : wanted.named ? [] : declarations.defaults
  if (targets.length === 0) {
    const stages = selectStages(microservices, wanted)
    if (stages.length === 0 && microservices.length > 0) {
      throw new CoworksError({
        what: `no microservice has the stage ${wanted.stages === 'all' ? 'wanted' : wanted.stages.join(' or ')}`,
        hint: 'name one: coworks build stage=…',
      })
    }
    const layers = microservices.length === 0 ? declarations.layers.map((layer) => layer.file) : []
    return { stages, layers }
  }
  const names = listNames()
  const problems: Problem[] = []
  const stages = new Map<string, SelectedStage>()
  const layers: string[] = []
  const seen = new Set<string>()
  const need = (given: string): void => {
    const name = given.replace(/^\.\//, '').replace(/\/+$/, '')
    if (seen.has(name)) return
    seen.add(name)
    for (const inner of declarations.aliases.get(name) ?? []) need(inner)
    for (const command of declarations.commands) {
      if (!command.targets.includes(name)) continue
      for (const source of command.sources) if (source.kind === 'path' && names.has(source.path)) need(source.path)
    }
    if (!names.has(name) && ![...names].some((one) => one.startsWith(`${name}/`))) {
      problems.push({ what: `unknown target \`${given}'`, hint: nearestHint(given, names) })
    }
    for (const layer of declarations.layers) if (layer.file === name) layers.push(layer.file)
    for (const microservice of microservices) {
      for (const stage of microservice.stages) {
        const layerFiles = declarations.layers.map((layer) => paths.layer(microservice.project, layer.name, stage))
        const makes = [
          paths.zip(microservice, stage),
          paths.stage(microservice, stage),
          paths.api(microservice),
          `${microservice.name}-${stage}`,
          microservice.name,
          stage,
          ...layerFiles,
        ]
        if (makes.some((one) => one === name || one.startsWith(`${name}/`)))
          stages.set(`${microservice.name} ${stage}`, { microservice, stage })
      }
    }
  }
  for (const target of targets) need(target)
  if (problems.length > 0) throw new CoworksError(problems)
  return { stages: [...stages.values()], layers }
}

/** The targets of a graph that a build of this brings up to date. @throws CoworksError where a target is not in it */
export function wantedIds(
  graph: Graph,
  stages: readonly SelectedStage[],
  { declarations, microservices }: Omit<Nameable, 'names'>,
  wanted: Wanted,
): string[] {
  const targets = wanted.targets.length > 0 ? wanted.targets : wanted.named ? [] : declarations.defaults
  if (targets.length > 0) return selectTargets(graph, targets)
  const ids = stages.map(({ microservice, stage }) => `${microservice.name}-${stage}`)
  if (wanted.named) return ids
  const rest = declarations.commands.map((command) => command.targets[0] ?? '')
  const layers = microservices.length === 0 ? declarations.layers.map((layer) => layer.file) : []
  return [...new Set([...ids, ...rest, ...layers])]
}
