/** Checks of what the microservices say of their stages: files that a build of them needs, runtimes that AWS still takes. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ServiceDescription } from '../service/description.js'
import { type Check, ok, problem, warning } from './check.js'

export interface DescribedStages {
  readonly microservice: string
  /** Of the Coworksfile. */
  readonly stages: readonly string[]
  readonly description: ServiceDescription
}

/** Functions of it can neither be made nor updated (docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html). */
const ENDED: Readonly<Record<string, string>> = { 'nodejs20.x': 'since 31 August 2026', 'nodejs18.x': 'since 2025' }

export function stageChecks(root: string, described: readonly DescribedStages[]): Check[] {
  const configs = described.flatMap(({ microservice, stages, description }) =>
    description.configs
      .filter(({ workspace }) => stages.includes(workspace))
      .map((config) => ({ config, name: `${microservice}, stage ${config.workspace}` })),
  )
  const missing = configs.flatMap(({ config: { environmentVariablesFile: file }, name }) =>
    file === null || existsSync(join(root, file))
      ? []
      : [
          warning(
            'environment',
            `${name}: ${file} is not here, so this machine cannot build it`,
            `write ${file}, a flat JSON object of strings, or get it from a colleague`,
          ),
        ],
  )
  const ended = configs.flatMap(({ config: { runtime }, name }) =>
    ENDED[runtime] === undefined
      ? []
      : [problem('runtime', `${name}: AWS makes no new functions of ${runtime} ${ENDED[runtime]}`, "runtime: 'nodejs22.x' in its Config")],
  )
  const checks: Check[] = [...missing, ...ended]
  if (missing.length === 0 && configs.length > 0)
    checks.push(ok('environment', `the environment files of ${configs.length} stages are here`))
  if (ended.length === 0 && configs.length > 0)
    checks.push(ok('runtime', `AWS takes ${[...new Set(configs.map(({ config }) => config.runtime))].sort().join(', ')}`))
  return checks
}
