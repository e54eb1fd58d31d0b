/**
 * A stage's environment variables: those of its config and those of its file, a flat JSON object of strings, together within Lambda's
 * limits. The file's values are read by Terraform when it plans; here they are only checked, and no message ever shows one.
 */
import type { Target } from '../build/index.js'
import type { ConfigDescription } from '../service/description.js'
import { CoworksError, type Problem } from '../util/problem.js'

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: "4 KB, for all environment variables". */
const LIMIT_BYTES = 4096

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, "Reserved environment variables": Lambda refuses these. */
const RESERVED = new Set(
  `_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE
   AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY
   AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR`.split(/\s+/),
)

type Variables = Readonly<Record<string, string>>

/** @throws CoworksError with every problem; never with a value */
function checkEnvironment(where: string, own: Variables, file: string | null, bytes: Uint8Array | undefined): void {
  const place = file === null ? where : `${file} (${where})`
  const value = bytes === undefined ? {} : parsed(place, bytes)
  const problems = [
    ...Object.keys(own).flatMap((name) => nameProblems(`${where}, environmentVariables`, name)),
    ...Object.entries(value).flatMap(([name, one]): Problem[] => {
      if (typeof one !== 'string')
        return [{ where: place, what: `\`${name}' is not a string`, hint: 'Lambda takes strings only: write numbers and lists in quotes' }]
      if (!/^[A-Za-z][A-Za-z0-9_]+$/.test(name))
        return [
          { where: place, what: `\`${name}' cannot be the name of a variable`, hint: 'two or more letters, digits and _, a letter first' },
        ]
      if (Object.hasOwn(own, name))
        return [{ where: place, what: `\`${name}' is in environmentVariables too`, hint: 'say it in one of them' }]
      return nameProblems(place, name)
    }),
  ]
  const all = { ...own, ...value }
  const size = Buffer.byteLength(JSON.stringify(all))
  if (size > LIMIT_BYTES) {
    const largest = Object.entries(all)
      .map(([name, one]) => ({ name, size: Buffer.byteLength(String(one)) }))
      .sort((a, b) => b.size - a.size)
    const list = largest.slice(0, 3).map((one) => `${one.name} ${one.size}`)
    problems.push({ where: place, what: `is ${size} bytes; Lambda takes at most ${LIMIT_BYTES}`, hint: `the largest: ${list.join(', ')}` })
  }
  if (problems.length > 0) throw new CoworksError(problems)
}

function nameProblems(where: string, name: string): Problem[] {
  if (RESERVED.has(name)) return [{ where, what: `\`${name}' is reserved by Lambda` }]
  if (name === 'WORKSPACE') return [{ where, what: "`WORKSPACE' is set by coworks to the name of the stage" }]
  return []
}

function parsed(where: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const hint = 'a flat object of strings: { "NAME": "value" }'
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    // JSON.parse quotes the text around the error, which may be a secret.
    throw new CoworksError({ where, what: 'is not JSON', hint })
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new CoworksError({ where, what: 'is not an object', hint })
  return value as Readonly<Record<string, unknown>>
}

export function hasEnvironment({ environmentVariables, environmentVariablesFile }: ConfigDescription): boolean {
  return environmentVariablesFile !== null || Object.keys(environmentVariables).length > 0
}

export function environmentId(microservice: string, stage: string): string {
  return `environment of ${microservice}-${stage}`
}

/** The check as a target without a file: done once for each content, and before anything is made from what is around it. */
export function environmentTarget(microservice: string, stage: string, own: Variables, file: string | null): Target {
  return {
    id: environmentId(microservice, stage),
    outputs: [],
    inputs: file === null ? [] : [{ kind: 'file', path: file }],
    requires: [],
    internal: true,
    action: {
      name: 'check-environment',
      version: '2',
      params: { microservice, stage, own, file },
      title: `check ${file ?? 'environmentVariables'}`,
      cacheable: false, // quicker done than looked up
      run: async (context) => {
        checkEnvironment(`microservice ${microservice}, workspace ${stage}`, own, file, file === null ? undefined : context.read(file))
        return {}
      },
    },
  }
}
