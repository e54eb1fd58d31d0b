import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type BuiltStage,
  baselineOf,
  type Deployed,
  replaceArguments,
  taintCommand,
  taintsFor,
  waitingFunctions,
} from '../../src/taint/index.js'
import { parseState } from '../../src/terraform/index.js'

const built: BuiltStage = {
  microservice: 'app-test',
  stage: 'dev',
  redeploy: 'replace',
  codeHash: 'code 1',
  definitionHash: 'definition 1',
  layers: [{ name: 'layer', hash: 'layer 1' }],
}

const arn = 'arn:aws:lambda:eu-west-1:1:function:app-test-dev'

interface Instance {
  readonly status?: 'tainted'
  readonly attributes: object
  readonly dependencies?: readonly string[]
}

const everything: Readonly<Record<string, Instance>> = {
  'aws_lambda_layer_version.layer_dev': { attributes: { source_code_hash: 'layer 1' } },
  'aws_lambda_function.app-test_dev': { attributes: { source_code_hash: 'code 1', function_name: 'app-test-dev', arn } },
  'aws_lambda_permission.app-test_dev_authorizer': {
    attributes: { function_name: arn },
    dependencies: ['aws_lambda_function.app-test_dev'],
  },
  'aws_lambda_permission.app-test_dev': { attributes: { function_name: arn }, dependencies: ['aws_lambda_function.app-test_dev'] },
  'aws_lambda_permission.app-test_prod': { attributes: { function_name: `${arn}-prod` } },
  'aws_api_gateway_rest_api_put.app-test_dev': { attributes: { triggers: { definition: 'definition 1' } } },
  'aws_api_gateway_deployment.app-test_dev': { attributes: { triggers: { definition: 'definition 1' } } },
  'aws_api_gateway_stage.app-test_dev': { attributes: {}, dependencies: ['aws_lambda_function.app-test_dev'] },
}

function deployed(resources: Readonly<Record<string, Instance>> = everything): Deployed {
  const list = Object.entries(resources).map(([address, instance]) => {
    const [type, name] = address.split('.')
    return { mode: 'managed', type, name, instances: [instance] }
  })
  return { kind: 'state', state: parseState(JSON.stringify({ version: 4, serial: 1, lineage: 'l', resources: list })) }
}

function without(...addresses: readonly string[]): Deployed {
  return deployed(Object.fromEntries(Object.entries(everything).filter(([address]) => !addresses.includes(address))))
}

function withTainted(...addresses: readonly string[]): Deployed {
  return deployed(
    Object.fromEntries(
      Object.entries(everything).map(([address, instance]) => [
        address,
        addresses.includes(address) ? { ...instance, status: 'tainted' } : instance,
      ]),
    ),
  )
}

const found = (stage: Partial<BuiltStage>, state: Deployed) =>
  taintsFor([{ ...built, ...stage }], state).map(({ address, reason, pending }) => `${address}: ${reason}${pending ? ' (pending)' : ''}`)

test('nothing changed: nothing, as in a fresh checkout with the same state', () => {
  assert.equal(found({}, deployed()), [])
})

test('layer content: the layer version of the stage', () => {
  assert.equal(found({ layers: [{ name: 'layer', hash: 'layer 2' }] }, deployed()), ['aws_lambda_layer_version.layer_dev: layer changed'])
})

test('code: the function and its permissions', () => {
  assert.equal(found({ codeHash: 'code 2' }, deployed()), [
    'aws_lambda_function.app-test_dev: code changed',
    'aws_lambda_permission.app-test_dev: its function is replaced',
    'aws_lambda_permission.app-test_dev_authorizer: its function is replaced',
  ])
})

test("code in a stage 'in-place': nothing", () => {
  assert.equal(found({ codeHash: 'code 2', redeploy: 'in-place' }, deployed()), [])
})

test('routes, CORS, authorizer: the deployment, in any stage', () => {
  const put = { ...everything, 'aws_api_gateway_rest_api_put.app-test_dev': { attributes: { triggers: { definition: 'definition 1' } } } }
  for (const redeploy of ['replace', 'in-place'] as const) {
    assert.equal(found({ definitionHash: 'definition 2', redeploy }, deployed(put)), [
      'aws_api_gateway_deployment.app-test_dev: routes, CORS or authorizer changed',
    ])
  }
})

