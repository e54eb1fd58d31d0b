import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'uvu'
import { effectiveAuthorizer } from '../../src/service/authorizer.js'
import {
  type AuthorizerAnswer,
  type AuthRequest,
  AuthResponse,
  type AuthResult,
  Blueprint,
  Config,
  evaluatePolicy,
  lambdaHandler,
  route,
  TechMicroService,
  Unauthorized,
  UnauthorizedError,
} from '../../src/service/index.js'

const API = 'arn:aws:execute-api:eu-west-1:123456789012:zzzzzzzzz'
let decide: (request: AuthRequest) => unknown = () => true

class Shop extends TechMicroService {
  get() {}
  get_product(id: string) {
    return id
  }
  get_product_() {}
  post_product() {}
  @route({ authorizer: false })
  get_health() {}
  override auth(request: AuthRequest) {
    return decide(request) as AuthResult
  }
}

class Admin extends Blueprint {
  get_routes() {}
  override auth(request: AuthRequest) {
    return request.token === 'admin'
  }
}

function ask(service: TechMicroService, path: string, token = 'user'): Promise<AuthorizerAnswer> {
  const event = { type: 'TOKEN', authorizationToken: token, methodArn: `${API}/dev/${path}` }
  return lambdaHandler({ service }, service.name)(event, {}) as Promise<AuthorizerAnswer>
}

async function quietly<T>(run: () => Promise<T>): Promise<{ readonly lines: readonly string[]; readonly result: T }> {
  const lines: string[] = []
  const before = console.error
  console.error = (line: string) => void lines.push(line)
  try {
    return { result: await run(), lines }
  } finally {
    console.error = before
  }
}

const shop = () => new Shop({ name: 'shop' })

test('true allows the stage, false and [] deny it explicitly, and another stage never', async () => {
  for (const [answer, dev] of [
    [true, 'allow'],
    [false, 'explicit-deny'],
    [[], 'explicit-deny'],
  ] as const) {
    decide = () => answer
    const { policyDocument } = await ask(shop(), 'GET/product/1')
    assert.deepEqual(policyDocument.Statement[0]?.Resource, [`${API}/dev/*`])
    for (const path of ['GET/', 'GET/product', 'POST/product']) assert.equal(evaluatePolicy(policyDocument, `${API}/dev/${path}`), dev)
    assert.equal(evaluatePolicy(policyDocument, `${API}/prod/GET/`), 'implicit-deny')
    assert.equal(evaluatePolicy(policyDocument, `${API.replace('eu-', 'us-')}/dev/GET/`), 'implicit-deny')
  }
})

test('a list is the same whatever path was asked, so that a kept answer is right on every path', async () => {
  decide = () => ['product/*', '/']
  const answers = await Promise.all(['GET/', 'GET/product/1', 'POST/product'].map((path) => ask(shop(), path)))
  const [first] = answers
  assert.ok(first)
  for (const answer of answers) assert.deepEqual(answer, first)
  const decision = (path: string) => evaluatePolicy(first.policyDocument, `${API}/dev/${path}`)
  assert.equal(decision('GET/'), 'allow')
  assert.equal(decision('GET/product/1'), 'allow')
  assert.equal(decision('GET/product/1/secret'), 'allow')
  assert.equal(decision('GET/product'), 'implicit-deny')
  assert.equal(decision('GET/admin/product/1'), 'implicit-deny') // the verb is no `*`, which would cross `/`
})

test('a list is sorted, each entry once for each verb that is guarded, and begins at the root however it is written', async () => {
  const resources = async (list: unknown) => {
    decide = () => list
    return (await ask(shop(), 'GET/')).policyDocument.Statement[0]?.Resource
  }
  const both = (...paths: string[]) => ['GET', 'POST'].flatMap((verb) => paths.map((path) => `${API}/dev/${verb}/${path}`))
  assert.deepEqual(await resources(['z', 'a', 'z']), both('a', 'z'))
  assert.deepEqual(await resources(['//product/*', '/product/*', 'product/*']), both('product/*'))
})

test('where one auth guards all, its answer is given for any path, also for one that is no route', async () => {
  decide = () => ['a']
  assert.deepEqual(await ask(shop(), 'GET/none/at/all'), await ask(shop(), 'GET/'))
})

