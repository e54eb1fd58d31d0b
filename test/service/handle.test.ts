import assert from 'node:assert/strict'
import { test } from 'uvu'
import {
  BadRequestError,
  CORSConfig,
  Config,
  ConflictError,
  client,
  lambdaHandler,
  type ProxyAnswer,
  type ProxyEvent,
  route,
  TechMicroService,
} from '../../src/service/index.js'

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

const sleep = (ms: number) => new Promise((resume) => setTimeout(resume, ms))

class Shop extends TechMicroService {
  get() {
    return 'ready\n'
  }
  get_product(id: string, { page = '1', tags }: { page?: string; tags?: string[] } = {}) {
    return { id, page, tags }
  }
  post_product({ name, ...others }: Record<string, unknown> = {}) {
    return [{ name, others }, 201, { Location: '/product/1', 'Set-Cookie': ['a=1', 'b=2'] }]
  }
  put_product(id: string, { name = '' } = {}) {
    return { id, name }
  }
  get_files(...path: string[]) {
    return path
  }
  async get_slow(ms: string) {
    await sleep(Number(ms))
    return this.request.path
  }
  get_bytes() {
    return new Uint8Array([0, 255])
  }
  get_nothing() {}
  get_number() {
    return [1, 2]
  }
  get_fetched() {
    return new Response('<p>é</p>', { status: 202, headers: { 'Content-Type': 'text/html' } })
  }
  get_conflict() {
    throw new ConflictError('there is one already', { headers: { 'Retry-After': '5' } })
  }
  get_broken() {
    throw new Error('secret detail', { cause: new Error('the cause') })
  }
  get_injected() {
    return ['x', 200, { 'X-A': 'a\r\nX-B: b' }]
  }
  get_endless() {
    return 1n
  }
  post_raw() {
    return this.request.text()
  }
  @route({ binary: true, contentTypes: ['image/*'] })
  post_image() {
    return `${this.request.bytes.length} bytes of ${this.request.contentType}`
  }
  async post_upload({ file, note }: { file?: File; note?: string } = {}) {
    return { note, name: file?.name, size: file?.size, text: await file?.text() }
  }
}

const shop = client(new Shop({ name: 'shop' }))

test('strings, bytes, objects, lists, tuples, nothing and Fetch responses are answers', async () => {
  const text = await shop.get('/')
  assert.deepEqual([text.status, text.headers.get('content-type'), await text.text()], [200, 'text/plain; charset=utf-8', 'ready\n'])
  const bytes = await shop.get('/bytes')
  assert.equal(bytes.headers.get('content-type'), 'application/octet-stream')
  assert.deepEqual(new Uint8Array(await bytes.arrayBuffer()), new Uint8Array([0, 255]))
  assert.deepEqual(await (await shop.get('/number')).json(), [1, 2])
  assert.equal((await shop.get('/nothing')).status, 204)
  const created = await shop.post('/product', { json: { name: 'a', size: 1 } })
  assert.deepEqual([created.status, created.headers.get('location'), created.headers.getSetCookie()], [201, '/product/1', ['a=1', 'b=2']])
  assert.deepEqual(await created.json(), { name: 'a', others: { size: 1 } })
  const fetched = await shop.get('/fetched')
  assert.deepEqual([fetched.status, fetched.headers.get('content-type'), await fetched.text()], [202, 'text/html', '<p>é</p>'])
})

test('path, query and repeated keys become arguments', async () => {
  const of = async (path: string) => (await shop.get(path)).json()
  assert.deepEqual(await of('/product/1'), { id: '1', page: '1' })
  assert.deepEqual(await of('/product/1?page=2&tags=a&tags=b'), { id: '1', page: '2', tags: ['a', 'b'] })
  assert.deepEqual(await of('/product/a%2Fb%20%C3%A9'), { id: 'a/b é', page: '1' })
  assert.deepEqual(await of('/product/100%2525'), { id: '100%25', page: '1' }) // decoded once
  assert.deepEqual(await of('/files/a/b%2Fc'), ['a', 'b/c'])
  assert.deepEqual(await (await shop.get('/product/1', { query: { page: 3 } })).json(), { id: '1', page: '3' })
})

