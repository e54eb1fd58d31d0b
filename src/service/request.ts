/**
 * The request a route answers, read once from API Gateway's event, and where it is kept while it is answered: per chain
 * of calls, so that overlapping requests never see each other's.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Verb } from './description.js'
import type { LambdaContext, ProxyEvent } from './events.js'
import { BadRequestError } from './http-error.js'

const storage = new AsyncLocalStorage<ServiceRequest>()

/** @throws Error outside of a request. */
export function currentRequest(): ServiceRequest {
  const request = storage.getStore()
  if (request === undefined) throw new Error('`request` is there only while a request is answered')
  return request
}

/** The stage that API Gateway named, while a request is answered. */
export function currentStage(): string | undefined {
  return storage.getStore()?.stage
}

export function withRequest<T>(request: ServiceRequest, run: () => T): T {
  return storage.run(request, run)
}

/** Header values by name, in any case. */
export class RequestHeaders {
  readonly #values = new Map<string, readonly string[]>()

  constructor(event: Pick<ProxyEvent, 'headers' | 'multiValueHeaders'>) {
    for (const [name, value] of Object.entries(event.headers ?? {}))
      if (typeof value === 'string') this.#values.set(name.toLowerCase(), [value])
    // The list has every value, `headers` only the last one.
    for (const [name, list] of Object.entries(event.multiValueHeaders ?? {}))
      if (list && list.length > 0) this.#values.set(name.toLowerCase(), list)
  }

  /** Several values are joined by `, `. */
  get(name: string): string | undefined {
    return this.#values.get(name.toLowerCase())?.join(', ')
  }

  getAll(name: string): readonly string[] {
    return this.#values.get(name.toLowerCase()) ?? []
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase())
  }

  [Symbol.iterator](): IterableIterator<[string, readonly string[]]> {
    return this.#values.entries()
  }
}

export type QueryValues = Readonly<Record<string, string | readonly string[]>>

export class ServiceRequest {
  readonly verb: Verb
  /** Percent-encoded, without the stage. */
  readonly path: string
  /** `/product/{_0}`, or what API Gateway sent. */
  readonly resource: string
  readonly stage: string
  readonly requestId: string
  readonly sourceIp: string | undefined
  readonly headers: RequestHeaders
  /** Decoded; a repeated key is a list. */
  readonly query: QueryValues
  readonly stageVariables: Readonly<Record<string, string | undefined>>
  /** `principalId` and the context that `auth` gave. */
  readonly authorizer: Readonly<Record<string, unknown>>
  /** The body as bytes; empty without one. */
  readonly bytes: Uint8Array
  /** As it came, for what is not here. */
  readonly event: ProxyEvent
  readonly context: LambdaContext

  constructor(event: ProxyEvent, context: LambdaContext) {
    this.verb = event.httpMethod.toUpperCase() as Verb
    this.path = event.path
    this.resource = event.resource ?? event.path
    this.stage = event.requestContext?.stage ?? ''
    this.requestId = event.requestContext?.requestId ?? context.awsRequestId ?? ''
    this.sourceIp = event.requestContext?.identity?.sourceIp
    this.headers = new RequestHeaders(event)
    this.query = queryOf(event)
    this.stageVariables = event.stageVariables ?? {}
    this.authorizer = event.requestContext?.authorizer ?? {}
    this.bytes = Buffer.from(event.body ?? '', event.isBase64Encoded === true ? 'base64' : 'utf8')
    this.event = event
    this.context = context
  }

  /** Without parameters, in lower case: `application/json`. */
  get contentType(): string {
    return (this.headers.get('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  }

  /** @throws BadRequestError where the body is no UTF-8. */
  text(): string {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes)
    } catch {
      throw new BadRequestError('the body is not UTF-8')
    }
  }

  /** @throws BadRequestError where the body is no JSON. */
  json(): unknown {
    const text = this.text()
    try {
      return JSON.parse(text)
    } catch {
      throw new BadRequestError('the body is not JSON')
    }
  }

  /** A form, urlencoded or multipart. @throws BadRequestError where the body is none. */
  async form(): Promise<FormData> {
    try {
      return await new Response(this.bytes as Uint8Array<ArrayBuffer>, {
        headers: { 'Content-Type': this.headers.get('Content-Type') ?? '' },
      }).formData()
    } catch {
      throw new BadRequestError('the body is not a form')
    }
  }
}

function queryOf(event: ProxyEvent): QueryValues {
  // No prototype: a key may be named `__proto__`.
  const query: Record<string, string | readonly string[]> = Object.create(null)
  for (const [key, value] of Object.entries(event.queryStringParameters ?? {})) query[key] = value ?? ''
  for (const [key, list] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    const [only = '', ...more] = list ?? []
    query[key] = more.length === 0 ? only : [only, ...more]
  }
  return query
}
