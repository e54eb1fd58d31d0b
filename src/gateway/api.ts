/**
 * The API of one stage as data, and the first thing API Gateway decides of a request: which resource and method it is for.
 * Nothing is asked of the function here; what the deployed API would not know is not known here either.
 */
import type { ConfigDescription, RouteDescription, ServiceDescription } from '../service/description.js'
import { Matcher } from '../service/match.js'
import { CoworksError } from '../util/problem.js'

export interface LocalApi {
  readonly stage: string
  /** `app-test-dev`: as deployed, the function and the stage variable that names it. */
  readonly functionName: string
  readonly config: ConfigDescription
  readonly routes: Matcher<RouteDescription>
  readonly binaryMediaTypes: readonly string[]
  /** Seconds that an answer of an authorizer is kept. */
  ttl(authorizer: string): number
}

/** As the API is rendered for an authorizer that nobody wrote: the function itself answers it with a denial. */
const DENY_TTL = 300

/** @param microservice `app-test` @throws CoworksError where the service has no such workspace */
export function localApi(microservice: string, service: ServiceDescription, stage: string): LocalApi {
  const config = service.configs.find(({ workspace }) => workspace === stage)
  if (config === undefined) {
    const known = service.configs.map(({ workspace }) => workspace).join(', ')
    throw new CoworksError({ where: `microservice ${microservice}`, what: `no config for workspace \`${stage}'`, hint: `known: ${known}` })
  }
  const authorizers = [...service.authorizers, ...(config.authorizer === null ? [] : [config.authorizer])]
  const ttls = new Map(authorizers.map(({ name, ttl }) => [name, ttl]))
  return {
    stage,
    functionName: `${microservice}-${stage}`,
    config,
    routes: new Matcher(service.routes),
    binaryMediaTypes: service.binaryMediaTypes,
    ttl: (name) => ttls.get(name) ?? DENY_TTL,
  }
}

export interface Place {
  /** Percent-encoded, without the stage. */
  readonly path: string
  /** What follows `?`, as it came. */
  readonly search: string
}

/** `/dev/product?a=1` and `/product?a=1` are the same; so a first segment named as the stage is always the stage. */
export function placeOf(target: string, stage: string): Place {
  const [whole = '', search = ''] = target.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/, '').split(/\?(.*)/s, 2)
  const absolute = whole.startsWith('/') ? whole : `/${whole}`
  const path = absolute === `/${stage}` ? '/' : absolute.startsWith(`/${stage}/`) ? absolute.slice(stage.length + 1) : absolute
  return { path, search }
}

export type Found =
  | {
      readonly kind: 'route'
      readonly resource: string
      readonly parameters: Readonly<Record<string, string>>
      /** Whom to ask before the function is called, or null. */
      readonly authorizer: string | null
    }
  | { readonly kind: 'preflight'; readonly verbs: readonly string[] }
  | { readonly kind: 'none' }

/** @param path percent-encoded, without the stage */
export function find({ routes, config }: LocalApi, verb: string, path: string): Found {
  const match = routes.match(path)
  if (match === undefined) return { kind: 'none' }
  const route = match.routes.find((candidate) => candidate.verb === verb)
  if (route !== undefined) {
    const authorizer = route.authorizer !== null && config.authorizer !== null ? config.authorizer.name : route.authorizer
    return { kind: 'route', resource: match.path, parameters: match.parameters, authorizer }
  }
  const open = match.routes.filter(({ cors }) => cors).map((candidate) => candidate.verb)
  return verb === 'OPTIONS' && config.cors !== null && open.length > 0 ? { kind: 'preflight', verbs: open } : { kind: 'none' }
}