test('an AuthResponse says who, with what, and for which verbs', async () => {
  decide = async () =>
    new AuthResponse({ routes: [{ path: 'product', verbs: ['POST'] }], principalId: 'ann', context: { admin: true, n: 1, name: 'Ann' } })
  const answer = await ask(shop(), 'GET/')
  assert.deepEqual(answer, {
    principalId: 'ann',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: [`${API}/dev/POST/product`] }],
    },
    context: { admin: true, n: 1, name: 'Ann' },
  })
})

test('the request tells what the ARN says', async () => {
  let seen: AuthRequest | undefined
  decide = (request) => {
    seen = request
    return true
  }
  await ask(shop(), 'GET/product/a%2Fb', 'Bearer x')
  assert.deepEqual(
    { ...seen },
    {
      type: 'TOKEN',
      token: 'Bearer x',
      methodArn: `${API}/dev/GET/product/a%2Fb`,
      partition: 'aws',
      region: 'eu-west-1',
      account: '123456789012',
      apiId: 'zzzzzzzzz',
      stage: 'dev',
      verb: 'GET',
      path: '/product/a%2Fb',
    },
  )
})

test("Unauthorized is exactly Error('Unauthorized'), without a line in the log", async () => {
  for (const thrown of [new Unauthorized(), new UnauthorizedError('no'), new Error('Unauthorized')]) {
    decide = () => {
      throw thrown
    }
    const { result, lines } = await quietly(() => ask(shop(), 'GET/').catch((error) => error))
    assert.ok(result instanceof Error)
    assert.deepEqual([result.name, result.message], ['Error', 'Unauthorized'])
    assert.deepEqual(lines, [])
  }
})

test('what is no answer is an error, never a yes', async () => {
  const neither = (what: string) => `auth returned ${what}, not true, false, a list of routes or an AuthResponse`
  const wrong: readonly (readonly [answer: unknown, message: string])[] = [
    [undefined, neither('undefined')],
    [null, neither('null')],
    [1, neither('1')],
    ['true', neither("`true'")],
    [{}, neither('{}')],
    [['a?b'], "auth allowed `a?b', which is no route"],
    [['${aws:username}'], "auth allowed `${aws:username}', which is no route"],
    [[1], 'auth allowed 1, which is no route'],
    [[null], 'auth allowed null, which is no route'],
    [new AuthResponse({ routes: 'x' as never }), "routes `x' are no list"],
    [
      new AuthResponse({ routes: true, context: { list: [] as never } }),
      'context.list must be a string, number or boolean: API Gateway takes no other',
    ],
  ]
  for (const [answer, message] of wrong) {
    decide = () => answer
    const { result, lines } = await quietly(() => ask(shop(), 'GET/').catch((error) => error))
    assert.ok(result instanceof TypeError, `${JSON.stringify(answer)} gave ${JSON.stringify(result)}`)
    assert.equal(result.message, message)
    assert.equal(lines.length, 1)
    assert.equal(JSON.parse(lines[0] ?? '').error.name, 'TypeError')
  }
})

test('without any auth every route is denied', async () => {
  class Closed extends TechMicroService {
    get() {}
  }
  const { policyDocument, principalId } = await ask(new Closed({ name: 'closed' }), 'GET/')
  assert.equal(evaluatePolicy(policyDocument, `${API}/dev/GET/`), 'explicit-deny')
  assert.equal(principalId, 'nobody')
})

test("a blueprint's auth guards its routes and only those", async () => {
  decide = () => true
  const service = shop().registerBlueprint(new Admin(), { urlPrefix: '/admin' })
  const user = (await ask(service, 'GET/product/1')).policyDocument
  assert.equal(evaluatePolicy(user, `${API}/dev/GET/product/1`), 'allow')
  assert.equal(evaluatePolicy(user, `${API}/dev/GET/admin/routes`), 'implicit-deny')
  assert.equal(evaluatePolicy((await ask(service, 'GET/admin/routes')).policyDocument, `${API}/dev/GET/admin/routes`), 'explicit-deny')
  const admin = (await ask(service, 'GET/admin/routes', 'admin')).policyDocument
  assert.equal(evaluatePolicy(admin, `${API}/dev/GET/admin/routes`), 'allow')
  assert.equal(evaluatePolicy(admin, `${API}/dev/GET/product/1`), 'implicit-deny')
})

