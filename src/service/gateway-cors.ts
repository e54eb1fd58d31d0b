/**
 * The CORS headers that the gateway itself sends: with the answer to a preflight, and with its own errors. They are those
 * that Terraform deploys, which a test holds; the headers of the function's answers are the runtime's business.
 */
import type { CorsDescription } from './description.js'

type Headers = readonly (readonly [name: string, value: string])[]

interface Origins {
  readonly listed: readonly string[]
  /** The one origin that is always told; of a list, none is. */
  readonly fixed: string | undefined
}

/** A browser's Origin has a scheme; a host alone means its https one. */
function originsOf(cors: CorsDescription): Origins {
  const listed = cors.allowOrigin.map((written) => (written === '*' || written.includes('://') ? written : `https://${written}`))
  return { listed, fixed: listed.includes('*') ? '*' : listed.length === 1 ? listed[0] : undefined }
}

function common(cors: CorsDescription, { fixed }: Origins): Headers {
  return [
    ...(cors.allowCredentials ? [['Access-Control-Allow-Credentials', 'true'] as const] : []),
    ...(fixed === undefined ? [['Vary', 'Origin'] as const] : []),
  ]
}

/** @param verbs that may be called on the path */
export function preflightHeaders(cors: CorsDescription, origin: string | undefined, verbs: readonly string[]): Headers {
  const origins = originsOf(cors)
  const told = origins.fixed ?? origins.listed.find((listed) => listed === origin)
  return [
    ...(told === undefined ? [] : [['Access-Control-Allow-Origin', told] as const]),
    ['Access-Control-Allow-Methods', [...new Set([...verbs, 'OPTIONS'])].sort().join(',')],
    ['Access-Control-Allow-Headers', cors.allowHeaders.join(',')],
    ...(cors.maxAge === null ? [] : [['Access-Control-Max-Age', String(cors.maxAge)] as const]),
    ...common(cors, origins),
  ]
}

/** A gateway response cannot choose: of a list it tells `*`, or with credentials, which forbid that, the first origin. */
export function errorHeaders(cors: CorsDescription): Headers {
  const origins = originsOf(cors)
  const origin = origins.fixed ?? (cors.allowCredentials ? (origins.listed[0] ?? '') : '*')
  return [
    ['Access-Control-Allow-Origin', origin],
    ...(cors.exposeHeaders.length === 0 ? [] : [['Access-Control-Expose-Headers', cors.exposeHeaders.join(',')] as const]),
    ...common(cors, origins),
  ]
}
