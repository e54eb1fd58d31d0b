/** The event that API Gateway would make of a request: what the test kit sends into a service. */
import type { Verb } from './description.js'
import type { ProxyEvent } from './events.js'

type Value = string | number | boolean

export interface ClientRequest {
  readonly headers?: Readonly<Record<string, string>>
  /** The `Authorization` header. */
  readonly token?: string
  /** Added to what the path has after its `?`; a list repeats the key. */
  readonly query?: Readonly<Record<string, Value | readonly Value[]>>
  /** As it is: a string, or bytes, which are sent as base64. */
  readonly body?: string | Uint8Array
  /** As `application/json`. */
  readonly json?: unknown
  /** As `application/x-www-form-urlencoded`, or a `FormData` as `multipart/form-data`. */
  readonly form?: Readonly<Record<string, string>> | FormData
}

export interface SentRequest {
  readonly verb: Verb
  /** Percent-encoded, without query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: ReadonlyMap<string, string>
  readonly body: string | Uint8Array | null
}

/** @param target path with or without a query */
export async function sentRequest(verb: Verb, target: string, request: ClientRequest): Promise<SentRequest> {
  const [path = '', search = ''] = target.split(/\?(.*)/s, 2)
  const query = new URLSearchParams(search)
  for (const [key, value] of Object.entries(request.query ?? {})) for (const one of [value].flat()) query.append(key, String(one))
  const headers = new Map<string, string>([['Host', 'localhost']])
  const set = (name: string, value: string) => {
    for (const known of headers.keys()) if (known.toLowerCase() === name.toLowerCase()) headers.delete(known)
    headers.set(name, value)
  }
  let body: string | Uint8Array | null = request.body ?? null
  if (request.json !== undefined) {
    body = JSON.stringify(request.json)
    set('Content-Type', 'application/json')
  } else if (request.form !== undefined) {
    const made = new Response(request.form instanceof FormData ? request.form : new URLSearchParams(request.form))
    set('Content-Type', made.headers.get('Content-Type') ?? '')
    body = new Uint8Array(await made.arrayBuffer())
  }
  for (const [name, value] of Object.entries(request.headers ?? {})) set(name, value)
  if (request.token !== undefined) set('Authorization', request.token)
  return { verb, path: path.startsWith('/') ? path : `/${path}`, query, headers, body }
}

interface Place {
  readonly resource: string
  readonly parameters: Readonly<Record<string, string>> | null
  readonly stage: string
  readonly authorizer: Readonly<Record<string, unknown>> | undefined
}

let count = 0

export function proxyEvent(sent: SentRequest, { resource, parameters, stage, authorizer }: Place): ProxyEvent {
  const keys = [...new Set(sent.query.keys())]
  const many = (pairs: readonly (readonly [string, readonly string[]])[]) => (pairs.length === 0 ? null : Object.fromEntries(pairs))
  const last = (pairs: readonly (readonly [string, readonly string[]])[]) =>
    pairs.length === 0 ? null : Object.fromEntries(pairs.map(([key, values]) => [key, values.at(-1) ?? '']))
  const query = keys.map((key) => [key, sent.query.getAll(key)] as const)
  const headers = [...sent.headers].map(([name, value]) => [name, [value]] as const)
  return {
    resource,
    path: sent.path,
    httpMethod: sent.verb,
    headers: last(headers),
    multiValueHeaders: many(headers),
    queryStringParameters: last(query),
    multiValueQueryStringParameters: many(query),
    pathParameters: parameters === null || Object.keys(parameters).length === 0 ? null : parameters,
    stageVariables: null,
    requestContext: {
      stage,
      requestId: `test-${++count}`,
      path: `/${stage}${sent.path}`,
      resourcePath: resource,
      httpMethod: sent.verb,
      protocol: 'HTTP/1.1',
      identity: { sourceIp: '127.0.0.1', userAgent: sent.headers.get('User-Agent') ?? null },
      ...(authorizer === undefined ? {} : { authorizer }),
    },
    body: sent.body === null ? null : typeof sent.body === 'string' ? sent.body : Buffer.from(sent.body).toString('base64'),
    isBase64Encoded: sent.body !== null && typeof sent.body !== 'string',
  }
}
