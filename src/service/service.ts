/**
 * `TechMicroService`: the class a user extends. It checks what was declared when it is built, and hands every event to
 * `handle.ts`. What it can be asked by the build is `describe`.
 */
import type { AuthRequest, AuthResult } from './auth.js'
import type { Blueprint } from './blueprint.js'
import { CONFIG, DESCRIBE, HANDLE, isBranded, SERVICE } from './brand.js'
import { Config, type ConfigOptions } from './config.js'
import type { RouteOptions } from './decorators.js'
import { DefinitionError, type DefinitionProblem, shown, unknownOptions } from './definition-error.js'
import { describeModel } from './describe.js'
import type { ServiceDescription } from './description.js'
import type { LambdaContext } from './events.js'
import { Handling } from './handle.js'
import { type BlueprintOptions, Model } from './model.js'
import { currentRequest, type ServiceRequest } from './request.js'
import { type RunOptions, runLocally } from './run.js'

type Configs = Config | ConfigOptions | readonly (Config | ConfigOptions)[]

export interface ServiceOptions {
  /** Of the microservice: letters, digits, `_` and `-`. Module `app` and name `test` make `app-test`. */
  readonly name: string
  /** One config a stage. */
  readonly configs?: Configs
  /** The same, for one. */
  readonly config?: Config | ConfigOptions
}

export abstract class TechMicroService {
  readonly [SERVICE] = true
  /** Routes by method, for what a name cannot say and without decorators. */
  static readonly routes?: Readonly<Record<string, RouteOptions>>
  /** `rate(5 minutes)` or `cron(0 8 * * ? *)` by method. */
  static readonly schedules?: Readonly<Record<string, string | readonly string[]>>

  /** Who may call: `true`, `false`, a list of routes, or an `AuthResponse`. Without it, every route is denied. */
  auth?(request: AuthRequest): AuthResult | Promise<AuthResult>
  /** Seconds API Gateway keeps an answer of `auth` for a token, 0 to 3600. */
  readonly authTtl: number = 300

  /** Before the first event of a process; an error fails that event, and the next one tries again. */
  beforeFirstActivation?(event: unknown, context: LambdaContext): unknown
  /** Before every event. In a request, `this.request` is there and an `HttpError` is an answer. */
  beforeActivation?(event: unknown, context: LambdaContext): unknown
  /** After every event that was answered, with the answer; what it returns, if anything, replaces it. */
  afterActivation?(answer: unknown): unknown
  /** Events that nothing else handles; `on_s3`, `on_sqs`, `on_com_example_app` … take those of one source. */
  on_event?(event: unknown, context: LambdaContext): unknown

  readonly #model: Model
  readonly #handling: Handling

  /** @throws DefinitionError with everything that is wrong with the class, its name and its configs. */
  constructor(options: ServiceOptions) {
    const { name, configs } = checkedOptions(options, new.target.name)
    this.#model = new Model(this, TechMicroService.prototype, name, configs)
    this.#handling = new Handling(this.#model)
  }

  get name(): string {
    return this.#model.name
  }

  get configs(): readonly Config[] {
    return this.#model.configs
  }

  /** The config of the stage that runs: that of `WORKSPACE`, or the only one. @throws DefinitionError where there is none. */
  get config(): Config {
    return this.#handling.config()
  }

  /** The request being answered, also after an `await`. @throws Error outside of one. */
  get request(): ServiceRequest {
    return currentRequest()
  }

  /** @throws DefinitionError for a route that is there already, or a blueprint registered twice. */
  registerBlueprint(blueprint: Blueprint, options: BlueprintOptions = {}): this {
    this.#model.registerBlueprint(blueprint, options)
    return this
  }

  /** Serves the microservice on localhost with the rules of API Gateway. For development: needs the whole package. */
  run(options: RunOptions = {}): Promise<unknown> {
    return runLocally(this, this.#model, options)
  }

  [HANDLE](event: unknown, context: LambdaContext): Promise<unknown> {
    return this.#handling.handle(event, context)
  }

  [DESCRIBE](): ServiceDescription {
    return describeModel(this.#model)
  }
}

function checkedOptions(options: ServiceOptions, className: string): { readonly name: string; readonly configs: readonly Config[] } {
  const unknown = unknownOptions(className, options, ['name', 'configs', 'config'])
  if (unknown.length > 0) throw new DefinitionError(...unknown)
  const { name } = options
  const problems: DefinitionProblem[] = []
  if (typeof name !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(name)) {
    problems.push({ where: className, what: `name ${shown(name)} is impossible`, hint: "letters, digits, `_' and `-', at most 63" })
  }
  const where = `microservice ${String(name)}`
  if (options.config !== undefined && options.configs !== undefined) problems.push({ where, what: "has both `config' and `configs'" })
  const given = [options.configs ?? options.config ?? new Config()].flat() as readonly (Config | ConfigOptions)[]
  if (given.length === 0) problems.push({ where, what: 'configs is an empty list', hint: 'one Config a stage' })
  if (problems.length > 0) throw new DefinitionError(...problems)
  const configs = given.map((config) => (isBranded(config, CONFIG) ? (config as Config) : new Config(config as ConfigOptions)))
  for (const [at, { workspace }] of configs.entries()) {
    // Stages name files and functions, and file systems exist that fold case.
    const other = configs.findIndex((config) => config.workspace.toLowerCase() === workspace.toLowerCase())
    if (other < at) problems.push({ where, what: `two configs are for workspace \`${workspace}'`, hint: 'one Config a stage' })
  }
  if (problems.length > 0) throw new DefinitionError(...problems)
  return { name, configs: Object.freeze(configs) }
}
