/**
 * CORS of a stage: what may be configured, and the headers that follow from it. The deployed function, the local gateway
 * and the test kit all take them from here.
 * Source: https://fetch.spec.whatwg.org/#http-cors-protocol
 */
import { CORS } from './brand.js'
import { DefinitionError, type DefinitionProblem, shown, unknownOptions } from './definition-error.js'
import type { CorsDescription } from './description.js'

export interface CORSOptions {
  /** `'*'`, one origin, or a list of them. An origin is `https://host[:port]`; `host` alone means its `https` origin. */
  readonly allowOrigin: string | readonly string[]
  /** Request headers a page may send, besides `Authorization` and `Content-Type`, which always are. */
  readonly allowHeaders?: readonly string[]
  /** Seconds a browser may keep the answer to a preflight. */
  readonly maxAge?: number
  /** Response headers a page may read. */
  readonly exposeHeaders?: readonly string[]
  /** Cookies and the like; not possible with `'*'`. */
  readonly allowCredentials?: boolean
}

const KNOWN = ['allowOrigin', 'allowHeaders', 'maxAge', 'exposeHeaders', 'allowCredentials'] as const
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const ALWAYS_ALLOWED = ['Authorization', 'Content-Type']

export class CORSConfig implements CorsDescription {
  readonly [CORS] = true
  readonly allowOrigin: readonly string[]
  readonly allowHeaders: readonly string[]
  readonly exposeHeaders: readonly string[]
  readonly allowCredentials: boolean
  readonly maxAge: number | null

  /** @throws DefinitionError for an unknown option, an impossible value, or `'*'` with credentials. */
  constructor(options: CORSOptions) {
    const where = 'CORSConfig'
    const problems: DefinitionProblem[] = unknownOptions(where, options, KNOWN)
    if (problems.length > 0) throw new DefinitionError(...problems)
    const { allowOrigin, allowHeaders = [], exposeHeaders = [], allowCredentials = false, maxAge = null } = options
    const origins: readonly unknown[] = Array.isArray(allowOrigin) ? allowOrigin : [allowOrigin]
    if (origins.length === 0) problems.push({ where, what: 'allowOrigin is an empty list', hint: 'leave `cors` out to have no CORS' })
    for (const origin of origins) {
      if (typeof origin !== 'string' || !isOrigin(origin)) {
        problems.push({
          where,
          what: `allowOrigin ${shown(origin)} is no origin`,
          hint: "write `*', `https://www.example.com' or a list of origins",
        })
      }
    }
    if (origins.includes('*') && origins.length > 1) {
      problems.push({ where, what: "allowOrigin has `*' among others", hint: "write `*' alone, or only the origins" })
    }
    for (const [option, names] of Object.entries({ allowHeaders, exposeHeaders })) {
      if (!Array.isArray(names) || names.some((name) => typeof name !== 'string' || !TOKEN.test(name))) {
        problems.push({ where, what: `${option} must be a list of header names, not ${shown(names)}` })
      }
    }
    if (maxAge !== null && (!Number.isInteger(maxAge) || maxAge < 0 || maxAge > 86400)) {
      problems.push({ where, what: `maxAge ${shown(maxAge)} is impossible`, hint: 'seconds, 0 to 86400' })
    }
    if (typeof allowCredentials !== 'boolean') {
      problems.push({ where, what: `allowCredentials must be true or false, not ${shown(allowCredentials)}` })
    } else if (allowCredentials && origins.includes('*')) {
      problems.push({ where, what: "allowCredentials with allowOrigin `*' is refused by browsers", hint: 'list the origins' })
    }
    if (problems.length > 0) throw new DefinitionError(...problems)
    this.allowOrigin = Object.freeze([...new Set(origins as readonly string[])])
    this.allowHeaders = Object.freeze(unique([...ALWAYS_ALLOWED, ...allowHeaders]))
    this.exposeHeaders = Object.freeze(unique(exposeHeaders))
    this.allowCredentials = allowCredentials
    this.maxAge = maxAge
    Object.freeze(this)
  }
}

function isOrigin(text: string): boolean {
  if (text === '*') return true
  return /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::\d{1,5})?$/i.test(text)
}

/** Header names are the same in any case: the first spelling stays. */
function unique(names: readonly string[]): string[] {
  return names.filter((name, at) => names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) === at)
}

type Headers = Readonly<Record<string, string>>

/** Headers of every answer, errors too. `origin` is the request's `Origin`, if it has one. */
export function corsHeaders(cors: CorsDescription, origin: string | undefined): Headers {
  const allowed = allowedOrigin(cors, origin)
  return {
    ...(allowed === undefined ? {} : { 'Access-Control-Allow-Origin': allowed }),
    ...(varies(cors) ? { Vary: 'Origin' } : {}),
    ...(cors.allowCredentials && allowed !== undefined ? { 'Access-Control-Allow-Credentials': 'true' } : {}),
    ...(cors.exposeHeaders.length > 0 ? { 'Access-Control-Expose-Headers': cors.exposeHeaders.join(',') } : {}),
  }
}

/** Headers of the answer to a preflight for a path that knows `verbs`. */
export function preflightHeaders(cors: CorsDescription, origin: string | undefined, verbs: readonly string[]): Headers {
  const allowed = allowedOrigin(cors, origin)
  return {
    ...(allowed === undefined ? {} : { 'Access-Control-Allow-Origin': allowed }),
    ...(varies(cors) ? { Vary: 'Origin' } : {}),
    ...(cors.allowCredentials && allowed !== undefined ? { 'Access-Control-Allow-Credentials': 'true' } : {}),
    'Access-Control-Allow-Methods': [...new Set([...verbs, 'OPTIONS'])].sort().join(','),
    'Access-Control-Allow-Headers': cors.allowHeaders.join(','),
    ...(cors.maxAge === null ? {} : { 'Access-Control-Max-Age': String(cors.maxAge) }),
  }
}

/** The answer differs by caller: a cache in between must know. */
function varies(cors: CorsDescription): boolean {
  return cors.allowOrigin.length > 1 || cors.allowOrigin.some((entry) => entry !== '*' && !entry.includes('://'))
}

/** One origin is always told, as API Gateway's own static answers do; of a list, only the caller's, and only if it is in the list. */
function allowedOrigin(cors: CorsDescription, origin: string | undefined): string | undefined {
  const [first] = cors.allowOrigin
  const listed =
    origin !== undefined && cors.allowOrigin.some((entry) => entry === origin || (!entry.includes('://') && `https://${entry}` === origin))
  if (first === '*') return '*'
  if (listed) return origin
  return cors.allowOrigin.length === 1 ? first : undefined
}
