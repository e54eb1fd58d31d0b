// limit: 180 s
/**
 * What comes to the local gateway from somebody who means harm: requests that two readers would read differently, that are slow on
 * purpose, that would set what they should not; and a great many that are random. The function behind it is the real runtime, in this process.
 */
import { connect, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { localApi } from '../../src/gateway/api.js'
import type { Invocation } from '../../src/gateway/gateway.js'
import { type Served, serve } from '../../src/gateway/serve.js'
import { describe } from '../../src/service/describe.js'
import { Config, lambdaHandler, TechMicroService } from '../../src/service/index.js'
import { type Random, search } from '../support/search.js'

const called: string[] = []

class Shop extends TechMicroService {
  static override routes = { open: { path: '/open/{name}', verb: 'GET', authorizer: false } } as never

  get() {
    called.push('GET /')
    return 'ready'
  }
  open(name: string, { echo = '', ...rest } = {} as Record<string, string>) {
    called.push(`GET /open/${name}`)
    // What the caller sent, as the name and the value of a header.
    return [JSON.stringify({ name, rest }), 200, { 'X-Echo': echo }]
  }
  post_in(options = {} as Record<string, unknown>) {
    called.push('POST /in')
    return { keys: Object.keys(options) }
  }
  auth({ token }: { token: string }) {
    return token === 'secret'
  }
}

const service = new Shop({
  name: 'shop',
  configs: [new Config({ workspace: 'dev', cors: { allowOrigin: ['https://a.example', 'https://b.example'] } })],
})
const handler = lambdaHandler({ service }, 'shop')
let served: Served
const consoleError = console.error

test.before(async () => {
  console.error = () => {} // the runtime logs what a function throws
  served = await serve({
    api: localApi('app-shop', describe(service), 'dev'),
    lambda: {
      invoke: async (event): Promise<Invocation> => {
        try {
          return { ok: true, payload: await handler(event, {}) }
        } catch (error) {
          return { ok: false, message: error instanceof Error ? error.message : String(error) }
        }
      },
    },
    host: '127.0.0.1',
    port: 0,
    name: '',
    log: () => {},
    timeouts: { headersMs: 300, requestMs: 600 },
  })
})
test.after(async () => {
  console.error = consoleError
  await served.close()
})

/** What the server says to these bytes until it closes the connection; where it would not, `Connection: close` must be among them. */
function raw(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connect(served.port, '127.0.0.1', () => socket.write(bytes))
    let said = ''
    socket.setEncoding('latin1').on('data', (text: string) => (said += text))
    socket.on('error', () => {})
    socket.on('close', () => resolve(said))
  })
}

const statuses = (said: string): string[] => [...said.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status ?? '')

/** Each holds a second request for `POST /in` that some reader might find inside the first. */
const SMUGGLED = 'POST /in HTTP/1.1\r\nHost: a\r\nAuthorization: secret\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}'
const AMBIGUOUS: Readonly<Record<string, string>> = {
  'a length and chunks': `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ${SMUGGLED.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'two lengths': `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  'a list of lengths': `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  'a signed length': `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n${SMUGGLED}`,
  'a length in hex': `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x0\r\n\r\n${SMUGGLED}`,
  'an unknown encoding': `GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'chunks that are not last': `GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'an encoding behind a tab': `GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\u000bchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'a space before the colon': `GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 0\r\n\r\n${SMUGGLED}`,
  'a folded header': `GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n Content-Length: 0\r\nTransfer-Encoding\r\n : chunked\r\n\r\n${SMUGGLED}`,
  'a line that ends early': `GET / HTTP/1.1\nHost: a\nX: a\rContent-Length: 0\n\n${SMUGGLED}`,
  'a chunk size too large': `GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n${SMUGGLED}`,
  'a chunk size with an extension that ends the line': `GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n${SMUGGLED}`,
}

for (const [what, bytes] of Object.entries(AMBIGUOUS)) {
  test(`${what}: refused, and nothing inside it is served`, async () => {
    called.length = 0
    const said = await raw(bytes)
    assert.equal(statuses(said), ['400'], said)
    assert.equal(called, [])
  })
}