test('what is malformed or unknown is a 400 with its name', async () => {
  const refused = async (answer: Promise<Response>) => [
    (await answer).status,
    ((await (await answer).json()) as { message: string }).message,
  ]
  assert.deepEqual(await refused(shop.get('/product/%zz')), [400, 'the path is not percent-encoded UTF-8'])
  assert.deepEqual(await refused(shop.get('/product/%ff')), [400, 'the path is not percent-encoded UTF-8'])
  assert.deepEqual(await refused(shop.get('/product/1?pag=2&x=1')), [400, 'unknown in the query: pag, x'])
  assert.deepEqual(await refused(shop.get('/?__proto__=1')), [400, 'unknown in the query: __proto__'])
  assert.deepEqual(await refused(shop.post('/raw', { json: { a: 1 } })), [400, 'unknown in the body: a'])
  assert.deepEqual(await refused(shop.put('/product/1?name=a', { json: { name: 'b' } })), [400, 'in the query and in the body: name'])
  const json = { headers: { 'Content-Type': 'application/json' } }
  assert.deepEqual(await refused(shop.put('/product/1', { ...json, body: '{' })), [400, 'the body is not JSON'])
  assert.deepEqual(await refused(shop.put('/product/1', { ...json, body: '[]' })), [400, 'the body must be a JSON object'])
  assert.deepEqual(await refused(shop.put('/product/1', { ...json, body: new Uint8Array([0xff]) })), [400, 'the body is not UTF-8'])
  assert.equal((await shop.put('/product/1', { headers: { 'Content-Type': 'text/csv' }, body: 'a' })).status, 415)
  assert.equal((await shop.post('/image', { headers: { 'Content-Type': 'text/plain' }, body: 'a' })).status, 415)
})

test('a key named __proto__ changes no prototype', async () => {
  const made = await shop.post('/product', { headers: { 'Content-Type': 'application/json' }, body: '{"__proto__":{"polluted":1}}' })
  assert.equal(made.status, 201)
  assert.equal(({} as { polluted?: number }).polluted, undefined)
})

test('bodies are read as forms, multipart, bytes or text', async () => {
  assert.deepEqual(await (await shop.put('/product/1', { form: { name: 'a b&c' } })).json(), { id: '1', name: 'a b&c' })
  const form = new FormData()
  form.append('file', new File(['é\0'], 'x.txt'))
  form.append('note', 'n')
  assert.deepEqual(await (await shop.post('/upload', { form })).json(), { note: 'n', name: 'x.txt', size: 3, text: 'é\0' })
  assert.equal(
    await (await shop.post('/image', { headers: { 'content-type': 'image/png' }, body: new Uint8Array(3) })).text(),
    '3 bytes of image/png',
  )
  assert.equal(await (await shop.post('/raw', { headers: { 'content-type': 'text/plain' }, body: 'hello' })).text(), 'hello')
})

test('404, 405 with Allow, HEAD and OPTIONS', async () => {
  assert.equal((await shop.get('/unknown')).status, 404)
  const not = await shop.delete('/product')
  assert.deepEqual([not.status, not.headers.get('allow')], [405, 'OPTIONS, POST'])
  const head = await shop.head('/')
  assert.deepEqual([head.status, await head.text(), head.headers.get('content-type')], [200, '', 'text/plain; charset=utf-8'])
  const options = await shop.options('/product/1')
  assert.deepEqual([options.status, options.headers.get('allow')], [204, 'GET, HEAD, OPTIONS, PUT'])
})

test('a typed error is its answer, and says nothing in the log', async () => {
  const { result, lines } = await quietly(() => shop.get('/conflict'))
  assert.deepEqual([result.status, result.headers.get('retry-after'), await result.json()], [409, '5', { message: 'there is one already' }])
  assert.deepEqual(lines, [])
  assert.equal(new BadRequestError().message, 'Bad Request')
})

test('any other error is a 500 that tells the caller nothing, and one line in the log with its stack', async () => {
  const { result, lines } = await quietly(() => shop.get('/broken'))
  assert.deepEqual([result.status, await result.text()], [500, '{"message":"Internal Server Error"}'])
  assert.equal(lines.length, 1)
  const line = JSON.parse(lines[0] ?? '')
  assert.deepEqual(
    [line.level, line.service, line.verb, line.path, line.error.message],
    ['ERROR', 'shop', 'GET', '/broken', 'secret detail'],
  )
  assert.match(line.error.stack, /handle\.test/)
  assert.equal(line.error.cause.message, 'the cause')
  for (const path of ['/injected', '/endless']) assert.equal((await quietly(() => shop.get(path))).result.status, 500, path)
})

