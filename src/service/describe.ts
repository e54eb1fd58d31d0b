/** What the build must know of a microservice, as plain JSON. Secrets never get here: of an environment file, only its name. */
import { DESCRIBE, isBranded, SERVICE } from './brand.js'
import type { Config } from './config.js'
import { DefinitionError } from './definition-error.js'
import type { AuthorizerDescription, ConfigDescription, RouteDescription, ServiceDescription, TriggerDescription } from './description.js'
import type { Model } from './model.js'
import { methodFor } from './other-events.js'
import type { Route } from './route.js'
import type { TechMicroService } from './service.js'
import { triggerDescriptions, triggerSources } from './triggers.js'

/** @throws DefinitionError where `service` is none, or declares something that cannot be deployed. */
export function describe(service: TechMicroService): ServiceDescription {
  if (!isBranded(service, SERVICE)) throw new DefinitionError({ where: 'describe', what: 'needs a TechMicroService' })
  return service[DESCRIBE]()
}

export function describeModel(model: Model): ServiceDescription {
  const routes = model.routes().map((route) => routeDescription(model, route))
  const named = new Set(routes.map(({ authorizer }) => authorizer))
  return {
    format: 1,
    name: model.name,
    routes: routes.sort((a, b) => compare(a.path, b.path) || compare(a.verb, b.verb)),
    authorizers: [...model.authorizers()].filter((name) => named.has(name)).map((name) => authorizer(model, name)),
    schedules: model.schedules().map(({ name, expression, handler }) => ({ name, expression, handler })),
    binaryMediaTypes: binaryMediaTypes(model.routes()),
    configs: model.configs.map((config) => configDescription(model, config)),
  }
}

function routeDescription(model: Model, route: Route): RouteDescription {
  const { verb, path, handler, cors, binary, signature } = route
  return { verb, path, handler, authorizer: model.authorizerOf(route), cors, binary, signature }
}

function authorizer(model: Model, name: string): AuthorizerDescription {
  return { name, ttl: model.authTtl() }
}

/** A form with a file in it is bytes: read as text, the file would be spoiled. */
function binaryMediaTypes(routes: readonly Route[]): string[] {
  const types = routes.flatMap((route) => [
    ...(route.binary ? (route.contentTypes ?? ['*/*']) : []),
    ...(/^(?:POST|PUT|PATCH)$/.test(route.verb) && route.parameters.keys !== null ? ['multipart/form-data'] : []),
  ])
  return [...new Set(types)].sort(compare)
}

function configDescription(model: Model, config: Config): ConfigDescription {
  const { workspace, version, debug, cors, layers, timeout, memorySize, runtime, architecture, redeploy, logRetention, tracing } = config
  return {
    workspace,
    version,
    debug,
    cors:
      cors === null
        ? null
        : {
            allowOrigin: cors.allowOrigin,
            allowHeaders: cors.allowHeaders,
            exposeHeaders: cors.exposeHeaders,
            allowCredentials: cors.allowCredentials,
            maxAge: cors.maxAge,
          },
    authorizer: config.auth === null ? null : authorizer(model, 'config'),
    environmentVariablesFile: config.environmentVariablesFile,
    environmentVariables: config.environmentVariables,
    layers,
    timeout,
    memorySize,
    runtime,
    architecture,
    redeploy,
    tags: config.tags,
    logRetention,
    tracing,
    protected: config.protected,
    policyStatements: config.policyStatements,
    managedPolicies: config.managedPolicies,
    permissionsBoundary: config.permissionsBoundary,
    ephemeralStorage: config.ephemeralStorage,
    reservedConcurrency: config.reservedConcurrency,
    vpc: config.vpc,
    kmsKeyArn: config.kmsKeyArn,
    throttle: config.throttle,
    schedules: config.schedules,
    triggers: takenTriggers(model, config),
  }
}

/** @throws DefinitionError for a trigger whose events no method would take: each would fail, and come again. */
function takenTriggers(model: Model, config: Config): readonly TriggerDescription[] {
  const triggers = triggerDescriptions(config.triggers)
  const problems = triggers.flatMap((trigger) => {
    const methods = triggerSources(trigger).map(methodFor)
    const missing = methods.filter((name) => !hasMethod(model, name))
    if (hasMethod(model, 'on_event') || (methods.length > 0 && missing.length === 0)) return []
    return [
      {
        where: `microservice ${model.name}, stage ${config.workspace}`,
        what: `no method takes the events of the trigger \`${trigger.name}'`,
        hint: `write ${[...missing, 'on_event'].map((name) => `\`${name}(event)'`).join(' or ')}`,
      },
    ]
  })
  if (problems.length > 0) throw new DefinitionError(...problems)
  return triggers
}

function hasMethod(model: Model, name: string): boolean {
  return typeof Reflect.get(model.service, name) === 'function'
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