test('a body that looks like a request is a body', async () => {
  called.length = 0
  const said = await raw(
    `POST /in HTTP/1.1\r\nHost: a\r\nAuthorization: secret\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  )
  assert.is(statuses(said).length, 1, said)
  assert.ok(called.length <= 1)
})

test('a client that sends nothing, or its headers or its body drop by drop, is let go', async () => {
  const slow = async (first: string, drop: string): Promise<string> => {
    const socket = connect(served.port, '127.0.0.1')
    let said = ''
    socket.setEncoding('latin1').on('data', (text: string) => (said += text))
    socket.on('error', () => {})
    socket.write(first)
    const timer = setInterval(() => socket.write(drop), 50)
    await new Promise((resolve) => socket.once('close', resolve))
    clearInterval(timer)
    return said
  }
  const [headers, body] = await Promise.all([
    slow('GET / HTTP/1.1\r\n', 'X: a\r\n'),
    slow('POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n', 'a'),
  ])
  assert.equal([statuses(headers), statuses(body)], [['408'], ['408']])
})

test('what a caller sends never becomes a header of its own', async () => {
  for (const echo of [
    'a%0d%0aSet-Cookie: x=1',
    'a%0aSet-Cookie: x=1',
    'a%0dSet-Cookie: x=1',
    'a%00b',
    'a%E2%80%A8Set-Cookie: x=1',
    '%C4%8D%C4%8ASet-Cookie: x=1',
  ]) {
    const said = await raw(`GET /open/x?echo=${echo.replaceAll(' ', '%20')} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    assert.is(statuses(said).length, 1, said)
    assert.not.match(said, /^set-cookie/im)
  }
  const said = await raw(
    'GET /open/x HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\nX-Amzn-RequestId: mine\r\nConnection: close\r\n\r\n',
  )
  assert.not.match(said, 'evil.example')
  assert.not.match(said, 'mine')
})

