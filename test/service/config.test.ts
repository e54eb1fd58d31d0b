import assert from 'node:assert/strict'
import { test } from 'uvu'
import { CORSConfig, type CORSOptions, Config, type ConfigOptions, describe, TechMicroService } from '../../src/service/index.js'

class App extends TechMicroService {
  get() {}
}

function message(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'nothing was wrong'
}

test('an unknown option is an error with the nearest name', () => {
  assert.equal(
    message(() => new Config({ workspace: 'dev', memory_size: 128 } as ConfigOptions)),
    "Config dev · unknown option `memory_size' · did you mean `memorySize'?",
  )
  assert.equal(
    message(() => new CORSConfig({ allowOrigins: '*', allowOrigin: '*' } as CORSOptions)),
    "CORSConfig · unknown option `allowOrigins' · did you mean `allowOrigin'?",
  )
  assert.match(
    message(() => new App({ name: 'a', confgs: [] } as never)),
    /^App · unknown option `confgs' · did you mean `configs'\?$/,
  )
})

const IMPOSSIBLE: readonly ConfigOptions[] = [
  { workspace: '' },
  { workspace: 'my-stage' },
  { workspace: 'all' },
  { timeout: 0 },
  { timeout: 901 },
  { timeout: 1.5 },
  { memorySize: 127 },
  { memorySize: 10241 },
  { runtime: 'node22' },
  { architecture: 'arm' as never },
  { redeploy: 'inplace' as never },
  { logRetention: 2 },
  { layers: ['a', 'b', 'c', 'd', 'e', 'f'] },
  { layers: ['a', 'a'] },
  { layers: 'layer' as never },
  { environmentVariablesFile: '/etc/passwd' },
  { environmentVariablesFile: '../vars.json' },
  { tags: { 'aws:x': '1' } },
  { tags: { x: 1 as never } },
  { debug: 'yes' as never },
  { auth: true as never },
  { version: 1 as never },
  { policyStatements: [{ effect: 'allow' as never, actions: ['s3:*'], resources: ['*'] }] },
  { policyStatements: [{ effect: 'Allow', actions: [], resources: ['*'] }] },
  { managedPolicies: ['AmazonS3ReadOnlyAccess'] },
  { permissionsBoundary: 'boundary' },
  { kmsKeyArn: 'alias/key' },
  { environmentVariables: { A: 'too short a name' } },
  { environmentVariables: { NAME: 1 as never } },
  { ephemeralStorage: 511 },
  { reservedConcurrency: -1 },
  { vpc: { subnetIds: [], securityGroupIds: ['sg-1'] } },
  { vpc: { subnetIds: ['subnet-1'] } as never },
  { throttle: { rate: 0, burst: 1 } },
  { throttle: { rate: 1 } as never },
  { schedules: 'off' as never },
  { triggers: [] as never },
  { version: 'x'.repeat(101) },
]

const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:orders'
const STREAM = 'arn:aws:kinesis:eu-west-1:123456789012:stream/s'

