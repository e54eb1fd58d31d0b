/**
 * One request through API Gateway, in its order. Decides who is asked and what is answered; the function behind it, the
 * clock and the ids are handed in.
 *
 *      request ─▶ route? ──no──▶ 403 Missing Authentication Token
 *                   │ └─OPTIONS with CORS─▶ 200 preflight, the function is not called
 *                   ▼
 *                 token? ──no──▶ 401          kept answer for the token? ──no──▶ ask the authorizer ─▶ 401, 500
 *                   │                                │                                  │
 *                   └────────────▶ policy ◀──────────┴──────────────────────────────────┘
 *                                    ├─ deny, no match ─▶ 403
 *                                    └─ allow ─▶ function ─▶ answer, 413, 502, 504
 */

import { type GatewayAnswer, mapAnswer } from '../service/gateway-answer.js'
import { preflightHeaders } from '../service/gateway-cors.js'
import { type Refusal, refuse } from '../service/gateway-refusal.js'
import { evaluatePolicy } from '../service/policy.js'
import { find, type LocalApi, placeOf } from './api.js'
import { type Permit, PermitCache, readPermit } from './authorizer-answer.js'
import { methodArn, proxyEvent, tokenEvent } from './event.js'
import { INTEGRATION_TIMEOUT_MS, LAMBDA_PAYLOAD_BYTES } from './limits.js'
import { type GatewayRequest, headerOf } from './message.js'

/** What an invocation of the function came to. */
export type Invocation =
  | { readonly ok: true; readonly payload: unknown }
  /** It threw, ended its process, ran out of time, or said too much. */
  | { readonly ok: false; readonly message: string }

export interface LambdaFunction {
  /** Never rejects. */
  invoke(event: unknown, requestId: string): Promise<Invocation>
}

export interface Surroundings {
  /** Milliseconds since 1970. */
  now(): number
  newId(): string
  /** API Gateway waits 29 s; tests are less patient. */
  readonly integrationTimeoutMs?: number
}

export interface Handled {
  readonly answer: GatewayAnswer
  readonly requestId: string
  /** For the log: why, where the answer alone does not say it. */
  readonly note?: string | undefined
}

type Outcome = Omit<Handled, 'requestId'>

export class Gateway {
  #permits = new PermitCache()

  constructor(
    private api: LocalApi,
    private readonly lambda: LambdaFunction,
    private readonly around: Surroundings,
  ) {}

  /** Another definition of the same stage; what authorizers said of the old one is forgotten. */
  replace(api: LocalApi): void {
    this.api = api
    this.#permits = new PermitCache()
  }

  async handle(request: GatewayRequest): Promise<Handled> {
    const requestId = this.around.newId()
    return { ...(await this.#handle(request, requestId)), requestId }
  }

  async #handle(request: GatewayRequest, requestId: string): Promise<Outcome> {
    const { api } = this
    const place = placeOf(request.target, api.stage)
    const found = find(api, request.verb, place.path)
    switch (found.kind) {
      case 'none':
        return this.#refused('noRoute', `no route for ${request.verb} ${place.path}`)
      case 'preflight': {
        const cors = api.config.cors === null ? [] : preflightHeaders(api.config.cors, headerOf(request, 'Origin'), found.verbs)
        return { answer: { status: 200, headers: [['Content-Type', 'application/json'], ...cors], body: '' } }
      }
      case 'route': {
        const { resource, parameters, authorizer } = found
        let context: Permit['context'] | undefined
        if (authorizer !== null) {
          const permit = await this.#permit(request, authorizer, place.path)
          if ('answer' in permit) return permit
          const decision = evaluatePolicy(permit.policy, methodArn(api, request.verb, place.path))
          if (decision === 'explicit-deny') return this.#refused('explicitlyDenied')
          if (decision === 'implicit-deny') return this.#refused('denied', 'no statement of the policy matches')
          context = permit.context
        }
        const now = this.around.now()
        const event = proxyEvent(api, { request, place, resource, parameters, authorizer: context, requestId, now })
        return this.#integrate(request, event, requestId)
      }
    }
  }

  /** The authorizer's answer for the caller's token, or the refusal where there is none. */
  async #permit(request: GatewayRequest, authorizer: string, path: string): Promise<Permit | Outcome> {
    const { api } = this
    const permits = this.#permits
    const token = headerOf(request, 'Authorization')
    if (token === undefined || token === '') return this.#refused('unauthorized', 'no Authorization header')
    const kept = permits.get(authorizer, token, this.around.now())
    if (kept !== undefined) return kept
    const invoked = await this.#inTime(this.lambda.invoke(tokenEvent(api, request.verb, path, token), this.around.newId()))
    if (invoked === 'late') return this.#refused('authorizerFailed', 'the authorizer timed out')
    // These very words are 401; any other error of an authorizer is 500.
    if (!invoked.ok)
      return invoked.message === 'Unauthorized' ? this.#refused('unauthorized') : this.#refused('authorizerFailed', invoked.message)
    const permit = readPermit(invoked.payload)
    if ('why' in permit) return this.#refused('authorizerFailed', permit.why)
    permits.set(authorizer, token, permit, api.ttl(authorizer), this.around.now())
    return permit
  }

  async #integrate(request: GatewayRequest, event: unknown, requestId: string): Promise<Outcome> {
    if (Buffer.byteLength(JSON.stringify(event)) > LAMBDA_PAYLOAD_BYTES)
      return this.#refused('tooLarge', 'the event is over the 6 MB that Lambda takes')
    const invoked = await this.#inTime(this.lambda.invoke(event, requestId))
    if (invoked === 'late') return this.#refused('timedOut', 'API Gateway waits 29 s, whatever the timeout of the function')
    if (!invoked.ok) return this.#refused('functionFailed', invoked.message)
    const mapped = mapAnswer(invoked.payload, headerOf(request, 'Accept'), this.api.binaryMediaTypes)
    return mapped.ok ? mapped : this.#refused('functionFailed', mapped.why)
  }

  async #inTime(invocation: Promise<Invocation>): Promise<Invocation | 'late'> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), this.around.integrationTimeoutMs ?? INTEGRATION_TIMEOUT_MS)
    })
    try {
      return await Promise.race([invocation, late])
    } finally {
      clearTimeout(timer)
    }
  }

  #refused(refusal: Refusal, note?: string): Outcome {
    return { answer: refuse(refusal, this.api.config.cors), note }
  }
}
