/**
 * The event against what AWS shows of it, and by properties.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
 */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { find, placeOf } from '../../src/gateway/api.js'
import { proxyEvent } from '../../src/gateway/event.js'
import { api, type Event, request } from './support.js'

const NOW = Date.UTC(2015, 3, 9, 12, 34, 56, 789)

function event(
  verb: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = '',
  binaryMediaTypes: readonly string[] = [],
): Event {
  const local = api({ routes: ['GET /', 'GET /product/{_0}', 'POST /product/{_0}', 'GET /files/{path+}'], binaryMediaTypes })
  const place = placeOf(target, 'dev')
  const found = find(local, verb, place.path)
  if (found.kind !== 'route') throw new Error(`no route for ${verb} ${target}`)
  const { resource, parameters } = found
  const made = proxyEvent(local, {
    request: request(verb, target, headers, body),
    place,
    resource,
    parameters,
    authorizer: undefined,
    requestId: 'id',
    now: NOW,
  })
  return JSON.parse(JSON.stringify(made)) // as it is sent
}

test('it has the members that AWS documents, null where there is nothing', () => {
  const made = event('GET', '/dev/')
  assert.equal(Object.keys(made), [
    'resource',
    'path',
    'httpMethod',
    'headers',
    'multiValueHeaders',
    'queryStringParameters',
    'multiValueQueryStringParameters',
    'pathParameters',
    'stageVariables',
    'requestContext',
    'body',
    'isBase64Encoded',
  ])
  assert.equal(
    [
      made.path,
      made.resource,
      made.queryStringParameters,
      made.multiValueQueryStringParameters,
      made.pathParameters,
      made.body,
      made.isBase64Encoded,
    ],
    ['/', '/', null, null, null, null, false],
  )
  assert.equal(made.stageVariables, { function: 'app-test-dev' })
  const { requestContext } = made
  assert.is(requestContext.stage, 'dev')
  assert.is(requestContext.path, '/dev/')
  assert.is(requestContext.requestTime, '09/Apr/2015:12:34:56 +0000')
  assert.is(requestContext.requestTimeEpoch, NOW)
  assert.is(requestContext.identity.sourceIp, '127.0.0.1')
  assert.is(requestContext.identity.userAgent, null)
  assert.not('authorizer' in requestContext)
})

test('path and path parameters stay percent-encoded, the query is decoded', () => {
  const made = event('GET', '/dev/product/a%2Fb%20c?q=a%2Fb%20c+d&q=%C3%A9&empty&__proto__=x')
  assert.is(made.path, '/product/a%2Fb%20c')
  assert.is(made.resource, '/product/{_0}')
  assert.equal(made.pathParameters, { _0: 'a%2Fb%20c' })
  assert.equal(made.queryStringParameters.q, 'é')
  assert.equal(made.multiValueQueryStringParameters.q, ['a/b c d', 'é'])
  assert.equal(made.multiValueQueryStringParameters.empty, [''])
  assert.is(Object.getOwnPropertyDescriptor(made.queryStringParameters, '__proto__')?.value, 'x')
  assert.equal(event('GET', '/files/a/b%2Fc').pathParameters, { path: 'a/b%2Fc' })
})

test('the stage in front is optional, and so is a host', () => {
  for (const target of ['/product/1', '/dev/product/1', 'http://localhost:5000/dev/product/1']) {
    assert.is(event('GET', target).path, '/product/1')
    assert.is(event('GET', target).requestContext.path, '/dev/product/1')
  }
  assert.equal(placeOf('/dev', 'dev'), { path: '/', search: '' })
  assert.equal(placeOf('/dev?a=?b', 'dev'), { path: '/', search: 'a=?b' })
  assert.equal(placeOf('/development', 'dev'), { path: '/development', search: '' })
})

test('of a header that comes twice, all values are there, and the last one alone', () => {
  const made = event('GET', '/', { 'X-A': '1', 'x-a': '2', Connection: 'keep-alive', 'X-Forwarded-For': '10.0.0.1' })
  assert.is(made.headers['X-A'], '2')
  assert.equal(made.multiValueHeaders['X-A'], ['1', '2'])
  assert.not('Connection' in made.headers)
  assert.is(made.headers['X-Forwarded-For'], '10.0.0.1, 127.0.0.1')
  assert.is(made.headers['X-Forwarded-Port'], '5000')
})

test('a body is text, or base64 where its type is a binary type of the API', () => {
  const bytes = Uint8Array.of(0, 255, 128)
  const png = { 'Content-Type': 'image/png' }
  assert.equal(event('POST', '/product/1', png, bytes, ['image/png']).body, 'AP+A')
  assert.equal(event('POST', '/product/1', png, bytes, ['*/*']).isBase64Encoded, true)
  assert.equal(event('POST', '/product/1', png, 'text', ['image/jpeg']).body, 'text')
  assert.equal(
    event('POST', '/product/1', { 'content-type': 'Multipart/Form-Data; boundary=x' }, 'a', ['multipart/form-data']).body,
    'YQ==',
  )
  assert.equal(event('POST', '/product/1', {}, '', ['*/*']).isBase64Encoded, false)
})

test('any query comes back as it was written', () => {
  const pairs = fc.array(fc.tuple(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), { minLength: 1 })
  fc.assert(
    fc.property(pairs, (given) => {
      const made = event('GET', `/?${new URLSearchParams(given.map(([key, value]) => [key, value]))}`)
      const expected = new Map<string, string[]>()
      for (const [key, value] of given) expected.set(key, [...(expected.get(key) ?? []), value])
      const got = Object.entries(made.multiValueQueryStringParameters)
      assert.equal(new Map(got.map(([key, values]) => [key, values])), expected)
      for (const [key, values] of expected) assert.is(new Map(Object.entries(made.queryStringParameters)).get(key), values.at(-1))
    }),
  )
})

test('any path segment gets to its parameter untouched', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), (text) => {
      let segment: string
      try {
        segment = encodeURIComponent(text)
      } catch {
        return // half a surrogate pair
      }
      assert.equal(event('GET', `/dev/product/${segment}`).pathParameters, { _0: segment })
    }),
  )
})

test.run()
