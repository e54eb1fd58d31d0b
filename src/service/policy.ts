/**
 * The policy that an authorizer answers with, and how API Gateway reads it. Writing and reading stand together because
 * they must agree on one thing: `*` matches anything, `/` too. So a verb is never written as `*` before a path: then
 * `product/*` would also open `GET/admin/product/1`.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 * and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */

export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

export interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
}

/** What an authorizer answers to API Gateway. */
export interface AuthorizerAnswer {
  readonly principalId: string
  readonly policyDocument: PolicyDocument
  readonly context?: Readonly<Record<string, string | number | boolean>>
}

/** The parts of `arn:PARTITION:execute-api:REGION:ACCOUNT:API/STAGE/VERB/path`. */
export interface MethodArn {
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly apiId: string
  readonly stage: string
  readonly verb: string
  /** Without its first `/`, percent-encoded as the caller wrote it. */
  readonly path: string
}

const METHOD_ARN =
  /^arn:(?<partition>[a-z0-9-]+):execute-api:(?<region>[a-z0-9-]+):(?<account>\d*):(?<apiId>[A-Za-z0-9]+)\/(?<stage>[A-Za-z0-9_-]+)\/(?<verb>[A-Z]+)(?:\/|$)(?<path>[\s\S]*)/

/** @throws Error where it is no method's ARN: a policy made from a guess could open anything. */
export function parseMethodArn(arn: string): MethodArn {
  const parts = METHOD_ARN.exec(arn)?.groups
  if (parts === undefined) throw new Error(`no method ARN of API Gateway: ${JSON.stringify(arn)}`)
  return { ...parts } as Record<keyof MethodArn, string>
}

/** `arn:…:API/STAGE`: nothing outside of this stage is ever allowed. */
export function stageArn({ partition, region, account, apiId, stage }: MethodArn): string {
  return `arn:${partition}:execute-api:${region}:${account}:${apiId}/${stage}`
}

/** @param resources `GET/product/*`, or `*` for all of the stage; an empty list is a Deny, since an empty Allow is malformed. */
export function policy(method: MethodArn, resources: readonly string[]): PolicyDocument {
  const prefix = stageArn(method)
  const allowed = resources.map((resource) => `${prefix}/${resource}`)
  const statement: Statement =
    allowed.length > 0
      ? { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: allowed }
      : { Effect: 'Deny', Action: 'execute-api:Invoke', Resource: [`${prefix}/*`] }
  return { Version: '2012-10-17', Statement: [statement] }
}

export type Decision = 'allow' | 'explicit-deny' | 'implicit-deny'

/** What API Gateway decides for one call: a Deny wins, no match is a denial. */
export function evaluatePolicy(document: PolicyDocument, methodArn: string): Decision {
  const matching = document.Statement.filter(
    ({ Action, Resource }) =>
      listed(Action).some((action) => wildcardMatch(action.toLowerCase(), 'execute-api:invoke')) &&
      listed(Resource).some((resource) => wildcardMatch(resource, methodArn)),
  )
  if (matching.some(({ Effect }) => Effect === 'Deny')) return 'explicit-deny'
  return matching.some(({ Effect }) => Effect === 'Allow') ? 'allow' : 'implicit-deny'
}

function listed(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

/** `*` is any text, `?` any one character. Takes time in the product of the lengths at worst: no pattern can hang it. */
export function wildcardMatch(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let mark = 0
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      mark = t
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++mark
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
