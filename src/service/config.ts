/**
 * `Config`: what differs from stage to stage. Every value is checked here against what Lambda, CloudWatch and API Gateway
 * accept, so that nobody learns of a slip from `terraform apply`.
 * Limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 * Retention: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
import type { Auth } from './auth.js'
import { CONFIG, CORS, isBranded } from './brand.js'
import {
  ARN,
  isLayers,
  isProjectPath,
  isStatements,
  isTags,
  isTexts,
  isThrottle,
  isVariables,
  isVpc,
  isWorkspace,
} from './config-checks.js'
import { CORSConfig, type CORSOptions } from './cors.js'
import { DefinitionError, type DefinitionProblem, nearestHint, shown, unknownOptions } from './definition-error.js'
import type { PolicyStatement, VpcDescription } from './description.js'
import { type Trigger, triggerProblems } from './triggers.js'

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
  /** ARNs of policies to attach to the role of the function. */
  readonly managedPolicies?: readonly string[]
  /** ARN of the policy that bounds the role, where the account asks for one. */
  readonly permissionsBoundary?: string
  /** Variables that are no secrets: they stand in the Terraform files. A file's of the same name is an error. */
  readonly environmentVariables?: { readonly [name: string]: string }
  /** MB of `/tmp`, 512 to 10240. Default 512. */
  readonly ephemeralStorage?: number
  /** Calls at once at most, kept for this function; 0 stops it. */
  readonly reservedConcurrency?: number
  /** Subnets and security groups to run in; the role then may attach to them. */
  readonly vpc?: VpcDescription
  /** ARN of a key of yours for the environment variables; the role then may decrypt with it. */
  readonly kmsKeyArn?: string
  /** Requests a second that the API's stage takes, and how many at once before that counts. */
  readonly throttle?: { readonly rate: number; readonly burst: number }
  /** False: what `every` and `at` say is off in this stage. */
  readonly schedules?: boolean
  /** Queues, streams and events that call the function, by name. */
  readonly triggers?: { readonly [name: string]: Trigger }
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
  'managedPolicies',
  'permissionsBoundary',
  'environmentVariables',
  'ephemeralStorage',
  'reservedConcurrency',
  'vpc',
  'kmsKeyArn',
  'throttle',
  'schedules',
  'triggers',
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
  readonly managedPolicies: readonly string[]
  readonly permissionsBoundary: string | null
  readonly environmentVariables: { readonly [name: string]: string }
  readonly ephemeralStorage: number
  readonly reservedConcurrency: number | null
  readonly vpc: VpcDescription | null
  readonly kmsKeyArn: string | null
  readonly throttle: { readonly rate: number; readonly burst: number } | null
  readonly schedules: boolean
  readonly triggers: { readonly [name: string]: Trigger }

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
    this.managedPolicies = Object.freeze([...(options.managedPolicies ?? [])])
    this.permissionsBoundary = options.permissionsBoundary ?? null
    this.environmentVariables = Object.freeze({ ...options.environmentVariables })
    this.ephemeralStorage = options.ephemeralStorage ?? 512
    this.reservedConcurrency = options.reservedConcurrency ?? null
    this.vpc = options.vpc ?? null
    this.kmsKeyArn = options.kmsKeyArn ?? null
    this.throttle = options.throttle ?? null
    this.schedules = options.schedules ?? true
    this.triggers = Object.freeze({ ...options.triggers })
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
  const problems = [...unknown, ...triggerProblems(where, options.triggers)]
  const check = (option: (typeof KNOWN)[number], good: (value: never) => boolean, hint: string) => {
    const value = options[option]
    if (value !== undefined && !good(value as never)) problems.push({ where, what: `${option} ${shown(value)} is impossible`, hint })
  }
  const oneOf = (option: (typeof KNOWN)[number], known: readonly string[]) =>
    check(option, (value) => known.includes(value), nearestHint(String(options[option]), known))
  const whole = (option: (typeof KNOWN)[number], least: number, most: number, unit: string) =>
    check(option, (value) => Number.isInteger(value) && value >= least && value <= most, `${unit}, ${least} to ${most}`)

  check('workspace', isWorkspace, "letters, digits and `_' only (an API Gateway stage takes no others), and not `all'")
  check(
    'version',
    (value: unknown) => typeof value === 'string' && /^.{1,100}$/s.test(value),
    "a string, such as `0.1', of at most 100 characters",
  )
  for (const flag of ['debug', 'tracing', 'protected', 'schedules'] as const)
    check(flag, (value) => typeof value === 'boolean', 'true or false')
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
  check('managedPolicies', (value) => isTexts(value, ARN) && new Set(value).size <= 20, 'ARNs of policies, at most 20')
  for (const arn of ['permissionsBoundary', 'kmsKeyArn'] as const) check(arn, (value) => ARN.test(value), 'an ARN')
  check('environmentVariables', isVariables, "an object of strings, names of two or more letters, digits and `_', a letter first")
  whole('ephemeralStorage', 512, 10240, 'MB')
  whole('reservedConcurrency', 0, 100_000, 'calls at once')
  check('vpc', isVpc, "{ subnetIds: ['subnet-…'], securityGroupIds: ['sg-…'] }")
  check('throttle', isThrottle, '{ rate, burst }: requests a second, and a whole number of requests')
  return problems
}
