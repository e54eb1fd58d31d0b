/** What the function returns against what the caller gets. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PermitCache, readPermit } from '../../src/gateway/authorizer-answer.js'
import { mapAnswer } from '../../src/service/gateway-answer.js'
import { isBinary } from '../../src/service/media-types.js'
import { allow } from './support.js'

function mapped(payload: unknown, accept?: string, binary: readonly string[] = []) {
  const result = mapAnswer(payload, accept, binary)
  if (!result.ok) throw new Error(result.why)
  return { ...result.answer, note: result.note }
}

function malformed(payload: unknown): string {
  const result = mapAnswer(payload, undefined, [])
  return result.ok ? 'well-formed' : result.why
}

test('the shape that API Gateway takes', () => {
  assert.equal(mapped({ statusCode: 201, headers: { 'X-A': 'a', 'x-n': 1, 'x-b': true }, body: 'text' }), {
    status: 201,
    headers: [
      ['Content-Type', 'application/json'],
      ['X-A', 'a'],
      ['x-n', '1'],
      ['x-b', 'true'],
    ],
    body: 'text',
    note: undefined,
  })
  assert.equal(mapped({ statusCode: 204 }).body, '')
  assert.equal(mapped({ statusCode: 200, headers: null, multiValueHeaders: null, body: null }).headers, [
    ['Content-Type', 'application/json'],
  ])
  assert.equal(mapped({ statusCode: 200, headers: { 'content-type': 'text/html' } }).headers, [['content-type', 'text/html']])
})

test('anything else is malformed, and says how', () => {
  const cases: readonly [unknown, string][] = [
    [null, 'no object'],
    ['text', 'no object'],
    [[], 'no object'],
    [{}, 'statusCode'],
    [{ body: 'x' }, 'statusCode'],
    [{ statusCode: 99 }, 'statusCode'],
    [{ statusCode: 200.5 }, 'statusCode'],
    [{ statusCode: 'ok' }, 'statusCode'],
    [{ statusCode: 200, body: { a: 1 } }, 'body is no string'],
    [{ statusCode: 200, body: 5 }, 'body is no string'],
    [{ statusCode: 200, isBase64Encoded: 'true' }, 'isBase64Encoded'],
    [{ statusCode: 200, headers: [] }, 'headers is no object'],
    [{ statusCode: 200, headers: { a: { b: 1 } } }, 'headers.a'],
    [{ statusCode: 200, multiValueHeaders: { a: 'b' } }, 'multiValueHeaders.a'],
    [{ statusCode: 200, headers: { 'a b': 'c' } }, '"a b"'],
    [{ statusCode: 200, headers: { a: 'b\r\nc: d' } }, '"a" cannot be sent'],
  ]
  for (const [payload, why] of cases) assert.match(malformed(payload), why, JSON.stringify(payload))
})

test('the two maps of headers are one list; a pair in both is sent once', () => {
  const { headers } = mapped({
    statusCode: 200,
    headers: { 'Content-Type': 'a/b', 'set-cookie': 'a=1', link: 'x' },
    multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'], Link: ['y'] },
  })
  assert.equal(headers, [
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
    ['Link', 'y'],
    ['Link', 'x'],
    ['Content-Type', 'a/b'],
  ])
})

test('headers that the gateway writes itself come under another name, or not at all', () => {
  const { headers } = mapped({
    statusCode: 401,
    headers: { 'WWW-Authenticate': 'Basic', 'Content-Length': '7', 'Transfer-Encoding': 'chunked' },
  })
  assert.equal(headers, [
    ['Content-Type', 'application/json'],
    ['x-amzn-Remapped-WWW-Authenticate', 'Basic'],
  ])
})

test('base64 becomes bytes only where the first type of Accept is a binary type of the API', () => {
  const payload = { statusCode: 200, body: 'AP+A', isBase64Encoded: true }
  const bytes = Buffer.from([0, 255, 128])
  assert.equal(mapped(payload, 'image/png', ['image/png']).body, bytes)
  assert.equal(mapped(payload, 'IMAGE/PNG;q=1, */*', ['image/png']).body, bytes)
  assert.equal(mapped(payload, undefined, ['*/*']).body, bytes)
  assert.equal(mapped(payload, 'text/html, image/png', ['image/png']).body, 'AP+A')
  assert.match(mapped(payload, '*/*', ['image/png']).note ?? '', 'Accept')
  assert.not(isBinary(undefined, ['image/png']))
  assert.not(isBinary('', ['image/*']))
})

