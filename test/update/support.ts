/** An update against the stand-in for Lambda, with a clock that only counts: nothing waits, and how long it would have waited is known. */
import { openLambda } from '../../src/update/aws.js'
import type { BuiltFunction } from '../../src/update/model.js'
import type { PushBegun, PushEnded } from '../../src/update/push.js'
import { type FunctionResult, updateFunctions } from '../../src/update/update.js'
import { type LambdaService, sha256 } from '../support/lambda-service.js'

/** Not a zip: neither Lambda's stand-in nor an update looks inside. */
export const zip = (text: string) => Buffer.from(`PK ${text}`)

export const files = new Map<string, Buffer>()

const builtZip = (file: string, text: string) => {
  files.set(file, zip(text))
  return { file, sha256: sha256(zip(text)), content: `content ${text}`, size: zip(text).length }
}

export function builtFunction(
  code: string,
  layers: Readonly<Record<string, string>> = {},
  more: Partial<BuiltFunction> = {},
): BuiltFunction {
  const name = more.name ?? 'app-test-dev'
  return {
    microservice: name.replace(/-dev$/, ''),
    stage: 'dev',
    name,
    code: builtZip(`terraform/tmp/${name}.zip`, code),
    layers: Object.entries(layers).map(([layer, text]) => ({ ...builtZip(`${layer}.zip`, text), layer, layerName: `${layer}-dev` })),
    environment: undefined,
    deployedArn: undefined,
    ...more,
  }
}

export interface Updated {
  readonly results: readonly FunctionResult[]
  /** `set-layers app-test-dev`, as each began. */
  readonly steps: readonly string[]
  readonly ledger: readonly (PushBegun | PushEnded)[]
  /** ms that would have been waited. */
  readonly waited: number
}

export interface Options {
  readonly publish?: boolean
  readonly alias?: string
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
  readonly concurrency?: number
  readonly idle?: number
  readonly whole?: number
  readonly region?: string
  /** Called after each wait. */
  readonly onSleep?: () => void
  readonly known?: ReadonlyMap<string, string>
}

/** The environment of the tests' process, as AWS's tools look at it: nothing of the machine's own. */
export function useEnvironment(env: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  Object.assign(process.env, { AWS_CONFIG_FILE: '/nowhere/config', AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials', ...env })
}

export async function update(service: LambdaService, functions: readonly BuiltFunction[], options: Options = {}): Promise<Updated> {
  useEnvironment(service.env)
  const { signal = new AbortController().signal, region, idle = 60_000, whole = 600_000 } = options
  const steps: string[] = []
  const ledger: (PushBegun | PushEnded)[] = []
  let waited = 0
  const clock = {
    now: () => waited,
    sleep: async (ms: number, until: AbortSignal) => {
      waited += ms
      options.onSleep?.()
      until.throwIfAborted()
    },
    jitter: () => 1,
  }
  const results = await updateFunctions(functions, {
    api: await openLambda({ signal, region, version: '0.0.0', timeouts: { connect: 5_000, idle, read: whole, write: whole } }),
    waits: { clock, signal },
    readZip: async ({ file }) => ({ kind: 'bytes', bytes: files.get(file) ?? Buffer.alloc(0) }),
    ledger: {
      begin: (push) => {
        ledger.push(push)
        return (end) => ledger.push(end)
      },
    },
    known: options.known ?? new Map(),
    concurrency: options.concurrency ?? 1,
    dryRun: options.dryRun ?? false,
    publish: options.publish ?? false,
    alias: options.alias,
    listen: (event) => {
      if (event.type === 'step') steps.push(`${event.step.kind} ${event.function}`)
    },
  })
  return { results, steps, ledger, waited }
}

/** `*where · what · hint*` of all that went wrong. */
export function problems({ results }: Updated): string[] {
  return results.flatMap((result) =>
    result.problems.map(({ where, what, hint }) => [where, what, hint].filter((part) => part !== undefined).join(' · ')),
  )
}
