/** Limits of API Gateway, Lambda and IAM: at the limit nothing is said, above it the figure, the limit and what takes the room. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { apiLimits, stageLimits } from '../../src/terraform/limits.js'
import { problemLine } from '../../src/util/problem.js'
import { config, route, service, stageModel } from './models.js'

interface Options {
  readonly routes?: readonly string[]
  readonly jobs?: number
  readonly settings?: Parameters<typeof config>[0]
}

const modelOf = ({ routes = ['/'], jobs = 0, settings = {} }: Options = {}) =>
  stageModel({
    service: service({
      routes: routes.map((path) => route('GET', path)),
      schedules: Array.from({ length: jobs }, (_, at) => ({ name: `job_${at}`, expression: 'rate(5 minutes)', handler: `job_${at}` })),
    }),
    config: config({ timeout: 30, ...settings }),
  })

const said = (model: ReturnType<typeof modelOf>) => {
  const { problems, warnings } = stageLimits(model)
  return [...problems.map((one) => `error: ${problemLine(one)}`), ...warnings.map((one) => `warning: ${problemLine(one)}`)]
}

test('a usual stage: nothing to say', () => {
  assert.equal(said(modelOf()), [])
})

test('resources are parts of paths, shared parts counted once; more than 300 is a warning', () => {
  // The root, /a with 248 below it, /b with 49 below it.
  const routes = [...Array.from({ length: 248 }, (_, at) => `/a/r${at}`), ...Array.from({ length: 49 }, (_, at) => `/b/r${at}`)]
  assert.equal(said(modelOf({ routes })), [])
  assert.equal(said(modelOf({ routes: [...routes, '/b/r0/{_0}'] })), [
    'warning: microservice app-test, stage dev · resources (parts of paths) of its API: 301, and AWS takes 300 unless it was asked for more · ' +
      "the most are below: /a 249, /b 51, / 1; a greedy route (`...path') is one resource",
  ])
})

test('permissions to call the function share 20 KB', () => {
  const most = Array.from({ length: 100 }, (_, at) => at).findLast((jobs) => said(modelOf({ jobs })).length === 0) ?? 0
  assert.ok(most > 40 && most < 80, String(most))
  const [first = '', ...others] = said(modelOf({ jobs: most + 1 }))
  assert.equal(others, [])
  assert.match(
    first,
    /^error: microservice app-test, stage dev · bytes of permissions to call its function: 20,\d{3}, and AWS takes 20,480 · schedules/,
  )
  assert.match(first, `(${most + 3} in all)`)
})

test("the role's policy has 10,240 characters, and says which statement is large", () => {
  const statement = (resources: number) => ({
    effect: 'Allow' as const,
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    resources: Array.from({ length: resources }, (_, at) => `arn:aws:dynamodb:eu-west-1:123456789012:table/t${at}`),
  })
  assert.equal(said(modelOf({ settings: { policyStatements: [statement(150)] } })), [])
  const [first = ''] = said(modelOf({ settings: { policyStatements: [statement(1), statement(200)] } }))
  assert.match(
    first,
    /characters of its role's policy: 1\d,\d{3}, and AWS takes 10,240 · the largest: statement 2 \(dynamodb:GetItem, …\) 1\d,\d{3}, /,
  )
})

test('a description of 256 characters, and one of 257', () => {
  const rest = 'app-test , stage dev'.length
  assert.equal(said(modelOf({ settings: { version: 'x'.repeat(256 - rest) } })), [])
  assert.match(
    said(modelOf({ settings: { version: 'x'.repeat(257 - rest) } }))[0] ?? '',
    "function's description: 257, and AWS takes 256 · shorten `version', which has 237",
  )
})

test('more than 10 authorizers or managed policies is a warning', () => {
  const guarded = (many: number) =>
    stageModel({
      service: service({
        routes: Array.from({ length: many }, (_, at) => route('GET', `/r${at}`, { authorizer: `a${at}` })),
        authorizers: Array.from({ length: many }, (_, at) => ({ name: `a${at}`, ttl: 300 })),
      }),
      config: config({ timeout: 30 }),
    })
  assert.equal(said(guarded(10)), [])
  assert.match(said(guarded(11))[0] ?? '', 'warning: microservice app-test, stage dev · authorizers of its API: 11, and AWS takes 10')
  const arns = Array.from({ length: 11 }, (_, at) => `arn:aws:iam::aws:policy/P${at}`)
  assert.equal(said(modelOf({ settings: { managedPolicies: arns.slice(1) } })), [])
  assert.match(said(modelOf({ settings: { managedPolicies: arns } }))[0] ?? '', 'managed policies of its role: 11, and AWS takes 10')
})

test('a function that only an API calls should not outlive its callers', () => {
  assert.match(
    said(modelOf({ settings: { timeout: 31 } }))[0] ?? '',
    'its timeout is 31 s, and only API Gateway calls it, which answers 504 after 29',
  )
  assert.equal(said(modelOf({ jobs: 1, settings: { timeout: 900 } })), [])
  assert.equal(said(modelOf({ routes: [], settings: { timeout: 900 } })), [])
})

test('stages of one API', () => {
  const stages = Array.from({ length: 11 }, (_, at) => `s${at}`)
  assert.equal(apiLimits('app-test', stages.slice(1)), [])
  assert.match(apiLimits('app-test', stages).map(problemLine)[0] ?? '', 'microservice app-test · stages of one API: 11, and AWS takes 10')
})

test.run()
