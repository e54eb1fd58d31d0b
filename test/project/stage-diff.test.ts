/** What `coworks diff` sees: of stages as they are rendered, as a state has them, and of both together. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { diffStages } from '../../src/project/stage-diff.js'
import {
  builtResources,
  definition,
  deployedResources,
  readHcl,
  renderLayer,
  renderStage,
  type StageModel,
  stageView,
} from '../../src/terraform/index.js'
import { builtinTemplates, config, route, service, stageModel } from '../terraform/models.js'

const templates = builtinTemplates()
const NAMES: Readonly<Record<string, readonly string[]>> = {
  '../config/vars_dev.json': ['TOKEN'],
  '../config/vars_prod.json': ['TOKEN', 'URL'],
}

const built = (model: StageModel, layerHash = 'bGF5ZXI=') => {
  const zip = { kind: 'file', path: '../layer.zip', hash: layerHash } as const
  const layer = renderLayer({ layer: 'layer', stage: model.stage, zip, runtimes: [], architectures: [] }, templates)
  const view = stageView(builtResources([readHcl(renderStage(model, templates)), readHcl(layer)]), {
    microservice: 'app-test',
    stage: model.stage,
    environmentNames: (path) => NAMES[path],
  })
  if (view === undefined) throw new Error('no function')
  return view
}

const lines = (left: ReturnType<typeof built>, right: ReturnType<typeof built>) =>
  diffStages(left, right).map(({ aspect, name, left: l, right: r }) => `${aspect} ${name}: ${l} | ${r}`)

const same = { environmentFile: '../config/vars_dev.json' }

test('two stages with the same config and the same code differ in nothing', () => {
  assert.equal(lines(built(stageModel(same)), built(stageModel({ stage: 'prod', ...same }))), [])
})

test('routes, authorizers and CORS, by what they mean', () => {
  const dev = stageModel({
    ...same,
    service: service({
      routes: [route('GET', '/'), route('GET', '/new', { authorizer: null }), route('POST', '/', { cors: false })],
      authorizers: [{ name: 'app', ttl: 300 }],
    }),
  })
  const prod = stageModel({
    stage: 'prod',
    ...same,
    service: service({ routes: [route('GET', '/'), route('GET', '/old')] }),
    config: config({
      workspace: 'prod',
      authorizer: { name: 'config', ttl: 0 },
      cors: {
        allowOrigin: ['a.com', 'https://b.com'],
        allowHeaders: ['X-A'],
        exposeHeaders: ['X-B'],
        allowCredentials: true,
        maxAge: 60,
      },
    }),
  })
  assert.equal(lines(built(dev), built(prod)), [
    'route GET /: authorizer app, CORS | authorizer config, CORS',
    'route GET /new: no authorizer, CORS | null',
    'route GET /old: null | authorizer config, CORS',
    'route POST /: authorizer app | null',
    'authorizer app: answers kept 300 s | null',
    'authorizer config: null | answers kept 0 s',
    'cors allowCredentials: null | true',
    'cors allowHeaders:  | X-A',
    'cors allowOrigin: * | https://a.com, https://b.com',
    'cors exposeHeaders: null | X-B',
    'cors maxAge: null | 60',
  ])
})

test('names of variables, settings, layers, schedules, code', () => {
  const dev = stageModel({
    service: service({ schedules: [{ name: 'tick', expression: 'rate(5 minutes)', handler: 'tick' }] }),
  })
  const prod = stageModel({
    stage: 'prod',
    zip: { kind: 'file', path: 'tmp/x.zip', hash: 'b3RoZXI=' },
    config: config({
      workspace: 'prod',
      version: '1.0',
      timeout: 10,
      tracing: true,
      tags: { team: 'a' },
      policyStatements: [{ effect: 'Allow', actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b/*'] }],
    }),
  })
  assert.equal(lines(built(dev), built(prod, 'bmV3')), [
    'environment URL: null | set',
    'setting role statement 1: null | Allow xray:PutTelemetryRecords, xray:PutTraceSegments on *',
    'setting role statement 2: null | Allow s3:GetObject on arn:aws:s3:::b/*',
    'setting tags.team: null | a',
    'setting timeout: 60 | 10',
    'setting tracing_config.mode: PassThrough | Active',
    'setting version: 0.0 | 1.0',
    'setting xray_tracing_enabled: false | true',
    'layer layer: content bGF5ZXI= | content bmV3',
    'schedule tick: rate(5 minutes) | null',
    'code source: Y29kZSAx | b3RoZXI=',
  ])
})

test('names that cannot be told are not compared', () => {
  const view = built(stageModel({ environmentFile: '../config/missing.json' }))
  assert.equal(view.unknown, ['environment'])
  assert.equal(lines(view, built(stageModel(same))), [])
})

/** As Terraform writes it after an apply: resolved, and with everything that AWS answers. */
const stateOf = (model: StageModel) => {
  const instance = (type: string, name: string, attributes: object, more: object = {}) => ({
    mode: 'managed',
    type,
    name,
    instances: [{ attributes, ...more }],
  })
  return JSON.stringify({
    version: 4,
    resources: [
      instance('aws_lambda_function', 'app-test_dev', {
        architectures: ['x86_64'],
        description: 'app-test 0.0, stage dev',
        environment: [{ variables: { TOKEN: 'a secret', WORKSPACE: 'dev' } }],
        ephemeral_storage: [{ size: 512 }],
        handler: 'index.handler',
        layers: ['arn:aws:lambda:eu-west-1:1:layer:layer-dev:3'],
        memory_size: 128,
        reserved_concurrent_executions: -1,
        runtime: 'nodejs22.x',
        source_code_hash: 'Y29kZSAx',
        tags: null,
        timeout: 60,
        tracing_config: [{ mode: 'PassThrough' }],
      }),
      instance('aws_lambda_layer_version', 'layer_dev', {
        arn: 'arn:aws:lambda:eu-west-1:1:layer:layer-dev:3',
        source_code_hash: 'bGF5ZXI=',
      }),
      instance('aws_iam_role_policy', 'app-test_dev', {
        policy: JSON.stringify({
          Statement: [{ Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: 'arn:aws:logs:x:*' }],
        }),
      }),
      instance('aws_cloudwatch_log_group', 'app-test_dev', { retention_in_days: 0 }),
      instance('aws_api_gateway_stage', 'app-test_dev', { xray_tracing_enabled: false }),
      instance('aws_api_gateway_rest_api_put', 'app-test_dev', { body: JSON.stringify(definition(model).body) }),
    ],
  })
}

const deployed = (model: StageModel) => {
  const view = stageView(deployedResources(stateOf(model)), { microservice: 'app-test', stage: 'dev', environmentNames: () => undefined })
  if (view === undefined) throw new Error('no function')
  return view
}

test('what is built and what is deployed of it differ in nothing', () => {
  assert.equal(lines(built(stageModel()), deployed(stageModel())), [])
})

test('a route that is built and not deployed', () => {
  const model = stageModel({ service: service({ routes: [route('GET', '/'), route('GET', '/new')] }) })
  assert.equal(lines(built(model), deployed(stageModel())), ['route GET /new: authorizer app, CORS | null'])
})

test('no value of a variable is in a view', () => {
  const { aspects } = deployed(stageModel())
  assert.equal(
    [...aspects.environment],
    [
      ['TOKEN', 'set'],
      ['WORKSPACE', 'set'],
    ],
  )
  const texts = Object.values(aspects).flatMap((aspect) => [...aspect].flat())
  assert.not.ok(texts.some((text) => text.includes('secret')))
})

test('a stage without a function is none', () => {
  assert.is(stageView([], { microservice: 'app-test', stage: 'dev', environmentNames: () => undefined }), undefined)
})

test.run()
