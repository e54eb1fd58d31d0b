import assert from 'node:assert/strict'
import { test } from 'uvu'
import { describe, findServices, lambdaHandler, TechMicroService } from '../../src/service/index.js'
import { loadExample } from './load-example.js'

class App extends TechMicroService {
  get() {
    return 'x'
  }
}

test('services are found among exports, one that is exported twice only once', () => {
  const app = new App({ name: 'a' })
  const other = new App({ name: 'b' })
  const found = findServices({ default: app, app, other, App, text: 'x', nothing: null, list: [app] })
  assert.deepEqual(found, [
    { exportName: 'app', service: app },
    { exportName: 'other', service: other },
  ])
})

test('a service of another copy of the package is recognised, described and answered', async () => {
  const module = await loadExample('quickstart')
  const [found] = findServices(module)
  assert.ok(found && !(found.service instanceof TechMicroService))
  assert.equal(describe(found.service).name, 'test')
  process.env.WORKSPACE = 'dev'
  const answer = await lambdaHandler(module, 'test')({ httpMethod: 'GET', path: '/', resource: '/' }, {})
  delete process.env.WORKSPACE
  assert.equal((answer as { body: string }).body, 'Simple microservice ready.\n')
})

test('a missing or ambiguous name is said with what there is', () => {
  const message = (module: object, name: string) => {
    try {
      lambdaHandler(module, name)
    } catch (error) {
      return error instanceof Error ? error.message : ''
    }
    return 'found'
  }
  assert.equal(message({ app: new App({ name: 'test' }) }, 'tset'), "microservice tset · no export is of this name · did you mean `test'?")
  assert.equal(message({}, 'test'), 'microservice test · no export is of this name · the module exports no TechMicroService')
  assert.equal(
    message({ a: new App({ name: 'test' }), b: new App({ name: 'test' }) }, 'test'),
    "microservice test · the exports `a' and `b' are both of this name",
  )
})

test.run()
