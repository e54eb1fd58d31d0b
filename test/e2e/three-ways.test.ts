// limit: 300 s
/**
 * One table of requests, sent three ways to one microservice, with one answer: in-process with the test kit's rules of API
 * Gateway; over HTTP to `coworks run`, which runs the bundle in a process of its own; and the built zip and layer under AWS's
 * runtime client, behind the rules alone. Whatever a user tried in one of them holds in the others.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { request as httpRequest } from 'node:http'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { localApi } from '../../src/gateway/api.js'
import { Gateway } from '../../src/gateway/gateway.js'
import { type Client, client, describe, findServices, type TechMicroService } from '../../src/service/index.js'
import { Built } from '../support/built.js'
import { REPO } from '../support/cli.js'
import { findRuntimeClient, LambdaFunction, type RuntimeClient } from '../support/lambda.js'

const APP = `import { Admin, AuthResponse, Blueprint, ConflictError, Config, CORSConfig, route, TechMicroService, Unauthorized } from 'coworks'

class App extends TechMicroService {
  auth(request) {
    switch (request.token) {
      case process.env.TOKEN: return new AuthResponse({ routes: ['*'], principalId: 'ada', context: { level: 3, admin: true, name: 'é' } })
      case 'reader': return ['product/*', { path: 'echo', verbs: ['GET'] }]
      case 'nobody': return false
      case 'none': return []
      case 'expired': throw new Unauthorized()
      case 'broken': throw new Error('the database is away')
      default: return 'yes'
    }
  }
  get() { return 'ready\\n' }
  get_product(id, { page = '1', tag } = {}) { return { id, page, tag } }
  get_files(...path) { return path }
  get_echo() {
    const { verb, path, resource, stage, authorizer } = this.request
    const headers = Object.fromEntries(['x-one', 'cookie'].map((name) => [name, this.request.headers.get(name)]))
    return { verb, path, resource, stage, authorizer, headers, workspace: this.config.workspace, variable: process.env.GREETING }
  }
  post_echo({ ...given } = {}) { return given }
  put_item(id, { name = '', size = 0 } = {}) { return [{ id, name, size }, 201, { Location: '/item/' + id }] }
  async post_upload({ file, note } = {}) { return { note, name: file?.name, text: await file?.text() } }
  get_many() { return ['x', 200, { 'Set-Cookie': ['a=1', 'b=2; Path=/'], 'X-One': 'once', 'Cache-Control': 'no-store' }] }
  get_html() { return new Response('<p>é</p>', { status: 202, headers: { 'Content-Type': 'text/html; charset=utf-8' } }) }
  get_nothing() {}
  get_list() { return [1, 2] }
  delete_item(id) { return [null, 204] }
  get_conflict() { throw new ConflictError('there is one already', { headers: { 'Retry-After': '5' } }) }
  get_broken() { throw new Error('a secret detail') }
  get_injected() { return ['x', 200, { 'X-A': 'a\\r\\nX-B: b' }] }
  head_probe() { return [null, 204, { 'X-Probe': 'yes' }] }
  options_own() { return [null, 204, { Allow: 'GET, OPTIONS', 'Access-Control-Allow-Origin': 'https://own.example.com' }] }
  get_own() { return 'own' }
  get_open() { return 'open' }
  get_plain() { return 'no CORS here' }
  get_text() { return [this.request.headers.get('Accept-Language') ?? 'none', 200, { 'Content-Type': 'text/plain' }] }
  get_bytes() { return new Uint8Array([104, 105, 0, 127]) }
  post_image() { return [this.request.bytes.length + ' bytes of ' + this.request.contentType, 200] }
  get_image() { return [new Uint8Array([1, 2, 3]), 200, { 'Content-Type': 'image/png' }] }
  static routes = {
    get_image: { binary: true, contentTypes: ['image/png'] }, post_image: { binary: true, contentTypes: ['image/png'] },
    get_open: { authorizer: false }, get_plain: { cors: false } }
}

class Delivery extends Blueprint {
  auth(request) { return request.token === 'carrier' }
  get_slip(order) { return 'Order ' + order }
}

const common = { environmentVariablesFile: 'config/vars.json', layers: ['layer'] }
export const app = new App({
  name: 'test',
  configs: [
    new Config({ ...common, workspace: 'dev', cors: new CORSConfig({ allowOrigin: '*', maxAge: 600, exposeHeaders: ['X-One'] }) }),
    new Config({ ...common, workspace: 'prod', cors: new CORSConfig({
      allowOrigin: ['https://a.example.com', 'b.example.com'], allowHeaders: ['X-Special'], allowCredentials: true,
    }) }),
    new Config({ ...common, workspace: 'quiet' }),
  ],
}).registerBlueprint(new Delivery(), { urlPrefix: '/delivery' }).registerBlueprint(new Admin(), { urlPrefix: '/admin' })
`

const runtimes = [findRuntimeClient(20), findRuntimeClient(22)].filter((runtime) => runtime !== undefined)
const stages = ['dev', 'prod', 'quiet']
const TOKEN = 'a-token-of-the-test'

interface Row {
  readonly verb: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const row = (line: string, headers: Readonly<Record<string, string>> = {}, body?: string): Row => {
  const [verb = '', path = ''] = line.split(' ')
  return { verb, path, headers: { Authorization: TOKEN, ...headers }, ...(body === undefined ? {} : { body }) }
}
const shown = ({ verb, path, headers, body = '' }: Row) => `${verb} ${path} ${JSON.stringify(headers)} ${body}`

const json = { 'Content-Type': 'application/json' }
const from = (origin: string) => ({ Origin: origin })

const TABLE: readonly Row[] = [
  row('GET /'),
  row('GET /', from('https://a.example.com')),
  row('GET /', from('https://b.example.com')),
  row('GET /', from('http://b.example.com')),
  row('GET /', from('null')),
  // Paths and queries
  row('GET /product/1'),
  row('GET /product/a%2Fb%20%C3%A9'),
  row('GET /product/100%2525?page=2'),
  row('GET /product/1?tag=a&tag=b&page='),
  row('GET /product/1?tag=a+b%20%C3%A9'),
  row('GET /product/1?pag=2'),
  row('GET /product/1?__proto__=1'),
  row('GET /product/%zz'),
  row('GET /product/%ff'),
  row('GET /files/a/b%2Fc/d'),
  row('GET /product/'),
  row('GET /product/1/2'),
  // What the function sees
  row('GET /echo', { 'X-One': '1', Cookie: 'a=1; b=2' }),
  row('GET /text', { 'Accept-Language': 'fr' }),
  // Bodies
  row('POST /echo', json, '{"a":1,"b":[true,null,"é"]}'),
  row('POST /echo?c=1', json, '{"a":1}'),
  row('POST /echo', { 'Content-Type': 'application/json; charset=utf-8' }, '{}'),
  row('POST /echo', { 'Content-Type': 'application/vnd.api+json' }, '{"a":1}'),
  row('POST /echo', json, '{"a":'),
  row('POST /echo', json, '[1]'),
  row('POST /echo', { 'Content-Type': 'application/x-www-form-urlencoded' }, 'a=1&b=x+y%26&a=2'),
  row('POST /echo', { 'Content-Type': 'text/plain' }, 'hello'),
  row('PUT /item/7', json, '{"name":"a","size":2}'),
  row('PUT /item/7', json, '{"nam":"a"}'),
  row('PUT /item/7?name=a', json, '{"name":"b"}'),
  row(
    'POST /upload',
    { 'Content-Type': 'multipart/form-data; boundary=x' },
    '--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nhi\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nté\r\n--x--\r\n',
  ),
  // Answers
  row('GET /many'),
  row('GET /html'),
  row('GET /nothing'),
  row('GET /list'),
  row('DELETE /item/7'),
  row('HEAD /probe'),
  row('GET /conflict', from('https://a.example.com')),
  row('GET /broken', from('https://a.example.com')),
  row('GET /injected'),
  // Bytes, which only an `Accept` of a binary type makes bytes
  row('GET /bytes'),
  row('GET /bytes', { Accept: 'application/octet-stream' }),
  row('GET /image'),
  row('GET /image', { Accept: 'image/png' }),
  row('GET /image', { Accept: 'text/html, image/png' }),
  row('POST /image', { 'Content-Type': 'image/png' }, 'four'),
  row('POST /image', { 'Content-Type': 'image/gif' }, 'four'),
  // What is no route, and verbs that are not declared
  row('GET /none'),
  row('GET /none', { Authorization: '' }),
  row('POST /'),
  row('HEAD /'),
  row('PATCH /item/7', json, '{}'),
  // Authorization
  row('GET /', { Authorization: '' }),
  row('GET /', { Authorization: 'nobody' }),
  row('GET /', { Authorization: 'none' }),
  row('GET /', { Authorization: 'expired', Origin: 'https://a.example.com' }),
  row('GET /', { Authorization: 'broken', Origin: 'https://b.example.com' }),
  row('GET /', { Authorization: 'of no value' }),
  row('GET /', { Authorization: 'reader' }),
  row('GET /product/1', { Authorization: 'reader' }),
  row('GET /echo', { Authorization: 'reader' }),
  row('POST /echo', { Authorization: 'reader', ...json }, '{}'),
  row('GET /open', { Authorization: '' }),
  row('GET /delivery/slip/7'),
  row('GET /delivery/slip/7', { Authorization: 'carrier' }),
  row('GET /product/1', { Authorization: 'carrier' }),
  row('GET /admin/routes'),
  row('GET /admin%2Froutes'),
  // CORS
  row('OPTIONS /', { Authorization: '', Origin: 'https://a.example.com', 'Access-Control-Request-Method': 'GET' }),
  row('OPTIONS /item/7', { Authorization: '', Origin: 'https://b.example.com', 'Access-Control-Request-Method': 'PUT' }),
  row('OPTIONS /item/7', { Authorization: '', Origin: 'https://evil.example.com', 'Access-Control-Request-Method': 'PUT' }),
  row('OPTIONS /own', { Authorization: '', Origin: 'https://a.example.com' }),
  row('OPTIONS /plain', { Authorization: '', Origin: 'https://a.example.com' }),
  row('OPTIONS /none', { Authorization: '' }),
  row('GET /plain', from('https://a.example.com')),
  row('GET /own', from('https://a.example.com')),
]

interface Answer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
}

/** Of one connection, of one moment, or following from the body. */
const PASSING = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding', 'x-amzn-requestid']

