/**
 * One stage as two can be compared: routes, authorizers, CORS, names of environment variables, settings, layers, schedules. From the
 * files that are built or from a state, by the same reading of the same resources, so that a difference is one of the stages and not of
 * the readings. Values of environment variables are dropped before anything else is looked at. Pure.
 */
import { byCodeUnit, type Json } from '../util/hash.js'
import { type ApiView, apiView } from './api-view.js'
import { type Staging, stageAddresses, stageLabel } from './names.js'
import type { HclBlock } from './read-hcl.js'

export interface StageView {
  /** By aspect, then by name: `route` -> `GET /` -> `authorizer app, CORS`. Texts are for people, and equal where nothing differs. */
  readonly aspects: { readonly [A in Aspect]: ReadonlyMap<string, string> }
  /** What cannot be told, and so is not compared. */
  readonly unknown: readonly Aspect[]
}

export const aspects = ['route', 'authorizer', 'cors', 'environment', 'setting', 'layer', 'schedule', 'trigger', 'code'] as const
export type Aspect = (typeof aspects)[number]

/** A resource as a file or a state has it; nested blocks are lists of objects. */
export interface StageResource {
  readonly type: string
  readonly name: string
  readonly attributes: { readonly [name: string]: Json | undefined }
}

export function builtResources(files: readonly (readonly HclBlock[])[]): StageResource[] {
  return files.flat().flatMap(({ type, labels: [kind = '', name = ''], ...rest }) => {
    return type === 'resource' ? [{ type: kind, name, attributes: attributesOf(rest) }] : []
  })
}

/** @throws Error where the text is no state; what it means for a state not to be one, its reader has said before */
export function deployedResources(stateText: string): StageResource[] {
  const { resources } = object(JSON.parse(stateText) as Json)
  return list(resources).flatMap((one) => {
    const { mode, module, type, name, instances } = object(one)
    if (mode !== 'managed' || module !== undefined) return []
    return list(instances)
      .map(object)
      .filter((instance) => instance.deposed === undefined)
      .map(({ index_key: key, attributes }) => ({
        type: String(type),
        // One of several by name is called as it would be alone: `app-test_on["uploads"]` like `app-test_on_uploads`.
        name: typeof key === 'string' ? `${String(name)}_${key}` : String(name),
        attributes: object(attributes),
      }))
  })
}

function attributesOf({ attributes, blocks }: Pick<HclBlock, 'attributes' | 'blocks'>): Record<string, Json> {
  const out: Record<string, Json> = { ...attributes }
  for (const block of blocks) out[block.type] = [...list(out[block.type]), attributesOf(block)]
  return out
}

export interface ViewOptions {
  readonly microservice: string
  readonly stage: string
  readonly staging?: Staging
  /** Names of the variables in an environment file, by its path from the Terraform folder; undefined where it is not there. */
  readonly environmentNames: (path: string) => readonly string[] | undefined
}

/** Undefined where there is no function: the stage is not built, or not deployed. */
export function stageView(
  resources: readonly StageResource[],
  { microservice, stage, staging, environmentNames }: ViewOptions,
): StageView | undefined {
  const name = stageLabel(microservice, stage, staging)
  const own = (type: string) => resources.find((one) => one.type === type && one.name === name)?.attributes
  const lambda = own('aws_lambda_function')
  if (lambda === undefined) return undefined
  const put = own(stageAddresses(microservice, stage, staging).put.split('.')[0] ?? '')?.body
  const api = apiView(typeof put === 'string' ? parsed(put) : (put ?? null))
  const environment = variableNames(object(list(lambda.environment)[0]).variables, environmentNames)
  return {
    unknown: environment === undefined ? ['environment'] : [],
    aspects: {
      ...apiAspects(api),
      environment: new Map((environment ?? []).map((one) => [one, 'set'])),
      setting: settings(own),
      layer: layers(lambda.layers, stage, resources),
      schedule: schedules(resources, name),
      trigger: triggers(resources, name),
      code: new Map([['source', String(lambda.source_code_hash ?? '')]]),
    },
  }
}

/** What callers of an API can see of it. */
export function apiAspects(api: ApiView): Pick<StageView['aspects'], 'route' | 'authorizer' | 'cors'> {
  return {
    route: new Map(
      [...api.routes].map(([route, { authorizer, cors }]) => [
        route,
        `${authorizer === null ? 'no authorizer' : `authorizer ${authorizer}`}${cors ? ', CORS' : ''}`,
      ]),
    ),
    authorizer: new Map([...api.authorizers].map(([name, ttl]) => [name, `answers kept ${ttl} s`])),
    cors: api.cors,
  }
}

/** Resource -> the settings of it that a Config decides, by the name under which they are shown. Nothing else is compared. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  aws_lambda_function: [
    'architectures',
    'ephemeral_storage',
    'handler',
    'kms_key_arn',
    'memory_size',
    'reserved_concurrent_executions',
    'runtime',
    'tags',
    'timeout',
    'tracing_config',
  ],
  aws_cloudwatch_log_group: ['retention_in_days'],
  aws_api_gateway_stage: ['xray_tracing_enabled'],
  aws_iam_role: ['permissions_boundary'],
}

/** What AWS answers for a setting that a file leaves out. */
const UNSET: Readonly<Record<string, string>> = { reserved_concurrent_executions: '-1', 'ephemeral_storage.size': '512' }

