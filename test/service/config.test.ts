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
]

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
