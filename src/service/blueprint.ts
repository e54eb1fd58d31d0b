/** `Blueprint`: routes that several microservices can share, under a prefix of each, with an `auth` of their own. */
import type { AuthRequest, AuthResult } from './auth.js'
import { BLUEPRINT } from './brand.js'
import type { RouteOptions } from './decorators.js'
import { DefinitionError } from './definition-error.js'
import { currentRequest, type ServiceRequest } from './request.js'
import type { TechMicroService } from './service.js'

export class Blueprint {
  readonly [BLUEPRINT] = true
  /** Routes by method, for what a name cannot say and without decorators. */
  static readonly routes?: Readonly<Record<string, RouteOptions>>
  /** `rate(5 minutes)` or `cron(0 8 * * ? *)` by method. */
  static readonly schedules?: Readonly<Record<string, string | readonly string[]>>

  /** Decides for the blueprint's routes; without it, the service's `auth` does. */
  auth?(request: AuthRequest): AuthResult | Promise<AuthResult>

  #service: TechMicroService | undefined

  /** The request being answered. @throws Error outside of one. */
  get request(): ServiceRequest {
    return currentRequest()
  }

  /** The microservice it is registered with. @throws Error before that. */
  get service(): TechMicroService {
    if (this.#service === undefined) throw new Error(`blueprint ${this.constructor.name} is not registered`)
    return this.#service
  }

  /** Called by `registerBlueprint`. @throws DefinitionError where it has a service already. */
  registered(service: TechMicroService): void {
    if (this.#service !== undefined) {
      throw new DefinitionError({
        where: `microservice ${service.name}`,
        what: `this blueprint ${this.constructor.name} is registered already`,
        hint: 'make a new one for each registration',
      })
    }
    this.#service = service
  }
}
