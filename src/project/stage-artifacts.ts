/**
 * What was built of a stage, as it can be pushed or compared: its zip and its layers, with the sha256 that Lambda measures by and the
 * literal that Terraform compares. From the traces of the last build; whether that is still up to date is the caller's to ask.
 */
import type { World } from '../build/state.js'
import type { ConfigDescription, ServiceDescription } from '../service/description.js'
import type { StoredObject } from './artifacts.js'
import type { LayerDeclaration } from './declarations.js'
import { type Microservice, paths, type SelectedStage } from './microservice.js'
import type { StageInfo } from './terraform-targets.js'

export interface ZipArtifact {
  /** From the project's folder. */
  readonly file: string
  /** Of the zip's bytes, base64: Lambda's `CodeSha256`. */
  readonly sha256: string
  /** Of what is in it: the literal in `source_code_hash`. */
  readonly content: string
  readonly size: number
  /** The object that Terraform expects, where the zip goes through a bucket. */
  readonly object: StoredObject | undefined
}

export interface StageArtifacts {
  readonly microservice: Microservice
  readonly stage: string
  readonly config: ConfigDescription
  readonly code: ZipArtifact
  /** In the order of the Config. */
  readonly layers: readonly (ZipArtifact & { readonly name: string })[]
}

/** In the order given; a stage that was never built here is left out. */
export function stageArtifacts(world: World, stages: readonly SelectedStage[], layers: readonly LayerDeclaration[]): StageArtifacts[] {
  return stages.flatMap(({ microservice, stage }): StageArtifacts[] => {
    const info = world.info(paths.stage(microservice, stage)) as StageInfo | undefined
    const description = world.info(paths.description(microservice.name)) as unknown as ServiceDescription | undefined
    const config = description?.configs.find(({ workspace }) => workspace === stage)
    const code = info === undefined ? undefined : zipArtifact(world, paths.zip(microservice, stage), info.code, info.objects)
    if (info === undefined || config === undefined || code === undefined) return []
    const used = info.layers.flatMap(({ name, hash }) => {
      const file = layers.find((layer) => layer.name === name)?.file ?? `${name}.zip`
      const zip = zipArtifact(world, file, hash, info.objects)
      return zip === undefined ? [] : [{ ...zip, name }]
    })
    return used.length === info.layers.length ? [{ microservice, stage, config, code, layers: used }] : []
  })
}

function zipArtifact(world: World, file: string, content: string, objects: readonly StoredObject[]): ZipArtifact | undefined {
  const output = world.journal.trace(file)?.outputs.find(({ path }) => path === file)
  if (output === undefined) return undefined
  return {
    file,
    sha256: Buffer.from(output.signature.slice(2), 'hex').toString('base64'),
    content,
    size: output.size,
    object: objects.find((one) => one.file === file),
  }
}
