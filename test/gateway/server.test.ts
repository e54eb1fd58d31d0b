/** The socket: what comes over a real connection, well-formed or not. */
import { connect } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Invocation } from '../../src/gateway/gateway.js'
import { type Served, serve } from '../../src/gateway/serve.js'
import { api, cors, type Event, ok } from './support.js'

const lines: string[] = []
const events: Event[] = []
let answer: (event: Event) => Invocation = () => ok({ statusCode: 200, headers: { 'Content-Type': 'text/plain' }, body: 'Ready.\n' })
let served: Served

test.before(async () => {
  served = await serve({
    api: api({ routes: ['GET / [-]', 'HEAD / [-]', 'POST /in [-]', 'GET /{_0} [-]'], config: { cors: cors() } }),
    lambda: {
      invoke: async (event) => {
        events.push(event as Event)
        return answer(event as Event)
      },
    },
    host: '127.0.0.1',
    port: 0,
    name: '',
    log: (line) => lines.push(line),
  })
})
test.after(() => served.close())

/** What the server says to these bytes, until it closes or `until` is there. */
function raw(bytes: string, until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(served.port, '127.0.0.1', () => socket.write(bytes))
    let said = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (until !== undefined && said.includes(until)) socket.destroy()
    })
    socket.on('close', () => resolve(said))
    socket.on('error', (error) => (said === '' ? reject(error) : resolve(said)))
  })
}

test('an answer, its id, and a line in the log', async () => {
  lines.length = 0
  const response = await fetch(`${served.url}?a=1`)
  assert.is(response.status, 200)
  assert.is(await response.text(), 'Ready.\n')
  assert.is(response.headers.get('x-amzn-RequestId'), events.at(-1).requestContext.requestId)
  assert.match(lines[0] ?? '', /^GET \/dev\/\?a=1 200 \d+ ms$/)
})

test('a HEAD has the headers of its answer and no body', async () => {
  const said = await raw('HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  assert.match(said, 'Content-Length: 7')
  assert.ok(said.endsWith('\r\n\r\n'))
})

test('what is no HTTP is 400', async () => {
  for (const bytes of [
    'hello\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'GET /\u0000 HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET / HTTP/1.1\r\nHost a\r\n\r\n',
  ]) {
    const said = await raw(bytes)
    assert.match(said, /^HTTP\/1\.1 400 Bad Request\r\n/, JSON.stringify(bytes))
    assert.match(said, '{"message":"Bad Request"}')
  }
})

test('headers over 10,240 bytes are 431', async () => {
  assert.match(await raw(`GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(11_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /)
})

test('a body over 10 MB is 413, and is not read to its end', async () => {
  lines.length = 0
  const before = events.length
  const told = await raw('POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: 10485761\r\n\r\n', 'Request Too Long')
  assert.match(told, /^HTTP\/1\.1 413 /)
  assert.match(told, 'Access-Control-Allow-Origin: *')
  const chunk = `100000\r\n${'a'.repeat(0x100000)}\r\n`
  assert.match(
    await raw(`POST /in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(11)}`, 'Request Too Long'),
    /^HTTP\/1\.1 413 /,
  )
  const waiting = await raw('POST /in HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 10485761\r\n\r\n', 'Request Too Long')
  assert.match(waiting, /^HTTP\/1\.1 413 /, 'no 100 Continue')
  assert.is(events.length, before)
  assert.is(lines.length, 3)
})

test('bytes arrive as they are, and go as they are', async () => {
  answer = () => ok({ statusCode: 200, multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] }, body: 'é' })
  const response = await fetch(`${served.url}in`, { method: 'POST', body: 'é€' })
  assert.is(events.at(-1).body, 'é€')
  assert.equal(response.headers.getSetCookie(), ['a=1', 'b=2'])
  assert.is(response.headers.get('content-length'), '2')
  assert.is(await response.text(), 'é')
})

test('a 204 has no body and no length', async () => {
  answer = () => ok({ statusCode: 204, body: '' })
  const said = await raw('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  assert.match(said, /^HTTP\/1\.1 204 /)
  assert.not.match(said, /content-length/i)
})

test('control characters in a path do not reach the terminal', async () => {
  lines.length = 0
  await raw('GET /a\u009b31m HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  for (const line of lines) assert.not.match(line, /[\u0000-\u001f\u007f-\u009f]/)
})

test('a port that is taken says so', async () => {
  const again = { api: api(), lambda: { invoke: async () => ok(null) }, host: '127.0.0.1', port: served.port, name: '', log: () => {} }
  try {
    await serve(again)
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, `127.0.0.1:${served.port} · another program listens there`)
  }
})

test.run()
