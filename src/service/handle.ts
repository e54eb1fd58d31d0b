/**
 * What a deployed function does with an event: answers a request of API Gateway or an authorizer's, or gives any other to
 * the user's method for it. A request always gets an answer; the other kinds may fail, and Lambda then does what it does.
 *
 *      event ── TOKEN ──────────────▶ authorizer.ts ──▶ policy, Error('Unauthorized'), or an error
 *        │
 *        ├──── httpMethod ─▶ route ─▶ arguments.ts ─▶ method ─▶ answer.ts ─▶ CORS ─▶ answer
 *        │                     └─ 404, 405, OPTIONS, HEAD             errors ──┘
 *        └──── other ──────▶ schedule, on_<source>, on_event
 */
import { type Answer, answerOf, answerOfError, proxyAnswer } from './answer.js'
import { argumentsOf } from './arguments.js'
import { authorize } from './authorizer.js'
import type { Config } from './config.js'
import { corsHeaders, preflightHeaders } from './cors.js'
import { isProxyEvent, isTokenEvent, type LambdaContext, type ProxyAnswer, type ProxyEvent, type TokenEvent } from './events.js'
import { isUnauthorized, MethodNotAllowedError, NotFoundError } from './http-error.js'
import { logError } from './log.js'
import { Matcher } from './match.js'
import type { Model } from './model.js'
import { otherHandler } from './other-events.js'
import { currentStage, ServiceRequest, withRequest } from './request.js'
import type { Route } from './route.js'

interface Found {
  readonly routes: readonly Route[]
  /** Undefined where the path is known and the verb is not. */
  readonly route: Route | undefined
  readonly parameters: Readonly<Record<string, string | undefined>>
}

export class Handling {
  readonly #model: Model
  #matcher: { readonly count: number; readonly matcher: Matcher<Route> } | undefined
  #first: Promise<void> | undefined

  constructor(model: Model) {
    this.#model = model
  }

  /** @param stage of the event: told by API Gateway, believed only where `WORKSPACE` is unset. */
  config(stage?: string): Config {
    const { configs } = this.#model
    const [only] = configs
    const workspace = process.env.WORKSPACE
    if (workspace !== undefined && workspace !== '') return this.#model.config(workspace)
    if (configs.length === 1 && only !== undefined) return only
    return this.#model.config(stage ?? currentStage() ?? 'WORKSPACE is unset')
  }

  handle(event: unknown, context: LambdaContext = {}): Promise<unknown> {
    if (isTokenEvent(event)) return this.#authorize(event, context)
    if (isProxyEvent(event)) return this.#request(event, context)
    return this.#other(event, context)
  }

  async #authorize(event: TokenEvent, context: LambdaContext): Promise<unknown> {
    try {
      await this.#before(event, context)
      const stage = /^[^/]*\/([^/]+)\//.exec(event.methodArn)?.[1]
      return await this.#after(await authorize(this.#model, this.config(stage), event))
    } catch (error) {
      if (isUnauthorized(error)) throw new Error('Unauthorized') // these very words are 401, any others 500
      logError(error, { service: this.#model.name, requestId: context.awsRequestId, methodArn: event.methodArn })
      throw error
    }
  }

  async #other(event: unknown, context: LambdaContext): Promise<unknown> {
    try {
      await this.#before(event, context)
      return await this.#after(await otherHandler(this.#model, event)(event, context))
    } catch (error) {
      logError(error, { service: this.#model.name, requestId: context.awsRequestId })
      throw error
    }
  }

  async #request(event: ProxyEvent, context: LambdaContext): Promise<ProxyAnswer> {
    const request = new ServiceRequest(event, context)
    return withRequest(request, async () => {
      const fail = (error: unknown): Answer => {
        const answer = answerOfError(error)
        if (answer.status >= 500) {
          const { verb, path, requestId } = request
          logError(error, { service: this.#model.name, workspace: process.env.WORKSPACE, requestId, verb, path })
        }
        return answer
      }
      let cors: Readonly<Record<string, string>> = {}
      let answer: Answer
      try {
        const config = this.config(request.stage)
        const found = this.#find(request)
        cors = corsOf(config, found, request)
        await this.#before(event, context)
        answer = await this.#answer(found, request)
      } catch (error) {
        answer = fail(error)
      }
      const sent = proxyAnswer(answer, cors, request.verb === 'HEAD')
      try {
        return (await this.#after(sent)) as ProxyAnswer
      } catch (error) {
        return proxyAnswer(fail(error), cors, request.verb === 'HEAD')
      }
    })
  }

  async #answer(found: Found | undefined, request: ServiceRequest): Promise<Answer> {
    if (found === undefined) throw new NotFoundError()
    const { route, routes, parameters } = found
    if (route === undefined) {
      const allow = { Allow: verbsOf(routes).join(', ') }
      if (request.verb === 'OPTIONS') return answerOf([null, 204, allow])
      throw new MethodNotAllowedError(undefined, { headers: allow })
    }
    const given = await argumentsOf(route, request, parameters)
    return answerOf(await route.method.apply(route.owner, given as unknown[]))
  }

  /** By the resource that API Gateway names, since behind a custom domain `path` has the domain's base path; else by the path. */
  #find(request: ServiceRequest): Found | undefined {
    const matcher = this.#routes()
    const known = matcher.resource(request.resource)
    const match = known === undefined ? matcher.match(request.path) : undefined
    const routes = known ?? match?.routes
    if (routes === undefined) return undefined
    const verbs = request.verb === 'HEAD' ? ['HEAD', 'GET'] : [request.verb]
    const route = verbs.map((verb) => routes.find((candidate) => candidate.verb === verb)).find((candidate) => candidate !== undefined)
    return { routes, route, parameters: match?.parameters ?? request.event.pathParameters ?? {} }
  }

  /** Made again only when a blueprint was registered since. */
  #routes(): Matcher<Route> {
    const routes = this.#model.routes()
    if (this.#matcher?.count !== routes.length) this.#matcher = { count: routes.length, matcher: new Matcher(routes) }
    return this.#matcher.matcher
  }

  async #before(event: unknown, context: LambdaContext): Promise<void> {
    const { service } = this.#model
    // Kept as a promise: a second event that comes meanwhile waits for the same first activation.
    this.#first ??= (async () => void (await service.beforeFirstActivation?.(event, context)))()
    try {
      await this.#first
    } catch (error) {
      this.#first = undefined
      throw error
    }
    await service.beforeActivation?.(event, context)
  }

  async #after(answer: unknown): Promise<unknown> {
    return (await this.#model.service.afterActivation?.(answer)) ?? answer
  }
}

function corsOf({ cors }: Config, found: Found | undefined, request: ServiceRequest): Readonly<Record<string, string>> {
  const concerned = found?.route === undefined ? (found?.routes ?? []) : [found.route]
  // A path that nobody knows still answers readably; one whose routes all opted out does not.
  if (cors === null || (concerned.length > 0 && concerned.every((route) => !route.cors))) return {}
  const origin = request.headers.get('Origin')
  if (request.verb !== 'OPTIONS' || found === undefined) return corsHeaders(cors, origin)
  return preflightHeaders(cors, origin, verbsOf(found.routes.filter((route) => route.cors)))
}

function verbsOf(routes: readonly Route[]): string[] {
  const verbs = routes.map(({ verb }): string => verb)
  return [...new Set([...verbs, ...(verbs.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].sort()
}
