/**
 * What the build knows of a microservice: plain JSON that `describe()` makes in a child process and that everything
 * else (Terraform, the local gateway, `coworks diff`) reads. It holds no secret: of an environment file, only the name.
 */

export interface ServiceDescription {
  readonly format: 1
  readonly name: string
  /** Sorted by path, then verb. */
  readonly routes: readonly RouteDescription[]
  /** Every authorizer that a route names: the class's own and the blueprints'. A config's `auth` replaces them all. */
  readonly authorizers: readonly AuthorizerDescription[]
  /** `every`/`at` rules and other events that a method of the service handles. */
  readonly schedules: readonly ScheduleDescription[]
  /** Media types that API Gateway must treat as bytes, sorted. */
  readonly binaryMediaTypes: readonly string[]
  /** One per workspace, in the order declared. */
  readonly configs: readonly ConfigDescription[]
}

export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'

export interface RouteDescription {
  readonly verb: Verb
  /** As API Gateway writes it: `/`, `/product/{_0}`, `/files/{path+}`. */
  readonly path: string
  /** The user's method, with its blueprint where it has one: `get_product`, `Admin.get_routes`. */
  readonly handler: string
  /** Name of an authorizer, `null` for a route that needs none (explicitly), `'deny'` for one that nobody may call: no `auth` anywhere. */
  readonly authorizer: string | null
  /** False where the route opted out of the service's CORS. */
  readonly cors: boolean
  readonly binary: boolean
  /** Signature for people: `get_product(id, { page = '1' })`. */
  readonly signature: string
}

export interface AuthorizerDescription {
  /** `app` for the class's, the blueprint's name for a blueprint's, `config` for a config's. */
  readonly name: string
  /** Seconds API Gateway keeps an answer for a token, on every path. 0 to 3600. */
  readonly ttl: number
}

export interface ScheduleDescription {
  readonly name: string
  /** `rate(5 minutes)` or `cron(0 8 * * ? *)`, as EventBridge writes it. */
  readonly expression: string
  readonly handler: string
}

export interface CorsDescription {
  /** `['*']`, one origin, or a list. Written as the user wrote them. */
  readonly allowOrigin: readonly string[]
  readonly allowHeaders: readonly string[]
  readonly exposeHeaders: readonly string[]
  readonly allowCredentials: boolean
  /** Seconds. */
  readonly maxAge: number | null
}

export interface ConfigDescription {
  readonly workspace: string
  readonly version: string
  readonly debug: boolean
  readonly cors: CorsDescription | null
  /** The config's own `auth`, which replaces every other one in this stage. */
  readonly authorizer: AuthorizerDescription | null
  /** Path from the project's folder, or null. */
  readonly environmentVariablesFile: string | null
  /** Variables that are no secrets: they stand in the Terraform files. */
  readonly environmentVariables: { readonly [name: string]: string }
  /** Names of `Layer`s of the Coworksfile, without `.zip`. */
  readonly layers: readonly string[]
  /** Seconds. */
  readonly timeout: number
  /** MB. */
  readonly memorySize: number
  readonly runtime: string
  readonly architecture: 'x86_64' | 'arm64'
  readonly redeploy: 'replace' | 'in-place'
  readonly tags: { readonly [key: string]: string }
  /** Days, as CloudWatch Logs takes them; 0 keeps for ever. */
  readonly logRetention: number
  readonly tracing: boolean
  /** A stage that `coworks update` only touches with `--yes-update-protected`. */
  readonly protected: boolean
  /** Statements the user adds to the function's role. */
  readonly policyStatements: readonly PolicyStatement[]
  /** ARNs of policies attached to the function's role. */
  readonly managedPolicies: readonly string[]
  /** ARN of a policy that bounds the function's role, or null. */
  readonly permissionsBoundary: string | null
  /** MB of `/tmp`. */
  readonly ephemeralStorage: number
  /** Calls at once at most, and kept for this function; null without. */
  readonly reservedConcurrency: number | null
  readonly vpc: VpcDescription | null
  /** ARN of the key that encrypts the environment variables, or null for Lambda's own. */
  readonly kmsKeyArn: string | null
  /** Requests a second that the stage takes, and how many at once before that counts; null for the account's. */
  readonly throttle: { readonly rate: number; readonly burst: number } | null
  /** False: the schedules exist in this stage, and are off. */
  readonly schedules: boolean
  /** Sorted by name. */
  readonly triggers: readonly TriggerDescription[]
}

export interface VpcDescription {
  readonly subnetIds: readonly string[]
  readonly securityGroupIds: readonly string[]
}

export type TriggerDescription =
  | {
      readonly kind: 'source'
      readonly name: string
      readonly service: 'sqs' | 'dynamodb' | 'kinesis'
      /** ARN. */
      readonly source: string
      readonly batchSize: number | null
      /** Seconds. */
      readonly batchWindow: number | null
      readonly maximumConcurrency: number | null
      readonly reportBatchItemFailures: boolean
      /** Of a stream, else null. */
      readonly startingPosition: 'LATEST' | 'TRIM_HORIZON' | null
    }
  | {
      readonly kind: 'pattern'
      readonly name: string
      /** EventBridge's event pattern, as JSON. */
      readonly pattern: { readonly [field: string]: unknown }
      readonly bus: string | null
    }

export interface PolicyStatement {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}
