/** The order in which API Gateway decides, and what it asks the function for on the way. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { localApi } from '../../src/gateway/api.js'
import { allow, cors, fails, ok, service, TestGateway } from './support.js'

const DENIED = '403 {"message":"User is not authorized to access this resource"}'
const EXPLICIT = '403 {"message":"User is not authorized to access this resource with an explicit deny"}'
const MISSING = '403 {"message":"Missing Authentication Token"}'

test('a path or verb that is no route is 403 before anything is asked, with a token or without', async () => {
  const it = new TestGateway({ routes: ['GET /', 'GET /product/{_0}'] })
  for (const [verb, target] of [
    ['GET', '/nothing'],
    ['POST', '/'],
    ['HEAD', '/'],
    ['OPTIONS', '/'],
    ['GET', '/product'],
    ['get', '/'],
  ] as const) {
    assert.is(await it.says(verb, target), MISSING, `${verb} ${target}`)
    assert.is(await it.says(verb, target, {}), MISSING)
  }
  assert.equal([it.tokens.length, it.events.length], [0, 0])
})

test('without a token it is 401, and the authorizer is not asked', async () => {
  const it = new TestGateway()
  assert.is(await it.says('GET', '/', {}), '401 {"message":"Unauthorized"}')
  assert.is(await it.says('GET', '/', { Authorization: '' }), '401 {"message":"Unauthorized"}')
  assert.is(it.tokens.length, 0)
  assert.is(await it.says('GET', '/', { authorization: 'x' }), '200 yes')
})

test('a route without authorizer needs no token', async () => {
  const it = new TestGateway({ routes: ['GET /open [-]'] })
  assert.is(await it.says('GET', '/open', {}), '200 yes')
  assert.is(it.tokens.length, 0)
  assert.is(it.events[0].requestContext.authorizer, undefined)
})

test('the authorizer gets the ARN of the method, with the path as the caller wrote it', async () => {
  const it = new TestGateway({ routes: ['GET /product/{_0}'] })
  await it.call('GET', '/dev/product/a%20b?q=1', { Authorization: 'Bearer 1' })
  assert.equal(it.tokens, [
    { type: 'TOKEN', authorizationToken: 'Bearer 1', methodArn: 'arn:aws:execute-api:us-east-1:123456789012:local/dev/GET/product/a%20b' },
  ])
})

test('its answer holds for every path of the token, until the TTL is over', async () => {
  const it = new TestGateway({ routes: ['GET /a', 'GET /b'], ttl: 300 }, () => ok(allow('GET/a')))
  assert.is(await it.says('GET', '/a'), '200 yes')
  assert.is(await it.says('GET', '/b'), DENIED, 'the policy for /a is asked, not the authorizer')
  assert.is(it.tokens.length, 1)
  assert.is(await it.says('GET', '/a', { Authorization: 'other' }), '200 yes')
  assert.is(it.tokens.length, 2)
  it.now += 299_999
  await it.says('GET', '/a')
  assert.is(it.tokens.length, 2)
  it.now += 1
  await it.says('GET', '/a')
  assert.is(it.tokens.length, 3)
})

test('a TTL of 0 keeps nothing', async () => {
  const it = new TestGateway({ ttl: 0 })
  await it.says('GET', '/')
  await it.says('GET', '/')
  assert.is(it.tokens.length, 2)
})

test('a denial is kept, an error is not', async () => {
  let answer = ok({ ...allow(), policyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] } })
  const it = new TestGateway({}, () => answer)
  assert.is(await it.says('GET', '/'), EXPLICIT)
  answer = ok(allow('*'))
  assert.is(await it.says('GET', '/'), EXPLICIT)
  answer = fails('no database')
  assert.is(await it.says('GET', '/', { Authorization: 'b' }), '500 {"message":null}')
  answer = ok(allow('*'))
  assert.is(await it.says('GET', '/', { Authorization: 'b' }), '200 yes')
})

test('only the word Unauthorized is 401; no other error of an authorizer is', async () => {
  let message = 'Unauthorized'
  const it = new TestGateway({}, () => fails(message))
  assert.is(await it.says('GET', '/'), '401 {"message":"Unauthorized"}')
  for (message of ['unauthorized', 'Unauthorized.', 'the function ended its process (exit 1)'])
    assert.is(await it.says('GET', '/'), '500 {"message":null}')
})

test('an answer that is no policy is 500, with the reason in the log', async () => {
  const answers: readonly [unknown, string][] = [
    [null, 'no object'],
    [{ policyDocument: allow('*').policyDocument }, 'principalId'],
    [{ principalId: 'a' }, 'policyDocument'],
    [{ principalId: 'a', policyDocument: { Statement: [{ Effect: 'Allow' }] } }, 'policyDocument'],
    [{ ...allow('*'), context: { list: [1] } }, 'context.list'],
  ]
  for (const [answer, why] of answers) {
    const it = new TestGateway({}, () => ok(answer))
    const { answer: said, note } = await it.call('GET', '/')
    assert.is(said.status, 500)
    assert.match(note ?? '', why)
  }
})

test('what an authorizer says of the caller reaches the function as text', async () => {
  const it = new TestGateway({}, () => ok({ ...allow('*'), context: { plan: 'gold', age: 7, admin: true } }))
  await it.call('GET', '/')
  assert.equal(it.events[0].requestContext.authorizer, { principalId: 'user', plan: 'gold', age: '7', admin: 'true' })
})

test("a stage's own authorizer stands for all, and is kept apart from the others", async () => {
  const own = new TestGateway({ routes: ['GET /a [app]', 'GET /b [Admin]'], config: { authorizer: { name: 'config', ttl: 300 } } })
  await own.says('GET', '/a')
  await own.says('GET', '/b')
  assert.is(own.tokens.length, 1)
  const two = new TestGateway({ routes: ['GET /a [app]', 'GET /b [Admin]'] })
  await two.says('GET', '/a')
  await two.says('GET', '/b')
  assert.is(two.tokens.length, 2)
})

test('a preflight is answered without asking anybody, and only for routes with CORS', async () => {
  const it = new TestGateway({ routes: ['GET /a', 'POST /a', 'GET /b !cors', 'OPTIONS /c [-]'], config: { cors: cors({ maxAge: 60 }) } })
  const { answer } = await it.call('OPTIONS', '/dev/a', { Origin: 'https://page' })
  assert.is(answer.status, 200)
  assert.is(answer.body, '')
  assert.equal(Object.fromEntries(answer.headers), {
    'Content-Type': 'application/json',
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'GET,OPTIONS,POST',
    'Access-Control-Allow-Headers': 'Authorization,Content-Type',
    'Access-Control-Max-Age': '60',
  })
  assert.is((await it.call('OPTIONS', '/b')).answer.status, 403)
  assert.equal([it.tokens.length, it.events.length], [0, 0])
  assert.is(await it.says('OPTIONS', '/c', {}), '200 yes')
})

test('errors of the gateway have the CORS headers of the stage', async () => {
  const it = new TestGateway({ config: { cors: cors({ exposeHeaders: ['X-Total'] }) } }, undefined, () => fails('broken'))
  for (const [target, headers, status] of [
    ['/none', {}, 403],
    ['/', {}, 401],
    ['/', { Authorization: 'a' }, 502],
  ] as const) {
    const { answer } = await it.call('GET', target, headers)
    assert.is(answer.status, status)
    assert.equal(
      answer.headers.filter(([name]) => name.startsWith('Access')),
      [
        ['Access-Control-Allow-Origin', '*'],
        ['Access-Control-Expose-Headers', 'X-Total'],
      ],
    )
  }
})

test('a function that fails, or answers something else, is 502; one that takes longer than the gateway waits, 504', async () => {
  const failing = new TestGateway({}, undefined, () => fails('Task timed out after 3.00 seconds'))
  const { answer, note } = await failing.call('GET', '/')
  assert.is(`${answer.status} ${answer.body}`, '502 {"message":"Internal server error"}')
  assert.is(note, 'Task timed out after 3.00 seconds')
  const malformed = new TestGateway({}, undefined, () => ok('text'))
  assert.match((await malformed.call('GET', '/')).note ?? '', 'Malformed Lambda proxy response')
  const slow = new TestGateway({}, undefined, () => new Promise(() => {}))
  assert.is(await slow.says('GET', '/'), '504 {"message":"Endpoint request timed out"}')
})

test('an event over the 6 MB that Lambda takes is 413, though the gateway takes 10 MB', async () => {
  const it = new TestGateway({ routes: ['POST /'] })
  assert.is((await it.call('POST', '/', { Authorization: 'a' }, 'a'.repeat(6 * 1024 * 1024 - 10_000))).answer.status, 200)
  const { answer } = await it.call('POST', '/', { Authorization: 'a' }, 'a'.repeat(6 * 1024 * 1024))
  assert.is(`${answer.status} ${answer.body}`, '413 {"message":"Request Too Long"}')
  assert.is(it.events.length, 1)
})

test('a new definition forgets what authorizers said of the old one', async () => {
  const it = new TestGateway()
  await it.says('GET', '/')
  it.gateway.replace(localApi('app-test', service({ routes: ['GET /new'] }), 'dev'))
  assert.is(await it.says('GET', '/'), MISSING)
  assert.is(await it.says('GET', '/new'), '200 yes')
  assert.is(it.tokens.length, 2)
})

test.run()
