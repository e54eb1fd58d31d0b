/**
 * Which methods of a class are routes, schedules and handlers of events. Walks the prototypes from the class up, so that
 * what is inherited counts and what is overridden does not.
 */
import { ROUTE, SCHEDULES } from './brand.js'
import type { RouteOptions } from './decorators.js'
import { DefinitionError, type DefinitionProblem, nearestHint } from './definition-error.js'
import { collisions, isRouteName, type Route, routeOf, type UserMethod } from './route.js'
import { normalSchedule } from './schedule.js'

export interface Schedule {
  readonly name: string
  readonly expression: string
  readonly handler: string
  readonly owner: object
  readonly method: UserMethod
}

export interface Discovered {
  readonly routes: readonly Route[]
  readonly schedules: readonly Schedule[]
}

interface Statics {
  readonly routes?: Readonly<Record<string, RouteOptions>>
  readonly schedules?: Readonly<Record<string, string | readonly string[]>>
}

/**
 * @param base where to stop: the package's own class
 * @param label before handlers' names: `Admin.` for a blueprint, nothing for the service
 * @throws DefinitionError with everything that is wrong
 */
export function discover(owner: object, base: object, label: string, prefix: string): Discovered {
  const owning = owner.constructor as unknown as Statics & { readonly name: string }
  const methods = methodsOf(owner, base)
  const problems: DefinitionProblem[] = []
  for (const [option, names] of Object.entries({ routes: owning.routes, schedules: owning.schedules })) {
    for (const name of Object.keys(names ?? {})) {
      if (!methods.has(name)) {
        problems.push({ where: `${owning.name}.${option}`, what: `no method \`${name}'`, hint: nearestHint(name, [...methods.keys()]) })
      }
    }
  }
  const routes: Route[] = []
  const schedules: Schedule[] = []
  for (const [name, method] of methods) {
    const where = `${owning.name}.${name}`
    const options = own(owning.routes, name) ?? (Reflect.get(method, ROUTE) as RouteOptions | undefined)
    const handler = `${label}${name}`
    if (options !== undefined || isRouteName(name)) {
      const made = routeOf({ name, where, handler, owner, method, options, prefix })
      if ('path' in made) routes.push(made)
      else problems.push(...made)
    }
    const expressions = [own(owning.schedules, name) ?? [], (Reflect.get(method, SCHEDULES) as readonly string[] | undefined) ?? []].flat()
    for (const [at, written] of expressions.entries()) {
      const expression = normalSchedule(written)
      if (expression === undefined) {
        problems.push({ where, what: `schedule \`${written}' is unknown`, hint: "write `rate(5 minutes)' or `cron(0 8 * * ? *)'" })
      } else schedules.push({ name: handler.replace('.', '_') + (at === 0 ? '' : `_${at + 1}`), expression, handler, owner, method })
    }
  }
  problems.push(...collisions(owning.name, routes))
  if (problems.length > 0) throw new DefinitionError(...problems)
  return { routes, schedules }
}

function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}

function methodsOf(owner: object, base: object): Map<string, UserMethod> {
  const methods = new Map<string, UserMethod>()
  const seen = new Set<string>()
  for (
    let prototype = Object.getPrototypeOf(owner);
    prototype !== null && prototype !== base;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (name === 'constructor' || seen.has(name)) continue
      seen.add(name)
      const descriptor = Object.getOwnPropertyDescriptor(prototype, name)
      if (typeof descriptor?.value === 'function') methods.set(name, descriptor.value)
      else if (isRouteName(name)) {
        throw new DefinitionError({ where: `${owner.constructor.name}.${name}`, what: 'a route must be a method, not an accessor' })
      }
    }
  }
  return methods
}

/** A field (`get = () => …`) exists only after the class is built, and would silently be no route. */
export function fieldProblems(owner: object): DefinitionProblem[] {
  return Object.keys(owner)
    .filter((name) => isRouteName(name) && typeof Reflect.get(owner, name) === 'function')
    .map((name) => ({
      where: `${owner.constructor.name}.${name}`,
      what: 'a route must be a method, not a field',
      hint: `write \`${name}() { … }'`,
    }))
}
