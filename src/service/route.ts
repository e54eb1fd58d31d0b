/**
 * One route: what it is once name, parameters and decorator have been read together. Pure data in, pure data out; which
 * methods there are is `discover.ts`, which request it answers is `match.ts`.
 */
import type { RouteOptions } from './decorators.js'
import { type DefinitionProblem, shown, unknownOptions } from './definition-error.js'
import type { Verb } from './description.js'
import { type Parameters, parametersOf } from './parameters.js'

export const VERBS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const satisfies readonly Verb[]

export type UserMethod = (...args: readonly unknown[]) => unknown

export interface Route {
  readonly verb: Verb
  /** As API Gateway writes it. Variables are named by position, so that two routes never give one place two names. */
  readonly path: string
  /** `get_product`, `Admin.get_routes`. */
  readonly handler: string
  /** What `this` is for the method: the service or a blueprint. */
  readonly owner: object
  readonly method: UserMethod
  readonly parameters: Parameters
  /** False for `@route({ authorizer: false })`, and for OPTIONS: a browser sends no token with a preflight. */
  readonly authorized: boolean
  readonly cors: boolean
  readonly binary: boolean
  readonly contentTypes: readonly string[] | null
  readonly signature: string
}

export interface Candidate {
  readonly name: string
  /** Where it is, for messages: `SimpleMicroService.get_product`. */
  readonly where: string
  readonly handler: string
  readonly owner: object
  readonly method: UserMethod
  readonly options: RouteOptions | undefined
  /** `/admin` or nothing. */
  readonly prefix: string
}

const KNOWN = ['path', 'verb', 'authorizer', 'cors', 'binary', 'contentTypes'] as const
const NAMED = /^(get|post|put|patch|delete|head|options)(?:_(.*))?$/s
const SEGMENT = /^[A-Za-z0-9._:-]+$/
const VARIABLE = /^\{[A-Za-z0-9._-]+(\+?)\}$/

/** A name that is a route without further words: `get`, `get_product`, `post_`. */
export function isRouteName(name: string): boolean {
  return NAMED.test(name)
}

/** The route of a method, or what is wrong with it. */
export function routeOf(candidate: Candidate): Route | readonly DefinitionProblem[] {
  const { where, name, method, options = {} } = candidate
  const wrong = optionProblems(where, options)
  if (wrong.length > 0) return wrong
  const parameters = parametersOf(Function.prototype.toString.call(method))
  if ('problem' in parameters) return [{ where, what: parameters.problem }]
  if (parameters.generator) return [{ where, what: 'a generator cannot answer a request', hint: 'write a method or an async method' }]
  const path = pathOf(candidate, parameters)
  if (typeof path !== 'string') return [path]
  const verb = options.verb ?? ((NAMED.exec(name)?.[1] ?? 'get').toUpperCase() as Verb)
  return {
    verb,
    path,
    handler: candidate.handler,
    owner: candidate.owner,
    method,
    parameters,
    authorized: options.authorizer !== false && verb !== 'OPTIONS',
    cors: options.cors !== false,
    binary: options.binary === true,
    contentTypes: options.contentTypes ?? null,
    signature: `${name}${parameters.text}`,
  }
}

function optionProblems(where: string, options: RouteOptions): readonly DefinitionProblem[] {
  const problems = unknownOptions(where, options, KNOWN)
  if (problems.length > 0) return problems
  if (options.verb !== undefined && !VERBS.includes(options.verb)) {
    problems.push({ where, what: `verb ${shown(options.verb)} is unknown`, hint: `known: ${VERBS.join(', ')}` })
  }
  for (const flag of ['authorizer', 'cors', 'binary'] as const) {
    if (options[flag] !== undefined && typeof options[flag] !== 'boolean') {
      problems.push({ where, what: `${flag} must be true or false, not ${shown(options[flag])}` })
    }
  }
  const types: unknown = options.contentTypes
  if (
    types !== undefined &&
    !(Array.isArray(types) && types.length > 0 && types.every((type) => /^[\w.+*-]+\/[\w.+*-]+$/.test(String(type))))
  ) {
    problems.push({ where, what: `contentTypes must be a list of media types, not ${shown(types)}`, hint: "['image/png']" })
  }
  if (options.path !== undefined && typeof options.path !== 'string') {
    problems.push({ where, what: `path must be a string, not ${shown(options.path)}` })
  }
  return problems
}

function pathOf({ name, where, options, prefix }: Candidate, { positional, rest }: Parameters): string | DefinitionProblem {
  const written = options?.path === undefined ? namedSegments(name) : segmentsOf(options.path)
  const variables = written.filter((segment) => VARIABLE.test(segment))
  const bad = written.find((segment) => !(SEGMENT.test(segment) || VARIABLE.test(segment)) || segment === '.' || segment === '..')
  if (bad !== undefined) {
    return {
      where,
      what: `\`${bad}' cannot be a part of a path`,
      hint: "API Gateway takes letters, digits, `.', `_', `-', `:' and whole {variables}",
    }
  }
  const count = positional.length + (rest === null ? 0 : 1)
  if (options?.path !== undefined && variables.length !== count) {
    return { where, what: `its path \`${options.path}' has ${variables.length} variables, the method ${count} required parameters` }
  }
  const greedyAt = written.findIndex((segment) => segment.endsWith('+}'))
  if (greedyAt >= 0 && greedyAt < written.length - 1) return { where, what: `\`${written[greedyAt]}' must end its path` }
  if (options?.path !== undefined && rest !== null && greedyAt < 0) {
    return { where, what: `the rest parameter \`...${rest}' needs a path that ends in \`{${rest}+}'` }
  }
  let at = 0
  const segments = written.map((segment) => (!VARIABLE.test(segment) ? segment : segment.endsWith('+}') ? '{path+}' : `{_${at++}}`))
  if (options?.path === undefined) segments.push(...positional.map((_, index) => `{_${index}}`), ...(rest === null ? [] : ['{path+}']))
  return `/${[...segmentsOf(prefix), ...segments].join('/')}`
}

/** `get_a_b__` → a, b: underscores separate, those at the end only keep names apart. */
function namedSegments(name: string): string[] {
  const after = NAMED.exec(name)
  return (after === null ? name : (after[2] ?? '')).split('_').filter((part) => part !== '')
}

export function segmentsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

/** Problems between routes: two on one verb and path, or two kinds of variable in one place. */
export function collisions(where: string, routes: readonly Route[]): DefinitionProblem[] {
  const problems: DefinitionProblem[] = []
  const taken = new Map<string, Route>()
  const variables = new Map<string, { readonly variable: string; readonly route: Route }>()
  for (const route of routes) {
    const key = `${route.verb} ${route.path}`
    const other = taken.get(key)
    if (other !== undefined) {
      problems.push({
        where,
        what: `${other.handler} and ${route.handler} are both ${key}`,
        hint: 'rename one, or give it a path with @route',
      })
    }
    taken.set(key, route)
    const segments = segmentsOf(route.path)
    for (const [at, segment] of segments.entries()) {
      if (!segment.startsWith('{')) continue
      const parent = `/${segments.slice(0, at).join('/')}`
      const before = variables.get(parent)
      if (before === undefined) variables.set(parent, { variable: segment, route })
      else if (before.variable !== segment) {
        const what = `${before.route.handler} and ${route.handler} put \`${before.variable}' and \`${segment}' under ${parent}`
        problems.push({ where, what, hint: 'API Gateway takes one variable in a place: give one of them another path' })
      }
    }
  }
  return problems
}
