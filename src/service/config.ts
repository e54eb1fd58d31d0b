/**
 * `Config`: what differs from stage to stage. Every value is checked here against what Lambda, CloudWatch and API Gateway
 * accept, so that nobody learns of a slip from `terraform apply`.
 * Limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 * Retention: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
import type { Auth } from './auth.js'
import { CONFIG, CORS, isBranded } from './brand.js'
import { CORSConfig, type CORSOptions } from './cors.js'
import { DefinitionError, type DefinitionProblem, nearestHint, shown, unknownOptions } from './definition-error.js'
import type { PolicyStatement } from './description.js'

export interface ConfigOptions {
  /** The stage: letters, digits and `_`. Default `dev`. */
  readonly workspace?: string
  /** Yours, for people. Default `0.0`. */
  readonly version?: string
  readonly debug?: boolean
  /** Without it, no answer has CORS headers. */
  readonly cors?: CORSConfig | CORSOptions
  /** Replaces the authorizers of class and blueprints on every route of this stage. */
  readonly auth?: Auth
  /** JSON file of environment variables, from the project's folder. */
  readonly environmentVariablesFile?: string
  /** Names of `Layer`s of the Coworksfile, at most 5. */
  readonly layers?: readonly string[]
  /** Seconds, 1 to 900. Default 30; API Gateway itself waits 29. */
  readonly timeout?: number
  /** MB, 128 to 10240. Default 128. */
  readonly memorySize?: number
  /** Default `nodejs22.x`. */
  readonly runtime?: string
  /** Default `x86_64`. */
  readonly architecture?: 'x86_64' | 'arm64'
  /** `replace` (default): a changed function is tainted and made anew. `in-place`: it is updated and never blinks. */
  readonly redeploy?: 'replace' | 'in-place'
  readonly tags?: { readonly [key: string]: string }
  /** Days CloudWatch keeps logs, 0 for ever. Default 30. */
  readonly logRetention?: number
  /** X-Ray. */
  readonly tracing?: boolean
  /** A stage that `coworks update` only touches when told twice. */
  readonly protected?: boolean
  /** Added to the role of the function. */
  readonly policyStatements?: readonly PolicyStatement[]
}