function settings(own: (type: string) => StageResource['attributes'] | undefined): Map<string, string> {
  const found = new Map<string, string>()
  const note = (name: string, value: Json | undefined): void => {
    if (value === undefined || value === null) return
    if (Array.isArray(value) && value.length === 1 && typeof value[0] === 'object') note(name, value[0] as Json)
    else if (typeof value === 'object' && !Array.isArray(value)) {
      for (const [key, item] of Object.entries(value)) note(`${name}.${key}`, item)
    } else {
      const text = Array.isArray(value) ? value.map(String).join(', ') : String(value)
      // What only AWS knows (an id of a VPC, a reference) has no counterpart in a file.
      if (text !== '' && !text.includes('${') && UNSET[name] !== text) found.set(name, text)
    }
  }
  for (const [type, names] of Object.entries(SETTINGS)) for (const name of names) note(name, own(type)?.[name])
  // Only what a Config says of them: a state has more in the same blocks.
  const vpc = object(list(own('aws_lambda_function')?.vpc_config)[0])
  for (const key of ['subnet_ids', 'security_group_ids']) note(`vpc_config.${key}`, [...list(vpc[key])].map(String).sort())
  const throttle = object(list(own('aws_api_gateway_method_settings')?.settings)[0])
  for (const key of ['throttling_rate_limit', 'throttling_burst_limit']) note(key, throttle[key])
  const version = /^\S+ (.*), stage \S+$/.exec(String(own('aws_lambda_function')?.description ?? ''))?.[1]
  if (version !== undefined) found.set('version', version)
  for (const [index, statement] of statements(own('aws_iam_role_policy')?.policy).entries())
    found.set(`role statement ${index + 1}`, statement)
  return found
}

/** What the role may do beyond writing its own log, whose ARN a file cannot know. */
function statements(policy: Json | undefined): string[] {
  const { Statement } = object(typeof policy === 'string' ? parsed(policy) : policy)
  return list(Statement)
    .map(object)
    .filter(({ Action }) => !list(Action).includes('logs:CreateLogStream'))
    .map(({ Effect, Action, Resource }) => `${String(Effect)} ${texts(Action)} on ${texts(Resource)}`)
}

function texts(value: Json | undefined): string {
  return (Array.isArray(value) ? value : [value]).map(String).join(', ')
}

/** Layer -> its content. A file refers to a layer version, a state has its ARN. */
function layers(value: Json | undefined, stage: string, resources: readonly StageResource[]): Map<string, string> {
  return new Map(
    list(value).map((one, index): [string, string] => {
      const text = String(one)
      const named = /aws_lambda_layer_version\.([\w-]+)\.arn/.exec(text)?.[1]
      const version = resources.find(
        ({ type, name, attributes }) =>
          type === 'aws_lambda_layer_version' && (name === named || (named === undefined && attributes.arn === text)),
      )
      if (version === undefined) return [text, `layer ${index + 1}`]
      return [version.name.replace(new RegExp(`^layers_|_${stage}$`), ''), `content ${String(version.attributes.source_code_hash ?? '')}`]
    }),
  )
}

function schedules(resources: readonly StageResource[], name: string): Map<string, string> {
  return new Map(
    resources
      .filter((one) => one.type === 'aws_cloudwatch_event_rule' && one.name.startsWith(`${name}_`))
      .filter((one) => String(one.attributes.schedule_expression ?? '') !== '')
      .map(({ name: own, attributes }): [string, string] => [
        own.slice(name.length + 1),
        `${String(attributes.schedule_expression)}${attributes.state === 'DISABLED' ? ', off' : ''}`,
      ]),
  )
}

function triggers(resources: readonly StageResource[], name: string): Map<string, string> {
  const prefix = `${name}_on_`
  return new Map(
    resources
      .filter((one) => one.name.startsWith(prefix))
      .flatMap(({ type, name: own, attributes }): [string, string][] => {
        const named = own.slice(prefix.length)
        if (type === 'aws_lambda_event_source_mapping') return [[named, String(attributes.event_source_arn)]]
        const { event_pattern: pattern } = attributes
        if (type !== 'aws_cloudwatch_event_rule' || pattern === undefined || pattern === '' || pattern === null) return []
        // By content: AWS gives the fields of a pattern back in an order of its own.
        return [[named, JSON.stringify(inOrder(typeof pattern === 'string' ? parsed(pattern) : pattern))]]
      }),
  )
}

function inOrder(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(inOrder)
  if (value === null || typeof value !== 'object') return value
  const members = Object.entries(object(value)).sort(([a], [b]) => byCodeUnit(a, b))
  return Object.fromEntries(members.map(([key, one]) => [key, inOrder(one ?? null)]))
}

/** Names only. Undefined where they cannot be told. */
function variableNames(value: Json | undefined, read: ViewOptions['environmentNames']): readonly string[] | undefined {
  if (value === undefined || value === null) return []
  if (typeof value === 'string') {
    const path = /^\$\{path\.module\}\/(.+)$/.exec(value)?.[1]
    return path === undefined ? undefined : read(path)
  }
  if (typeof value !== 'object' || Array.isArray(value)) return undefined
  const { $call, $args } = object(value)
  if ($call === undefined) return Object.keys(value).sort()
  const parts = list($args).map((one) => variableNames(one, read))
  return parts.includes(undefined) ? undefined : [...new Set(parts.flatMap((part) => part ?? []))].sort()
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return null // written by a template of the user's in a way that is not looked into
  }
}

function object(value: Json | undefined): { readonly [key: string]: Json | undefined } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as { readonly [key: string]: Json }) : {}
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}
