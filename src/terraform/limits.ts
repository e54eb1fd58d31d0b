/**
 * The limits of API Gateway, Lambda and IAM that a stage can meet, told while building and not by a failed apply: what is hard is an
 * error, what AWS raises when asked is a warning; each with the figure, the limit and what takes the room. Pure: limits of bytes in zips
 * are those of `src/layer/limits.ts`.
 * Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * and the Lambda API's CreateFunction.
 */
import { byCodeUnit } from '../util/hash.js'
import type { Problem } from '../util/problem.js'
import type { StageModel } from './model.js'
import { functionName } from './names.js'
import { authorizerOf, definition } from './openapi.js'
import { ownStatements } from './role.js'

/** "Resources per API: 300", raised on request. */
const RESOURCES = 300
/** "Lambda authorizers per API: 10", raised on request. */
const AUTHORIZERS = 10
/** "Stages per API: 10", raised on request. */
const STAGES = 10
/** "Integration timeout: 50 milliseconds – 29 seconds" by default; a Config that says nothing says 30. */
const TIMEOUT_SECONDS = 30
/** "Size of an API definition: 6 MB" when it is imported or put. */
const DEFINITION_BYTES = 6 * 1024 * 1024
/** "Function resource-based policy: 20 KB". */
const FUNCTION_POLICY_BYTES = 20_480
/** "Aggregate policy size of inline policies of a role: 10,240 characters", white space not counted. */
const ROLE_POLICY_CHARACTERS = 10_240
/** CreateFunction, Description: "Maximum length of 256". */
const DESCRIPTION_CHARACTERS = 256
/** "Managed policies attached to an IAM role: 10", raised up to 20 on request. */
const MANAGED_POLICIES = 10

/** Characters of a value that only AWS knows, at the most: a region is `ap-southeast-1` at the longest seen, an API's id 10 characters. */
const ARN_PREFIX = 'arn:aws-us-gov:execute-api:ap-southeast-1:123456789012:abcdefghij/'.length

export interface LimitFindings {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** @throws CoworksError where the definition itself cannot be made */
export function stageLimits(model: StageModel): LimitFindings {
  const where = `microservice ${model.microservice}, stage ${model.stage}`
  const problem = (what: string, hint: string): Problem => ({ where, what, hint })
  return {
    problems: hardLimits(model).flatMap(({ figure, limit, of, hint }) =>
      figure <= limit ? [] : [problem(`${of}: ${count(figure)}, and AWS takes ${count(limit)}`, hint)],
    ),
    warnings: [
      ...softLimits(model).flatMap(({ figure, limit, of, hint }) =>
        figure <= limit ? [] : [problem(`${of}: ${count(figure)}, and AWS takes ${count(limit)} unless it was asked for more`, hint)],
      ),
      ...(outlivesItsCallers(model)
        ? [
            problem(
              `its timeout is ${count(model.config.timeout)} s, and only API Gateway calls it, which answers 504 after 29`,
              'shorten it: the function would go on for nobody',
            ),
          ]
        : []),
    ],
  }
}

/** Stages that share an API. */
export function apiLimits(microservice: string, stages: readonly string[]): Problem[] {
  if (stages.length <= STAGES) return []
  const what = `stages of one API: ${stages.length}, and AWS takes ${STAGES} unless it was asked for more`
  return [{ where: `microservice ${microservice}`, what, hint: `ask for more stages per API, or take one down: ${stages.join(', ')}` }]
}

/** Schedules and triggers wait for a long function, callers of an API do not. */
function outlivesItsCallers({ config, service }: StageModel): boolean {
  return config.timeout > TIMEOUT_SECONDS && service.routes.length > 0 && service.schedules.length === 0 && config.triggers.length === 0
}

interface Measured {
  readonly of: string
  readonly figure: number
  readonly limit: number
  readonly hint: string
}

function hardLimits(model: StageModel): Measured[] {
  const { microservice, stage, config, service } = model
  const description = `${microservice} ${config.version}, stage ${stage}`
  const permissions = permissionSizes(model)
  const statements = roleStatements(model)
  return [
    {
      of: 'bytes of its API definition',
      figure: Buffer.byteLength(JSON.stringify(definition(model).body)),
      limit: DEFINITION_BYTES,
      hint: `${service.routes.length} routes; the most are below: ${largest(byFirstSegment(model))}`,
    },
    {
      of: 'bytes of permissions to call its function',
      figure: sum(permissions),
      limit: FUNCTION_POLICY_BYTES,
      hint: `schedules and rules take one each (${permissions.size} in all): let one rule call several methods`,
    },
    {
      of: "characters of its role's policy",
      figure: sum(statements),
      limit: ROLE_POLICY_CHARACTERS,
      hint: `the largest: ${largest(statements)}; move statements into a policy of its own and name it in \`managedPolicies'`,
    },
    {
      of: "characters of its function's description",
      figure: description.length,
      limit: DESCRIPTION_CHARACTERS,
      hint: `shorten \`version', which has ${config.version.length}`,
    },
  ]
}

function softLimits(model: StageModel): Measured[] {
  const { config, service } = model
  const resources = resourcePaths(service.routes.map(({ path }) => path))
  const names = new Set(service.routes.map((route) => authorizerOf(route, config)).filter((name) => name !== null))
  return [
    {
      of: 'resources (parts of paths) of its API',
      figure: resources.size,
      limit: RESOURCES,
      hint: `the most are below: ${largest(byFirstSegment(model))}; a greedy route (\`...path') is one resource`,
    },
    { of: 'authorizers of its API', figure: names.size, limit: AUTHORIZERS, hint: `they are: ${[...names].sort(byCodeUnit).join(', ')}` },
    {
      of: 'managed policies of its role',
      figure: config.managedPolicies.length,
      limit: MANAGED_POLICIES,
      hint: 'put several into one policy',
    },
  ]
}

/** Every path and every path above it: API Gateway makes a resource of each part. */
function resourcePaths(routes: readonly string[]): Set<string> {
  const found = new Set(['/'])
  for (const path of routes) {
    const parts = path.split('/').filter((part) => part !== '')
    for (let end = 1; end <= parts.length; end++) found.add(`/${parts.slice(0, end).join('/')}`)
  }
  return found
}

function byFirstSegment({ service }: StageModel): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const path of resourcePaths(service.routes.map((route) => route.path))) {
    const [, first = ''] = path.split('/')
    counts.set(`/${first}`, (counts.get(`/${first}`) ?? 0) + 1)
  }
  return counts
}

