/**
 * The socket in front of the gateway: reads a whole request within the quotas, hands it over, writes the answer. Everything
 * that is decided about a request is decided elsewhere, but for what is no request: 400, 408, 413, 431.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { GatewayAnswer } from '../service/gateway-answer.js'
import { CoworksError } from '../util/problem.js'
import type { Handled } from './gateway.js'
import { HEADER_BYTES, REQUEST_BODY_BYTES } from './limits.js'
import type { GatewayRequest } from './message.js'

export interface ServerOptions {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** Never rejects. */
  handle(request: GatewayRequest): Promise<Handled>
  readonly timeouts?: Timeouts | undefined
  /** What is said to a request whose body is over the limit. */
  tooLarge(): GatewayAnswer
  /** After each answer. */
  done(request: Pick<GatewayRequest, 'verb' | 'target'>, handled: Pick<Handled, 'answer' | 'note'>, ms: number): void
}

/** A client has this long to send its headers, and this long for the whole request: a slow one must not hold a socket for ever. */
export interface Timeouts {
  readonly headersMs: number
  readonly requestMs: number
}

const TIMEOUTS: Timeouts = { headersMs: 10_000, requestMs: 30_000 }

export interface RunningServer {
  readonly port: number
  /** @returns once no connection is left */
  close(): Promise<void>
}

/** @throws CoworksError where the port cannot be had */
export async function listen(options: ServerOptions): Promise<RunningServer> {
  const { headersMs, requestMs } = options.timeouts ?? TIMEOUTS
  const settings = {
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    keepAliveTimeout: 5_000,
    // Node looks for slow ones every 30 s only, whatever their limits are.
    connectionsCheckingInterval: headersMs / 4,
  }
  const server = createServer(settings, (incoming, outgoing) => {
    serve(options, incoming, outgoing).catch(() => outgoing.destroy())
  })
  server.on('clientError', refuseBadRequest)
  // Node reads no further while much waits to be sent, and forgets to go on where the connection was ended meanwhile: then it never hears that the client has
  // hung up, and the socket would stay for ever.
  server.on('connection', (socket: Socket) => socket.once('finish', () => socket.setTimeout(headersMs, () => socket.destroy())))
  // A body that is over the limit need not be sent only to be refused.
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (Number(incoming.headers['content-length'] ?? 0) <= REQUEST_BODY_BYTES) outgoing.writeContinue()
    server.emit('request', incoming, outgoing)
  })
  await listening(server, options)
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listening(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${host}:${port}`
      if (error.code === 'EADDRINUSE')
        reject(new CoworksError({ where, what: 'another program listens there', hint: 'choose another with --port; 0 takes a free one' }))
      else
        reject(new CoworksError({ where, what: `cannot be listened on (${error.code ?? error.message})`, hint: 'see --host and --port' }))
    })
    server.listen(port, host, resolve)
  })
}

async function serve(options: ServerOptions, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const started = performance.now()
  const { method: verb = '', url: target = '/' } = incoming
  const body = await bodyOf(incoming)
  if (body === undefined) {
    const answer = options.tooLarge()
    outgoing.setHeader('Connection', 'close') // the rest of the body is on its way still
    write(outgoing, verb, { answer, requestId: '' })
    options.done({ verb, target }, { answer, note: 'the body is over 10 MB' }, performance.now() - started)
    return
  }
  const headers = pairs(incoming.rawHeaders)
  const request = { verb, target, protocol: `HTTP/${incoming.httpVersion}`, headers, body, sourceIp: addressOf(incoming.socket) }
  const handled = await options.handle(request)
  write(outgoing, verb, handled)
  options.done(request, handled, performance.now() - started)
}

/** Or undefined where it is over the limit: then it is read no further. */
async function bodyOf(incoming: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(incoming.headers['content-length'] ?? 0) > REQUEST_BODY_BYTES) return undefined
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > REQUEST_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at] ?? '', raw[2 * at + 1] ?? ''])
}

function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '')
}

function write(outgoing: ServerResponse, verb: string, { answer, requestId }: Pick<Handled, 'answer' | 'requestId'>): void {
  const body = Buffer.from(answer.body)
  const bodiless = answer.status === 204 || answer.status === 304
  const lists = new Map<string, string[]>()
  for (const [name, value] of answer.headers) lists.set(name, [...(lists.get(name) ?? []), value])
  outgoing.statusCode = answer.status
  for (const [name, values] of lists) outgoing.setHeader(name, values.length === 1 ? (values[0] ?? '') : values)
  if (requestId !== '') outgoing.setHeader('x-amzn-RequestId', requestId)
  if (!bodiless) outgoing.setHeader('Content-Length', body.length)
  outgoing.end(verb === 'HEAD' || bodiless ? undefined : body)
}

const BAD = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 } as const
const WORDS = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' } as const

function refuseBadRequest(error: NodeJS.ErrnoException, socket: import('node:stream').Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status = BAD[error.code as keyof typeof BAD] ?? 400
  const body = JSON.stringify({ message: WORDS[status] })
  socket.end(
    `HTTP/1.1 ${status} ${WORDS[status]}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  )
}
