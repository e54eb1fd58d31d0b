/** What the local gateway sends of CORS is what Terraform deploys: the rendered definition is read back and compared. */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CorsDescription } from '../../src/service/description.js'
import { errorHeaders, preflightHeaders } from '../../src/service/gateway-cors.js'
import { definition } from '../../src/terraform/index.js'
import { config, cors, type Event, service } from './support.js'

function rendered(settings: CorsDescription): { preflight: Record<string, string>; errors: Record<string, string>; template: string } {
  const options = config({ cors: settings })
  const body = definition({
    microservice: 'app-test',
    service: service({ routes: ['GET /a', 'PUT /a'], config: options }),
    config: options,
  }).body as Event
  const mock = body.paths['/a'].options['x-amazon-apigateway-integration'].responses.default
  const plain = (parameters: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key.replace(/^.*\.header\./, ''), value.slice(1, -1)]))
  return {
    preflight: plain(mock.responseParameters),
    errors: plain(body['x-amazon-apigateway-gateway-responses'].DEFAULT_4XX.responseParameters),
    template: mock.responseTemplates['application/json'],
  }
}

const origin = fc.constantFrom<string[]>('https://a.example', 'http://localhost:3000', 'www.mywebsite.com', 'https://b.example:8443')
const settings = fc
  .record({
    allowOrigin: fc.oneof(fc.constant<string[]>(['*']), fc.uniqueArray(origin, { minLength: 1, maxLength: 4 })),
    allowHeaders: fc.constantFrom(['Authorization', 'Content-Type'], ['Authorization', 'Content-Type', 'X-Key']),
    exposeHeaders: fc.constantFrom([], ['X-Total'], ['X-Total', 'Link']),
    allowCredentials: fc.boolean(),
    maxAge: fc.constantFrom(null, 0, 600),
  })
  .filter(({ allowOrigin, allowCredentials }) => !(allowCredentials && allowOrigin.includes('*')))
const caller = fc.constantFrom(
  undefined,
  'https://a.example',
  'https://www.mywebsite.com',
  'http://www.mywebsite.com',
  'https://evil.example',
)

test('the errors of the gateway have the rendered headers', () => {
  fc.assert(fc.property(settings, (given) => assert.equal(Object.fromEntries(errorHeaders(given)), rendered(given).errors)))
})

test('a preflight has the rendered headers, and of a list the origin that the mapping template picks', () => {
  fc.assert(
    fc.property(settings, caller, (given, from) => {
      const { preflight, template } = rendered(given)
      const picked = from !== undefined && template.includes(`$origin == '${from}'`) ? { 'Access-Control-Allow-Origin': from } : {}
      assert.equal(Object.fromEntries(preflightHeaders(given, from, ['GET', 'PUT'])), { ...preflight, ...picked })
    }),
  )
})

test('an origin that only looks like one of the list is told nothing', () => {
  const list = cors({ allowOrigin: ['https://www.example.com', 'https://b.example'] })
  for (const from of ['https://wwwXexample.com', 'https://www.example.com.evil', 'http://www.example.com', 'null', undefined])
    assert.is(Object.fromEntries(preflightHeaders(list, from, ['GET']))['Access-Control-Allow-Origin'], undefined)
})

test.run()
