/** A microservice's description as a person reads it. Takes data, returns lines; what is the default is left out. */
import type { ConfigDescription, CorsDescription, ServiceDescription, TriggerDescription } from '../service/description.js'
import { printable } from '../util/quote.js'

export interface Described {
  /** `app-test` */
  readonly microservice: string
  /** `src/app.ts` */
  readonly module: string
  /** Those that the Coworksfile names. */
  readonly stages: readonly string[]
  readonly description: ServiceDescription
}

export function infoText({ microservice, module, stages, description }: Described): string {
  const { routes, authorizers, schedules, configs } = description
  const verb = Math.max(4, ...routes.map((route) => route.verb.length))
  const path = Math.min(40, Math.max(...routes.map((route) => route.path.length)))
  const lines = [
    `${microservice}  ${module}`,
    ...routes.map((route) => {
      const who =
        route.authorizer === null ? 'needs no token' : route.authorizer === 'deny' ? 'denied: no auth' : `authorizer ${route.authorizer}`
      const more = [who, ...(route.cors ? [] : ['no CORS']), ...(route.binary ? ['binary'] : [])].join(', ')
      return `  ${route.verb.padEnd(verb)} ${route.path.padEnd(path)}  ${more}  ${route.handler}`
    }),
    ...authorizers.map(({ name, ttl }) => `  authorizer ${name}: an answer holds for ${ttl} s`),
    ...schedules.map(({ name, expression, handler }) => `  schedule ${name}: ${expression}  ${handler}`),
    ...configs.flatMap((config) => configLines(config, stages.includes(config.workspace))),
  ]
  return lines.map((line) => `${printable(line)}\n`).join('')
}

function configLines(config: ConfigDescription, declared: boolean): string[] {
  const { workspace, version, runtime, architecture, memorySize, timeout, layers, environmentVariablesFile: file } = config
  const facts = [
    `version ${version}`,
    `${runtime} ${architecture}`,
    `${memorySize} MB`,
    `${timeout} s`,
    ...(layers.length === 0 ? [] : [`layers ${layers.join(', ')}`]),
    ...(file === null ? [] : [`environment ${file}`]),
    ...(config.redeploy === 'in-place' ? ['redeploy in-place'] : []),
    ...(config.protected ? ['protected'] : []),
    ...(config.authorizer === null ? [] : ["the config's own auth"]),
    ...(declared ? [] : ['not a stage of the Coworksfile']),
  ]
  return [
    `  stage ${workspace}: ${facts.join(' · ')}`,
    ...(config.cors === null ? [] : [`    CORS ${corsText(config.cors)}`]),
    ...config.triggers.map((trigger) => `    trigger ${trigger.name}: ${triggerText(trigger)}`),
  ]
}

function corsText({ allowOrigin, allowCredentials, maxAge }: CorsDescription): string {
  return [
    allowOrigin.join(', '),
    ...(allowCredentials ? ['with credentials'] : []),
    ...(maxAge === null ? [] : [`kept for ${maxAge} s`]),
  ].join(' · ')
}

function triggerText(trigger: TriggerDescription): string {
  return trigger.kind === 'source' ? `${trigger.service} ${trigger.source}` : `events${trigger.bus === null ? '' : ` of ${trigger.bus}`}`
}
