/** From a request to the arguments of a method: what is missing, malformed or unknown is a 400 that says so. */
import { isObject } from './events.js'
import { BadRequestError, UnsupportedMediaTypeError } from './http-error.js'
import { decoded } from './match.js'
import type { ServiceRequest } from './request.js'
import { type Route, segmentsOf } from './route.js'

type Values = Record<string, unknown>

/**
 * @param pathParameters by variable, percent-encoded
 * @throws BadRequestError, UnsupportedMediaTypeError
 */
export async function argumentsOf(
  route: Route,
  request: ServiceRequest,
  pathParameters: Readonly<Record<string, string | undefined>>,
): Promise<readonly unknown[]> {
  checkContentType(route, request)
  const path = segmentsOf(route.path)
    .filter((segment) => segment.startsWith('{'))
    .flatMap((variable) => pathValue(route, variable, pathParameters[variable.replace(/[{+}]/g, '')] ?? ''))
  const { keys, anyKey } = route.parameters
  const values: Values = Object.create(null)
  const body = await bodyKeys(route, request)
  for (const [where, given] of [
    ['query', request.query],
    ['body', body],
  ] as const) {
    const unknown = Object.keys(given).filter((key) => !anyKey && !keys?.includes(key))
    if (unknown.length > 0) throw new BadRequestError(`unknown in the ${where}: ${unknown.slice(0, 20).join(', ')}`)
    for (const [key, value] of Object.entries(given)) {
      if (Object.hasOwn(values, key)) throw new BadRequestError(`in the query and in the body: ${key}`)
      values[key] = value
    }
  }
  return keys === null ? path : [...path, values]
}

function pathValue(route: Route, variable: string, value: string): readonly unknown[] {
  if (variable !== '{path+}') return [decodedOnce(value)]
  return route.parameters.rest === null ? [value.split('/').map(decodedOnce).join('/')] : value.split('/').map(decodedOnce)
}

function decodedOnce(value: string): string {
  const text = decoded(value)
  if (text === undefined) throw new BadRequestError('the path is not percent-encoded UTF-8')
  return text
}

function checkContentType({ contentTypes }: Route, request: ServiceRequest): void {
  if (contentTypes === null || request.bytes.length === 0) return
  const given = request.contentType
  const taken = contentTypes.some(
    (type) => type === '*/*' || type.toLowerCase() === given || (type.endsWith('/*') && given.startsWith(type.slice(0, -1))),
  )
  if (!taken) throw new UnsupportedMediaTypeError(`takes ${contentTypes.join(', ')}`)
}

/** The keys that the body gives. A body that is none of keys is the method's own to read: `this.request`. */
async function bodyKeys({ verb, parameters, contentTypes, binary }: Route, request: ServiceRequest): Promise<Values> {
  if (!/^(?:POST|PUT|PATCH)$/.test(verb) || request.bytes.length === 0) return {}
  const wanted = parameters.keys !== null
  if (!wanted && (contentTypes !== null || binary)) return {} // it said that it reads the body itself
  const type = request.contentType
  if (type === 'application/x-www-form-urlencoded') return grouped(new URLSearchParams(request.text()))
  if (type === 'multipart/form-data') return grouped(await request.form())
  if (type === '' || type === 'application/json' || type.endsWith('+json')) {
    if (!wanted && type === '') return {}
    const value = request.json()
    if (isObject(value)) return Object.assign(Object.create(null), value)
    if (wanted) throw new BadRequestError('the body must be a JSON object')
    return {}
  }
  if (wanted) throw new UnsupportedMediaTypeError('takes application/json, application/x-www-form-urlencoded or multipart/form-data')
  return {}
}

/** A repeated key is a list. */
function grouped(pairs: Iterable<[string, unknown]>): Values {
  const values: Values = Object.create(null)
  for (const [key, value] of pairs) {
    const before = values[key]
    values[key] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
  }
  return values
}
