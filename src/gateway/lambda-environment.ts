/**
 * The environment of a function: what Lambda sets, what the stage's file says, and `WORKSPACE`. Nothing of the developer's
 * own gets there but what was asked for by name, so that nothing works here that is missing once deployed.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
import type { ConfigDescription } from '../service/description.js'
import { REGION } from './event.js'

export interface EnvironmentParts {
  readonly functionName: string
  readonly config: ConfigDescription
  readonly taskRoot: string
  readonly layers: string
  /** Of the stage's file. */
  readonly variables: Readonly<Record<string, string>>
  /** The developer's, asked for by name. */
  readonly passed: Readonly<Record<string, string>>
}

export function lambdaEnvironment({ functionName, config, taskRoot, layers, variables, passed }: EnvironmentParts) {
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: `/usr/local/bin:/usr/bin:/bin:${layers}/bin`,
    NODE_PATH: `${layers}/nodejs/node_modules`,
    LAMBDA_TASK_ROOT: taskRoot,
    _HANDLER: 'index.handler',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EXECUTION_ENV: `AWS_Lambda_${config.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.memorySize),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroup(functionName),
    AWS_LAMBDA_LOG_STREAM_NAME: LOG_STREAM,
    ...variables,
    WORKSPACE: config.workspace,
    ...passed,
  } satisfies Readonly<Record<string, string>>
}

export const LOG_STREAM = 'local'

export function logGroup(functionName: string): string {
  return `/aws/lambda/${functionName}`
}
