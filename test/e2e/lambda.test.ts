// limit: 300 s
/**
 * What `coworks build` makes of the examples, under AWS's own runtime client with its layer in place, on every version of Node
 * that it is for: a zip that only works with the project's node_modules around it fails here.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Built, packageFolder } from '../support/built.js'
import { copyExample } from '../support/example.js'
import { findRuntimeClient, type Invoked, LambdaFunction, type NodeMajor, type RuntimeClient } from '../support/lambda.js'
import { type RecordedRequest, recordedAuthorizerEvent, recordedProxyEvent } from '../support/recorded-events.js'

packageFolder() // before anything else may rebuild dist/

const majors: readonly NodeMajor[] = [20, 22]
const clients = majors.flatMap((major) => findRuntimeClient(major) ?? [])

/** What API Gateway hands on to the caller. */
interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>
  readonly body: string
  readonly isBase64Encoded: boolean
}

class Running {
  constructor(private readonly lambda: LambdaFunction) {}

  request(path: string, more: Partial<RecordedRequest> = {}): Promise<Answer> {
    return this.lambda.answer(recordedProxyEvent({ path, ...more })) as Promise<Answer>
  }

  authorize(token: string, verb = 'GET', path = '/', stage = 'dev'): Promise<Invoked> {
    return this.lambda.invoke(recordedAuthorizerEvent(token, verb, path, stage))
  }

  get log(): string {
    return this.lambda.log
  }
}

interface Place {
  readonly project: Built
  readonly stage?: string
  /** Relative to the project. */
  readonly variables: string
  readonly layer?: string
}

/** Runs `check` with the function of a microservice's stage, and ends it whatever happens. */
async function running(
  client: RuntimeClient,
  microservice: string,
  place: Place,
  check: (running: Running) => Promise<void>,
): Promise<void> {
  const { project, stage = 'dev', variables, layer = 'layer.zip' } = place
  const lambda = await LambdaFunction.start({
    client,
    name: `${microservice}-${stage}`,
    zip: project.at(`terraform/tmp/${microservice}-${stage}.zip`),
    layers: [project.at(layer)],
    env: { ...(JSON.parse(project.read(variables)) as Record<string, string>), WORKSPACE: stage },
  })
  try {
    await check(new Running(lambda))
  } finally {
    lambda.close()
  }
}

const policy = (effect: string, stage: string, ...resources: string[]) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: effect,
      Action: 'execute-api:Invoke',
      Resource: (resources.length === 0 ? ['*'] : resources).map(
        (one) => `arn:aws:execute-api:us-west-2:123456789012:ymy8tbxw7b/${stage}/${one}`,
      ),
    },
  ],
})

const policyOf = (invoked: Invoked) => {
  assert.ok(invoked.ok, JSON.stringify(invoked))
  return (invoked.answer as { policyDocument: unknown }).policyDocument
}

const quickstart = clients.length === 0 ? undefined : copyExample('quickstart')
const shop = clients.length === 0 ? undefined : copyExample('shop')

test('the examples build', () => {
  quickstart?.build(['stage=all'])
  shop?.build(['stage=dev'])
})

for (const [client, project] of quickstart === undefined ? [] : clients.map((client) => [client, quickstart] as const)) {
  const on = `on Node ${client.major}`
  const dev = { project, variables: 'config/vars_dev.json' }
  const prod = { project, stage: 'prod', variables: 'config/vars_prod.secret.json' }

  test(`quickstart, ${on}: a request, in each stage with its own CORS`, async () => {
    await running(client, 'app-test', dev, async (app) => {
      assert.equal(await app.request('/'), {
        statusCode: 200,
        headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Access-Control-Allow-Origin': '*' },
        multiValueHeaders: {},
        body: 'Simple microservice ready.\n',
        isBase64Encoded: false,
      })
      assert.is((await app.request('/', { query: { unknown: ['1', '2'] } })).statusCode, 400)
      assert.is((await app.request('/none')).statusCode, 404)
      assert.is((await app.request('/', { verb: 'POST', body: '{}' })).statusCode, 405)
    })
    await running(client, 'app-test', prod, async (app) => {
      const { headers } = await app.request('/', { stage: 'prod', headers: { Origin: 'https://www.mywebsite.com' } })
      assert.is(headers['Access-Control-Allow-Origin'], 'https://www.mywebsite.com')
    })
  })

  test(`quickstart, ${on}: the authorizer knows the token of its stage and covers all of it`, async () => {
    await running(client, 'app-test', dev, async (app) => {
      assert.equal(policyOf(await app.authorize('token')), policy('Allow', 'dev'))
      assert.equal(policyOf(await app.authorize('wrong')), policy('Deny', 'dev'))
    })
    await running(client, 'app-test', prod, async (app) => {
      assert.equal(policyOf(await app.authorize('token', 'GET', '/', 'prod')), policy('Deny', 'prod'))
      const token = 'replace-me-and-keep-this-file-out-of-git'
      assert.equal(policyOf(await app.authorize(token, 'GET', '/', 'prod')), policy('Allow', 'prod'))
    })
  })
}

