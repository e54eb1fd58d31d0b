// What a stage that is a workspace says, as data: the same as its resources say where stages share a state, and every text of a user's
// as it was given.
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { diffStages } from '../../src/project/stage-diff.js'
import type { ConfigDescription } from '../../src/service/description.js'
import {
  builtResources,
  readHcl,
  renderLayer,
  renderLayerData,
  renderStage,
  renderStageData,
  renderWorkspace,
  renderWorkspaceLayers,
  type StageModel,
  stageView,
  workspaceResources,
} from '../../src/terraform/index.js'
import { INVOCATION } from '../../src/terraform/openapi.js'
import { hostile } from './hostile.js'
import { builtinTemplates, config, route, service, stageModel } from './models.js'

const templates = builtinTemplates()
const full: Partial<ConfigDescription> = {
  tags: { team: 'shop' },
  tracing: true,
  environmentVariables: { LEVEL: 'debug' },
  ephemeralStorage: 1024,
  reservedConcurrency: 0,
  vpc: { subnetIds: ['subnet-2', 'subnet-1'], securityGroupIds: ['sg-1'] },
  kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/1',
  permissionsBoundary: 'arn:aws:iam::123456789012:policy/b',
  throttle: { rate: 1, burst: 2 },
  schedules: false,
  policyStatements: [{ effect: 'Allow', actions: ['s3:GetObject'], resources: ['*'] }],
  triggers: [
    { kind: 'pattern', name: 'uploads', pattern: { source: ['aws.s3'] }, bus: null },
    {
      kind: 'source',
      name: 'orders',
      service: 'sqs',
      source: 'arn:aws:sqs:eu-west-1:123456789012:orders',
      batchSize: null,
      batchWindow: null,
      maximumConcurrency: null,
      reportBatchItemFailures: false,
      startingPosition: null,
    },
  ],
}

const options = { microservice: 'app-test', stage: 'dev', environmentNames: () => ['TOKEN'] }
const layer = { layer: 'layer', stage: 'dev', zip: { kind: 'file', path: '../layer.zip', hash: 'bGF5ZXI=' } as const }

test('both kinds of staging say the same of a stage', () => {
  const schedules = [{ name: 'clean', expression: 'rate(1 hour)', handler: 'clean' }]
  const models: readonly Partial<StageModel>[] = [
    {},
    { config: config(full), service: service({ schedules, routes: [route('GET', '/'), route('POST', '/a', { authorizer: null })] }) },
    { config: config({ cors: null }), environmentFile: null, layers: [] },
  ]
  for (const more of models) {
    const model = stageModel(more)
    const files = [renderStage(model, templates), renderLayer({ ...layer, runtimes: [], architectures: [] }, templates)]
    const suffix = stageView(builtResources(files.map(readHcl)), options)
    const data = workspaceResources('app-test', renderStageData(model), [{ name: 'layer', text: renderLayerData(layer) }])
    const workspace = stageView(data, { ...options, staging: 'workspace' })
    assert.ok(suffix !== undefined && workspace !== undefined)
    if (suffix !== undefined && workspace !== undefined) assert.equal(diffStages(suffix, workspace), [])
  }
})

test("the resources name no stage but in the one message, and know nothing of a stage's layers", () => {
  const text = renderWorkspace({ microservice: 'app-test', stages: ['dev', 'prod'] }, templates)
  assert.equal(
    text
      .split('\n')
      .filter((line) => /\b(dev|prod)\b/.test(line))
      .map((line) => line.trim().split(' ')[0]),
    ['error_message'],
  )
  assert.is(renderWorkspaceLayers(templates).match(/resource /g)?.length, 1)
})

test('the word for the function stands where the gateway calls it, and nowhere else', () => {
  const hostileTypes = ['coworks-invocation', 'x coworks-invocation-', INVOCATION]
  const text = renderStageData(stageModel({ service: service({ binaryMediaTypes: hostileTypes }) }))
  const { definition } = JSON.parse(text) as { definition: { invocation: string; body: Record<string, unknown> } }
  assert.is(definition.invocation, 'coworks-invocation--')
  assert.equal(definition.body['x-amazon-apigateway-binary-media-types'], [...hostileTypes].sort())
  // uri of GET and of its preflight, authorizerUri
  assert.is(text.split(`"${definition.invocation}"`).length - 1, 4)
})

test('every text is read back as it was given, whatever it is', () => {
  const pieces = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'grapheme' }))
  const texts = fc.array(pieces, { maxLength: 4 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.array(texts, { minLength: 5, maxLength: 5 }), ([tag = '', variable = '', version = '', key = '', resource = '']) => {
      const data = JSON.parse(
        renderStageData(
          stageModel({
            config: config({
              tags: { [tag]: tag },
              version,
              environmentVariables: { NAME: variable },
              policyStatements: [{ effect: 'Deny', actions: ['s3:*'], resources: [resource] }],
              triggers: [{ kind: 'pattern', name: 'a', pattern: { source: [resource] }, bus: null }],
            }),
            zip: { kind: 's3', bucket: 'bucket', key, hash: 'h' },
            environmentFile: key,
          }),
        ),
      ) as Record<string, unknown>
      assert.equal(data.tags, { [tag]: tag })
      assert.equal(data.variables, { NAME: variable, WORKSPACE: 'dev' })
      assert.is(data.description, `app-test ${version}, stage dev`)
      assert.equal(data.zip, { path: null, bucket: 'bucket', key, hash: 'h' })
      assert.is(data.environment_file, key)
      assert.equal(data.role_statements, [{ Effect: 'Deny', Action: ['s3:*'], Resource: [resource] }])
      assert.equal(data.patterns, { a: { pattern: { source: [resource] }, bus: null } })
    }),
  )
})

test.run()