const KNOWN = [
  'workspace',
  'version',
  'debug',
  'cors',
  'auth',
  'environmentVariablesFile',
  'layers',
  'timeout',
  'memorySize',
  'runtime',
  'architecture',
  'redeploy',
  'tags',
  'logRetention',
  'tracing',
  'protected',
  'policyStatements',
] as const
const RETENTIONS = [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
const RUNTIMES = ['nodejs20.x', 'nodejs22.x', 'nodejs24.x']

export class Config {
  readonly [CONFIG] = true
  readonly workspace: string
  readonly version: string
  readonly debug: boolean
  readonly cors: CORSConfig | null
  readonly auth: Auth | null
  readonly environmentVariablesFile: string | null
  readonly layers: readonly string[]
  readonly timeout: number
  readonly memorySize: number
  readonly runtime: string
  readonly architecture: 'x86_64' | 'arm64'
  readonly redeploy: 'replace' | 'in-place'
  readonly tags: { readonly [key: string]: string }
  readonly logRetention: number
  readonly tracing: boolean
  readonly protected: boolean
  readonly policyStatements: readonly PolicyStatement[]

  /** @throws DefinitionError that names every unknown option and impossible value. */
  constructor(options: ConfigOptions = {}) {
    const problems = problemsOf(options)
    if (problems.length > 0) throw new DefinitionError(...problems)
    this.workspace = options.workspace ?? 'dev'
    this.version = options.version ?? '0.0'
    this.debug = options.debug ?? false
    this.cors = corsOf(options.cors)
    this.auth = options.auth ?? null
    this.environmentVariablesFile = options.environmentVariablesFile?.replace(/^(?:\.\/)+/, '') ?? null
    this.layers = Object.freeze((options.layers ?? []).map((name) => name.replace(/\.zip$/, '')))
    this.timeout = options.timeout ?? 30
    this.memorySize = options.memorySize ?? 128
    this.runtime = options.runtime ?? 'nodejs22.x'
    this.architecture = options.architecture ?? 'x86_64'
    this.redeploy = options.redeploy ?? 'replace'
    this.tags = Object.freeze({ ...options.tags })
    this.logRetention = options.logRetention ?? 30
    this.tracing = options.tracing ?? false
    this.protected = options.protected ?? false
    this.policyStatements = Object.freeze([...(options.policyStatements ?? [])])
    Object.freeze(this)
  }
}

function corsOf(cors: CORSConfig | CORSOptions | undefined): CORSConfig | null {
  if (cors === undefined) return null
  return isBranded(cors, CORS) ? (cors as CORSConfig) : new CORSConfig(cors as CORSOptions)
}

function problemsOf(options: ConfigOptions): DefinitionProblem[] {
  const where = typeof options?.workspace === 'string' ? `Config ${options.workspace}` : 'Config'
  const unknown = unknownOptions(where, options, KNOWN)
  if (options === null || typeof options !== 'object') return unknown
  const problems = [...unknown]
  const check = (option: (typeof KNOWN)[number], good: (value: never) => boolean, hint: string) => {
    const value = options[option]
    if (value !== undefined && !good(value as never)) problems.push({ where, what: `${option} ${shown(value)} is impossible`, hint })
  }
  const oneOf = (option: (typeof KNOWN)[number], known: readonly string[]) =>
    check(option, (value) => known.includes(value), nearestHint(String(options[option]), known))
  const whole = (option: (typeof KNOWN)[number], least: number, most: number, unit: string) =>
    check(option, (value) => Number.isInteger(value) && value >= least && value <= most, `${unit}, ${least} to ${most}`)

  check('workspace', isWorkspace, "letters, digits and `_' only (an API Gateway stage takes no others), and not `all'")
  check('version', (value) => typeof value === 'string' && value !== '', "a string, such as `0.1'")
  for (const flag of ['debug', 'tracing', 'protected'] as const) check(flag, (value) => typeof value === 'boolean', 'true or false')
  check('cors', (value) => typeof value === 'object' && value !== null, 'new CORSConfig({ allowOrigin: … })')
  check('auth', (value) => typeof value === 'function', 'a function of an AuthRequest')
  check('environmentVariablesFile', isProjectPath, "a path inside the project's folder, such as `config/vars_dev.json'")
  check('layers', isLayers, 'at most 5 names of Layers, each once')
  whole('timeout', 1, 900, 'seconds')
  whole('memorySize', 128, 10240, 'MB')
  oneOf('runtime', RUNTIMES)
  oneOf('architecture', ['x86_64', 'arm64'])
  oneOf('redeploy', ['replace', 'in-place'])
  check('tags', isTags, "at most 50, keys of 1 to 128 characters not starting with `aws:', values of at most 256")
  check('logRetention', (value) => RETENTIONS.includes(value), `days, one of ${RETENTIONS.join(', ')} (0 keeps them for ever)`)
  check('policyStatements', isStatements, "a list of { effect: 'Allow' | 'Deny', actions: [...], resources: [...] }")
  return problems
}

function isWorkspace(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(value) && value !== 'all'
}

function isProjectPath(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !/^[/\\]|^[A-Za-z]:|\\|\0/.test(value) && !value.split('/').includes('..')
}

function isLayers(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length <= 5 &&
    new Set(value).size === value.length &&
    value.every((name) => typeof name === 'string' && /^[A-Za-z0-9_-]+(?:\.zip)?$/.test(name))
  )
}

function isTags(value: unknown): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  const tags = Object.entries(value)
  return (
    tags.length <= 50 &&
    tags.every(([key, text]) => key !== '' && key.length <= 128 && !/^aws:/i.test(key) && typeof text === 'string' && text.length <= 256)
  )
}

function isStatements(value: unknown): boolean {
  const isTexts = (list: unknown) => Array.isArray(list) && list.length > 0 && list.every((text) => typeof text === 'string' && text !== '')
  return (
    Array.isArray(value) &&
    value.every(
      (item) =>
        item !== null &&
        typeof item === 'object' &&
        Object.keys(item).every((key) => ['effect', 'actions', 'resources'].includes(key)) &&
        ['Allow', 'Deny'].includes(item.effect) &&
        isTexts(item.actions) &&
        isTexts(item.resources),
    )
  )
}