test('a path that reads two ways gets the answer of neither', async () => {
  decide = () => true
  class Caught extends Shop {
    get_(...path: string[]) {
      return path
    }
    override get() {}
  }
  const service = new Caught({ name: 'caught' }).registerBlueprint(new Admin(), { urlPrefix: '/admin' })
  const tricks = [
    'admin%2Froutes',
    'admin%252Froutes',
    'x/..%2Fadmin/routes',
    'x/../admin/routes',
    '%61dmin%2froutes',
    'admin;a/routes',
    'ADMIN/routes',
    'admin%5Croutes',
    './admin/routes',
    'admin/.%2Froutes',
    'admin;a=b;c/routes',
    'admin;a%0Ab/routes',
    'admin%3Ba%0Ab/routes',
  ]
  for (const path of tricks) {
    await assert.rejects(ask(service, `GET/${path}`), { message: 'Unauthorized' }, path)
  }
  assert.equal(evaluatePolicy((await ask(service, 'GET/%61dmin/routes')).policyDocument, `${API}/dev/GET/admin/routes`), 'explicit-deny')
})

test('where two guard one path, the verb decides; a verb that neither has gets the answer of neither', async () => {
  decide = () => ['admin/thing']
  class Mixed extends Shop {
    get_admin_thing() {}
  }
  class Keeper extends Blueprint {
    post_thing() {}
    @route({ authorizer: false })
    get_open() {}
    put_open() {}
    override auth(request: AuthRequest) {
      return request.token === 'keeper'
    }
  }
  const service = new Mixed({ name: 'mixed' }).registerBlueprint(new Keeper(), { urlPrefix: '/admin' })
  const decision = async (verb: string, path: string, token: string) =>
    evaluatePolicy((await ask(service, `${verb}/${path}`, token)).policyDocument, `${API}/dev/${verb}/${path}`)
  assert.equal(await decision('GET', 'admin/thing', 'user'), 'allow')
  assert.equal(await decision('POST', 'admin/thing', 'user'), 'explicit-deny')
  assert.equal(await decision('POST', 'admin/thing', 'keeper'), 'allow')
  await assert.rejects(ask(service, 'DELETE/admin/thing'), { message: 'Unauthorized' })
  await assert.rejects(ask(service, 'GET/none/at/all'), { message: 'Unauthorized' })
  // One of the two routes of this path is guarded by nobody: the other's guard is the only one there can be.
  assert.equal(await decision('DELETE', 'admin/open', 'user'), 'explicit-deny')
})

test('a route that needs no authorizer has none, whatever the config says', () => {
  const own = { auth: () => true }
  assert.equal(effectiveAuthorizer(null, own), null)
  assert.equal(effectiveAuthorizer(null, { auth: null }), null)
  assert.equal(effectiveAuthorizer('app', own), 'config')
  assert.equal(effectiveAuthorizer('app', { auth: null }), 'app')
})

test('a route that nobody may call never gets the answer of a blueprint', async () => {
  class Half extends TechMicroService {
    get_closed() {}
  }
  class Open extends Blueprint {
    get() {}
    override auth() {
      return ['*', '/']
    }
  }
  const service = new Half({ name: 'half' }).registerBlueprint(new Open(), { urlPrefix: '/open' })
  assert.equal(evaluatePolicy((await ask(service, 'GET/closed')).policyDocument, `${API}/dev/GET/closed`), 'explicit-deny')
})

test("a config's auth replaces every other, but not the freedom of a route that needs none", async () => {
  decide = () => false
  const config = new Config({ auth: (request) => request.token === 'global' })
  const service = new Shop({ name: 'shop', config }).registerBlueprint(new Admin(), { urlPrefix: '/admin' })
  for (const path of ['GET/', 'GET/admin/routes', 'POST/product']) {
    assert.equal(evaluatePolicy((await ask(service, path, 'global')).policyDocument, `${API}/dev/${path}`), 'allow')
    assert.equal(evaluatePolicy((await ask(service, path, 'admin')).policyDocument, `${API}/dev/${path}`), 'explicit-deny')
  }
})

test('no list of one stage ever allows another, or another API', async () => {
  const entry = fc
    .array(fc.constantFrom('a', '/', '*', '..', 'prod', '%2F', ':'), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 3 }), async (list) => {
      decide = () => list
      const { policyDocument } = await ask(shop(), 'GET/')
      assert.equal(evaluatePolicy(policyDocument, `${API}/prod/GET/a`), 'implicit-deny')
      assert.equal(evaluatePolicy(policyDocument, `${API}2/dev/GET/a`), 'implicit-deny')
      for (const { Resource } of policyDocument.Statement) {
        for (const resource of [Resource].flat())
          assert.ok(resource.startsWith(`${API}/dev/GET/`) || resource.startsWith(`${API}/dev/POST/`), resource)
      }
    }),
  )
})

test.run()