test('a trigger that Lambda or EventBridge would refuse is an error that names it', () => {
  const said = (trigger: unknown, name = 'orders') => message(() => new Config({ triggers: { [name]: trigger as never } }))
  assert.match(
    said({ source: 'arn:aws:s3:::bucket' }),
    /^Config · triggers orders: source `arn:aws:s3:::bucket' is impossible · the ARN of an SQS/,
  )
  assert.match(said({ source: QUEUE, batchsize: 1 }), /unknown option `batchsize' · did you mean `batchSize'\?$/)
  assert.match(said({ source: QUEUE, batchSize: 0 }), /batchSize 0 is impossible · 1 to 10000$/)
  assert.match(said({ source: QUEUE, batchSize: 11 }), /batchSize 11 needs a batchWindow/)
  assert.match(said({ source: QUEUE, startingPosition: 'LATEST' }), /startingPosition is for a stream$/)
  assert.match(said({ source: STREAM, maximumConcurrency: 2 }), /maximumConcurrency is for a queue$/)
  assert.match(said({ pattern: {} }), /pattern {} is impossible/)
  assert.match(said({ pattern: { source: ['a'] }, source: QUEUE }), /is impossible/)
  assert.match(said({ source: QUEUE }, 'my-orders'), /^Config · triggers `my-orders' is impossible/)
  assert.equal(said({ source: QUEUE, batchSize: 20, batchWindow: 1, maximumConcurrency: 2 }), 'nothing was wrong')
})

test('a trigger whose events no method takes is an error, with the method to write', () => {
  class Quiet extends TechMicroService {}
  class Shop extends TechMicroService {
    on_sqs() {}
    on_s3() {}
  }
  const uploads = { pattern: { source: ['aws.s3'] } }
  const config = { workspace: 'dev', triggers: { uploads, orders: { source: QUEUE, maximumConcurrency: 2 }, news: { source: STREAM } } }
  assert.equal(
    message(() => describe(new Quiet({ name: 'quiet', config }))),
    [
      "microservice quiet, stage dev · no method takes the events of the trigger `news' · write `on_kinesis(event)' or `on_event(event)'",
      "microservice quiet, stage dev · no method takes the events of the trigger `orders' · write `on_sqs(event)' or `on_event(event)'",
      "microservice quiet, stage dev · no method takes the events of the trigger `uploads' · write `on_s3(event)' or `on_event(event)'",
    ].join('\n'),
  )
  const { triggers } = config
  const [described] = describe(new Shop({ name: 'shop', config: { triggers: { uploads, orders: triggers.orders } } })).configs
  assert.deepEqual(
    described?.triggers.map(({ kind, name }) => `${kind} ${name}`),
    ['source orders', 'pattern uploads'],
  )
})

test('a value that AWS would refuse is an error that names its option', () => {
  for (const options of IMPOSSIBLE) {
    const [option = ''] = Object.keys(options)
    assert.match(
      message(() => new Config(options)),
      new RegExp(`· ${option} .* is impossible · `),
      JSON.stringify(options),
    )
  }
  assert.match(
    message(() => new Config({ timeout: 0, memorySize: 0 })),
    /timeout.*\n.*memorySize/,
  )
  assert.match(
    message(() => new Config({ redeploy: 'inplace' as never })),
    /did you mean `in-place'/,
  )
})

test('the values at the edge are taken, and a layer may be named as its file', () => {
  const config = new Config({
    timeout: 900,
    memorySize: 10240,
    logRetention: 0,
    layers: ['layer.zip'],
    environmentVariablesFile: './config/x.json',
  })
  assert.deepEqual([config.timeout, config.memorySize, config.logRetention], [900, 10240, 0])
  assert.deepEqual(config.layers, ['layer'])
  assert.equal(config.environmentVariablesFile, 'config/x.json')
})

test('what CORS cannot be is refused', () => {
  assert.match(
    message(() => new CORSConfig({ allowOrigin: '*', allowCredentials: true })),
    /allowCredentials with allowOrigin `\*'/,
  )
  for (const allowOrigin of [[], ['*', 'https://a.b'], 'https://a.b/path', 'a b', '', ['https://a.b\r\nX: y'], 'https://*.a.b']) {
    assert.match(
      message(() => new CORSConfig({ allowOrigin })),
      /allowOrigin/,
      JSON.stringify(allowOrigin),
    )
  }
  assert.match(
    message(() => new CORSConfig({ allowOrigin: '*', maxAge: -1 })),
    /maxAge/,
  )
  assert.match(
    message(() => new CORSConfig({ allowOrigin: '*', allowHeaders: ['a b'] })),
    /allowHeaders/,
  )
  assert.match(
    message(() => new CORSConfig(undefined as never)),
    /options must be an object/,
  )
})

test('a service needs a name and one config a stage', () => {
  assert.match(
    message(() => new App({ name: 'a b' })),
    /name `a b' is impossible/,
  )
  assert.match(
    message(() => new App({ name: 'a', configs: [] })),
    /empty list/,
  )
  assert.match(
    message(() => new App({ name: 'a', configs: [new Config({ workspace: 'dev' }), new Config({ workspace: 'Dev' })] })),
    /two configs are for workspace `Dev'/,
  )
  assert.match(
    message(() => new App({ name: 'a', config: new Config(), configs: [new Config()] })),
    /both/,
  )
  assert.deepEqual(
    new App({ name: 'a' }).configs.map(({ workspace }) => workspace),
    ['dev'],
  )
  assert.deepEqual(
    new App({ name: 'a', configs: { workspace: 'x' } }).configs.map(({ workspace }) => workspace),
    ['x'],
  )
})

test('the description is plain JSON without a secret', () => {
  const app = new App({
    name: 'a',
    configs: [new Config({ environmentVariablesFile: 'x.secret.json', auth: () => true, cors: { allowOrigin: '*' } })],
  })
  const made = describe(app)
  assert.deepEqual(JSON.parse(JSON.stringify(made)), made)
  assert.deepEqual(made.configs[0]?.authorizer, { name: 'config', ttl: 300 })
})

test.run()