test('overlapping requests never see each other', async () => {
  const paths = [30, 1, 20, 5, 10].map((ms) => `/slow/${ms}`)
  const answers = await Promise.all(paths.map(async (path) => (await shop.get(path)).text()))
  assert.deepEqual(answers, paths)
  assert.throws(() => new Shop({ name: 'shop' }).request, /only while a request is answered/)
})

// From https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
// "Input format of a Lambda function for proxy integration", shortened in `requestContext.identity`.
const RECORDED: ProxyEvent = {
  resource: '/my/path',
  path: '/my/path',
  httpMethod: 'GET',
  headers: { header1: 'value1', header2: 'value2' },
  multiValueHeaders: { header1: ['value1'], header2: ['value1', 'value2'] },
  queryStringParameters: { parameter1: 'value1', parameter2: 'value' },
  multiValueQueryStringParameters: { parameter1: ['value1', 'value2'], parameter2: ['value'] },
  requestContext: {
    accountId: '123456789012',
    apiId: 'id',
    authorizer: { claims: null, scopes: null },
    domainName: 'id.execute-api.us-east-1.amazonaws.com',
    domainPrefix: 'id',
    extendedRequestId: 'request-id',
    httpMethod: 'GET',
    identity: { sourceIp: '192.0.2.1', userAgent: 'user-agent' },
    path: '/my/path',
    protocol: 'HTTP/1.1',
    requestId: 'id=',
    requestTime: '04/Mar/2020:19:15:17 +0000',
    requestTimeEpoch: 1583349317135,
    resourceId: null,
    resourcePath: '/my/path',
    stage: 'dev',
  },
  pathParameters: null,
  stageVariables: null,
  body: null,
  isBase64Encoded: false,
}

class Recorded extends TechMicroService {
  get_my_path({ parameter1, parameter2 }: Record<string, unknown> = {}) {
    const { headers, sourceIp, requestId, stage, context } = this.request
    return {
      parameter1,
      parameter2,
      header: headers.get('HEADER2'),
      all: headers.getAll('header2'),
      sourceIp,
      requestId,
      stage,
      id: context.awsRequestId,
    }
  }
  get_item(id: string) {
    return id
  }
}

function handle(event: ProxyEvent): Promise<ProxyAnswer> {
  const handler = lambdaHandler({ app: new Recorded({ name: 'recorded' }) }, 'recorded')
  return handler(event, { awsRequestId: 'r1' }) as Promise<ProxyAnswer>
}

test("AWS's own event is read as it is written", async () => {
  const answer = await handle(RECORDED)
  assert.deepEqual(JSON.parse(answer.body), {
    parameter1: ['value1', 'value2'],
    parameter2: 'value',
    header: 'value1, value2',
    all: ['value1', 'value2'],
    sourceIp: '192.0.2.1',
    requestId: 'id=',
    stage: 'dev',
    id: 'r1',
  })
  assert.deepEqual(Object.keys(answer).sort(), ['body', 'headers', 'isBase64Encoded', 'multiValueHeaders', 'statusCode'])
})

test('behind a custom domain the resource decides, since the path has a base path', async () => {
  const answer = await handle({
    ...RECORDED,
    resource: '/item/{_0}',
    path: '/base/item/a%2Fb',
    pathParameters: { _0: 'a%2Fb' },
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
  })
  assert.deepEqual([answer.statusCode, answer.body], [200, 'a/b'])
})

test('nulls and missing fields are nothing', async () => {
  const answer = await handle({ httpMethod: 'GET', path: '/item/1', headers: null, multiValueHeaders: null, queryStringParameters: null })
  assert.deepEqual([answer.statusCode, answer.body], [200, '1'])
})