const statement = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }
const answered = (more: object) => ({ principalId: 'ann', policyDocument: { Version: '2012-10-17', Statement: [statement] }, ...more })
const policyOf = (...statements: unknown[]) => answered({ policyDocument: { Version: '2012-10-17', Statement: statements } })

test('what an authorizer answers is read as it is, its context as text', () => {
  const { policyDocument } = answered({})
  assert.equal(readPermit(answered({})), { policy: policyDocument, context: { principalId: 'ann' } })
  assert.equal(readPermit(answered({ context: null })), { policy: policyDocument, context: { principalId: 'ann' } })
  assert.equal(readPermit(answered({ context: { text: 'a', number: 1, yes: true } })), {
    policy: policyDocument,
    context: { principalId: 'ann', text: 'a', number: '1', yes: 'true' },
  })
  for (const good of [
    policyOf(),
    policyOf({ ...statement, Effect: 'Deny' }),
    policyOf({ ...statement, Action: ['a', 'b'], Resource: ['c'] }),
  ])
    assert.equal(readPermit(good), { policy: good.policyDocument, context: { principalId: 'ann' } })
})

test('what is no answer of an authorizer is none, and says why: nobody gets in by it', () => {
  const noPolicy = 'the authorizer returned no policyDocument'
  const cases: readonly [unknown, string][] = [
    [null, 'the authorizer returned no object'],
    ['allow', 'the authorizer returned no object'],
    [[answered({})], 'the authorizer returned no object'],
    [answered({ principalId: undefined }), 'the authorizer returned no principalId'],
    [answered({ principalId: 1 }), 'the authorizer returned no principalId'],
    [answered({ principalId: '' }), 'the authorizer returned no principalId'],
    [answered({ policyDocument: 'allow' }), noPolicy],
    [answered({ policyDocument: {} }), noPolicy],
    [answered({ policyDocument: { Statement: statement } }), noPolicy],
    [policyOf(null), noPolicy],
    [policyOf(statement, 'allow'), noPolicy],
    [policyOf(statement, { ...statement, Effect: 'allow' }), noPolicy],
    [policyOf({ ...statement, Action: undefined }), noPolicy],
    [policyOf({ ...statement, Resource: undefined }), noPolicy],
    [policyOf({ ...statement, Action: [] }), noPolicy],
    [policyOf({ ...statement, Resource: [] }), noPolicy],
    [policyOf({ ...statement, Resource: ['*', 1] }), noPolicy],
    [answered({ context: 'text' }), 'the context of the authorizer is no object'],
    [answered({ context: [1] }), 'the context of the authorizer is no object'],
    [answered({ context: { good: 'a', bad: { a: 1 } } }), 'context.bad is neither string, number nor boolean'],
    [answered({ context: { bad: null } }), 'context.bad is neither string, number nor boolean'],
  ]
  for (const [payload, why] of cases) assert.equal(readPermit(payload), { why }, JSON.stringify(payload))
})

test('an answer that is kept for no time is not kept', () => {
  const cache = new PermitCache()
  const permit = readPermit(allow('*'))
  if ('why' in permit) throw new Error(permit.why)
  for (const ttl of [-1, 0]) {
    cache.set('app', 'token', permit, ttl, 1000)
    assert.is(cache.get('app', 'token', 0), undefined, 'not even where the clock went back')
  }
  cache.set('app', 'token', permit, 1, 1000)
  assert.is(cache.get('app', 'token', 1999), permit)
  assert.is(cache.get('app', 'token', 2000), undefined)
  assert.is(cache.get('app', 'token', 1999), undefined, 'what was forgotten stays forgotten')
})

test('answers of authorizers are kept for as many tokens as there is room, the newest of them', () => {
  const cache = new PermitCache()
  const permit = readPermit(allow('*'))
  if ('why' in permit) throw new Error(permit.why)
  for (let token = 0; token < 10_001; token++) cache.set('app', String(token), permit, 300, 0)
  assert.is(cache.get('app', '0', 0), undefined)
  assert.is(cache.get('app', '1', 0), permit)
  assert.is(cache.get('app', '10000', 299_999), permit)
  assert.is(cache.get('app', '10000', 300_000), undefined)
  assert.is(cache.get('Admin', '1', 0), undefined, 'each authorizer for itself')
})

test.run()
