/**
 * What a stage's definition means, read back from its OpenAPI: routes, authorizers, CORS. The other way of `openapi.ts` and
 * `cors.ts`; it takes the definition that is deployed (from a state) as well as the one that a file holds. Pure.
 */
import type { Json } from '../util/hash.js'

export interface ApiView {
  /** `GET /product/{_0}` -> how it is guarded. */
  readonly routes: ReadonlyMap<string, { readonly authorizer: string | null; readonly cors: boolean }>
  /** Name -> seconds that an answer is kept. */
  readonly authorizers: ReadonlyMap<string, number>
  /** `allowOrigin`, `allowHeaders`, …; empty without CORS. */
  readonly cors: ReadonlyMap<string, string>
}

type Loose = { readonly [key: string]: Json }

const INTEGRATION = 'x-amazon-apigateway-integration'

export function apiView(body: Json): ApiView {
  const routes = new Map<string, { authorizer: string | null; cors: boolean }>()
  const cors = new Map<string, string>()
  for (const [path, operations] of Object.entries(object(object(body).paths))) {
    const preflight = object(object(object(operations).options)[INTEGRATION])
    const headers = preflight.type === 'mock' ? preflightHeaders(preflight, cors) : new Map<string, string>()
    const verbs = (headers.get('Access-Control-Allow-Methods') ?? '').split(',')
    for (const [method, operation] of Object.entries(object(operations))) {
      const verb = method.toUpperCase()
      if (object(object(operation)[INTEGRATION]).type === 'mock') continue
      const [asked] = list(object(operation).security).flatMap((one) => Object.keys(object(one)))
      routes.set(`${verb} ${path}`, { authorizer: asked ?? null, cors: verbs.includes(verb) && verb !== 'OPTIONS' })
    }
  }
  // Errors that the gateway makes: the only place that names the headers exposed.
  const errors = object(object(object(object(body)['x-amazon-apigateway-gateway-responses']).DEFAULT_4XX).responseParameters)
  const exposed = unquoted(errors['gatewayresponse.header.Access-Control-Expose-Headers'])
  if (exposed !== undefined) cors.set('exposeHeaders', exposed)
  const authorizers = Object.entries(object(object(object(body).components).securitySchemes)).map(([name, scheme]): [string, number] => [
    name,
    Number(object(object(scheme)['x-amazon-apigateway-authorizer']).authorizerResultTtlInSeconds ?? 0),
  ])
  return { routes, authorizers: new Map(authorizers), cors }
}

/** The headers of one path's answer, of which those that all paths share go into `cors`. */
function preflightHeaders(integration: Loose, cors: Map<string, string>): Map<string, string> {
  const response = object(object(integration.responses).default)
  const headers = new Map(
    Object.entries(object(response.responseParameters)).flatMap(([key, value]): [string, string][] => {
      const text = unquoted(value)
      return text === undefined ? [] : [[key.replace('method.response.header.', ''), text]]
    }),
  )
  const template = object(response.responseTemplates)['application/json']
  // Of a list of origins the answer picks one: they stand in the template that does.
  const picked = typeof template === 'string' ? [...template.matchAll(/\$origin == '([^']+)'/g)].map(([, origin]) => origin ?? '') : []
  const origin = headers.get('Access-Control-Allow-Origin') ?? picked.join(', ')
  const named: readonly (readonly [string, string | undefined])[] = [
    ['allowOrigin', origin],
    ['allowHeaders', headers.get('Access-Control-Allow-Headers')],
    ['maxAge', headers.get('Access-Control-Max-Age')],
    ['allowCredentials', headers.get('Access-Control-Allow-Credentials')],
  ]
  for (const [name, value] of named) if (value !== undefined) cors.set(name, value)
  return headers
}

/** A static value of a mapping stands between single quotes. */
function unquoted(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value.replace(/^'(.*)'$/s, '$1') : undefined
}

function object(value: Json | undefined): Loose {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Loose) : {}
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}
