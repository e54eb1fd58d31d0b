/** What things are called in Terraform and in AWS, and which names are refused before either sees them. */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkRules, functionName, label, layerAddress, layerName, stageAddresses, stageLabel } from '../../src/terraform/names.js'
import { CoworksError } from '../../src/util/problem.js'
import { config, service, stageModel } from './models.js'

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof CoworksError) return error.message
    throw error
  }
  return 'not refused'
}

test('a stage has its own address for each resource; in a workspace of its own, the name of the microservice', () => {
  assert.equal(stageAddresses('app-test', 'dev'), {
    function: 'aws_lambda_function.app-test_dev',
    permission: 'aws_lambda_permission.app-test_dev',
    authorizerPermission: 'aws_lambda_permission.app-test_dev_authorizer',
    put: 'aws_api_gateway_rest_api_put.app-test_dev',
    deployment: 'aws_api_gateway_deployment.app-test_dev',
    stage: 'aws_api_gateway_stage.app-test_dev',
  })
  assert.equal(stageAddresses('app-test', 'dev', 'workspace'), {
    function: 'aws_lambda_function.app-test',
    permission: 'aws_lambda_permission.app-test',
    authorizerPermission: 'aws_lambda_permission.app-test_authorizer[0]',
    put: 'aws_api_gateway_rest_api_put.app-test',
    deployment: 'aws_api_gateway_deployment.app-test',
    stage: 'aws_api_gateway_stage.app-test',
  })
  assert.is(stageLabel('app-test', 'dev'), 'app-test_dev')
  assert.is(stageLabel('app-test', 'dev', 'workspace'), 'app-test')
  assert.is(layerAddress('layer', 'dev'), 'aws_lambda_layer_version.layer_dev')
  assert.is(layerAddress('layer', 'dev', 'workspace'), 'aws_lambda_layer_version.layers["layer"]')
  assert.is(layerName('layer', 'dev'), 'layer-dev')
})

test('a label is a name that Terraform takes, or it is refused: nothing needs to be quoted', () => {
  assert.is(label('app-test', 'dev'), 'app-test_dev')
  assert.is(label('_9-B'), '_9-B')
  for (const bad of ['', '9a', '-a', 'a b', 'a"b', 'a\nb', 'a\n', '\na', 'é', 'a.b', 'a[0]', '${x}'])
    assert.is(
      refusal(() => label(bad)),
      `name ${JSON.stringify(bad)} · cannot be the name of a Terraform resource · use letters, digits, - and _, and begin with a letter`,
    )
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 3 }), (parts) => {
      let name: string
      try {
        name = label(...parts)
      } catch {
        return
      }
      assert.is(name, parts.join('_'))
      for (const char of name) assert.ok('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-'.includes(char))
    }),
  )
})

test('a function is called what Lambda takes, or its build is refused', () => {
  assert.is(functionName('app-test', 'dev'), 'app-test-dev')
  assert.is(functionName('a'.repeat(60), 'dev').length, 64)
  assert.is(
    refusal(() => functionName('a'.repeat(61), 'dev')),
    `microservice ${'a'.repeat(61)}, stage dev · the function would be called \`${'a'.repeat(61)}-dev', 65 characters where Lambda takes 64 · shorten the name of the service or of the stage`,
  )
})

const schedule = (name: string) => ({ name }) as never
const pattern = (name: string) => ({ kind: 'pattern', name }) as never
const queue = (name: string) => ({ kind: 'queue', name }) as never

const checked = (schedules: readonly never[], triggers: readonly never[], name = 'app-test-dev') =>
  refusal(() => checkRules(stageModel({ service: service({ schedules }), config: config({ triggers }) }), name))

test('two resources of a stage with one name are refused, each pair by its name', () => {
  assert.is(checked([], []), 'not refused')
  assert.is(checked([schedule('nightly'), schedule('weekly')], [queue('nightly'), pattern('weekly')]), 'not refused')
  assert.is(
    checked([schedule('authorizer')], []),
    "microservice app-test, stage dev · two of its resources would be called `app-test_dev_authorizer' · rename the scheduled method or the trigger",
  )
  assert.match(checked([schedule('on_orders')], [queue('orders')]), "would be called `app-test_dev_on_orders'")
  const both = checked([schedule('authorizer'), schedule('a'), schedule('a')], [])
  assert.match(both, "`app-test_dev_authorizer'")
  assert.match(both, "`app-test_dev_a'")
})

test('a rule whose name is too long for EventBridge is refused: those of schedules and of patterns, since queues have none', () => {
  const room = 64 - 'app-test-dev-'.length
  assert.is(checked([schedule('a'.repeat(room))], []), 'not refused')
  const long = 'a'.repeat(room + 1)
  assert.is(
    checked([schedule(long)], []),
    `microservice app-test, stage dev · a rule would be called \`app-test-dev-${long}', 65 characters where EventBridge takes 64 · shorten the name of the scheduled method or of the trigger`,
  )
  assert.is(checked([], [pattern('a'.repeat(room - 3))]), 'not refused')
  assert.match(checked([], [pattern('a'.repeat(room - 2))]), `\`app-test-dev-on-${'a'.repeat(room - 2)}', 65 characters`)
  assert.is(checked([], [queue(long)]), 'not refused')
})

test.run()
