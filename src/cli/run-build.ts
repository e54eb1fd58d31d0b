/**
 * What is served of a stage that was built: its description, its zip and its layers, with the environment that its file gives it.
 * Knows no server.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { environmentVariables } from '../gateway/index.js'
import type { ConfigDescription, ServiceDescription } from '../service/description.js'
import { CoworksError } from '../util/problem.js'
import type { ServedStage } from '../watch/index.js'

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

/** @throws CoworksError where it has no such stage, or its environment file cannot be read */
export function builtOf(root: string, { microservice, stage, files, outputs, ...served }: ServedStage): Built {
  const description = served.description as ServiceDescription
  const config = description.configs.find(({ workspace }) => workspace === stage)
  if (config === undefined) {
    const known = description.configs.map(({ workspace }) => workspace).join(', ')
    throw new CoworksError({
      where: `microservice ${microservice}`,
      what: `no config for workspace \`${stage}'`,
      hint: `known: ${known}`,
    })
  }
  const variables = environmentVariables(root, config)
  // Hashed, since it holds the values of the environment.
  const key = createHash('sha256')
    .update(JSON.stringify([description, variables, outputs]))
    .digest('hex')
  const [zip = '', ...layers] = files.map((file) => join(root, file))
  return { microservice, stage, description, config, zip, layers, variables, key }
}
