/** A gateway on a port: the pure one, a function behind it, a socket before it, and the clock. */
import { randomUUID } from 'node:crypto'
import { refuse } from '../service/gateway-refusal.js'
import type { LocalApi } from './api.js'
import { Gateway, type LambdaFunction } from './gateway.js'
import { logLine } from './log-line.js'
import { listen, type Timeouts } from './server.js'

export interface ServeOptions {
  readonly api: LocalApi
  readonly lambda: LambdaFunction
  readonly host: string
  readonly port: number
  /** Before each line of the log: the microservice, where there are several. */
  readonly name: string
  log(line: string): void
  readonly integrationTimeoutMs?: number
  readonly timeouts?: Timeouts
}

export interface Served {
  /** `http://127.0.0.1:5000/dev/` */
  readonly url: string
  readonly port: number
  replace(api: LocalApi): void
  close(): Promise<void>
}

/** @throws CoworksError where the port cannot be had */
export async function serve({ api, lambda, host, port, name, log, integrationTimeoutMs, timeouts }: ServeOptions): Promise<Served> {
  const around = { now: Date.now, newId: randomUUID, ...(integrationTimeoutMs === undefined ? {} : { integrationTimeoutMs }) }
  const gateway = new Gateway(api, lambda, around)
  let { cors } = api.config
  const server = await listen({
    host,
    port,
    timeouts,
    handle: (request) => gateway.handle(request),
    tooLarge: () => refuse('tooLarge', cors),
    done: (request, handled, ms) => log(logLine(name, request, handled, ms)),
  })
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${server.port}/${api.stage}/`,
    port: server.port,
    replace: (next) => {
      cors = next.config.cors
      gateway.replace(next)
    },
    close: () => server.close(),
  }
}
