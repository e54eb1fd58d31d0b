/** moto_server, an emulator of AWS, where this machine has it: one process per test file, on a port of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createServer as createHttpServer, request } from 'node:http'
import { createServer } from 'node:net'

export interface OpenApi {
  readonly paths: { readonly [path: string]: { readonly [verb: string]: unknown } }
}

export interface Moto {
  readonly url: string
  /** For terraform and the SDK. */
  readonly env: Readonly<Record<string, string>>
  /** How often it was called. */
  readonly calls: () => number
  /** `PUT /2015-03-31/functions/app-test-dev/code`, every call in order. */
  readonly log: readonly string[]
  /** The definition that a deployment serves: the emulator keeps no snapshots, so what was put last is remembered on the way. */
  served(deploymentId: string): OpenApi | undefined
  /** A call that no client of ours makes. The emulator finds the service in the signature, which it does not check. */
  ask(service: string, method: string, path: string, body?: string | URLSearchParams | Uint8Array<ArrayBuffer>): Promise<string>
  /** Keeps the next request waiting whose method and path begin so, until it is let go. */
  hold(start: string): { readonly arrived: Promise<void>; readonly letGo: () => void }
  /** Forgets everything. */
  reset(): Promise<void>
  stop(): void
}

export function hasMoto(): boolean {
  return spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).status === 0
}

export async function startMoto(): Promise<Moto> {
  const port = await freePort()
  const server = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const door = watchedDoor(port)
  const stop = (): void => {
    server.kill('SIGKILL')
    door.close()
  }
  process.once('exit', stop)
  await answering(`http://127.0.0.1:${port}`, server)
  const url = `http://127.0.0.1:${await door.listen()}`
  return {
    url,
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_S3_USE_PATH_STYLE: 'true',
    },
    calls: door.calls,
    log: door.log,
    served: door.served,
    ask: async (service, method, path, body) => {
      const authorization = `AWS4-HMAC-SHA256 Credential=test/20261126/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`
      const answer = await fetch(`${url}${path}`, { method, headers: { authorization }, ...(body === undefined ? {} : { body }) })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${service} ${method} ${path}: ${answer.status} ${text}`)
      return text
    },
    hold: door.hold,
    reset: async () => {
      await fetch(`${url}/moto-api/reset`, { method: 'POST' })
    },
    stop,
  }
}

/** Hands every request on to moto, and remembers which definition of an API was in place when a deployment was made. */
function watchedDoor(motoPort: number) {
  const current = new Map<string, string>()
  const snapshots = new Map<string, OpenApi>()
  const held: { readonly start: string; readonly arrived: () => void; readonly free: Promise<void> }[] = []
  const log: string[] = []
  const server = createHttpServer((incoming, outgoing) => {
    const { method, url = '', headers } = incoming
    log.push(`${method} ${url.split('?')[0]}`)
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', async () => {
      const at = held.findIndex(({ start }) => `${method} ${url}`.startsWith(start))
      const [one] = at < 0 ? [] : held.splice(at, 1)
      one?.arrived()
      await one?.free
      const api = /^\/restapis\/([^/?]+)/.exec(url)?.[1] ?? ''
      const sent = Buffer.concat(chunks)
      if (method === 'PUT' && /^\/restapis\/[^/?]+(\?|$)/.test(url)) current.set(api, sent.toString('utf8'))
      const taken = method === 'POST' && /^\/restapis\/[^/]+\/deployments/.test(url) ? current.get(api) : undefined
      const onward = request({ host: '127.0.0.1', port: motoPort, method, path: url, headers }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () => {
          const body = Buffer.concat(parts)
          if (taken !== undefined) snapshots.set((JSON.parse(body.toString('utf8')) as { id: string }).id, JSON.parse(taken) as OpenApi)
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(body)
        })
      })
      onward.on('error', () => outgoing.destroy())
      onward.end(sent)
    })
  })
  return {
    calls: () => log.length,
    log,
    served: (deploymentId: string) => snapshots.get(deploymentId),
    hold: (start: string) => {
      let letGo = (): void => {}
      const free = new Promise<void>((resolve) => {
        letGo = resolve
      })
      const arrived = new Promise<void>((resolve) => held.push({ start, arrived: resolve, free }))
      return { arrived, letGo }
    },
    listen: () =>
      new Promise<number>((resolve, reject) => {
        server.once('error', reject)
        server.listen(0, '127.0.0.1', () => {
          const address = server.address()
          return address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))
        })
      }),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

/** Ready when it answers, which is all there is to wait for; it says nothing else that could be waited on. */
async function answering(url: string, server: ChildProcess): Promise<void> {
  const until = performance.now() + 60_000
  while (performance.now() < until) {
    if (server.exitCode !== null) throw new Error(`moto_server ended with ${server.exitCode}`)
    const ok = await fetch(`${url}/moto-api/data.json`).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  server.kill('SIGKILL')
  throw new Error('moto_server did not answer within a minute')
}
