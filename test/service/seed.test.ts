// Every example of the document "TechMS Deployment", with what it promises, through the rules of API Gateway.
import assert from 'node:assert/strict'
import { test } from 'uvu'
import {
  Admin,
  type AuthRequest,
  Blueprint,
  CORSConfig,
  Config,
  client,
  describe,
  findServices,
  TechMicroService,
} from '../../src/service/index.js'
import { Folder } from '../support/folder.js'
import { loadExample } from './load-example.js'

class SimpleMicroService extends TechMicroService {
  get() {
    return 'Simple microservice ready.\n'
  }
  get_product(id: string) {
    return id
  }
  get_broken() {
    throw new Error('broken')
  }
  override auth(_request: AuthRequest): boolean {
    return true
  }
}

function served(cors: CORSConfig | undefined) {
  const config = new Config(cors === undefined ? {} : { cors })
  return client(new SimpleMicroService({ name: 'test', config }), { gateway: true, token: 'any' })
}

const from = (origin: string) => ({ headers: { Origin: origin } })

test('by default microservices do not support CORS headers', async () => {
  const answer = await served(undefined).get('/', from('https://a.b'))
  assert.deepEqual(
    [...answer.headers.keys()].filter((name) => name.startsWith('access-control') || name === 'vary'),
    [],
  )
})

test("allowOrigin: '*'", async () => {
  const app = served(new CORSConfig({ allowOrigin: '*' }))
  for (const answer of [await app.get('/', from('https://a.b')), await app.get('/unknown'), await app.get('/', { token: '' })]) {
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    assert.equal(answer.headers.get('vary'), null)
  }
})

test('a single origin', async () => {
  const app = served(new CORSConfig({ allowOrigin: 'www.test.fr' }))
  assert.equal((await app.get('/')).headers.get('access-control-allow-origin'), 'www.test.fr')
  // A browser's Origin has a scheme: the bare host means its https origin.
  assert.equal((await app.get('/', from('https://www.test.fr'))).headers.get('access-control-allow-origin'), 'https://www.test.fr')
  assert.equal((await app.get('/', from('https://www.evil.fr'))).headers.get('access-control-allow-origin'), 'www.test.fr')
})

test('a list of origins: the caller is told its own if listed, and caches that answers vary', async () => {
  const app = served(new CORSConfig({ allowOrigin: ['www.test.com', 'https://www.test.fr'] }))
  for (const [origin, told] of [
    ['https://www.test.com', 'https://www.test.com'],
    ['https://www.test.fr', 'https://www.test.fr'],
    ['http://www.test.fr', null],
    ['https://www.test.fr.evil.com', null],
    ['null', null],
  ] as const) {
    const answer = await app.get('/', from(origin))
    assert.equal(answer.headers.get('access-control-allow-origin'), told, origin)
    assert.equal(answer.headers.get('vary'), 'Origin')
  }
})

test('the other CORS parameters', async () => {
  const app = served(
    new CORSConfig({
      allowOrigin: 'https://foo.example.com',
      allowHeaders: ['X-Special-Header'],
      maxAge: 600,
      exposeHeaders: ['X-Special-Header'],
      allowCredentials: true,
    }),
  )
  const preflight = await app.options('/product/1', { ...from('https://foo.example.com'), token: '' })
  assert.equal(preflight.status, 200)
  assert.deepEqual(Object.fromEntries([...preflight.headers].filter(([name]) => name.startsWith('access-control'))), {
    'access-control-allow-credentials': 'true',
    'access-control-allow-headers': 'Authorization,Content-Type,X-Special-Header',
    'access-control-allow-methods': 'GET,OPTIONS',
    'access-control-allow-origin': 'https://foo.example.com',
    'access-control-max-age': '600',
  })
  const error = console.error
  console.error = () => {}
  for (const path of ['/', '/broken']) {
    const answer = await app.get(path, from('https://foo.example.com'))
    assert.deepEqual(Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith('access-control'))), {
      'access-control-allow-credentials': 'true',
      'access-control-allow-origin': 'https://foo.example.com',
      'access-control-expose-headers': 'X-Special-Header',
    })
  }
  console.error = error
})

