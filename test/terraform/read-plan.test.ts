/** What is kept of a plan: what is done to what, and for which arguments; never a value. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readPlan } from '../../src/terraform/read-plan.js'

const SECRET = 'a-secret-value'

const plan = (changes: readonly object[], expressions: Readonly<Record<string, object>> = {}) => {
  const resources = Object.entries(expressions).map(([address, one]) => ({ address, expressions: one }))
  const read = readPlan(JSON.stringify({ format_version: '1.2', resource_changes: changes, configuration: { root_module: { resources } } }))
  assert.not.match(JSON.stringify([...read.changes, ...read.definitions]), SECRET)
  return read
}
const named = (change: object, expressions?: Readonly<Record<string, object>>) =>
  plan([{ address: 'aws_lambda_function.x', type: 'aws_lambda_function', change }], expressions).changes[0]?.names

test('of an update, the arguments that differ and that the files give', () => {
  const change = {
    actions: ['update'],
    before: { environment: [{ variables: { TOKEN: 'old' } }], memory_size: 128, timeout: 3, last_modified: 'then' },
    after: { environment: [{ variables: { TOKEN: SECRET } }], memory_size: 256, timeout: 3, layers: [null] },
    after_unknown: { last_modified: true, layers: [true], timeout: false },
  }
  const given = { 'aws_lambda_function.x': { environment: [{}], memory_size: {}, timeout: {}, layers: {} } }
  assert.equal(named(change, given), ['environment', 'layers', 'memory_size'])
  // In a module of the user's, what the files give is not looked up.
  assert.equal(named(change), ['environment', 'last_modified', 'layers', 'memory_size'])
})

test('of a replacement, what asks for it', () => {
  const change = {
    actions: ['create', 'delete'],
    before: { body: SECRET },
    after: { body: 'x' },
    replace_paths: [['triggers', 'definition'], ['body'], ['triggers', 'more']],
  }
  assert.equal(named(change), ['body', 'triggers'])
})

test('of what is made or goes, none', () => {
  assert.equal(named({ actions: ['create'], before: null, after: { a: SECRET } }), [])
  assert.equal(named({ actions: ['delete'], before: { a: SECRET }, after: null }), [])
})

test('why Terraform replaces, and what is left over', () => {
  const change = { actions: ['delete', 'create'], before: {}, after: {} }
  const { changes } = plan([
    { address: 'a.b', change, action_reason: 'replace_because_tainted' },
    { address: 'a.c', change, action_reason: 'replace_by_triggers' },
    { address: 'a.d', change, action_reason: 'replace_by_request' },
    { address: 'a.e', change: { actions: ['delete'], before: {}, after: null }, deposed: '3f0c' },
  ])
  assert.equal(
    changes.map(({ address, cause, deposed }) => `${address} ${cause} ${deposed}`),
    ['a.b tainted false', 'a.c follows false', 'a.d null false', 'a.e null true'],
  )
})

const body = (...paths: string[]) =>
  JSON.stringify({
    paths: Object.fromEntries(paths.map((path) => [path, { get: { 'x-amazon-apigateway-integration': { type: 'aws_proxy' } } }])),
  })
const definition = (change: object) => {
  const address = 'aws_api_gateway_rest_api_put.x'
  const found = plan([{ address, type: 'aws_api_gateway_rest_api_put', change }]).definitions.get(address)
  return [found?.before, found?.after].map((view) => (view === null || view === undefined ? view : [...view.routes.keys()]))
}

test('the definition of a stage, before and after', () => {
  assert.equal(definition({ actions: ['create', 'delete'], before: { body: body('/') }, after: { body: body('/', '/new') } }), [
    ['GET /'],
    ['GET /', 'GET /new'],
  ])
  assert.equal(definition({ actions: ['delete'], before: { body: body('/') }, after: null }), [['GET /'], null])
})

test('a definition that only an apply can write, and one that is no JSON', () => {
  assert.equal(definition({ actions: ['create'], before: null, after: {}, after_unknown: { body: true } }), [null, undefined])
  assert.equal(definition({ actions: ['create'], before: null, after: { body: 'openapi: 3.0.1' } }), [null, null])
})

test('a plan of nothing', () => {
  const { changes, definitions } = readPlan('{"format_version":"1.2"}')
  assert.equal([changes, definitions.size], [[], 0])
})

test.run()
