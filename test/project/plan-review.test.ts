/** What a plan is taken for: whose each resource is, what is done to it, and what is refused. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { foreignChanges, reviewedApis, reviewedChanges } from '../../src/project/plan-review.js'
import { type KnownOwners, type Owner, ownerOf, ownerText } from '../../src/project/stage-owner.js'
import type { ApiView } from '../../src/terraform/api-view.js'
import type { PlannedChange } from '../../src/terraform/index.js'

const known: KnownOwners = {
  microservices: [
    { name: 'app-test', stages: ['dev', 'dev_2', 'prod'] },
    { name: 'app-test_dev', stages: ['x'] },
    { name: 'app-other', stages: ['dev'] },
  ],
  layers: ['layer', 'layer_big'],
  declared: new Map<string, Owner>([['aws_sqs_queue.jobs', { kind: 'stage', microservice: 'app-other', stage: 'dev' }]]),
}

const owner = (address: string) => {
  const found = ownerOf(address, known)
  return found === undefined ? undefined : ownerText(found)
}

test('whose a resource is, by its name', () => {
  assert.is(owner('aws_lambda_function.app-test_dev'), 'app-test dev')
  assert.is(owner('aws_lambda_permission.app-test_dev_authorizer'), 'app-test dev')
  assert.is(owner('aws_lambda_function.app-test_dev_2'), 'app-test dev_2')
  assert.is(owner('aws_lambda_function.app-test_dev_x'), 'app-test_dev x')
  assert.is(owner('aws_lambda_function.app-test_prod[0]'), 'app-test prod')
  assert.is(owner('aws_api_gateway_rest_api.app-test'), 'app-test')
  assert.is(owner('aws_lambda_layer_version.layer_dev'), 'layer layer dev')
  assert.is(owner('aws_lambda_layer_version.layer_big_prod'), 'layer layer_big prod')
})

test('a stage that nobody declares any more still owns what is called after it', () => {
  assert.is(owner('aws_lambda_function.app-test_old'), 'app-test old')
})

test('what knows when a definition was put belongs to its stage', () => {
  assert.is(owner('terraform_data.app-test_dev_put'), 'app-test dev')
})

test('what is declared in a generated file, whatever it is called', () => {
  assert.is(owner('aws_sqs_queue.jobs'), 'app-other dev')
})

test("the user's own is nobody's", () => {
  for (const address of [
    'aws_dynamodb_table.users',
    'module.m.aws_lambda_function.app-test_dev',
    'data.aws_x.app-test_dev',
    'random_id.app-test_dev',
  ])
    assert.is(owner(address), undefined, address)
})

test('in the state of a workspace, everything is of its stage', () => {
  const workspace = { microservices: [{ name: 'app-test', stages: ['dev'] }], layers: [], declared: new Map(), workspace: 'dev' }
  const owners = ['aws_lambda_function.app-test', 'aws_lambda_permission.app-test_on["a"]', 'aws_dynamodb_table.users'].map((address) =>
    ownerOf(address, workspace),
  )
  const dev = { kind: 'stage', microservice: 'app-test', stage: 'dev' }
  assert.equal(owners, [dev, dev, undefined])
})

const change = (address: string, actions: string, more: Partial<PlannedChange> = {}): PlannedChange => ({
  address,
  actions: actions.split(' '),
  names: [],
  cause: null,
  deposed: false,
  ...more,
})

const reviewed = (changes: readonly PlannedChange[], reasons: readonly (readonly [string, string])[] = []) =>
  reviewedChanges(changes, new Map(reasons), known).map(
    ({ address, action, reason }) => `${action} ${address}${reason === null ? '' : `: ${reason}`}`,
  )

test('what is done to each, by owner and address; what changes nothing is left out', () => {
  assert.equal(
    reviewed([
      change('user_thing.own', 'create'),
      change('aws_lambda_function.app-test_prod', 'update'),
      change('aws_lambda_function.app-test_dev', 'delete create'),
      change('aws_api_gateway_deployment.app-test_dev', 'create delete'),
      change('aws_api_gateway_rest_api.app-test', 'no-op'),
      change('data.aws_region.here', 'read'),
      change('aws_iam_role.app-other_dev', 'delete'),
      change('aws_iam_role.app-test_dev', 'forget'),
    ]),
    [
      'destroy aws_iam_role.app-other_dev',
      'replace aws_api_gateway_deployment.app-test_dev',
      'forget aws_iam_role.app-test_dev',
      'replace aws_lambda_function.app-test_dev',
      'update aws_lambda_function.app-test_prod',
      'create user_thing.own',
    ],
  )
})

test('an action that is not known yet is seen', () => {
  assert.equal(reviewed([change('a.b', 'transmogrify')]), ['forget a.b'])
})

test('why: what was asked for, else what Terraform says, else the arguments that differ', () => {
  assert.equal(
    reviewed(
      [
        change('a.asked', 'delete create', { names: ['triggers'] }),
        change('b.tainted', 'delete create', { cause: 'tainted' }),
        change('c.follows', 'create delete', { cause: 'follows' }),
        change('d.forced', 'delete create', { names: ['name', 'path'] }),
        change('aws_api_gateway_rest_api_put.app-test_dev', 'create delete', { names: ['body', 'triggers'] }),
        change('e.updated', 'update', { names: ['memory_size'] }),
        change('f.made', 'create', { names: ['x'] }),
        change('g.left', 'delete', { deposed: true }),
      ],
      [
        ['a.asked', 'code changed'],
        ['f.made', 'not shown'],
      ],
    ),
    [
      'replace aws_api_gateway_rest_api_put.app-test_dev: the definition changed',
      'replace a.asked: code changed',
      'replace b.tainted: it is tainted',
      'replace c.follows: what it follows is replaced',
      'replace d.forced: name, path',
      'update e.updated: memory_size',
      'create f.made',
      'destroy g.left: an old one that an apply left behind',
    ],
  )
})

const api = (...routes: string[]): ApiView => ({
  routes: new Map(routes.map((one) => [one, { authorizer: 'app', cors: false }])),
  authorizers: new Map([['app', 300]]),
  cors: new Map(),
})
const put = (stage: string) => `aws_api_gateway_rest_api_put.app-test_${stage}`
const apis = (
  definitions: readonly (readonly [stage: string, before: ApiView | null, after: ApiView | null | undefined])[],
  built?: { readonly route: ReadonlyMap<string, string> },
) =>
  reviewedApis(
    { changes: [], definitions: new Map(definitions.map(([stage, before, after]) => [put(stage), { before, after }])) },
    [{ microservice: 'app-test', stage: 'prod' }],
    known,
    () => (built === undefined ? undefined : { authorizer: new Map(), cors: new Map(), ...built }),
  ).flatMap(({ stage, served, differences }) =>
    differences.map(
      ({ aspect, name, before, after, from }) => `${stage} ${served} ${aspect} ${name}: ${before} -> ${after} [${from.join()}]`,
    ),
  )

test('a route that prod would get from dev is a promotion, and is said to be one', () => {
  assert.equal(
    apis([
      ['dev', api('GET /', 'GET /new'), api('GET /', 'GET /new', 'GET /newer')],
      ['prod', api('GET /', 'GET /old'), api('GET /', 'GET /new', 'GET /newer')],
    ]),
    [
      'prod true route GET /new: null -> authorizer app [dev]',
      'prod true route GET /newer: null -> authorizer app []',
      'prod true route GET /old: authorizer app -> null []',
    ],
  )
})

test('a stage whose definition stays is not spoken of', () => {
  assert.equal(
    apis([
      ['dev', api('GET /'), api('GET /new')],
      ['prod', api('GET /'), api('GET /')],
    ]),
    [],
  )
})

test('a stage that is made, and whose definition only an apply can write: its file says what it will serve', () => {
  assert.equal(apis([['prod', null, undefined]], { route: new Map([['GET /', 'no authorizer']]) }), [
    'prod false route GET /: null -> no authorizer []',
  ])
  assert.equal(apis([['prod', null, undefined]]), [])
})

const refused = (addresses: readonly string[], named: readonly [string, string][]) =>
  foreignChanges(
    reviewedChanges(
      addresses.map((address) => change(address, 'update', { names: ['timeout'] })),
      new Map(),
      known,
    ),
    named.map(([microservice, stage]) => ({ microservice, stage })),
    'deploy',
  ).map(({ where, what, detail }) => `${where}: ${what}: ${detail?.replaceAll('\n', ', ')}`)

test('a plan of the stages named, their API, their layers and the rest of the folder is taken', () => {
  const addresses = [
    'aws_lambda_function.app-test_dev',
    'aws_api_gateway_rest_api.app-test',
    'aws_lambda_layer_version.layer_dev',
    'aws_dynamodb_table.users',
  ]
  assert.equal(refused(addresses, [['app-test', 'dev']]), [])
})

test('another stage, microservice, API or layer is refused, each named once', () => {
  const addresses = [
    'aws_lambda_function.app-test_prod',
    'aws_iam_role.app-test_prod',
    'aws_lambda_function.app-other_dev',
    'aws_api_gateway_rest_api.app-other',
    'aws_lambda_layer_version.layer_prod',
  ]
  assert.equal(refused(addresses, [['app-test', 'dev']]), [
    'microservice app-other: was not named, and 1 of its resources would change: update aws_api_gateway_rest_api.app-other  # timeout',
    'stage app-other dev: was not named, and 1 of its resources would change: update aws_lambda_function.app-other_dev  # timeout',
    'stage app-test prod: was not named, and 2 of its resources would change: update aws_iam_role.app-test_prod  # timeout, update aws_lambda_function.app-test_prod  # timeout',
    'layer layer prod: was not named, and 1 of its resources would change: update aws_lambda_layer_version.layer_prod  # timeout',
  ])
})

test.run()
