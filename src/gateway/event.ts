/**
 * The proxy event, version 1.0, that API Gateway sends for a request. Paths stay percent-encoded, queries are decoded, what
 * is empty is null, and of a name that comes twice the plain map has the last value.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
 */

import { isBinary } from '../service/media-types.js'
import type { LocalApi, Place } from './api.js'
import { type GatewayRequest, headerOf } from './message.js'

export const REGION = 'us-east-1'
export const ACCOUNT = '123456789012'
/** Of the API, in ARNs. */
export const API_ID = 'local'

export interface EventParts {
  readonly request: GatewayRequest
  readonly place: Place
  readonly resource: string
  readonly parameters: Readonly<Record<string, string>>
  /** What the authorizer said, or undefined where none was asked. */
  readonly authorizer: Readonly<Record<string, string>> | undefined
  readonly requestId: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** They speak of one connection, not of the request: API Gateway keeps them. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade', 'expect']

export function proxyEvent({ stage, functionName, binaryMediaTypes }: LocalApi, parts: EventParts) {
  const { request, place, resource, parameters, authorizer, requestId, now } = parts
  const headers = byName(withForwarded(request).filter(([name]) => !HOP_BY_HOP.includes(name.toLowerCase())))
  const query = byKey(new URLSearchParams(place.search))
  const binary = request.body.length > 0 && isBinary(headerOf(request, 'Content-Type'), binaryMediaTypes)
  const host = headerOf(request, 'Host') ?? 'localhost'
  return {
    resource,
    path: place.path,
    httpMethod: request.verb,
    headers: lastOf(headers),
    multiValueHeaders: listsOf(headers),
    queryStringParameters: lastOf(query),
    multiValueQueryStringParameters: listsOf(query),
    pathParameters: Object.keys(parameters).length === 0 ? null : parameters,
    // As Terraform renders the stage.
    stageVariables: { function: functionName },
    requestContext: {
      resourceId: API_ID,
      resourcePath: resource,
      httpMethod: request.verb,
      extendedRequestId: requestId,
      requestTime: requestTime(now),
      requestTimeEpoch: now,
      path: `/${stage}${place.path}`,
      accountId: ACCOUNT,
      protocol: request.protocol,
      stage,
      domainPrefix: API_ID,
      domainName: host,
      deploymentId: API_ID,
      apiId: API_ID,
      requestId,
      ...(authorizer === undefined ? {} : { authorizer }),
      identity: {
        cognitoIdentityPoolId: null,
        accountId: null,
        cognitoIdentityId: null,
        caller: null,
        sourceIp: request.sourceIp,
        principalOrgId: null,
        accessKey: null,
        cognitoAuthenticationType: null,
        cognitoAuthenticationProvider: null,
        userArn: null,
        userAgent: headerOf(request, 'User-Agent') ?? null,
        user: null,
      },
    },
    body: request.body.length === 0 ? null : Buffer.from(request.body).toString(binary ? 'base64' : 'utf8'),
    isBase64Encoded: binary,
  }
}

export function methodArn({ stage }: LocalApi, verb: string, path: string): string {
  return `arn:aws:execute-api:${REGION}:${ACCOUNT}:${API_ID}/${stage}/${verb}${path}`
}

/** The event of a TOKEN authorizer. */
export function tokenEvent(api: LocalApi, verb: string, path: string, token: string) {
  return { type: 'TOKEN', authorizationToken: token, methodArn: methodArn(api, verb, path) }
}

function withForwarded(request: GatewayRequest): GatewayRequest['headers'] {
  const names = ['x-forwarded-for', 'x-forwarded-port', 'x-forwarded-proto']
  const before = headerOf(request, 'X-Forwarded-For')
  const port = /:(\d+)$/.exec(headerOf(request, 'Host') ?? '')?.[1] ?? '80'
  return [
    ...request.headers.filter(([name]) => !names.includes(name.toLowerCase())),
    ['X-Forwarded-For', before === undefined ? request.sourceIp : `${before}, ${request.sourceIp}`],
    ['X-Forwarded-Port', port],
    ['X-Forwarded-Proto', request.protocol.split('/', 1)[0]?.toLowerCase() ?? ''],
  ]
}

type Lists = ReadonlyMap<string, readonly string[]>

/** A header in two spellings is one header, spelled as it came first. */
function byName(headers: GatewayRequest['headers']): Lists {
  const spelled = new Map<string, string>()
  const lists = new Map<string, string[]>()
  for (const [name, value] of headers) {
    const spelling = spelled.get(name.toLowerCase()) ?? name
    spelled.set(name.toLowerCase(), spelling)
    lists.set(spelling, [...(lists.get(spelling) ?? []), value])
  }
  return lists
}

function byKey(query: URLSearchParams): Lists {
  return new Map([...new Set(query.keys())].map((key) => [key, query.getAll(key)]))
}

// fromEntries, not assignment: a key may be named `__proto__`.
function lastOf(lists: Lists): Readonly<Record<string, string>> | null {
  return lists.size === 0 ? null : Object.fromEntries([...lists].map(([key, values]) => [key, values.at(-1) ?? '']))
}

function listsOf(lists: Lists): Readonly<Record<string, readonly string[]>> | null {
  return lists.size === 0 ? null : Object.fromEntries(lists)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `09/Apr/2015:12:34:56 +0000` */
function requestTime(now: number): string {
  const [, year = '', month = '', day = '', time = ''] = /^(\d+)-(\d+)-(\d+)T([\d:]+)/.exec(new Date(now).toISOString()) ?? []
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time} +0000`
}
