import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'uvu'
import { evaluatePolicy, parseMethodArn, policy, wildcardMatch } from '../../src/service/policy.js'

const ARN = 'arn:aws:execute-api:us-east-1:123456789012:ymy8tbxw7b'

// From "Control access to a REST API with IAM permissions" and "Output from an API Gateway Lambda authorizer",
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
const CASES: readonly (readonly [resource: string, asked: string, matches: boolean])[] = [
  ['*', `${ARN}/dev/GET/`, true],
  [`${ARN}/*`, `${ARN}/dev/GET/pets`, true],
  [`${ARN}/test/*/mydemoresource/*`, `${ARN}/test/GET/mydemoresource/1`, true],
  [`${ARN}/test/*/mydemoresource/*`, `${ARN}/prod/GET/mydemoresource/1`, false],
  [`${ARN}/*/GET/pets`, `${ARN}/dev/GET/pets`, true],
  [`${ARN}/*/GET/pets`, `${ARN}/dev/POST/pets`, false],
  [`${ARN}/dev/GET/product/*`, `${ARN}/dev/GET/product/1/secret`, true],
  [`${ARN}/dev/GET/product/*`, `${ARN}/dev/GET/product`, false],
  [`${ARN}/dev/GET/product/*`, `${ARN}/dev/GET/product/`, true],
  [`${ARN}/dev/GET/product/?`, `${ARN}/dev/GET/product/1`, true],
  [`${ARN}/dev/GET/product/?`, `${ARN}/dev/GET/product/12`, false],
  [`${ARN}/dev/*/product/*`, `${ARN}/dev/GET/admin/product/1`, true], // why a verb is never written as `*`
  [`${ARN}/dev/GET/Product`, `${ARN}/dev/GET/product`, false],
]

test('wildcards mean what AWS says', () => {
  for (const [resource, asked, matches] of CASES) {
    const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: resource }] } as const
    assert.equal(evaluatePolicy(document, asked), matches ? 'allow' : 'implicit-deny', `${resource} ${asked}`)
  }
})

/** Another way to the same answer: recursion instead of marks. */
function independent(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  if (pattern[0] === '*') return independent(pattern.slice(1), text) || (text !== '' && independent(pattern, text.slice(1)))
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && independent(pattern.slice(1), text.slice(1))
}

test('the matcher agrees with an independent one', () => {
  const text = (letters: string) => fc.array(fc.constantFrom(...letters), { maxLength: 9 }).map((list) => list.join(''))
  fc.assert(
    fc.property(text('ab/*?'), text('ab/'), (pattern, asked) => assert.equal(wildcardMatch(pattern, asked), independent(pattern, asked))),
    { numRuns: 3000 },
  )
})

test('a Deny wins over any Allow', () => {
  const statement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: fc.constantFrom(
      'execute-api:Invoke',
      'execute-api:*',
      '*',
      's3:GetObject',
      ['execute-api:Invoke'],
      ['s3:GetObject', 'execute-api:Invoke'],
    ),
    Resource: fc.constantFrom('*', `${ARN}/dev/*`, `${ARN}/prod/*`, [`${ARN}/dev/GET/a`, `${ARN}/dev/GET/b`]),
  })
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 4 }), fc.constantFrom('dev/GET/a', 'dev/GET/c', 'prod/POST/a'), (statements, asked) => {
      const document = { Version: '2012-10-17', Statement: statements } as const
      const hit = statements.filter(
        ({ Action, Resource }) =>
          [Action].flat().some((action) => independent(action, 'execute-api:Invoke')) &&
          [Resource].flat().some((resource) => independent(resource, `${ARN}/${asked}`)),
      )
      const expected = hit.some(({ Effect }) => Effect === 'Deny') ? 'explicit-deny' : hit.length > 0 ? 'allow' : 'implicit-deny'
      assert.equal(evaluatePolicy(document, `${ARN}/${asked}`), expected)
    }),
  )
})

test('an effect that is neither of the two allows nothing', () => {
  const statement = { Effect: 'allow' as 'Allow', Action: '*', Resource: '*' }
  assert.equal(evaluatePolicy({ Version: '2012-10-17', Statement: [statement] }, `${ARN}/dev/GET/a`), 'implicit-deny')
})

test('a pattern of many stars takes no time', () => {
  assert.equal(wildcardMatch(`${'*a'.repeat(40)}b`, 'a'.repeat(5000)), false)
})

test("a policy is of the caller's partition, region and stage, and never an empty Allow", () => {
  const china = parseMethodArn('arn:aws-cn:execute-api:cn-north-1:123456789012:abc/prod/GET/a/b%2Fc:d')
  assert.deepEqual(china, {
    partition: 'aws-cn',
    region: 'cn-north-1',
    account: '123456789012',
    apiId: 'abc',
    stage: 'prod',
    verb: 'GET',
    path: 'a/b%2Fc:d',
  })
  assert.equal(policy(china, []).Version, '2012-10-17')
  assert.deepEqual(policy(china, ['GET/a']).Statement, [
    { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: ['arn:aws-cn:execute-api:cn-north-1:123456789012:abc/prod/GET/a'] },
  ])
  assert.deepEqual(policy(china, []).Statement, [
    { Effect: 'Deny', Action: 'execute-api:Invoke', Resource: ['arn:aws-cn:execute-api:cn-north-1:123456789012:abc/prod/*'] },
  ])
})

test('the path of a method may be missing, empty, or any text', () => {
  for (const [written, path] of [
    ['', ''],
    ['/', ''],
    ['/a', 'a'],
    ['//a', '/a'],
    ['/a b\nc/', 'a b\nc/'],
  ]) {
    const { verb, path: read } = parseMethodArn(`${ARN}/dev/GET${written}`)
    assert.deepEqual([verb, read], ['GET', path])
  }
})

test('what is no method of one stage is refused', () => {
  for (const arn of [
    '',
    'arn:aws:s3:::bucket',
    `${ARN}/*/GET/`,
    `${ARN}/dev`,
    `${ARN}/dev/*/a`,
    `x${ARN}/dev/GET/`,
    `${ARN}/dev/GET x`,
    `${ARN}/dev/GETx/a`,
  ]) {
    assert.throws(() => parseMethodArn(arn), /no method ARN/, arn)
  }
})

test.run()
