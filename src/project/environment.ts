/**
 * A stage's environment file: a flat JSON object of strings, within Lambda's limits. Its values are read by Terraform when it
 * plans; here they are only checked, and no message ever shows one.
 */
import type { Target } from '../build/index.js'
import { CoworksError, type Problem } from '../util/problem.js'

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: "4 KB, for all environment variables". */
const LIMIT_BYTES = 4096

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, "Reserved environment variables": Lambda refuses these. */
const RESERVED = new Set(
  `_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE
   AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY
   AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR`.split(/\s+/),
)

/** @throws CoworksError with every problem; never with a value */
function checkEnvironment(where: string, file: string, bytes: Uint8Array): void {
  const problem = (what: string, hint?: string): Problem => ({ where: `${file} (${where})`, what, hint })
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    // JSON.parse quotes the text around the error, which may be a secret.
    throw new CoworksError(problem('is not JSON', 'a flat object of strings: { "NAME": "value" }'))
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new CoworksError(problem('is not an object', 'a flat object of strings: { "NAME": "value" }'))
  }
  const problems = Object.entries(value).flatMap(([name, one]): Problem[] => {
    if (typeof one !== 'string')
      return [problem(`\`${name}' is not a string`, 'Lambda takes strings only: write numbers and lists in quotes')]
    if (!/^[A-Za-z][A-Za-z0-9_]+$/.test(name))
      return [problem(`\`${name}' cannot be the name of a variable`, 'two or more letters, digits and _, a letter first')]
    if (RESERVED.has(name)) return [problem(`\`${name}' is reserved by Lambda`)]
    if (name === 'WORKSPACE') return [problem("`WORKSPACE' is set by coworks to the name of the stage")]
    return []
  })
  const size = Buffer.byteLength(JSON.stringify(value))
  if (size > LIMIT_BYTES) {
    const largest = Object.entries(value as Record<string, unknown>)
      .map(([name, one]) => ({ name, size: Buffer.byteLength(String(one)) }))
      .sort((a, b) => b.size - a.size)
    const list = largest.slice(0, 3).map((one) => `${one.name} ${one.size}`)
    problems.push(problem(`is ${size} bytes; Lambda takes at most ${LIMIT_BYTES}`, `the largest: ${list.join(', ')}`))
  }
  if (problems.length > 0) throw new CoworksError(problems)
}

export function environmentId(microservice: string, stage: string): string {
  return `environment of ${microservice}-${stage}`
}

/** The check as a target without a file: done once for each content, and before anything is made from what is around it. */
export function environmentTarget(microservice: string, stage: string, file: string): Target {
  return {
    id: environmentId(microservice, stage),
    outputs: [],
    inputs: [{ kind: 'file', path: file }],
    requires: [],
    internal: true,
    action: {
      name: 'check-environment',
      version: '1',
      params: { microservice, stage, file },
      title: `check ${file}`,
      cacheable: false, // quicker done than looked up
      run: async (context) => {
        checkEnvironment(`microservice ${microservice}, workspace ${stage}`, file, context.read(file))
        return {}
      },
    },
  }
}
