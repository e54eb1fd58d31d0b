/**
 * From what the function returned to what the caller gets. API Gateway takes one shape and nothing near it; whatever else
 * is returned is a 502, and the reason, which AWS only writes into a log, is told here.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
 */
import { isObject } from './events.js'
import { isBinary } from './media-types.js'

export interface GatewayAnswer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string | Uint8Array
}

export type Mapped =
  | { readonly ok: true; readonly answer: GatewayAnswer; readonly note?: string }
  | { readonly ok: false; readonly why: string }

/** API Gateway sends these under another name, since it writes its own: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html */
const REMAPPED = ['connection', 'content-md5', 'date', 'proxy-authenticate', 'server', 'te', 'trailer', 'upgrade', 'www-authenticate']
/** These follow from the body that is sent. */
const DROPPED = ['content-length', 'transfer-encoding', 'keep-alive']

/** @param accept the caller's `Accept` @param binaryMediaTypes of the API */
export function mapAnswer(payload: unknown, accept: string | undefined, binaryMediaTypes: readonly string[]): Mapped {
  if (!isObject(payload)) return malformed('it is no object')
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = payload
  const status = typeof statusCode === 'string' && /^\d{3}$/.test(statusCode) ? Number(statusCode) : statusCode
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) return malformed('statusCode is no status')
  if (body !== undefined && body !== null && typeof body !== 'string') return malformed('body is no string')
  if (isBase64Encoded !== undefined && typeof isBase64Encoded !== 'boolean') return malformed('isBase64Encoded is no boolean')
  const sent = headersOf(headers, multiValueHeaders)
  if (typeof sent === 'string') return malformed(sent)
  const text = body ?? ''
  if (isBase64Encoded !== true) return { ok: true, answer: { status, headers: sent, body: text } }
  if (isBinary(accept, binaryMediaTypes)) return { ok: true, answer: { status, headers: sent, body: Buffer.from(text, 'base64') } }
  // What surprises everybody once: bytes become bytes only where the caller's Accept asks for a binary type of the API.
  const note = "sent as base64 text: the first type of the request's Accept is no binary type of the API"
  return { ok: true, answer: { status, headers: sent, body: text }, note }
}

function malformed(what: string): Mapped {
  return { ok: false, why: `Malformed Lambda proxy response: ${what}` }
}

type Headers = [name: string, value: string][]

/** Or why they are none. */
function headersOf(single: unknown, multi: unknown): Headers | string {
  const lists = new Map<string, { readonly name: string; readonly values: string[] }>()
  for (const [what, given] of Object.entries({ multiValueHeaders: multi, headers: single })) {
    if (given === undefined || given === null) continue
    if (!isObject(given)) return `${what} is no object`
    for (const [name, value] of Object.entries(given)) {
      const values = what === 'headers' ? [value] : value
      if (!Array.isArray(values) || !values.every(isPlain))
        return `${what}.${name} is ${what === 'headers' ? 'no text' : 'no list of texts'}`
      const list = lists.get(name.toLowerCase()) ?? { name, values: [] }
      // A pair that is in both maps is sent once.
      for (const text of values.map(String)) if (what === 'multiValueHeaders' || !list.values.includes(text)) list.values.push(text)
      lists.set(name.toLowerCase(), list)
    }
  }
  const sent: Headers = lists.has('content-type') ? [] : [['Content-Type', 'application/json']]
  for (const [key, { name, values }] of lists) {
    if (DROPPED.includes(key)) continue
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || values.some((text) => /[\0-\x08\n-\x1f\x7f]|[^\0-\xff]/.test(text)))
      return `the header ${JSON.stringify(name)} cannot be sent`
    for (const text of values) sent.push([REMAPPED.includes(key) ? `x-amzn-Remapped-${name}` : name, text])
  }
  return sent
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