function answered(status: number, headers: Iterable<readonly [string, string]>, body: string): Answer {
  const kept = [...headers].map(([name, value]) => [name.toLowerCase(), value] as const).filter(([name]) => !PASSING.includes(name))
  return { status, headers: kept.map(([name, value]) => `${name}: ${value}`).sort(), body }
}

interface Way {
  readonly name: string
  send(row: Row): Promise<Answer>
  close(): void
}

function inProcess(service: TechMicroService, stage: string): Way {
  const api = client(service, { workspace: stage, gateway: true, env: { TOKEN, GREETING: 'hello' } })
  return {
    name: 'in-process',
    async send({ verb, path, headers, body }) {
      const response = await api[verb.toLowerCase() as Exclude<keyof Client, 'send'>](path, {
        headers,
        ...(body === undefined ? {} : { body }),
      })
      return answered(response.status, response.headers, await response.text())
    },
    close() {},
  }
}

async function underRuntimeClient(runtime: RuntimeClient, service: TechMicroService, stage: string): Promise<Way> {
  const lambda = await LambdaFunction.start({
    client: runtime,
    name: `app-test-${stage}`,
    zip: project.at(`terraform/tmp/app-test-${stage}.zip`),
    layers: [project.at('layer.zip')],
    env: { TOKEN, GREETING: 'hello', WORKSPACE: stage },
  })
  let count = 0
  const gateway = new Gateway(
    localApi('app-test', describe(service), stage),
    {
      async invoke(event) {
        const invoked = await lambda.invoke(event)
        return invoked.ok ? { ok: true, payload: invoked.answer } : { ok: false, message: invoked.errorMessage }
      },
    },
    { now: Date.now, newId: () => `id-${++count}` },
  )
  return {
    name: `under the runtime client of Node ${runtime.major}`,
    async send({ verb, path, headers, body = '' }) {
      const request = { verb, target: path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' }
      const given = Object.entries({ Host: 'localhost', ...headers })
      const { answer } = await gateway.handle({ ...request, headers: given, body: Buffer.from(body) })
      return answered(answer.status, answer.headers, verb === 'HEAD' ? '' : Buffer.from(answer.body).toString('utf8'))
    },
    close: () => lambda.close(),
  }
}

/** `coworks run` of every stage, each on a port of its own. */
async function overHttp(project: Built): Promise<{ readonly child: ChildProcess; readonly ways: ReadonlyMap<string, Way> }> {
  const options = { env: { TOKEN: 'never passed on' } }
  const [program = '', ...words] = project.command(['run', 'stage=all', '--port', '0', '--json'])
  const child = spawn(program, words, { cwd: project.path, env: project.environment(options), stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const servers = await new Promise<readonly { readonly stage: string; readonly url: string }[]>((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      try {
        resolve((JSON.parse(text) as { servers: { stage: string; url: string }[] }).servers)
      } catch {} // not all of it yet
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
    })
    child.on('error', reject)
    child.on('close', (status) => reject(new Error(`coworks run ended with ${status}\n${text}${said}`)))
  })
  return {
    child,
    ways: new Map(servers.map(({ stage, url }) => [stage, { name: 'over HTTP', send: (row) => sendHttp(url, row), close() {} }])),
  }
}

/** Not with fetch, which would write paths and headers its own way. */
function sendHttp(url: string, { verb, path, headers, body }: Row): Promise<Answer> {
  const { hostname, port, pathname } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: hostname, port, method: verb, path: `${pathname.slice(0, -1)}${path}`, headers }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        const { rawHeaders, statusCode = 0 } = incoming
        const pairs = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ''] as const] : []))
        resolve(answered(statusCode, pairs, Buffer.concat(chunks).toString('utf8')))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const project = new Built({
  'Coworksfile.ts': `import { AllFiles, CwsProject, Layer } from 'coworks/cws'
Layer('layer.zip')
CwsProject([AllFiles('src')], [['app-test', ['dev', 'prod', 'quiet']]])
`,
  'package.json': JSON.stringify({ name: 'three-ways', version: '1.0.0', type: 'module', dependencies: { coworks: '*' } }),
  'config/vars.json': JSON.stringify({ TOKEN, GREETING: 'hello' }),
  'src/app.ts': `// @ts-nocheck\n${APP}`,
})

