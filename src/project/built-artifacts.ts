/** The zips as they were built last, each with what it was made from. */
import { closureOf, type Graph } from '../build/index.js'
import type { World } from '../build/state.js'
import type { ServiceDescription } from '../service/description.js'
import type { LayerDeclaration } from './declarations.js'
import { paths, type SelectedStage } from './microservice.js'

export interface BuiltArtifact {
  readonly kind: 'function' | 'layer'
  /** `app-test-dev`, `layer` */
  readonly name: string
  /** From the project's folder. */
  readonly file: string
  readonly sha256: string
  /** That the config of a function says. */
  readonly version: string | undefined
  /** Files that a function's code was made from, from the project's folder. */
  readonly sources: readonly string[]
  /** How a layer was declared. */
  readonly layer: Omit<LayerDeclaration, 'file' | 'name'> | undefined
}

/** The zips of these stages and of their layers, as they were built last. */
export function builtArtifacts(
  world: World,
  graph: Graph,
  ids: readonly string[],
  stages: readonly SelectedStage[],
  declared: readonly LayerDeclaration[],
): readonly BuiltArtifact[] {
  const zips = new Set(closureOf(graph, ids))
  const made = (file: string) =>
    world
      .trace(file)
      ?.outputs.find(({ path }) => path === file)
      ?.signature.slice(2)
  const functions = stages.flatMap(({ microservice, stage }): BuiltArtifact[] => {
    const file = paths.zip(microservice, stage)
    const sha256 = made(file)
    const code = graph.targets.get(file)?.inputs.find((input) => input.kind === 'target')
    const sources = world.trace(code?.id ?? '')?.discovered.map(([path]) => path) ?? []
    const description = world.info(paths.description(microservice.name)) as ServiceDescription | undefined
    const version = description?.configs.find(({ workspace }) => workspace === stage)?.version
    if (sha256 === undefined || !zips.has(file)) return []
    return [{ kind: 'function', name: `${microservice.name}-${stage}`, file, sha256, version, sources, layer: undefined }]
  })
  const layers = declared.flatMap((layer): BuiltArtifact[] => {
    const sha256 = made(layer.file)
    if (sha256 === undefined || !zips.has(layer.file)) return []
    const { file, name, ...options } = layer
    return [{ kind: 'layer', name, file, sha256, version: undefined, sources: [], layer: options }]
  })
  return [...functions, ...layers]
}