test('names that every object has are names like others', async () => {
  const before = Object.getOwnPropertyNames(Object.prototype).length
  const names = ['__proto__', 'constructor', 'prototype', 'toString', '__proto__[polluted]', 'constructor.prototype.polluted']
  for (const name of names) {
    await raw(`GET /open/${name}?${name}=1&${name}=2 HTTP/1.1\r\nHost: a\r\n${name.replace(/\W/g, '')}: 1\r\nConnection: close\r\n\r\n`)
    const body = `{"${name}":{"polluted":1},"a":1}`
    const said = await raw(
      `POST /in HTTP/1.1\r\nHost: a\r\nAuthorization: secret\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    assert.is(statuses(said).length, 1, said)
  }
  assert.is(Object.getOwnPropertyNames(Object.prototype).length, before)
  assert.is(({} as { polluted?: unknown }).polluted, undefined)
})

test('a path that climbs stays the text that it is', async () => {
  for (const path of [
    '/../../etc/passwd',
    '/open/..%2f..%2fetc%2fpasswd',
    '/open/%2e%2e',
    '/./open/../in',
    '//etc/passwd',
    '/open/x%00.js',
  ]) {
    called.length = 0
    const said = await raw(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    assert.match(said, /^HTTP\/1\.1 (200|403) /, path)
    assert.not.match(said, 'root:')
    for (const one of called) assert.match(one, /^GET \/open\//, path)
  }
})

// Requests by chance.

const PARTS = {
  verb: ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'get', 'TRACE', 'CONNECT', 'PRI', 'X'.repeat(40), ''],
  path: [
    '/',
    '/open/a',
    '/open/%00',
    '/open/%',
    '/in',
    '/nothing',
    '/dev/in',
    '*',
    'http://x/open/a',
    '/open/é',
    `/open/${'a'.repeat(3000)}`,
    '/?a=1&a=2&__proto__=1',
    '',
  ],
  protocol: ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'http/1.1', ''],
  header: [
    'Host: a',
    'Authorization: secret',
    'Authorization: no',
    'Content-Type: application/json',
    'Content-Type: multipart/form-data; boundary=a',
    'Content-Type: application/x-www-form-urlencoded',
    'Content-Type: ;;;',
    'Origin: https://a.example',
    'Accept: */*',
    'Connection: keep-alive',
    'Connection: close',
    'Expect: 100-continue',
    'Upgrade: websocket',
    'Transfer-Encoding: chunked',
    'X: \u0001',
    `X: ${'a'.repeat(4000)}`,
    'NoColon',
    '__proto__: 1',
  ],
  body: [
    '',
    '{}',
    '{"__proto__":{"polluted":1}}',
    '[1,2',
    'a=1&b=%',
    '--a\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--a--',
    '\u0000\u00ff',
    '5\r\nhello\r\n0\r\n\r\n',
    'a'.repeat(5000),
  ],
} as const

/** What a parser takes; what it means is another matter. */
function sound(random: Random): string {
  const body = random.pick(PARTS.body)
  const headers = random.some(PARTS.header.slice(0, 10), 0.2)
  const verb = random.pick(['GET', 'GET', 'POST', 'OPTIONS', 'HEAD', 'PUT'])
  const path = random.chance(0.5) ? random.pick(['/open/a', '/in', '/']) : random.pick(PARTS.path.slice(0, 12)).replace('é', '%C3%A9')
  return `${verb} ${path} HTTP/1.1\r\nHost: a\r\n${headers.map((one) => `${one}\r\n`).join('')}Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`
}

function wild(random: Random): string {
  const body = random.pick(PARTS.body)
  const headers = ['Host: a', ...random.some(PARTS.header, 0.12)]
  if (random.chance(0.9)) headers.push(`Content-Length: ${random.chance(0.9) ? Buffer.byteLength(body, 'latin1') : random.below(50)}`)
  const whole = `${random.pick(PARTS.verb)} ${random.pick(PARTS.path)} ${random.pick(PARTS.protocol)}\r\n${headers.join('\r\n')}\r\n\r\n${body}`
  const at = random.below(whole.length)
  const byte = String.fromCharCode(random.below(256))
  return random.pick([
    whole,
    whole.slice(0, at),
    whole.slice(0, at) + byte + whole.slice(at),
    whole.slice(0, at) + byte + whole.slice(at + 1),
  ])
}

/** Several after another on one connection, as far as the server goes along. Returns how many were sent, and the statuses of the answers. */
function conversation(random: Random): Promise<{ readonly sent: number; readonly told: string[] }> {
  // After one that is refused, the server hears no more of a connection: most are sound, so that the others meet it in all its states.
  const requests = Array.from({ length: 1 + random.below(60) }, () => (random.chance(0.03) ? wild(random) : sound(random)))
  const end = 'GET /open/end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
  return new Promise((resolve) => {
    const socket = connect(served.port, '127.0.0.1')
    let said = ''
    socket.setEncoding('latin1').on('data', (text: string) => (said += text))
    socket.on('error', () => {})
    socket.on('close', () => resolve({ sent: requests.length + 1, told: statuses(said) }))
    socket.write(Buffer.from(requests.join('') + end, 'latin1'))
    if (random.chance(0.1)) setImmediate(() => socket.destroy())
    else if (random.chance(0.5)) socket.end() // half closed: nothing more comes, answers may
  })
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const MB = 1024 * 1024

function heap(): number {
  collect()
  return process.memoryUsage().heapUsed / MB
}

const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCPSocket')).length

/** The sockets left when everybody has gone. The server's ends close a turn after ours, or when it has no more patience; well after that, one is lost. */
async function socketsLeft(): Promise<number> {
  const end = performance.now() + 10_000
  while (sockets() > 0 && performance.now() < end) await new Promise((resolve) => setImmediate(resolve))
  return sockets()
}

const fuzz = search('conversations with the gateway', 1200)
/** Conversations at once. One that ends in half a request waits until the server has no more patience: the others must not wait with it. */
const AT_ONCE = 32
/** Conversations after which all is quiet, and what is left is looked at. */
const BATCH = 400

test('random conversations: every answer is one of API Gateway, the gateway goes on, no socket is left, its memory does not grow', async () => {
  const known = new Set(['100', '200', '204', '400', '401', '403', '404', '405', '408', '413', '415', '417', '431', '500', '502'])
  const counts = new Map<string, number>()
  const sizes: number[] = []
  let [requests, answers] = [0, 0]
  const rounds = fuzz.rounds()
  const started = performance.now()
  for (let over = false; !over; ) {
    let left = BATCH
    const talk = async (): Promise<void> => {
      while (left-- > 0) {
        const next = rounds.next()
        over = next.done === true
        if (next.done) return
        const { round, random } = next.value
        const { sent, told } = await conversation(random)
        requests += sent
        for (const status of told) {
          answers++
          counts.set(status, (counts.get(status) ?? 0) + 1)
          assert.ok(known.has(status), `seed ${fuzz.seed}, round ${round}: ${status}`)
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, talk))
    assert.is(await socketsLeft(), 0, `seed ${fuzz.seed}: sockets are left`)
    called.length = 0
    sizes.push(heap())
  }
  const seconds = (performance.now() - started) / 1000
  const good = await fetch(`${served.url}open/still`)
  assert.is(good.status, 200)
  await good.text()
  for (const status of ['200', '400', '401', '403']) assert.ok((counts.get(status) ?? 0) > 10, `${status}: ${JSON.stringify([...counts])}`)
  // The first figures hold what is made once.
  const [early = 0] = sizes.slice(1)
  const late = Math.min(...sizes.slice(-3))
  assert.ok(late < early + 20, `the heap grew: ${sizes.map((size) => size.toFixed(1)).join(', ')} MB`)
  if (process.env.COWORKS_TORTURE_SECONDS !== undefined)
    console.log(
      `TORTURE gateway: ${requests} requests, ${answers} answers in ${seconds.toFixed(0)} s, ${JSON.stringify(Object.fromEntries([...counts].sort()))}, ` +
        `heap ${early.toFixed(1)} to ${late.toFixed(1)} MB, ${(process.memoryUsage().rss / MB).toFixed(0)} MB resident`,
    )
})

test.run()
