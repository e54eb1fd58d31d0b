/**
 * The test kit: calls a microservice in this process. Without the gateway's rules a request goes straight to its route;
 * with them it meets what API Gateway would do first: 403 for what is no route, 401 without a token, the authorizer with
 * its cache, the policy, the preflight. No port is opened and nothing of AWS is needed.
 */
import { effectiveAuthorizer } from './authorizer.js'
import { HANDLE } from './brand.js'
import { type ClientRequest, proxyEvent, type SentRequest, sentRequest } from './client-event.js'
import type { Config } from './config.js'
import { DefinitionError } from './definition-error.js'
import { describe } from './describe.js'
import type { RouteDescription, ServiceDescription, Verb } from './description.js'
import { withEnvironment } from './environment.js'
import type { LambdaContext } from './events.js'
import { type GatewayAnswer, mapAnswer } from './gateway-answer.js'
import { preflightHeaders } from './gateway-cors.js'
import { type Refusal, refuse } from './gateway-refusal.js'
import { Matcher } from './match.js'
import { type AuthorizerAnswer, evaluatePolicy } from './policy.js'
import type { TechMicroService } from './service.js'

export interface ClientOptions {
  /** The stage to be. Default: the first config's. */
  readonly workspace?: string
  /** Environment variables while a call runs; `undefined` unsets one. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Apply the rules of API Gateway. Default: no. */
  readonly gateway?: boolean
  /** The `Authorization` header of every request that has none. */
  readonly token?: string
}

type Call = (path: string, request?: ClientRequest) => Promise<Response>

export interface Client {
  readonly get: Call
  readonly post: Call
  readonly put: Call
  readonly patch: Call
  readonly delete: Call
  readonly head: Call
  readonly options: Call
  /** Any other event: of a schedule, a queue, an authorizer. @returns what the function returns, or throws. */
  readonly send: (event: unknown, context?: LambdaContext) => Promise<unknown>
}

/** @throws DefinitionError where `service` has no such workspace, or cannot be deployed. */
export function client(service: TechMicroService, options: ClientOptions = {}): Client {
  const description = describe(service)
  const [first] = service.configs
  const config = options.workspace === undefined ? first : service.configs.find(({ workspace }) => workspace === options.workspace)
  if (config === undefined) {
    const known = service.configs.map(({ workspace }) => workspace).join(', ')
    throw new DefinitionError({
      where: `microservice ${service.name}`,
      what: `no config for workspace \`${options.workspace}'`,
      hint: `known: ${known}`,
    })
  }
  const env = { ...config.environmentVariables, ...options.env, WORKSPACE: config.workspace }
  const send = (event: unknown, context: LambdaContext = { awsRequestId: 'test' }) =>
    withEnvironment(env, () => service[HANDLE](event, context))
  const stage = new TestStage(description, config, send)
  const call = (verb: Verb): Call => {
    return async (path, request = {}) => {
      const token = request.token ?? options.token
      const sent = await sentRequest(verb, path, { ...request, ...(token === undefined ? {} : { token }) })
      return response(await (options.gateway === true ? stage.guarded(sent) : stage.direct(sent)), verb)
    }
  }
  return {
    get: call('GET'),
    post: call('POST'),
    put: call('PUT'),
    patch: call('PATCH'),
    delete: call('DELETE'),
    head: call('HEAD'),
    options: call('OPTIONS'),
    send,
  }
}

type Send = (event: unknown) => Promise<unknown>

class TestStage {
  readonly #matcher: Matcher<RouteDescription>
  readonly #binaryMediaTypes: readonly string[]
  readonly #config: Config
  readonly #send: Send
  /** By authorizer and token, as API Gateway keeps them. */
  readonly #answers = new Map<string, AuthorizerAnswer>()

  constructor({ routes, binaryMediaTypes }: ServiceDescription, config: Config, send: Send) {
    this.#matcher = new Matcher(routes)
    this.#binaryMediaTypes = binaryMediaTypes
    this.#config = config
    this.#send = send
  }

  async direct(sent: SentRequest): Promise<GatewayAnswer> {
    const mapped = mapAnswer(await this.#integrate(sent), '*/*', ['*/*']) // bytes stay bytes
    return mapped.ok ? mapped.answer : this.#refused('functionFailed')
  }

  async guarded(sent: SentRequest): Promise<GatewayAnswer> {
    const there = this.#matcher.match(sent.path)?.routes ?? []
    const route = there.find(({ verb }) => verb === sent.verb)
    const { cors } = this.#config
    if (route === undefined) {
      const open = there.filter((candidate) => candidate.cors).map(({ verb }) => verb)
      if (sent.verb !== 'OPTIONS' || cors === null || open.length === 0) return this.#refused('noRoute')
      const headers = preflightHeaders(cors, header(sent, 'Origin'), open)
      return { status: 200, headers: [['Content-Type', 'application/json'], ...headers], body: '' }
    }
    const name = effectiveAuthorizer(route.authorizer, this.#config)
    if (name === null) return this.#guardedAnswer(sent)
    const token = header(sent, 'Authorization')
    if (token === undefined || token === '') return this.#refused('unauthorized')
    if (name === 'deny') return this.#refused('explicitlyDenied')
    const methodArn = `arn:aws:execute-api:us-east-1:123456789012:test/${this.#config.workspace}/${sent.verb}${sent.path}`
    let made = this.#answers.get(`${name} ${token}`)
    if (made === undefined) {
      try {
        made = (await this.#send({ type: 'TOKEN', authorizationToken: token, methodArn })) as AuthorizerAnswer
      } catch (error) {
        const known = error instanceof Error && error.message === 'Unauthorized'
        return this.#refused(known ? 'unauthorized' : 'authorizerFailed')
      }
      this.#answers.set(`${name} ${token}`, made)
    }
    const decision = evaluatePolicy(made.policyDocument, methodArn)
    if (decision !== 'allow') return this.#refused(decision === 'explicit-deny' ? 'explicitlyDenied' : 'denied')
    const context = Object.entries(made.context ?? {}).map(([key, value]) => [key, String(value)])
    return this.#guardedAnswer(sent, { principalId: made.principalId, ...Object.fromEntries(context) })
  }

  async #guardedAnswer(sent: SentRequest, authorizer?: Readonly<Record<string, unknown>>): Promise<GatewayAnswer> {
    const mapped = mapAnswer(await this.#integrate(sent, authorizer), header(sent, 'Accept'), this.#binaryMediaTypes)
    return mapped.ok ? mapped.answer : this.#refused('functionFailed')
  }

  #integrate(sent: SentRequest, authorizer?: Readonly<Record<string, unknown>>): Promise<unknown> {
    const match = this.#matcher.match(sent.path)
    const place = { resource: match?.path ?? sent.path, parameters: match?.parameters ?? null, stage: this.#config.workspace, authorizer }
    return this.#send(proxyEvent(sent, place))
  }

  /** An answer of the gateway's own, which has the stage's CORS headers as its gateway responses do. */
  #refused(refusal: Refusal): GatewayAnswer {
    return refuse(refusal, this.#config.cors)
  }
}

function header(sent: SentRequest, name: string): string | undefined {
  return [...sent.headers].find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1]
}

function response({ status, headers, body }: GatewayAnswer, verb: Verb): Response {
  const empty = verb === 'HEAD' || [204, 205, 304].includes(status)
  return new Response(empty ? null : (body as BodyInit), {
    status,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
  })
}