async function loadInProcess(): Promise<TechMicroService> {
  const outfile = project.at('in-process.mjs')
  const alias = { coworks: `${REPO}/src/service/index.ts` }
  await build({ entryPoints: [project.at('src/app.ts')], outfile, bundle: true, format: 'esm', platform: 'node', alias, logLevel: 'error' })
  const [found = assert.unreachable()] = findServices((await import(pathToFileURL(outfile).href)) as object)
  return (found as { service: TechMicroService }).service
}

let http: Awaited<ReturnType<typeof overHttp>> | undefined
let service: TechMicroService | undefined

test.before(async () => {
  project.build(['stage=all'])
  service = await loadInProcess()
  http = await overHttp(project)
})
test.after(() => {
  http?.child.kill('SIGKILL')
})

for (const stage of stages) {
  test(`${TABLE.length} requests to stage ${stage} have one answer each`, async () => {
    assert.ok(service !== undefined && http !== undefined)
    const one = inProcess(service, stage)
    const served = http.ways.get(stage)
    assert.ok(served !== undefined)
    const others: Way[] = [served]
    for (const runtime of runtimes) others.push(await underRuntimeClient(runtime, service, stage))
    const logged = console.error
    console.error = () => {} // the service's own log of its 500s
    const differing: string[] = []
    const statuses = new Set<number>()
    try {
      for (const row of TABLE) {
        const expected = await one.send(row)
        statuses.add(expected.status)
        for (const way of others) {
          const answer = await way.send(row)
          const differs = JSON.stringify(answer) !== JSON.stringify(expected)
          if (differs) differing.push(`${shown(row)}\n  ${one.name}: ${JSON.stringify(expected)}\n  ${way.name}: ${JSON.stringify(answer)}`)
        }
      }
    } finally {
      console.error = logged
      for (const way of others) way.close()
    }
    assert.is(differing.join('\n'), '')
    // Equal, and not because everything fails alike.
    assert.equal([...statuses].sort(), [200, 201, 202, 204, 400, 401, 403, 409, 415, 500])
  })
}

test.run()
