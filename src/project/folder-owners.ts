/** Whose resources are in a Terraform folder: from the names declared, and from what the files that coworks wrote there declare. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { layerAddress } from '../terraform/index.js'
import type { LayerDeclaration } from './declarations.js'
import { type Microservice, paths } from './microservice.js'
import type { KnownOwners, Owner } from './stage-owner.js'

export interface OwnersRequest {
  readonly root: string
  readonly microservices: readonly Microservice[]
  readonly layers: readonly LayerDeclaration[]
  /** Stages of a microservice that have a file, but are no longer declared. */
  readonly leftoverStages: (microservice: Microservice) => readonly string[]
}

/** Those declared, and those that only have a file left. */
export function stagesOf({ leftoverStages }: Pick<OwnersRequest, 'leftoverStages'>, microservice: Microservice): readonly string[] {
  return [...microservice.stages, ...leftoverStages(microservice)]
}

/** What one state of Terraform's is of: a folder, or a workspace of it. */
export interface FolderState {
  readonly terraformDir: string
  readonly workspace: string | undefined
}

export function knownOwners(
  { root, microservices, layers, leftoverStages }: OwnersRequest,
  { terraformDir, workspace }: FolderState,
): KnownOwners {
  const here = microservices.filter(({ project }) => project.terraformDir === terraformDir)
  if (workspace !== undefined) {
    const names = here.map(({ name }) => ({ name, stages: [workspace] }))
    return { microservices: names, layers: [], declared: new Map(), workspace }
  }
  const known = here.map((ms) => ({ ms, stages: [...ms.stages, ...leftoverStages(ms)] }))
  const declared = new Map<string, Owner>()
  for (const { ms, stages } of known) {
    for (const address of addressesIn(join(root, paths.api(ms)))) declared.set(address, { kind: 'api', microservice: ms.name })
    for (const stage of stages) {
      for (const address of addressesIn(join(root, paths.stage(ms, stage))))
        declared.set(address, { kind: 'stage', microservice: ms.name, stage })
      for (const { name } of layers) declared.set(layerAddress(name, stage), { kind: 'layer', layer: name, stage })
    }
  }
  return {
    microservices: known.map(({ ms, stages }) => ({ name: ms.name, stages })),
    layers: layers.map(({ name }) => name),
    declared,
  }
}

function addressesIn(file: string): string[] {
  if (!existsSync(file)) return []
  return [...readFileSync(file, 'utf8').matchAll(/^resource "([\w-]+)" "([\w-]+)"/gm)].map(([, type, name]) => `${type}.${name}`)
}