test('one configuration may be given where a list of them may', async () => {
  const config = new Config({ cors: new CORSConfig({ allowOrigin: '*' }) })
  for (const options of [{ configs: config }, { configs: [config] }, { config }]) {
    const app = client(new SimpleMicroService({ name: 'test', ...options }), { gateway: true, token: 'any' })
    assert.equal((await app.get('/')).headers.get('access-control-allow-origin'), '*')
  }
})

test("a route's own OPTIONS method answers the protocol itself, without a token", async () => {
  class Own extends SimpleMicroService {
    options_product(id: string) {
      return [null, 204, { 'Access-Control-Allow-Origin': `https://${id}.example.com` }]
    }
  }
  const app = client(new Own({ name: 'own' }), { gateway: true })
  const answer = await app.options('/product/1')
  assert.deepEqual([answer.status, answer.headers.get('access-control-allow-origin')], [204, 'https://1.example.com'])
})

test('auth returns true: all routes; false: none', async () => {
  class No extends SimpleMicroService {
    override auth() {
      return false
    }
  }
  const yes = client(new SimpleMicroService({ name: 'yes' }), { gateway: true })
  assert.equal((await yes.get('/', { token: 'any' })).status, 200)
  assert.equal((await yes.get('/product/1', { token: 'any' })).status, 200)
  const no = client(new No({ name: 'no' }), { gateway: true })
  assert.equal((await no.get('/', { token: 'any' })).status, 403)
})

test('even if the authorizer does not use the token, a call without one is rejected', async () => {
  const app = client(new SimpleMicroService({ name: 'test' }), { gateway: true })
  const answer = await app.get('/')
  assert.deepEqual([answer.status, await answer.json()], [401, { message: 'Unauthorized' }])
})

test("the token of the environment, as curl -H 'Authorization: thetokendefined' sends it", async () => {
  class SimpleExampleMicroservice extends TechMicroService {
    get_my_route() {
      return 'mine'
    }
    override auth(request: AuthRequest) {
      return request.token === process.env.TOKEN
    }
  }
  const app = client(new SimpleExampleMicroservice({ name: 'test' }), { gateway: true, env: { TOKEN: 'thetokendefined' } })
  const answer = await app.get('/my/route', { headers: { Authorization: 'thetokendefined' } })
  assert.deepEqual([answer.status, await answer.text()], [200, 'mine'])
  assert.equal((await app.get('/my/route', { headers: { Authorization: 'another' } })).status, 403)
})

test('if only certain routes are allowed, the authorizer returns their list', async () => {
  let asked = 0
  class Listed extends SimpleMicroService {
    override auth(request: AuthRequest): never {
      asked++
      const { ADMIN_TOKEN, USER_TOKEN } = process.env
      return (request.token === ADMIN_TOKEN ? true : request.token === USER_TOKEN ? ['product/*'] : false) as never
    }
  }
  const app = client(new Listed({ name: 'test' }), { gateway: true, env: { ADMIN_TOKEN: 'admin', USER_TOKEN: 'user' } })
  const statuses = async (token: string) => [(await app.get('/', { token })).status, (await app.get('/product/1', { token })).status]
  assert.deepEqual(await statuses('admin'), [200, 200])
  assert.deepEqual(await statuses('user'), [403, 200])
  assert.deepEqual(await statuses('none'), [403, 403])
  assert.equal(asked, 3) // once a token: the kept answer was right on the other path
})

test("a blueprint's auth is available for all the blueprint's rules", async () => {
  class Extra extends Blueprint {
    get_extra() {
      return 'extra'
    }
    override auth(request: AuthRequest) {
      return request.token === 'extra'
    }
  }
  const app = client(new SimpleMicroService({ name: 'test' }).registerBlueprint(new Extra(), { urlPrefix: '/b' }), { gateway: true })
  assert.equal((await app.get('/b/extra', { token: 'any' })).status, 403)
  assert.equal((await app.get('/b/extra', { token: 'extra' })).status, 200)
  assert.equal((await app.get('/', { token: 'any' })).status, 200)
})