test('what does not exist is not tainted', () => {
  const changed = { codeHash: 'code 2', definitionHash: 'definition 2', layers: [{ name: 'layer', hash: 'layer 2' }] }
  assert.equal(found(changed, { kind: 'none' }), [])
  assert.equal(found(changed, deployed({})), [])
  assert.equal(found(changed, without('aws_lambda_function.app-test_dev')), [
    'aws_lambda_layer_version.layer_dev: layer changed',
    'aws_api_gateway_deployment.app-test_dev: routes, CORS or authorizer changed',
  ])
})

test('aliases and event sources that the user hung on the function follow it', () => {
  const more = {
    ...everything,
    'aws_lambda_alias.live': { attributes: { function_name: 'app-test-dev' } },
    'aws_lambda_event_source_mapping.queue': { attributes: { function_name: arn } },
    'aws_lambda_alias.other': { attributes: { function_name: 'other' } },
  }
  assert.equal(
    found({ codeHash: 'code 2' }, deployed(more)).map((line) => line.split(':')[0]),
    [
      'aws_lambda_function.app-test_dev',
      'aws_lambda_alias.live',
      'aws_lambda_event_source_mapping.queue',
      'aws_lambda_permission.app-test_dev',
      'aws_lambda_permission.app-test_dev_authorizer',
    ],
  )
})

test('every kind of resource that hangs on a function follows it, and no other kind', () => {
  const followers = [
    'aws_lambda_alias',
    'aws_lambda_event_source_mapping',
    'aws_lambda_function_event_invoke_config',
    'aws_lambda_function_url',
    'aws_lambda_permission',
    'aws_lambda_provisioned_concurrency_config',
  ]
  const others = ['aws_lambda_layer_version_permission', 'aws_cloudwatch_log_group', 'aws_lambda_invocation']
  const hung = Object.fromEntries([...followers, ...others].map((type) => [`${type}.of`, { attributes: { function_name: arn } }]))
  const lambda = everything['aws_lambda_function.app-test_dev'] ?? { attributes: {} }
  assert.equal(
    found({ codeHash: 'code 2' }, deployed({ 'aws_lambda_function.app-test_dev': lambda, ...hung })).slice(1),
    followers.map((type) => `${type}.of: its function is replaced`),
  )
})

test('a resource that names no function does not follow one whose name the state does not say', () => {
  const state = deployed({
    'aws_lambda_function.app-test_dev': { attributes: { source_code_hash: 'code 1' } },
    'aws_lambda_alias.other': { attributes: {} },
  })
  assert.equal(found({ codeHash: 'code 2' }, state), ['aws_lambda_function.app-test_dev: code changed'])
})

test('what the state has tainted already is pending', () => {
  const state = withTainted('aws_lambda_function.app-test_dev', 'aws_lambda_permission.app-test_dev')
  assert.equal(found({ codeHash: 'code 2' }, state), [
    'aws_lambda_function.app-test_dev: code changed (pending)',
    'aws_lambda_permission.app-test_dev: its function is replaced (pending)',
    'aws_lambda_permission.app-test_dev_authorizer: its function is replaced',
  ])
})

const takesPut = ['aws_api_gateway_rest_api_put.app-test_dev: its deployment is replaced and would take the definition of another stage']

test('a deployment tainted by hand takes its put with it', () => {
  assert.equal(found({}, withTainted('aws_api_gateway_deployment.app-test_dev')), takesPut)
  assert.equal(found({}, withTainted('aws_api_gateway_deployment.app-test_dev', 'aws_api_gateway_rest_api_put.app-test_dev')), [])
})

test('an apply that put the definition and failed to deploy it takes the put again', () => {
  const half = { ...everything, 'aws_api_gateway_rest_api_put.app-test_dev': { attributes: { triggers: { definition: 'definition 2' } } } }
  assert.equal(found({ definitionHash: 'definition 2' }, deployed(half)), [
    ...takesPut,
    'aws_api_gateway_deployment.app-test_dev: routes, CORS or authorizer changed',
  ])
  assert.equal(found({}, without('aws_api_gateway_deployment.app-test_dev')), [
    'aws_api_gateway_rest_api_put.app-test_dev: its deployment is missing and would take the definition of another stage',
  ])
})

