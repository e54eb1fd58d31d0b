/**
 * The data of a stage that is a workspace, as the resources that Terraform makes of it, so that it can be looked at like rendered
 * resources and like those of a state. Only what a comparison looks at. Pure.
 */
import type { Json } from '../util/hash.js'
import { label } from './names.js'
import type { StageResource } from './stage-view.js'

type Loose = { readonly [key: string]: Json | undefined }

/** @throws Error where a text is no JSON object */
export function workspaceResources(
  microservice: string,
  stageText: string,
  layers: readonly { readonly name: string; readonly text: string }[],
): StageResource[] {
  const data = object(stageText)
  const name = label(microservice)
  const made = (type: string, attributes: Loose, suffix = ''): StageResource => ({ type, name: `${name}${suffix}`, attributes })
  const members = (key: string) => Object.entries((data[key] ?? {}) as Readonly<Record<string, Loose>>)
  const { environment_file: file, zip } = data
  const environment = [
    { variables: { $call: 'merge', $args: [...(file === null ? [] : [`\${path.module}/${String(file)}`]), data.variables ?? {}] } },
  ]
  return [
    made('aws_lambda_function', {
      architectures: [data.architecture ?? ''],
      description: data.description,
      environment,
      ephemeral_storage: [{ size: data.ephemeral_storage }],
      handler: data.handler,
      kms_key_arn: data.kms_key_arn,
      layers: ((data.layers ?? []) as readonly string[]).map((layer) => `\${aws_lambda_layer_version.${layerName(layer)}.arn}`),
      memory_size: data.memory_size,
      reserved_concurrent_executions: data.reserved_concurrency,
      runtime: data.runtime,
      source_code_hash: (zip as Loose | undefined)?.hash,
      tags: data.tags,
      timeout: data.timeout,
      tracing_config: [{ mode: data.tracing === true ? 'Active' : 'PassThrough' }],
      vpc_config: data.vpc,
    }),
    made('aws_cloudwatch_log_group', { retention_in_days: data.log_retention }),
    made('aws_iam_role', { permissions_boundary: data.permissions_boundary }),
    made('aws_iam_role_policy', { policy: { Statement: data.role_statements } }),
    made('aws_api_gateway_stage', { xray_tracing_enabled: data.tracing }),
    made('aws_api_gateway_rest_api_put', { body: (data.definition as Loose | undefined)?.body }),
    ...((data.throttle ?? []) as readonly Loose[]).map(({ rate, burst }) =>
      made('aws_api_gateway_method_settings', { settings: [{ throttling_rate_limit: rate, throttling_burst_limit: burst }] }),
    ),
    ...members('schedules').map(([key, one]) =>
      made('aws_cloudwatch_event_rule', { schedule_expression: one.expression, state: one.state }, `_${key}`),
    ),
    ...members('patterns').map(([key, one]) => made('aws_cloudwatch_event_rule', { event_pattern: one.pattern }, `_on_${key}`)),
    ...members('sources').map(([key, one]) => made('aws_lambda_event_source_mapping', { event_source_arn: one.source }, `_on_${key}`)),
    ...layers.map(({ name: layer, text }) => ({
      type: 'aws_lambda_layer_version',
      name: layerName(layer),
      attributes: { source_code_hash: (object(text).zip as Loose | undefined)?.hash },
    })),
  ]
}

/** As an instance of `aws_lambda_layer_version.layers` is named where a state is read. */
function layerName(layer: string): string {
  return `layers_${layer}`
}

function object(text: string): Loose {
  const value = JSON.parse(text) as Json
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('is no JSON object')
  return value as Loose
}