test('an authorizer in the configuration replaces the one of the class, on all routes', async () => {
  const config = new Config({ auth: async (request) => request.token === 'global' })
  const service = new SimpleMicroService({ name: 'test', config }).registerBlueprint(new Admin(), { urlPrefix: '/admin' })
  const app = client(service, { gateway: true })
  for (const path of ['/', '/product/1', '/admin/context']) {
    assert.deepEqual([(await app.get(path, { token: 'any' })).status, (await app.get(path, { token: 'global' })).status], [403, 200], path)
  }
})

test('the complete microservice: one configuration a workspace', async () => {
  const [{ service: quickstart, exportName } = assert.fail()] = findServices(await loadExample('quickstart'))
  assert.equal(exportName, 'app')
  assert.deepEqual(
    describe(quickstart).configs.map(({ workspace, version, layers, environmentVariablesFile, redeploy }) => [
      workspace,
      version,
      layers,
      environmentVariablesFile,
      redeploy,
    ]),
    [
      ['dev', '0.0', ['layer'], 'config/vars_dev.json', 'replace'],
      ['prod', '0.0', ['layer'], 'config/vars_prod.secret.json', 'in-place'],
    ],
  )
  for (const [workspace, origin] of [
    ['dev', '*'],
    ['prod', 'www.mywebsite.com'],
  ] as const) {
    const app = client(quickstart, { workspace, gateway: true, env: { TOKEN: 'token' } })
    const answer = await app.get('/', { token: 'token' })
    assert.deepEqual([answer.status, await answer.text()], [200, 'Simple microservice ready.\n'])
    assert.equal(answer.headers.get('access-control-allow-origin'), origin)
    assert.equal((await app.get('/', { token: 'wrong' })).status, 403)
    assert.equal((await app.get('/')).status, 401)
  }
})

test("app.run({ workspace: 'prod' }) is the microservice in that workspace, with its environment file", async () => {
  const folder = new Folder({ 'config/vars_prod.secret.json': '{"TOKEN":"of prod"}' })
  const { env } = process
  const [before, log] = [process.cwd(), console.log]
  process.chdir(folder.path)
  process.env = { ...env }
  console.log = () => {}
  class Example extends SimpleMicroService {
    override auth(request: AuthRequest) {
      return request.token === process.env.TOKEN
    }
  }
  const workspaces = [
    new Config({ workspace: 'dev', version: '0.0', cors: new CORSConfig({ allowOrigin: '*' }) }),
    new Config({
      workspace: 'prod',
      version: '0.0',
      cors: new CORSConfig({ allowOrigin: 'www.mywebsite.com' }),
      environmentVariablesFile: 'config/vars_prod.secret.json',
    }),
  ]
  try {
    const app = new Example({ name: 'test', configs: workspaces })
    const served = (await app.run({ workspace: 'prod', port: 0 })) as { readonly url: string; close(): Promise<void> }
    try {
      const answer = await fetch(served.url, { headers: { Authorization: 'of prod', Origin: 'https://www.mywebsite.com' } })
      assert.deepEqual([answer.status, await answer.text()], [200, 'Simple microservice ready.\n'])
      assert.equal(answer.headers.get('access-control-allow-origin'), 'https://www.mywebsite.com')
      assert.equal((await fetch(served.url, { headers: { Authorization: 'token' } })).status, 403)
    } finally {
      await served.close()
    }
  } finally {
    process.chdir(before)
    process.env = env
    console.log = log
  }
})

test('the admin blueprint tells routes with their signatures, and the context', async () => {
  const app = client(new SimpleMicroService({ name: 'test' }).registerBlueprint(new Admin(), { urlPrefix: '/admin' }))
  const routes = (await (await app.get('/admin/routes')).json()) as readonly { path: string; signature: string }[]
  assert.deepEqual(
    routes.map(({ path, signature }) => `${path} ${signature}`),
    ['/ get()', '/admin/context get_context()', '/admin/routes get_routes()', '/broken get_broken()', '/product/{_0} get_product(id)'],
  )
  const context = (await (await app.get('/admin/context')).json()) as Record<string, unknown>
  assert.deepEqual([context.service, context.workspace, context.version], ['test', 'dev', '0.0'])
})

test.run()