test('without a state, the last build that was acknowledged', () => {
  const baseline: Deployed = { kind: 'baseline', hashes: baselineOf([built]) }
  assert.equal(found({}, baseline), [])
  assert.equal(found({ stage: 'prod', codeHash: 'code 2' }, baseline), [], 'never acknowledged, maybe never deployed')
  assert.equal(found({ codeHash: 'code 2', definitionHash: 'definition 2' }, baseline), [
    'aws_lambda_function.app-test_dev: code changed',
    'aws_lambda_permission.app-test_dev: its function is replaced',
    'aws_lambda_permission.app-test_dev_authorizer: its function is replaced',
    'aws_api_gateway_deployment.app-test_dev: routes, CORS or authorizer changed',
  ])
  assert.equal(found({ layers: [{ name: 'layer', hash: 'layer 2' }] }, baseline), ['aws_lambda_layer_version.layer_dev: layer changed'])
  assert.equal(found({ codeHash: 'code 2', redeploy: 'in-place' }, baseline), [])
})

test('what is acknowledged: the hash of each layer, of the function and of the definition', () => {
  assert.equal(Object.fromEntries(baselineOf([built])), {
    'aws_lambda_layer_version.layer_dev': 'layer 1',
    'aws_lambda_function.app-test_dev': 'code 1',
    'aws_api_gateway_deployment.app-test_dev': 'definition 1',
  })
})

test('a layer that two microservices share is named once', () => {
  const layers = [{ name: 'layer', hash: 'layer 2' }]
  const taints = taintsFor(
    [
      { ...built, layers },
      { ...built, microservice: 'app-other', layers },
    ],
    deployed(),
  )
  assert.equal(
    taints.map(({ address }) => address),
    ['aws_lambda_layer_version.layer_dev'],
  )
})

test('a function that is new, or updated in place, waits for an apply although nothing is replaced for it', () => {
  const waiting = (stage: Partial<BuiltStage>, state: Deployed, pushed?: string) =>
    waitingFunctions(
      [{ ...built, ...stage }],
      state,
      new Map(pushed === undefined ? [] : [['aws_lambda_function.app-test_dev', { content: pushed, codeSha256: 'sha', state: STATED }]]),
    )
  // What the state said when it was pushed: it still does.
  const STATED = { sourceCodeHash: 'code 1', codeSha256: undefined, lastModified: undefined } as never
  const address = 'aws_lambda_function.app-test_dev'
  assert.equal(waiting({}, deployed()), [])
  assert.equal(waiting({ codeHash: 'code 2' }, deployed()), [], 'it is tainted')
  assert.equal(waiting({ redeploy: 'in-place' }, deployed()), [])
  assert.equal(waiting({ redeploy: 'in-place', codeHash: 'code 2' }, deployed()), [{ address, waits: 'in-place' }])
  assert.equal(waiting({ redeploy: 'in-place', codeHash: 'code 2' }, deployed(), 'code 2'), [], 'it was pushed')
  assert.equal(waiting({}, without(address)), [{ address, waits: 'new' }])
  assert.equal(waiting({ redeploy: 'in-place' }, without(address)), [{ address, waits: 'new' }])
  assert.equal(waiting({}, { kind: 'none' }), [])
})

test('the commands', () => {
  const [taint] = taintsFor([{ ...built, codeHash: 'code 2' }], deployed())
  assert.is(taint?.command, "terraform -chdir=terraform taint -allow-missing 'aws_lambda_function.app-test_dev'")
  assert.is(
    taintCommand('a["b c"]', { terraformDir: 'my infra', terraformBin: 'tofu' }),
    `tofu -chdir='my infra' taint -allow-missing 'a["b c"]'`,
  )
  assert.is(taintCommand('a.b', { terraformDir: '.' }), "terraform taint -allow-missing 'a.b'")
  assert.is(taintCommand('a.b', { workspace: 'my stage' }), "TF_WORKSPACE='my stage' terraform -chdir=terraform taint -allow-missing 'a.b'")
  assert.equal(replaceArguments([{ address: 'a.b' }, { address: "a['x']" }]), ["-replace='a.b'", `-replace='a['\\''x'\\'']'`])
})

test.run()
