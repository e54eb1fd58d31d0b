/** A stage to serve, requests for it, and a function that is no process. */
import { type LocalApi, localApi } from '../../src/gateway/api.js'
import { Gateway, type Handled, type Invocation } from '../../src/gateway/gateway.js'
import type { GatewayRequest } from '../../src/gateway/message.js'
import type { ConfigDescription, CorsDescription, RouteDescription, ServiceDescription } from '../../src/service/description.js'

export function config(options: Partial<ConfigDescription> = {}): ConfigDescription {
  return {
    workspace: 'dev',
    version: '0.0',
    debug: false,
    cors: null,
    authorizer: null,
    environmentVariablesFile: null,
    environmentVariables: {},
    layers: [],
    timeout: 30,
    memorySize: 128,
    runtime: 'nodejs22.x',
    architecture: 'x86_64',
    redeploy: 'replace',
    tags: {},
    logRetention: 30,
    tracing: false,
    protected: false,
    policyStatements: [],
    managedPolicies: [],
    permissionsBoundary: null,
    ephemeralStorage: 512,
    reservedConcurrency: null,
    vpc: null,
    kmsKeyArn: null,
    throttle: null,
    schedules: true,
    triggers: [],
    ...options,
  }
}

export function cors(options: Partial<CorsDescription> = {}): CorsDescription {
  const plain = {
    allowOrigin: ['*'],
    allowHeaders: ['Authorization', 'Content-Type'],
    exposeHeaders: [],
    allowCredentials: false,
    maxAge: null,
  }
  return { ...plain, ...options }
}

/** `GET /product/{_0}`, or with an authorizer: `GET /admin [Admin]`, none at all: `GET /open [-]`, without CORS: `GET /x !cors`. */
export function route(text: string): RouteDescription {
  const [, verb = '', path = '', authorizer = 'app', noCors] = /^(\S+) (\S+)(?: \[(\S+)\])?( !cors)?$/.exec(text) ?? []
  return {
    verb: verb as RouteDescription['verb'],
    path,
    handler: 'method',
    authorizer: authorizer === '-' ? null : authorizer,
    cors: noCors === undefined,
    binary: false,
    signature: 'method()',
  }
}

export interface ApiOptions {
  readonly routes?: readonly string[]
  readonly config?: Partial<ConfigDescription>
  readonly binaryMediaTypes?: readonly string[]
  readonly ttl?: number
}

export function service({
  routes = ['GET /'],
  config: options = {},
  binaryMediaTypes = [],
  ttl = 300,
}: ApiOptions = {}): ServiceDescription {
  const all = routes.map(route)
  const names = [...new Set(all.map(({ authorizer }) => authorizer).filter((name) => name !== null && name !== 'deny'))]
  return {
    format: 1,
    name: 'test',
    routes: all,
    authorizers: names.map((name) => ({ name: name ?? '', ttl })),
    schedules: [],
    binaryMediaTypes,
    configs: [config(options)],
  }
}

export function api(options: ApiOptions = {}): LocalApi {
  return localApi('app-test', service(options), options.config?.workspace ?? 'dev')
}

export function request(
  verb: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = '',
): GatewayRequest {
  return {
    verb,
    target,
    protocol: 'HTTP/1.1',
    headers: Object.entries({ Host: 'localhost:5000', ...headers }),
    body: typeof body === 'string' ? Buffer.from(body) : body,
    sourceIp: '127.0.0.1',
  }
}

// biome-ignore lint/suspicious/noExplicitAny: events are looked into as the function would
export type Event = any

export const allow = (...resources: readonly string[]) => ({
  principalId: 'user',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'execute-api:Invoke',
        Resource: resources.map((one) => `arn:aws:execute-api:us-east-1:123456789012:local/dev/${one}`),
      },
    ],
  },
})

export const ok = (payload: unknown): Invocation => ({ ok: true, payload })
export const fails = (message: string): Invocation => ({ ok: false, message })

/** A gateway whose function is two functions: one for tokens, one for requests. Counts both, and the clock is set by hand. */
export class TestGateway {
  now = 1_000_000
  readonly tokens: Event[] = []
  readonly events: Event[] = []
  readonly gateway: Gateway
  #ids = 0

  constructor(
    options: ApiOptions = {},
    readonly authorize: (event: Event) => Invocation = () => ok(allow('*')),
    readonly answer: (event: Event) => Invocation | Promise<Invocation> = () => ok({ statusCode: 200, body: 'yes' }),
  ) {
    const invoke = async (event: Event): Promise<Invocation> => {
      if (event.type === 'TOKEN') {
        this.tokens.push(event)
        return authorize(event)
      }
      this.events.push(event)
      return answer(event)
    }
    this.gateway = new Gateway(
      api(options),
      { invoke },
      { now: () => this.now, newId: () => `id-${++this.#ids}`, integrationTimeoutMs: 50 },
    )
  }

  call(
    verb: string,
    target: string,
    headers: Readonly<Record<string, string>> = { Authorization: 't' },
    body: string | Uint8Array = '',
  ): Promise<Handled> {
    return this.gateway.handle(request(verb, target, headers, body))
  }

  /** `403 {"message":"…"}` */
  async says(verb: string, target: string, headers?: Readonly<Record<string, string>>): Promise<string> {
    const { answer } = await this.call(verb, target, headers)
    return `${answer.status} ${Buffer.from(answer.body).toString()}`.trim()
  }
}