test('hooks: once at first, around each event, and an error of theirs is an answer', async () => {
  const log: string[] = []
  let fail = true
  class Hooked extends TechMicroService {
    get() {
      log.push('get')
      return 'x'
    }
    override async beforeFirstActivation() {
      await sleep(5)
      if (fail) throw new Error('no database')
      log.push('first')
    }
    override beforeActivation() {
      log.push('before')
    }
    override afterActivation(answer: unknown) {
      log.push(`after ${(answer as ProxyAnswer).statusCode}`)
      return this.request.query.change === undefined ? undefined : { ...(answer as ProxyAnswer), statusCode: 299 }
    }
  }
  const app = client(new Hooked({ name: 'hooked' }))
  assert.equal((await quietly(() => app.get('/'))).result.status, 500)
  fail = false
  log.length = 0
  await Promise.all([app.get('/'), app.get('/')])
  assert.deepEqual([...log].sort(), ['after 200', 'after 200', 'before', 'before', 'first', 'get', 'get'])
  assert.equal((await app.get('/?change=1')).status, 299)
})

test('other events go to the method for their source', async () => {
  class Other extends TechMicroService {
    static override readonly schedules = { clean: 'rate(5 minutes)', deep_clean: 'cron(0 8 * * ? *)' }
    clean() {
      return 'clean'
    }
    deep_clean() {
      return 'deep'
    }
    on_sqs(event: { Records: readonly unknown[] }) {
      return { batchItemFailures: [], count: event.Records.length }
    }
    on_com_example() {
      return 'mine'
    }
    override on_event(event: unknown) {
      return event
    }
  }
  const app = client(new Other({ name: 'other' }))
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
  const scheduled = (rule: string) => ({
    version: '0',
    id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '123456789012',
    time: '2015-10-08T16:53:06Z',
    region: 'us-east-1',
    resources: [`arn:aws:events:us-east-1:123456789012:rule/${rule}`],
    detail: {},
  })
  assert.equal(await app.send(scheduled('app-other_dev_clean')), 'clean')
  assert.equal(await app.send(scheduled('app-other_dev_deep_clean')), 'deep')
  assert.equal(await app.send({ coworksSchedule: 'clean' }), 'clean')
  assert.deepEqual(await app.send({ Records: [{ eventSource: 'aws:sqs' }] }), { batchItemFailures: [], count: 1 })
  assert.equal(await app.send({ source: 'com.example' }), 'mine')
  assert.deepEqual(await app.send({ any: 1 }), { any: 1 })
  const { result, lines } = await quietly(() => shop.send({ Records: [{ EventSource: 'aws:sns' }] }).catch((error: Error) => error.message))
  assert.equal(result, "microservice shop has no method for this event · write `on_sns(event)' or `on_event(event)'")
  assert.equal(lines.length, 1)
})

test('the stage is that of WORKSPACE, at run time', async () => {
  class Staged extends TechMicroService {
    get() {
      return `${this.config.workspace} ${process.env.COLOUR}`
    }
  }
  const configs = [new Config({ workspace: 'dev' }), new Config({ workspace: 'prod', cors: new CORSConfig({ allowOrigin: '*' }) })]
  const app = new Staged({ name: 'staged', configs })
  const dev = client(app, { env: { COLOUR: 'red' } })
  const prod = client(app, { workspace: 'prod', env: { COLOUR: 'blue' } })
  const answers = await Promise.all([dev.get('/'), prod.get('/'), dev.get('/'), prod.get('/')])
  assert.deepEqual(await Promise.all(answers.map((answer) => answer.text())), ['dev red', 'prod blue', 'dev red', 'prod blue'])
  assert.deepEqual(
    answers.map((answer) => answer.headers.get('access-control-allow-origin')),
    [null, '*', null, '*'],
  )
  assert.equal(process.env.COLOUR, undefined)
  const handler = lambdaHandler({ app }, 'staged')
  const of = async (stage: string) =>
    (
      (await handler(
        {
          ...RECORDED,
          resource: '/',
          path: '/',
          queryStringParameters: null,
          multiValueQueryStringParameters: null,
          requestContext: { stage },
        },
        {},
      )) as ProxyAnswer
    ).body
  assert.match(await of('prod'), /^prod/)
  const { lines } = await quietly(() => of('test'))
  assert.match(lines[0] ?? '', /no config for workspace `test' · known: dev, prod/)
  assert.throws(() => client(app, { workspace: 'tset' }), /no config for workspace `tset'/)
})

test.run()
