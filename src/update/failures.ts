/**
 * What an error of the SDK means, and what a person is told of it. Names and statuses are AWS's: the errors that each operation lists in the
 * API reference of Lambda, and those common to all ("Common Error Types"). Pure.
 */
import type { Problem } from '../util/problem.js'
import { ApiFailure, type FailureKind } from './api.js'
import { timedOut } from './timeouts.js'

/** What is looked at of anything thrown. */
interface Thrown {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly retryAfterSeconds?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
}

const BY_NAME: Readonly<Record<string, FailureKind>> = {
  TooManyRequestsException: 'throttled',
  ThrottlingException: 'throttled',
  Throttling: 'throttled',
  RequestLimitExceeded: 'throttled',
  SlowDown: 'throttled',
  ResourceConflictException: 'conflict',
  PreconditionFailedException: 'precondition',
  ResourceNotFoundException: 'not-found',
  ServiceException: 'lost',
  ServiceUnavailable: 'lost',
  InternalFailure: 'lost',
  TimeoutError: 'lost',
  RequestTimeout: 'lost',
  RequestTimeoutException: 'lost',
  AccessDeniedException: 'denied',
  AccessDenied: 'denied',
  NotAuthorized: 'denied',
  UnauthorizedOperation: 'denied',
  ExpiredTokenException: 'credentials',
  ExpiredToken: 'credentials',
  UnrecognizedClientException: 'credentials',
  InvalidClientTokenId: 'credentials',
  IncompleteSignature: 'credentials',
  IncompleteSignatureException: 'credentials',
  MissingAuthenticationToken: 'credentials',
  MissingAuthenticationTokenException: 'credentials',
  InvalidSignatureException: 'credentials',
  SignatureDoesNotMatch: 'credentials',
  RequestExpired: 'credentials',
  CredentialsProviderError: 'credentials',
  TokenProviderError: 'credentials',
}

/** Of Node: the connection could not be made, or ended before the answer. */
const NETWORK = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** A page of a proxy or of a hotel's network, half an answer that ends as if that were all: whatever was asked for, maybe it is done. */
export const NO_ANSWER = "what came is not an answer of AWS's, or not all of one"

/** @param permission of the operation that was asked for @param profile the one that is meant to give credentials, where one is named */
export function failureOf(error: unknown, permission: string, profile?: string): ApiFailure {
  const thrown = (error !== null && typeof error === 'object' ? error : {}) as Thrown
  const name = typeof thrown.name === 'string' ? thrown.name : ''
  const code = typeof thrown.code === 'string' ? thrown.code : ''
  // Of JSON, whose message shows what came and has lines of the SDK's.
  if (name === 'SyntaxError') return new ApiFailure('lost', permission, NO_ANSWER)
  const said =
    timedOut(thrown.message) ?? (typeof thrown.message === 'string' && thrown.message !== '' ? thrown.message : name || String(error))
  const kind = BY_NAME[name] ?? (NETWORK.has(code) ? 'lost' : byStatus(thrown.$metadata?.httpStatusCode, said))
  const message = NETWORK.has(code) && !said.includes(code) ? `${code}: ${said}` : said
  return new ApiFailure(kind, kind === 'denied' ? (deniedAction(said) ?? permission) : permission, message, {
    hint: hintOf(kind, name, said, profile),
    retryAfterMs: retryAfter(thrown),
  })
}

function byStatus(status: number | undefined, message: string): FailureKind {
  if (status === 429) return 'throttled'
  if (status === 403) return 'denied'
  if (status === 404) return 'not-found'
  if (status === 409) return 'conflict'
  if (status === 412) return 'precondition'
  if (status !== undefined && status >= 500) return 'lost'
  // What Node says where the answer ends in the middle, and has no code for.
  if (/socket hang up|aborted|premature|terminated/i.test(message)) return 'lost'
  return 'refused'
}

/** "User: arn:… is not authorized to perform: lambda:UpdateFunctionCode on resource: arn:… because …" */
function deniedAction(message: string): string | undefined {
  return /not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)/.exec(message)?.[1]
}

function retryAfter({ retryAfterSeconds, $response }: Thrown): number | undefined {
  const seconds = Number(retryAfterSeconds ?? $response?.headers?.['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined
}

function hintOf(kind: FailureKind, name: string, message: string, profile: string | undefined): string | undefined {
  if (kind === 'credentials') return credentialsHint(name, message, profile)
  if (name === 'CodeStorageExceededException') return 'delete old versions of functions and layers, or ask AWS for more storage'
  return undefined
}

function credentialsHint(name: string, message: string, profile: string | undefined): string {
  const login = profile === undefined ? 'aws sso login' : `aws sso login --profile ${profile}`
  if (/sso/i.test(message) && /expired|invalid|login|not found|refresh/i.test(message)) return `sign in again: ${login}`
  if (/expired/i.test(`${name} ${message}`)) return `they are temporary: sign in again (${login}), or get new ones, and repeat`
  if (name === 'CredentialsProviderError' && profile !== undefined)
    return `does the profile \`${profile}' give credentials? \`aws configure list-profiles' lists those there are`
  if (name === 'CredentialsProviderError')
    return "run `aws configure' or `aws sso login', set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give --aws-profile"
  if (/signature/i.test(`${name} ${message}`)) return "the secret key is not the access key's, or this machine's clock is wrong"
  return 'check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile'
}

/** *where · what · hint* of a call that failed for good. */
export function failureProblem(failure: ApiFailure, where: string): Problem {
  const { kind, permission, message, more } = failure
  switch (kind) {
    case 'denied':
      return { where, what: `AWS denies ${permission}`, hint: `allow it in the policy of whoever runs this`, detail: message }
    case 'credentials':
      return { where: 'AWS credentials', what: lowered(message), hint: more.hint }
    case 'lost':
      return {
        where,
        what: `no answer from AWS to ${permission}: ${message}`,
        hint: more.hint ?? "see what arrived with `coworks drift', then repeat",
      }
    case 'throttled':
      return { where, what: `AWS refuses ${permission} as too many requests, however long it is waited`, hint: 'repeat later' }
    case 'conflict':
      return { where, what: `is busy with another update: ${message}`, hint: 'repeat when that is done' }
    case 'precondition':
    case 'not-found':
    case 'refused':
      return { where, what: `${permission} was refused: ${message}`, hint: more.hint }
  }
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '')
}
