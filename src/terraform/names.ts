/**
 * How things are called, in Terraform and in AWS. Decides nothing else; every address in the project is made here, so
 * that what is rendered, what is looked up in a state and what is tainted cannot drift apart.
 */
import { CoworksError, type Problem } from '../util/problem.js'
import type { StageModel } from './model.js'

/** `app-test_dev`. @throws CoworksError for a name that Terraform does not take as a resource's. */
export function label(...parts: readonly string[]): string {
  const name = parts.join('_')
  // Anything else would need no quoting to leave the label: `x" "y` or a newline.
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) {
    throw new CoworksError({
      where: `name ${JSON.stringify(name)}`,
      what: 'cannot be the name of a Terraform resource',
      hint: 'use letters, digits, - and _, and begin with a letter',
    })
  }
  return name
}

/** `app-test-dev` */
export function functionName(microservice: string, stage: string): string {
  const name = `${microservice}-${stage}`
  if (name.length > 64) {
    throw new CoworksError({
      where: `microservice ${microservice}, stage ${stage}`,
      what: `the function would be called \`${name}', ${name.length} characters where Lambda takes 64`,
      hint: 'shorten the name of the service or of the stage',
    })
  }
  return name
}

/**
 * What a stage has beside its one function is told apart by a suffix of its address, and a rule by its name.
 * @throws CoworksError where two would have the same, or a name is longer than EventBridge takes
 */
export function checkRules({ microservice, stage, service, config }: StageModel, functionName: string): void {
  const suffixes = ['authorizer', ...service.schedules.map(({ name }) => name), ...config.triggers.map(({ name }) => `on_${name}`)]
  const problems: Problem[] = suffixes
    .filter((one, index) => suffixes.indexOf(one) !== index)
    .map((one) => ({
      where: `microservice ${microservice}, stage ${stage}`,
      what: `two of its resources would be called \`${label(microservice, stage, one)}'`,
      hint: 'rename the scheduled method or the trigger',
    }))
  const rules = [
    ...service.schedules.map(({ name }) => `${functionName}-${name}`),
    ...config.triggers.filter(({ kind }) => kind === 'pattern').map(({ name }) => `${functionName}-on-${name}`),
  ]
  for (const rule of rules.filter(({ length }) => length > 64)) {
    problems.push({
      where: `microservice ${microservice}, stage ${stage}`,
      what: `a rule would be called \`${rule}', ${rule.length} characters where EventBridge takes 64`,
      hint: 'shorten the name of the scheduled method or of the trigger',
    })
  }
  if (problems.length > 0) throw new CoworksError(problems)
}

export interface StageAddresses {
  readonly function: string
  readonly permission: string
  readonly authorizerPermission: string
  readonly put: string
  readonly deployment: string
  readonly stage: string
}

/** How the stages of a microservice are kept apart: by the names of their resources in one state, or by a state for each. */
export type Staging = 'suffix' | 'workspace'

/** What the resources of a stage are named after: `app-test_dev`, or `app-test` in the state of its own workspace. */
export function stageLabel(microservice: string, stage: string, staging?: Staging): string {
  return staging === 'workspace' ? label(microservice) : label(microservice, stage)
}

export function stageAddresses(microservice: string, stage: string, staging?: Staging): StageAddresses {
  const name = stageLabel(microservice, stage, staging)
  return {
    function: `aws_lambda_function.${name}`,
    permission: `aws_lambda_permission.${name}`,
    authorizerPermission: `aws_lambda_permission.${name}_authorizer${staging === 'workspace' ? '[0]' : ''}`,
    put: `aws_api_gateway_rest_api_put.${name}`,
    deployment: `aws_api_gateway_deployment.${name}`,
    stage: `aws_api_gateway_stage.${name}`,
  }
}

/** `layer-dev` */
export function layerName(layer: string, stage: string): string {
  return `${layer}-${stage}`
}

export function layerAddress(layer: string, stage: string, staging?: Staging): string {
  if (staging === 'workspace') return `aws_lambda_layer_version.layers[${JSON.stringify(label(layer))}]`
  return `aws_lambda_layer_version.${label(layer, stage)}`
}
