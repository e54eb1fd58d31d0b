/**
 * Which resource a path is, as API Gateway decides: the most special one, first segment first, and the verb only after
 * that. Segments are split before they are decoded, so that an encoded `/` never makes two of one.
 */
import { segmentsOf } from './route.js'

export interface Match<R> {
  /** `/product/{_0}` */
  readonly path: string
  /** All routes of that path, one a verb. */
  readonly routes: readonly R[]
  /** Values by variable, percent-encoded as they came; of a greedy one, with its `/`. */
  readonly parameters: Readonly<Record<string, string>>
}

export class Matcher<R extends { readonly path: string }> {
  readonly #byPath = new Map<string, R[]>()
  readonly #resources: readonly { readonly path: string; readonly routes: readonly R[]; readonly segments: readonly string[] }[]

  constructor(routes: readonly R[]) {
    for (const route of routes) this.#byPath.set(route.path, [...(this.#byPath.get(route.path) ?? []), route])
    this.#resources = [...this.#byPath]
      .map(([path, routes]) => ({ path, routes, segments: segmentsOf(path) }))
      .sort((a, b) => special(a.segments, b.segments))
  }

  /** The resource of that very name: `event.resource`. */
  resource(path: string): readonly R[] | undefined {
    return this.#byPath.get(path)
  }

  /** @param path percent-encoded, without stage and query. One `/` at the end is no difference. */
  match(path: string): Match<R> | undefined {
    const given = path.replace(/^\//, '').replace(/\/$/, '')
    const segments = given === '' ? [] : given.split('/')
    for (const { path, routes, segments: pattern } of this.#resources) {
      const parameters = matched(pattern, segments)
      if (parameters !== undefined) return { path, routes, parameters }
    }
    return undefined
  }
}

function rank(segment: string | undefined): number {
  if (segment === undefined) return 3
  return segment === '{path+}' ? 2 : segment.startsWith('{') ? 1 : 0
}

function special(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = rank(a[at]) - rank(b[at])
    if (difference !== 0) return difference
  }
  return 0
}

function matched(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {}
  const greedy = pattern.at(-1) === '{path+}'
  if (greedy ? segments.length < pattern.length : segments.length !== pattern.length) return undefined
  for (const [at, part] of pattern.entries()) {
    const segment = segments[at] ?? ''
    if (part === '{path+}') parameters.path = segments.slice(at).join('/')
    else if (part.startsWith('{')) {
      if (segment === '') return undefined
      parameters[part.slice(1, -1)] = segment
    } else if (part !== decoded(segment)) return undefined
  }
  return parameters
}

/** Decoded once, or nothing where it is malformed. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
