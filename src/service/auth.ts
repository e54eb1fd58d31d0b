/** What the user's `auth` gets and gives. Turning it into a policy is `authorizer.ts`. */
import { AUTH_RESPONSE } from './brand.js'
import type { Verb } from './description.js'
import { parseMethodArn } from './policy.js'

/** One call of an authorizer. Its answer holds for every path of the token until API Gateway forgets it. */
export class AuthRequest {
  readonly type = 'TOKEN'
  /** The `Authorization` header, as sent: `Bearer …` includes `Bearer`. */
  readonly token: string
  readonly methodArn: string
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly apiId: string
  readonly stage: string
  readonly verb: string
  /** `/product/1`, percent-encoded as sent. Never decide by it alone: the answer is kept for other paths too. */
  readonly path: string

  /** @throws Error where `methodArn` is none. */
  constructor(token: string, methodArn: string) {
    const arn = parseMethodArn(methodArn)
    this.token = token
    this.methodArn = methodArn
    this.partition = arn.partition
    this.region = arn.region
    this.account = arn.account
    this.apiId = arn.apiId
    this.stage = arn.stage
    this.verb = arn.verb
    this.path = `/${arn.path}`
  }
}

/** `product/*` for every verb, or with the verbs it is allowed for. `*` crosses `/`. */
export type AllowedRoute = string | { readonly path: string; readonly verbs: readonly Verb[] }

export interface AuthResponseOptions {
  /** `true`: all routes; `false` or `[]`: none. */
  readonly routes: boolean | readonly AllowedRoute[]
  /** Who the caller is, for logs. Default `user`. */
  readonly principalId?: string
  /** Reaches the route as `this.request.authorizer`, where every value is a string. */
  readonly context?: Readonly<Record<string, string | number | boolean>>
}

export class AuthResponse {
  readonly [AUTH_RESPONSE] = true
  readonly routes: boolean | readonly AllowedRoute[]
  readonly principalId: string
  readonly context: Readonly<Record<string, string | number | boolean>>

  constructor(options: AuthResponseOptions) {
    this.routes = options.routes
    this.principalId = options.principalId ?? 'user'
    this.context = options.context ?? {}
  }
}

export type AuthResult = boolean | readonly AllowedRoute[] | AuthResponse

/** `auth` of a class, a blueprint or a `Config`. Throw `Unauthorized` for 401; any other error is 500. */
export type Auth = (request: AuthRequest) => AuthResult | Promise<AuthResult>
