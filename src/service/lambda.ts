/** The way in from Lambda: finds the microservice that a function is for among the exports of its module. */
import { HANDLE, isBranded, SERVICE } from './brand.js'
import { DefinitionError, nearestHint } from './definition-error.js'
import type { LambdaContext } from './events.js'
import type { TechMicroService } from './service.js'

export interface FoundService {
  readonly exportName: string
  readonly service: TechMicroService
}

/** The microservices that a module exports, by export name; one that is exported twice is found once. */
export function findServices(moduleNamespace: object): readonly FoundService[] {
  const found = new Map<unknown, string>()
  for (const [exportName, value] of Object.entries(moduleNamespace)) {
    if (isBranded(value, SERVICE) && (!found.has(value) || found.get(value) === 'default')) found.set(value, exportName)
  }
  return [...found].map(([service, exportName]) => ({ exportName, service: service as TechMicroService }))
}

export type LambdaHandler = (event: unknown, context: LambdaContext) => Promise<unknown>

/**
 * The handler of the microservice named `serviceName`.
 * @throws DefinitionError where the module exports none, or two, of that name
 */
export function lambdaHandler(moduleNamespace: object, serviceName: string): LambdaHandler {
  const { service } = namedService(moduleNamespace, serviceName)
  return (event, context) => service[HANDLE](event, context)
}

export function namedService(moduleNamespace: object, serviceName: string): FoundService {
  const services = findServices(moduleNamespace)
  const [named, second] = services.filter(({ service }) => service.name === serviceName)
  if (named === undefined) {
    const names = services.map(({ service }) => service.name)
    const hint = names.length === 0 ? 'the module exports no TechMicroService' : nearestHint(serviceName, names)
    throw new DefinitionError({ where: `microservice ${serviceName}`, what: 'no export is of this name', hint })
  }
  if (second !== undefined) {
    const what = `the exports \`${named.exportName}' and \`${second.exportName}' are both of this name`
    throw new DefinitionError({ where: `microservice ${serviceName}`, what })
  }
  return named
}
