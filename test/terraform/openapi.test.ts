import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CorsDescription } from '../../src/service/description.js'
import { definition } from '../../src/terraform/index.js'
import { CoworksError } from '../../src/util/problem.js'
import { config, route, service } from './models.js'

interface Operation {
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly 'x-amazon-apigateway-integration': {
    readonly type: string
    readonly contentHandling?: string
    readonly uri: string
    readonly responses?: {
      readonly default: { readonly responseParameters: Record<string, string>; readonly responseTemplates: Record<string, string> }
    }
  }
}

interface Body {
  readonly info: { readonly title: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: {
    readonly securitySchemes: Readonly<Record<string, { readonly 'x-amazon-apigateway-authorizer': Record<string, unknown> }>>
  }
  readonly 'x-amazon-apigateway-gateway-responses'?: Readonly<Record<string, { readonly responseParameters: Record<string, string> }>>
}

const bodyOf = (svc = service(), cfg = config()): Body =>
  definition({ microservice: 'app-test', service: svc, config: cfg }).body as unknown as Body
const hashOf = (svc = service(), cfg = config()) => definition({ microservice: 'app-test', service: svc, config: cfg }).hash
const cors = (more: Partial<CorsDescription>) =>
  config({
    cors: { allowOrigin: ['*'], allowHeaders: ['Authorization'], exposeHeaders: [], allowCredentials: false, maxAge: null, ...more },
  })
const preflightOf = (body: Body) => body.paths['/']?.options?.['x-amazon-apigateway-integration'].responses?.default
const header = (name: string) => `method.response.header.${name}`

test('the body is called as the API is, else the next plan would rename it', () => {
  assert.is(bodyOf().info.title, 'app-test')
})

test('what callers cannot see does not deploy the API again', () => {
  const other = config({ version: '1.0', timeout: 3, tags: { a: 'b' }, memorySize: 512, layers: [], workspace: 'other' })
  assert.is(hashOf(service(), other), hashOf())
  assert.is(hashOf(service({ routes: [route('GET', '/', { handler: 'other', signature: 'other()' })] })), hashOf())
})

test('what they can see does', () => {
  const hashes = [
    hashOf(),
    hashOf(service({ routes: [route('GET', '/'), route('POST', '/')] })),
    hashOf(service({ routes: [route('GET', '/', { authorizer: null })] })),
    hashOf(service({ authorizers: [{ name: 'app', ttl: 0 }] })),
    hashOf(service({ binaryMediaTypes: ['image/png'] })),
    hashOf(service(), config({ cors: null })),
    hashOf(service(), cors({ allowOrigin: ['https://a.fr'] })),
    hashOf(service(), config({ authorizer: { name: 'config', ttl: 300 } })),
  ]
  assert.is(new Set(hashes).size, hashes.length)
})

test('the order in which routes are declared does not matter', () => {
  const routes = [route('GET', '/'), route('GET', '/b'), route('POST', '/b')]
  assert.is(hashOf(service({ routes })), hashOf(service({ routes: [...routes].reverse() })))
})

test('the function is reached by the stage variable, the authorizer too', () => {
  const body = bodyOf()
  assert.match(
    body.paths['/']?.get?.['x-amazon-apigateway-integration'].uri ?? '',
    /:function:\$\{stageVariables\.function\}\/invocations$/,
  )
  const authorizer = body.components?.securitySchemes.app?.['x-amazon-apigateway-authorizer']
  assert.match(String(authorizer?.authorizerUri), /:function:\$\{stageVariables\.function\}\/invocations$/)
  assert.is(authorizer?.authorizerResultTtlInSeconds, 300)
})

test("a config's authorizer replaces every other one, and opens nothing that has none", () => {
  const routes = [
    route('GET', '/'),
    route('GET', '/b', { authorizer: 'Admin' }),
    route('GET', '/c', { authorizer: 'deny' }),
    route('GET', '/d', { authorizer: null }),
  ]
  const authorizers = [
    { name: 'app', ttl: 300 },
    { name: 'Admin', ttl: 60 },
  ]
  const asked = (body: Body) => Object.values(body.paths).map(({ get }) => get?.security?.flatMap((each) => Object.keys(each))[0])
  assert.equal(asked(bodyOf(service({ routes, authorizers }))), ['app', 'Admin', 'deny', undefined])
  const replaced = bodyOf(service({ routes, authorizers }), config({ authorizer: { name: 'config', ttl: 0 } }))
  assert.equal(asked(replaced), ['config', 'config', 'config', undefined])
  assert.equal(Object.keys(replaced.components?.securitySchemes ?? {}), ['config'])
})

test('without CORS there is no preflight and no header', () => {
  const body = bodyOf(service(), config({ cors: null }))
  assert.equal(Object.keys(body.paths['/'] ?? {}), ['get'])
  assert.is(body['x-amazon-apigateway-gateway-responses'], undefined)
})

test('a preflight is answered by the gateway, without an authorizer, as text', () => {
  const options = bodyOf(service({ routes: [route('GET', '/'), route('POST', '/')] })).paths['/']?.options
  assert.is(options?.security, undefined)
  assert.is(options?.['x-amazon-apigateway-integration'].type, 'mock')
  assert.is(options?.['x-amazon-apigateway-integration'].contentHandling, 'CONVERT_TO_TEXT')
  assert.is(
    options?.['x-amazon-apigateway-integration'].responses?.default.responseParameters[header('Access-Control-Allow-Methods')],
    "'GET,OPTIONS,POST'",
  )
})

test('an OPTIONS method of the user is left to the user', () => {
  const body = bodyOf(service({ routes: [route('GET', '/'), route('OPTIONS', '/', { authorizer: null })] }))
  assert.is(body.paths['/']?.options?.['x-amazon-apigateway-integration'].type, 'aws_proxy')
})

test('a route that opted out of CORS has no preflight', () => {
  const body = bodyOf(service({ routes: [route('GET', '/', { cors: false })] }))
  assert.is(body.paths['/']?.options, undefined)
})

test('one origin is said as it is; a host alone means its https origin', () => {
  const said = (allowOrigin: string[]) =>
    preflightOf(bodyOf(service(), cors({ allowOrigin })))?.responseParameters[header('Access-Control-Allow-Origin')]
  assert.is(said(['*']), "'*'")
  assert.is(said(['http://localhost:3000']), "'http://localhost:3000'")
  assert.is(said(['www.mywebsite.com']), "'https://www.mywebsite.com'")
})

test("of a list, the caller's origin is chosen, compared as text", () => {
  const preflight = preflightOf(bodyOf(service(), cors({ allowOrigin: ['www.test.com', 'https://www.test.fr'], maxAge: 600 })))
  assert.is(preflight?.responseParameters[header('Access-Control-Allow-Origin')], undefined)
  assert.is(preflight?.responseParameters[header('Vary')], "'Origin'")
  assert.is(preflight?.responseParameters[header('Access-Control-Max-Age')], "'600'")
  assert.match(
    preflight?.responseTemplates['application/json'] ?? '',
    "$origin == 'https://www.test.com' || $origin == 'https://www.test.fr'",
  )
})

test("the gateway's own errors carry CORS, and never echo an origin that was not listed", () => {
  const errors = (more: Partial<CorsDescription>) =>
    bodyOf(service(), cors(more))['x-amazon-apigateway-gateway-responses']?.DEFAULT_4XX?.responseParameters
  const origin = 'gatewayresponse.header.Access-Control-Allow-Origin'
  const credentials = 'gatewayresponse.header.Access-Control-Allow-Credentials'
  assert.is(errors({ allowOrigin: ['https://a.fr'], exposeHeaders: ['X-A'] })?.[origin], "'https://a.fr'")
  assert.is(errors({ exposeHeaders: ['X-A', 'X-B'] })?.['gatewayresponse.header.Access-Control-Expose-Headers'], "'X-A,X-B'")
  const list = ['https://a.fr', 'https://b.fr']
  assert.is(errors({ allowOrigin: list })?.[origin], "'*'")
  assert.is(errors({ allowOrigin: list })?.[credentials], undefined)
  assert.is(errors({ allowOrigin: list, allowCredentials: true })?.[origin], "'https://a.fr'")
  assert.is(errors({ allowOrigin: list, allowCredentials: true })?.[credentials], "'true'")
})

test('what a static mapping cannot carry is refused', () => {
  for (const bad of [
    { allowOrigin: ["https://a' + x"] },
    { allowHeaders: ["X-'"] },
    { exposeHeaders: ['X A'] },
    { allowCredentials: true },
    { allowOrigin: [] },
  ]) {
    assert.throws(
      () => bodyOf(service(), cors(bad)),
      (error: unknown) => error instanceof CoworksError && error.message.startsWith('microservice app-test, stage dev · '),
    )
  }
})

test.run()
