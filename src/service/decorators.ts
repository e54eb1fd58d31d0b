/**
 * What a name cannot say: `@route`, `@every`, `@at`. They write on the method itself, so nothing is registered anywhere
 * and a class that is never instantiated costs nothing. What they wrote is checked where routes are made.
 * `static routes` and `static schedules` say the same without decorators.
 */
import { ROUTE, SCHEDULES } from './brand.js'
import type { Verb } from './description.js'

export interface RouteOptions {
  /** `/search`, `/product/{id}/reviews`, `/files/{path+}`: variables go to the required parameters in order. */
  readonly path?: string
  readonly verb?: Verb
  /** `false`: anybody may call it, without a token. */
  readonly authorizer?: boolean
  /** `false`: no CORS headers, no preflight. */
  readonly cors?: boolean
  /** The route takes or gives bytes: API Gateway must not read its bodies as text. */
  readonly binary?: boolean
  /** Media types of the bodies it takes; any other is 415. */
  readonly contentTypes?: readonly string[]
}

export type RouteMethod = (...args: never[]) => unknown
/** Structural, so that it fits a method with any `this`. */
type MethodDecorator = (method: RouteMethod, context: { readonly kind: 'method' }) => void

/** Makes the method a route, or says more of one. A method that overrides a decorated one must be decorated itself. */
export function route(options: RouteOptions): MethodDecorator {
  return write((method) => Object.defineProperty(method, ROUTE, { value: options }))
}

/** Calls the method regularly: `@every('5 minutes')`. Units are minutes, hours and days, as EventBridge has them. */
export function every(period: string): MethodDecorator {
  return schedule(`rate(${period.replace(/^rate\((.*)\)$/, '$1').trim()})`)
}

/** Calls the method at certain times, UTC: `@at('cron(0 8 * * ? *)')` or `@at('0 8 * * ? *')`. */
export function at(times: string): MethodDecorator {
  return schedule(`cron(${times.replace(/^cron\((.*)\)$/, '$1').trim()})`)
}

function schedule(expression: string): MethodDecorator {
  return write((method) => {
    const before = (Reflect.get(method, SCHEDULES) as readonly string[] | undefined) ?? []
    Object.defineProperty(method, SCHEDULES, { value: [...before, expression], configurable: true })
  })
}

function write(mark: (method: object) => void): MethodDecorator {
  // Compiled with `experimentalDecorators`, a decorator gets (prototype, name, descriptor) instead of (method, context).
  return (...args: readonly unknown[]) => {
    const descriptor = args[2] as PropertyDescriptor | undefined
    mark((descriptor?.value ?? args[0]) as object)
  }
}
