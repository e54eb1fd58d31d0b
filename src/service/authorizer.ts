/**
 * Answers a TOKEN authorizer event. Decides whose `auth` is asked, from the path in `methodArn` alone, since the event
 * says nothing more; and writes its answer as a policy over all routes that this `auth` guards, never over the one asked
 * for: API Gateway keeps the answer for every path.
 */
import { type AllowedRoute, AuthRequest, AuthResponse, type AuthResult } from './auth.js'
import { AUTH_RESPONSE, isBranded } from './brand.js'
import type { Config } from './config.js'
import { shown } from './definition-error.js'
import type { TokenEvent } from './events.js'
import { Unauthorized } from './http-error.js'
import { decoded, Matcher } from './match.js'
import type { Model } from './model.js'
import { type AuthorizerAnswer, parseMethodArn, policy } from './policy.js'
import { type Route, segmentsOf } from './route.js'

/** @throws Unauthorized, or what the user's `auth` threw. */
export async function authorize(model: Model, config: Config, event: TokenEvent): Promise<AuthorizerAnswer> {
  const routes = model.routes()
  const method = parseMethodArn(event.methodArn)
  const nameOf = (route: Route) => effectiveAuthorizer(model.authorizerOf(route), config)
  const name = chosen(routes, nameOf, method.verb, `/${method.path}`)
  const auth = name === undefined ? undefined : model.auth(name, config)
  if (auth === undefined) return { principalId: 'nobody', policyDocument: policy(method, []) }
  const result = responseOf(await auth(new AuthRequest(event.authorizationToken, event.methodArn)))
  const guarded = routes.filter((route) => nameOf(route) === name)
  const alone = routes.every((route) => [name, null].includes(nameOf(route)))
  const resources = resourcesOf(result.routes, guarded, alone)
  return { principalId: result.principalId, policyDocument: policy(method, resources), context: contextOf(result.context) }
}

/** A config's `auth` replaces every authorizer, also a missing one; a route that needs none still needs none. */
export function effectiveAuthorizer(declared: string | null, config: { readonly auth: unknown }): string | null {
  return declared !== null && config.auth !== null ? 'config' : declared
}

/**
 * Whose `auth` guards the path. Where there are several, a path that reads differently once decoded (`/admin%2Froutes`)
 * could be one's for API Gateway and another's for us: such a path gets nobody's answer.
 */
function chosen(routes: readonly Route[], nameOf: (route: Route) => string | null, verb: string, path: string): string | undefined {
  // `deny` is one too: what it guards must never get the answer of another.
  const guards = (name: string | null): name is string => name !== null
  const all = new Set(routes.map(nameOf).filter(guards))
  if (all.size <= 1) return [...all][0]
  const matcher = new Matcher(routes)
  const found = readings(path).flatMap((reading) => {
    const there = matcher.match(reading)?.routes ?? []
    const exact = there.filter((route) => route.verb === verb)
    return (exact.length > 0 ? exact : there).map(nameOf).filter(guards)
  })
  const [only, ...others] = new Set(found)
  if (only === undefined || others.length > 0) throw new Unauthorized()
  return only
}

/** The ways in which somebody between the caller and us might have read the path. */
function readings(path: string): readonly string[] {
  const once = decoded(path) ?? path
  const twice = decoded(once) ?? once
  const written = [path, once, twice].map((reading) => reading.replaceAll('\\', '/'))
  return [...new Set([path, ...written, ...written.map(withoutDots), ...written.map((reading) => withoutDots(reading).toLowerCase())])]
}

function withoutDots(path: string): string {
  const kept: string[] = []
  for (const segment of segmentsOf(path)) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment.replace(/;[\s\S]*/, ''))
  }
  return `/${kept.join('/')}`
}

function responseOf(result: AuthResult): AuthResponse {
  if (isBranded(result, AUTH_RESPONSE)) return result as AuthResponse
  if (typeof result === 'boolean' || Array.isArray(result)) return new AuthResponse({ routes: result as boolean | readonly AllowedRoute[] })
  // A forgotten `return`, or a truthy value that was never meant as a yes.
  throw new TypeError(`auth returned ${shown(result)}, not true, false, a list of routes or an AuthResponse`)
}

/** @param alone whether no other authorizer guards any route: then `true` is all of the stage. */
function resourcesOf(allowed: boolean | readonly AllowedRoute[], guarded: readonly Route[], alone: boolean): readonly string[] {
  if (allowed === false) return []
  if (allowed === true) {
    return alone ? ['*'] : unique(guarded.map(({ verb, path }) => `${verb}${path.replace(/\{[^}]*\}/g, '*')}`))
  }
  if (!Array.isArray(allowed)) throw new TypeError(`routes ${shown(allowed)} are no list`)
  const verbs = unique(guarded.map(({ verb }) => verb))
  return unique(
    allowed.flatMap((entry: AllowedRoute) => {
      const { path, verbs: only = verbs } = typeof entry === 'string' ? { path: entry } : (entry ?? {})
      // `?` and `${…}` mean something in a policy and nothing in a list of routes.
      if (typeof path !== 'string' || /[?"\s]|\$\{/.test(path)) throw new TypeError(`auth allowed ${shown(entry)}, which is no route`)
      return only.map((verb) => `${verb}/${path.replace(/^\/+/, '')}`)
    }),
  )
}

function contextOf(context: AuthResponse['context']): AuthResponse['context'] {
  for (const [key, value] of Object.entries(context)) {
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      throw new TypeError(`context.${key} must be a string, number or boolean: API Gateway takes no other`)
    }
  }
  return context
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort()
}
