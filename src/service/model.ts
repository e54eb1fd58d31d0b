/**
 * What one microservice declares, gathered while it is built: its configs, and the routes and schedules of its class and
 * blueprints. Describing it and answering events both read this and nothing else of the class.
 */
import type { Auth } from './auth.js'
import { Blueprint } from './blueprint.js'
import { BLUEPRINT, isBranded } from './brand.js'
import type { Config } from './config.js'
import { DefinitionError, shown, unknownOptions } from './definition-error.js'
import { type Discovered, discover, fieldProblems, type Schedule } from './discover.js'
import { collisions, type Route, segmentsOf } from './route.js'
import type { TechMicroService } from './service.js'

export interface BlueprintOptions {
  /** Before every path of the blueprint: `/admin`. Default: nothing. */
  readonly urlPrefix?: string
  /** Of the blueprint's authorizer and handlers; its class's by default. */
  readonly name?: string
}

/** Names that mean something else where a blueprint's authorizer is named. */
const RESERVED = ['app', 'config', 'deny']

export class Model {
  readonly service: TechMicroService
  readonly name: string
  readonly configs: readonly Config[]
  #parts: Discovered[] = []
  #blueprints = new Map<string, Blueprint>()
  #checked = false

  constructor(service: TechMicroService, base: object, name: string, configs: readonly Config[]) {
    this.service = service
    this.name = name
    this.configs = configs
    this.#parts.push(discover(service, base, '', ''))
  }

  registerBlueprint(blueprint: Blueprint, options: BlueprintOptions): void {
    const where = `microservice ${this.name}`
    if (!isBranded(blueprint, BLUEPRINT))
      throw new DefinitionError({ where, what: `registerBlueprint needs a Blueprint, not ${shown(blueprint)}` })
    const problems = unknownOptions(`${where}, registerBlueprint`, options, ['urlPrefix', 'name'])
    if (problems.length > 0) throw new DefinitionError(...problems)
    const { urlPrefix = '', name = blueprint.constructor.name } = options
    if (typeof urlPrefix !== 'string' || segmentsOf(urlPrefix).some((segment) => !/^[A-Za-z0-9._:-]+$/.test(segment))) {
      throw new DefinitionError({
        where,
        what: `urlPrefix ${shown(urlPrefix)} is impossible`,
        hint: "a path without variables, such as `/admin'",
      })
    }
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(name) || RESERVED.includes(name)) {
      throw new DefinitionError({
        where,
        what: `blueprint name ${shown(name)} is impossible`,
        hint: "letters, digits, `_' and `-'; give it with { name }",
      })
    }
    if (this.#blueprints.has(name)) {
      throw new DefinitionError({ where, what: `two blueprints are named \`${name}'`, hint: 'give one of them another with { name }' })
    }
    const part = discover(blueprint, Blueprint.prototype, `${name}.`, urlPrefix)
    const between = collisions(
      where,
      [...this.#parts, part].flatMap(({ routes }) => routes),
    )
    if (between.length > 0) throw new DefinitionError(...between)
    blueprint.registered(this.service)
    this.#blueprints.set(name, blueprint)
    this.#parts.push(part)
    this.#checked = false
  }

  routes(): readonly Route[] {
    this.#check()
    return this.#parts.flatMap(({ routes }) => routes)
  }

  schedules(): readonly Schedule[] {
    return this.#parts.flatMap(({ schedules }) => schedules)
  }

  /** Of the class and of blueprints, by name. A config's is not among them. */
  authorizers(): readonly string[] {
    const blueprints = [...this.#blueprints].filter(([, blueprint]) => typeof blueprint.auth === 'function')
    return [...(typeof this.service.auth === 'function' ? ['app'] : []), ...blueprints.map(([name]) => name)]
  }

  /** Who decides for a route where the config has no `auth`: the blueprint's own, else the class's, else nobody may. */
  authorizerOf(route: Route): string | null {
    if (!route.authorized) return null
    const blueprint = [...this.#blueprints].find(([, blueprint]) => blueprint === route.owner)
    if (typeof blueprint?.[1].auth === 'function') return blueprint[0]
    return typeof this.service.auth === 'function' ? 'app' : 'deny'
  }

  /** The function behind a name, bound to what it belongs to. */
  auth(name: string, config: Config): Auth | undefined {
    if (name === 'config') return config.auth ?? undefined
    const owner = name === 'app' ? this.service : this.#blueprints.get(name)
    return owner?.auth?.bind(owner)
  }

  /** Seconds. */
  authTtl(): number {
    const ttl = this.service.authTtl
    if (Number.isInteger(ttl) && ttl >= 0 && ttl <= 3600) return ttl
    throw new DefinitionError({
      where: `microservice ${this.name}`,
      what: `authTtl ${shown(ttl)} is impossible`,
      hint: 'seconds, 0 to 3600',
    })
  }

  /** @throws DefinitionError where no config is that of `workspace`. */
  config(workspace: string): Config {
    const found = this.configs.find((config) => config.workspace === workspace)
    if (found !== undefined) return found
    const known = this.configs.map((config) => config.workspace).join(', ')
    throw new DefinitionError({
      where: `microservice ${this.name}`,
      what: `no config for workspace \`${workspace}'`,
      hint: `known: ${known}`,
    })
  }

  #check(): void {
    if (this.#checked) return
    const problems = [this.service, ...this.#blueprints.values()].flatMap(fieldProblems)
    if (problems.length > 0) throw new DefinitionError(...problems)
    this.#checked = true
  }
}
