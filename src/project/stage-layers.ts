/** What a stage's Config asks of the project: layers that are declared, an environment file that is there. */
import { join } from 'node:path'
import type { Snapshot } from '../build/state.js'
import type { ServiceDescription } from '../service/description.js'
import { nearestHint } from '../util/nearest.js'
import { CoworksError, type Problem } from '../util/problem.js'
import type { LayerDeclaration } from './declarations.js'
import type { Microservice } from './microservice.js'

/** The layers of a stage, in the order of its Config. @throws CoworksError with all that is missing */
export function stageLayers(
  snapshot: Snapshot,
  ms: Microservice,
  stage: string,
  description: ServiceDescription,
  declared: readonly LayerDeclaration[],
): readonly LayerDeclaration[] {
  const where = `microservice ${ms.name}, stage ${stage}`
  const config = description.configs.find((one) => one.workspace === stage)
  if (config === undefined) {
    const workspaces = description.configs.map((one) => one.workspace)
    throw new CoworksError({
      where,
      what: `no Config has the workspace \`${stage}'`,
      hint: nearestHint(stage, workspaces) ?? 'give the microservice a Config for it',
    })
  }
  const problems: Problem[] = []
  const names = declared.map((layer) => layer.name)
  const layers = config.layers.flatMap((name) => {
    const found = declared.find((layer) => layer.name === name)
    if (found !== undefined) return found
    problems.push({
      where,
      what: `its Config names a layer \`${name}' that the Coworksfile does not declare`,
      hint: nearestHint(name, names) ?? `add Layer('${name}.zip')`,
    })
    return []
  })
  const env = config.environmentVariablesFile
  if (env !== null && (env.startsWith('/') || join(env).startsWith('..'))) {
    problems.push({ where, what: `its environment file \`${env}' is outside the project` })
  } else if (env !== null && snapshot.kind(join(env)) === 'missing') {
    problems.push({ where, what: `its environment file \`${env}' does not exist`, hint: 'write it: a flat JSON object of strings' })
  }
  if (problems.length > 0) throw new CoworksError(problems)
  return layers
}
