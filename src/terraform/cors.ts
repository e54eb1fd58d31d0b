/**
 * What a stage's CORS settings become in API Gateway: the answer to a preflight, given by the gateway without calling the
 * function, and the headers of the errors that the gateway makes itself. The headers of the function's own answers are the
 * runtime's business.
 * Sources: API Gateway developer guide, "Enabling CORS for a REST API resource", "Use overrides to change your API's
 * request and response parameters" and "Gateway responses"; aws/chalice#1310 for CONVERT_TO_TEXT.
 */
import type { CorsDescription } from '../service/description.js'
import type { Json } from '../util/hash.js'
import { CoworksError } from '../util/problem.js'

/** Refuses what a static mapping cannot carry: its value stands between single quotes, and there is no way to write one. */
function checked(where: string, what: string, values: readonly string[], pattern: RegExp): readonly string[] {
  const bad = values.find((value) => !pattern.test(value))
  if (bad === undefined) return values
  throw new CoworksError({ where, what: `${JSON.stringify(bad)} cannot be ${what}`, hint: 'see CORSConfig' })
}

/** A browser's Origin has a scheme; a host alone means its https one. */
function asOrigin(written: string): string {
  return written === '*' || written.includes('://') ? written : `https://${written}`
}

interface Headers {
  readonly [name: string]: string
}

interface CorsParts {
  /** The `options` operation of a path on which `verbs` may be called. */
  preflight(verbs: readonly string[]): Json
  readonly gatewayResponses: Json
}

export function corsParts(where: string, cors: CorsDescription, invocation: string): CorsParts {
  const origins = checked(where, 'an allowed origin', cors.allowOrigin, /^[A-Za-z0-9.:/_~*[\]+-]+$/).map(asOrigin)
  const allowHeaders = checked(where, 'the name of a header', cors.allowHeaders, /^[A-Za-z0-9!#$%&*+.^_`|~-]+$/)
  const exposeHeaders = checked(where, 'the name of a header', cors.exposeHeaders, /^[A-Za-z0-9!#$%&*+.^_`|~-]+$/)
  if (cors.allowCredentials && origins.includes('*')) {
    throw new CoworksError({
      where,
      what: 'CORS allows credentials to every origin',
      hint: "browsers refuse `*' with credentials: name the origins",
    })
  }
  const [first, ...others] = origins
  if (first === undefined) throw new CoworksError({ where, what: 'CORS allows no origin', hint: 'name one in allowOrigin' })
  const fixed = origins.includes('*') ? '*' : others.length === 0 ? first : undefined

  const common: Headers = {
    ...(cors.allowCredentials ? { 'Access-Control-Allow-Credentials': 'true' } : {}),
    ...(fixed === undefined ? { Vary: 'Origin' } : {}),
  }
  return {
    preflight: (verbs) =>
      preflight(invocation, fixed === undefined ? pickOrigin(origins) : '', {
        ...(fixed === undefined ? {} : { 'Access-Control-Allow-Origin': fixed }),
        'Access-Control-Allow-Methods': [...new Set([...verbs, 'OPTIONS'])].sort().join(','),
        'Access-Control-Allow-Headers': allowHeaders.join(','),
        ...(cors.maxAge === null ? {} : { 'Access-Control-Max-Age': String(cors.maxAge) }),
        ...common,
      }),
    gatewayResponses: gatewayResponses({
      'Access-Control-Allow-Origin': fixed ?? errorOrigin(first, cors),
      ...(exposeHeaders.length === 0 ? {} : { 'Access-Control-Expose-Headers': exposeHeaders.join(',') }),
      ...common,
    }),
  }
}

/**
 * A gateway response cannot choose: its header is static, or the caller's Origin whoever that is. Echoing any origin
 * together with credentials would open the errors to every site, so with credentials it is the first origin of the list;
 * without, `*` shows no site more than it could read with curl.
 */
function errorOrigin(first: string, cors: CorsDescription): string {
  return cors.allowCredentials ? first : '*'
}

/** Compared as text: `matches()` would read the dots of an origin as "any character" and let `wwwXsite.com` in. */
function pickOrigin(origins: readonly string[]): string {
  const listed = origins.map((origin) => `$origin == '${origin}'`).join(' || ')
  return [
    "#set($origin = $input.params('Origin'))",
    "#if($origin == '')#set($origin = $input.params('origin'))#end",
    `#if(${listed})#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end`,
  ].join('\n')
}

function preflight(invocation: string, responseTemplate: string, headers: Headers): Json {
  const names = Object.keys(headers)
  return {
    responses: {
      '200': {
        description: 'Preflight',
        headers: Object.fromEntries(names.map((name) => [name, { schema: { type: 'string' } }])),
      },
    },
    'x-amazon-apigateway-integration': {
      type: 'mock',
      // Neither is used by a mock, but some that read OpenAPI refuse an integration without them.
      uri: invocation,
      httpMethod: 'POST',
      // Without it, an API with binary types answers 500: the template's text would be taken for bytes.
      contentHandling: 'CONVERT_TO_TEXT',
      passthroughBehavior: 'when_no_match',
      requestTemplates: { 'application/json': '{"statusCode": 200}' },
      responses: {
        default: {
          statusCode: '200',
          contentHandling: 'CONVERT_TO_TEXT',
          responseParameters: Object.fromEntries(names.map((name) => [`method.response.header.${name}`, `'${headers[name]}'`])),
          responseTemplates: { 'application/json': responseTemplate },
        },
      },
    },
  }
}

function gatewayResponses(headers: Headers): Json {
  const response = {
    responseParameters: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [`gatewayresponse.header.${name}`, `'${value}'`]),
    ),
    responseTemplates: { 'application/json': '{"message":$context.error.messageString}' },
  }
  return { DEFAULT_4XX: response, DEFAULT_5XX: response }
}
