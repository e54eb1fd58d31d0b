/**
 * From what a method returns to what API Gateway takes. A string is text, bytes are bytes, nothing is 204, a list of
 * `[body, status, headers?]` says more, anything else is JSON.
 */
import { isObject, type ProxyAnswer } from './events.js'
import { type HttpError, isHttpError, isUnauthorized } from './http-error.js'

export interface Answer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string | Uint8Array
}

/** @throws Error for what cannot be sent: a value that is no JSON, a bad status or header. */
export async function answerOf(value: unknown): Promise<Answer> {
  // By its tag: naming `Response` would load all of fetch at every cold start.
  if (Object.prototype.toString.call(value) === '[object Response]') return fetched(value as Response)
  if (isTuple(value)) {
    const [body, status, headers = {}] = value
    const plain = await answerOf(body)
    return { ...plain, status, headers: new Map([...plain.headers, ...headersOf(headers)]) }
  }
  if (value === undefined || value === null) return { status: 204, headers: new Map(), body: '' }
  if (typeof value === 'string') return { status: 200, headers: typed('text/plain; charset=utf-8'), body: value }
  const bytes = bytesOf(value)
  if (bytes !== undefined) return { status: 200, headers: typed('application/octet-stream'), body: bytes }
  const body = JSON.stringify(value)
  if (body === undefined) throw new TypeError(`a ${typeof value} cannot be sent`)
  return { status: 200, headers: typed('application/json'), body }
}

type Tuple = readonly [body: unknown, status: number, headers?: Readonly<Record<string, unknown>>]

/** A list is a tuple only where it can be nothing else: `[1, 2]` is JSON, `[body, 404]` is a status. */
function isTuple(value: unknown): value is Tuple {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return false
  const [, status, headers] = value
  return Number.isInteger(status) && status >= 200 && status <= 599 && (value.length === 2 || headers === undefined || isObject(headers))
}

function typed(type: string): ReadonlyMap<string, readonly string[]> {
  return new Map([['content-type', [type]]])
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined
}

function headersOf(headers: Readonly<Record<string, unknown>>): Map<string, readonly string[]> {
  const checked = new Map<string, readonly string[]>()
  for (const [name, value] of Object.entries(headers)) {
    const values = (Array.isArray(value) ? value : [value]).map(String)
    // A line break in a value would let a caller write headers of their own.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || values.some((text) => /[\0-\x08\n-\x1f\x7f]/.test(text))) {
      throw new TypeError(`header ${JSON.stringify(name)} cannot be sent`)
    }
    if (value !== undefined) checked.set(name.toLowerCase(), values)
  }
  return checked
}

async function fetched(response: Response): Promise<Answer> {
  const headers = new Map<string, readonly string[]>()
  for (const [name, value] of response.headers) headers.set(name, [value])
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) headers.set('set-cookie', cookies)
  const bytes = new Uint8Array(await response.arrayBuffer())
  const type = response.headers.get('content-type') ?? ''
  const textual = /^text\/|[/+](?:json|xml|javascript|x-www-form-urlencoded)\b/.test(type) && !response.headers.has('content-encoding')
  const text = textual ? utf8(bytes) : undefined
  return { status: response.status, headers, body: text ?? (bytes.length === 0 ? '' : bytes) }
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The answer for anything thrown; only an `HttpError` says more than its status. */
export function answerOfError(error: unknown): Answer {
  if (isHttpError(error)) return message(error.status, error.message, headersOfError(error))
  return isUnauthorized(error) ? message(401, 'Unauthorized') : message(500, 'Internal Server Error')
}

function headersOfError(error: HttpError): ReadonlyMap<string, readonly string[]> {
  try {
    return headersOf(error.headers)
  } catch {
    return new Map()
  }
}

function message(status: number, text: string, headers: ReadonlyMap<string, readonly string[]> = new Map()): Answer {
  return { status, headers: new Map([...typed('application/json'), ...headers]), body: JSON.stringify({ message: text }) }
}

/** @param more headers that the answer gets unless it has them; `Vary` is added to. */
export function proxyAnswer(answer: Answer, more: Readonly<Record<string, string>>, withoutBody: boolean): ProxyAnswer {
  const all = new Map(answer.headers)
  for (const [name, value] of Object.entries(more)) {
    const key = name.toLowerCase()
    const before = all.get(key)
    if (before === undefined) all.set(key, [value])
    else if (key === 'vary' && !before.join(',').toLowerCase().includes(value.toLowerCase()))
      all.set(key, [`${before.join(', ')}, ${value}`])
  }
  const bytes = typeof answer.body !== 'string'
  const body = bytes ? Buffer.from(answer.body).toString('base64') : (answer.body as string)
  const headers: Record<string, string> = {}
  const multiValueHeaders: Record<string, readonly string[]> = {}
  for (const [key, values] of all) {
    const name = key.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase())
    if (values.length === 1) headers[name] = values[0] ?? ''
    else multiValueHeaders[name] = values
  }
  return { statusCode: answer.status, headers, multiValueHeaders, body: withoutBody ? '' : body, isBase64Encoded: bytes && !withoutBody }
}