/** Bytes of each statement that Lambda keeps for a permission, as GetPolicy shows them. */
function permissionSizes(model: StageModel): ReadonlyMap<string, number> {
  const { config, microservice, service, stage } = model
  const name = functionName(microservice, stage)
  const size = (id: string, principal: string, source: number): number =>
    JSON.stringify({
      Sid: id,
      Effect: 'Allow',
      Principal: { Service: principal },
      Action: 'lambda:InvokeFunction',
      Resource: `arn:aws-us-gov:lambda:ap-southeast-1:123456789012:function:${name}`,
      Condition: { ArnLike: { 'AWS:SourceArn': 'x'.repeat(source) } },
    }).length + 1
  const rule = (text: string) => 'arn:aws-us-gov:events:ap-southeast-1:123456789012:rule/'.length + text.length
  const rules = config.triggers.flatMap((one) => (one.kind === 'pattern' ? [one.name] : []))
  return new Map([
    ['gateway', size('gateway', 'apigateway.amazonaws.com', ARN_PREFIX + stage.length + '/*/*'.length)],
    ['authorizer', size('authorizer', 'apigateway.amazonaws.com', ARN_PREFIX + 'authorizers/*'.length)],
    ...service.schedules.map((one): [string, number] => [
      `schedule ${one.name}`,
      size(`schedule-${one.name}`, 'events.amazonaws.com', rule(`${name}-${one.name}`)),
    ]),
    ...rules.map((one): [string, number] => [`event ${one}`, size(`event-${one}`, 'events.amazonaws.com', rule(`${name}-on-${one}`))]),
  ])
}

/** Characters of the statements of the role's policy: ours together, the user's one by one. */
function roleStatements({ config, microservice, stage }: StageModel): ReadonlyMap<string, number> {
  const length = (effect: string, actions: readonly string[], resources: readonly string[]) =>
    JSON.stringify({ Effect: effect, Action: actions, Resource: resources }).length + 1
  const logs = `arn:aws-us-gov:logs:ap-southeast-1:123456789012:log-group:/aws/lambda/${functionName(microservice, stage)}:*`
  const own = [
    length('Allow', ['logs:CreateLogStream', 'logs:PutLogEvents'], [logs]),
    ...ownStatements(config).map(({ effect, actions, resources }) => length(effect, actions, resources)),
  ]
  return new Map([
    ["coworks's own", own.reduce((all, one) => all + one, 0) + '{"Version":"2012-10-17","Statement":[]}'.length],
    ...config.policyStatements.map(({ effect, actions, resources }, at): [string, number] => [
      `statement ${at + 1} (${actions[0]}${actions.length > 1 ? ', …' : ''})`,
      length(effect, actions, resources),
    ]),
  ])
}

function sum(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((all, one) => all + one, 0)
}

function largest(sizes: ReadonlyMap<string, number>): string {
  return [...sizes]
    .sort(([a, x], [b, y]) => y - x || byCodeUnit(a, b))
    .slice(0, 3)
    .map(([name, size]) => `${name} ${count(size)}`)
    .join(', ')
}

/** `10,240`, whatever the locale. */
function count(figure: number): string {
  return String(figure).replace(/\B(?=(\d{3})+$)/g, ',')
}