for (const [client, project] of shop === undefined ? [] : clients.map((client) => [client, shop] as const)) {
  const on = `on Node ${client.major}`
  const dev = { project, variables: 'config/vars_dev.json' }
  const TOKEN = 'dev-token-for-the-example'
  const json = (answer: Answer): unknown => JSON.parse(answer.body)
  const post = (value: unknown): Partial<RecordedRequest> => ({
    verb: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  })

  test(`shop, ${on}: static files of the zip and packages of a small layer`, async () => {
    await running(client, 'catalog-api', { ...dev, layer: 'catalog-layer.zip' }, async (catalog) => {
      const page = await catalog.request('/product/mug', { resource: '/product/{_0}', parameters: { _0: 'mug' } })
      assert.is(page.statusCode, 200)
      assert.is(page.headers['Content-Type'] ?? page.headers['content-type'], 'text/html')
      assert.match(page.body, 'Mug')
      assert.match(page.body, '12.50')
      assert.equal(
        (json(await catalog.request('/', { query: { page: ['2'], size: ['2'] } })) as { products: { id: string }[] }).products.map(
          ({ id }) => id,
        ),
        ['shirt'],
      )
      assert.is((await catalog.request('/product/none', { resource: '/product/{_0}', parameters: { _0: 'none' } })).statusCode, 404)
      assert.equal(policyOf(await catalog.authorize('any', 'GET', '/product/mug')), policy('Allow', 'dev'))
    })
    await running(client, 'admin-site', { ...dev, layer: 'catalog-layer.zip' }, async (admin) => {
      assert.match((await admin.request('/')).body, 'dev')
      assert.is((await admin.request('/style')).statusCode, 200)
    })
  })

  test(`shop, ${on}: packages of the layer, CommonJS and ES modules, and variables of the stage`, async () => {
    await running(client, 'cart-api', dev, async (cart) => {
      const made = await cart.request('/', { verb: 'POST' })
      assert.is(made.statusCode, 201)
      assert.is((json(made) as { id: string }).id.length, 21)
      const total = post({ lines: [{ cents: 1250, quantity: 2 }] })
      assert.equal(json(await cart.request('/total', total)), { cents: 2500 })
      const encoded = { ...total, body: Buffer.from(total.body ?? '').toString('base64'), base64: true }
      assert.equal(json(await cart.request('/total', encoded)), { cents: 2500 })
      assert.equal(json(await cart.request('/a%2Fb', { verb: 'DELETE', resource: '/{_0}', parameters: { _0: 'a%2Fb' } })), {
        deleted: 'a/b',
      })
      assert.equal(policyOf(await cart.authorize(TOKEN, 'POST', '/')), policy('Allow', 'dev'))
      assert.equal(policyOf(await cart.authorize('none', 'POST', '/')), policy('Deny', 'dev'))
    })
    await running(client, 'mail-worker', dev, async (mail) => {
      const sent = json(await mail.request('/confirmation', post({ name: 'Ada', order: '7' }))) as { to: string; html: string }
      assert.is(sent.to, 'Ada')
      assert.match(sent.html, '7')
    })
    await running(client, 'users-api', dev, async (users) => {
      assert.is((await users.request('/', post({ name: ' ' }))).statusCode, 400)
      assert.equal(json(await users.request('/7', { resource: '/{_0}', parameters: { _0: '7' } })), { id: '7', name: 'Ada' })
    })
  })

  test(`shop, ${on}: a blueprint's authorizer allows its own routes only`, async () => {
    await running(client, 'orders-api', dev, async (orders) => {
      assert.is((await orders.request('/delivery/slip/7', { resource: '/delivery/slip/{_0}', parameters: { _0: '7' } })).body, 'Order 7\n')
      assert.equal(policyOf(await orders.authorize(TOKEN, 'GET', '/7')), policy('Allow', 'dev', 'GET/*', 'POST/'))
      assert.equal(
        policyOf(await orders.authorize(TOKEN, 'GET', '/delivery/slip/7')),
        policy('Allow', 'dev', 'GET/delivery/*', 'PUT/delivery/*'),
      )
    })
  })
}

test.run()
