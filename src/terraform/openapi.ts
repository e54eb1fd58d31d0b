/**
 * The API of one stage as one OpenAPI body. It says what callers can see: routes, authorizers, CORS, binary types. It does
 * not say the version, a handler's name or anything else whose change must not deploy the API again: its hash is what a
 * deployment is replaced by. It knows no account and no region; those are Terraform's to fill in.
 * Source: API Gateway developer guide, "x-amazon-apigateway-* OpenAPI extensions".
 */
import type { ConfigDescription, RouteDescription, ServiceDescription } from '../service/description.js'
import { byCodeUnit, digestOf, type Json } from '../util/hash.js'
import { corsParts } from './cors.js'
import type { Definition } from './model.js'

/**
 * Where the gateway reaches the function: by the stage variable, never by a reference. So a deployment, even one made
 * of another stage's definition, runs the stage's own code, and `create_before_destroy` of the deployment cannot spread
 * to the function, which then would be created beside itself under the same name.
 */
export const INVOCATION =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: placeholders of Terraform's and of API Gateway's, not of this file
  'arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/arn:${partition}:lambda:${region}:${account}:function:${stageVariables.function}/invocations'

/** Of the authorizer `deny', for routes that nobody may call: the function answers it with a denial. */
const DENY_TTL = 300

export interface DefinitionInput {
  readonly microservice: string
  readonly service: ServiceDescription
  readonly config: ConfigDescription
  /** What the API is called, where that is not the microservice's name. */
  readonly apiName?: string | undefined
}

export function definition({ microservice, service, config, apiName = microservice }: DefinitionInput): Definition {
  const where = `microservice ${microservice}, stage ${config.workspace}`
  const cors = config.cors === null ? undefined : corsParts(where, config.cors, INVOCATION)
  const ttls = new Map([...service.authorizers, ...(config.authorizer === null ? [] : [config.authorizer])].map((a) => [a.name, a.ttl]))
  const used = new Set<string>()

  const paths: Record<string, Record<string, Json>> = {}
  const preflighted = new Map<string, string[]>()
  for (const route of [...service.routes].sort((a, b) => byCodeUnit(a.path, b.path) || byCodeUnit(a.verb, b.verb))) {
    const authorizer = authorizerOf(route, config)
    if (authorizer !== null) used.add(authorizer)
    paths[route.path] = { ...paths[route.path], [route.verb.toLowerCase()]: operation(route, authorizer) }
    if (route.cors) preflighted.set(route.path, [...(preflighted.get(route.path) ?? []), route.verb])
  }
  for (const [path, verbs] of cors === undefined ? [] : preflighted) {
    const operations = paths[path]
    if (cors !== undefined && operations?.options === undefined) paths[path] = { ...operations, options: cors.preflight(verbs) }
  }

  const schemes = [...used].sort(byCodeUnit).map((name) => [name, scheme(ttls.get(name) ?? DENY_TTL)])
  const body: Json = {
    openapi: '3.0.1',
    // Overwriting an API with a body renames it to the title: any other would be a change in the next plan.
    info: { title: apiName, version: '1' },
    ...(service.binaryMediaTypes.length === 0
      ? {}
      : { 'x-amazon-apigateway-binary-media-types': [...service.binaryMediaTypes].sort(byCodeUnit) }),
    paths,
    ...(schemes.length === 0 ? {} : { components: { securitySchemes: Object.fromEntries(schemes) } }),
    ...(cors === undefined ? {} : { 'x-amazon-apigateway-gateway-responses': cors.gatewayResponses }),
  }
  return { body, hash: digestOf(body) }
}

/** The authorizer that the gateway asks for a route in a stage, or null where it needs none: a stage's own replaces every other one. */
export function authorizerOf(route: RouteDescription, config: ConfigDescription): string | null {
  return route.authorizer !== null && config.authorizer !== null ? config.authorizer.name : route.authorizer
}

function operation(route: RouteDescription, authorizer: string | null): Json {
  const parameters = [...route.path.matchAll(/\{([^}+]+)\+?\}/g)].map(([, name]) => ({
    name: name ?? '',
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  return {
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: {},
    ...(authorizer === null ? {} : { security: [{ [authorizer]: [] }] }),
    'x-amazon-apigateway-integration': { type: 'aws_proxy', httpMethod: 'POST', uri: INVOCATION },
  }
}

function scheme(ttl: number): Json {
  return {
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
    'x-amazon-apigateway-authtype': 'custom',
    'x-amazon-apigateway-authorizer': { type: 'token', authorizerUri: INVOCATION, authorizerResultTtlInSeconds: ttl },
  }
}
