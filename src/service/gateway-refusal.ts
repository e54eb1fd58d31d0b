/**
 * What API Gateway says itself, without or instead of the function: status, words and error type.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
import type { CorsDescription } from './description.js'
import type { GatewayAnswer } from './gateway-answer.js'
import { errorHeaders } from './gateway-cors.js'

interface Words {
  readonly status: number
  readonly message: string | null
  /** The `x-amzn-ErrorType` header. */
  readonly type: string
}

const refusals = {
  badRequest: { status: 400, message: 'Bad Request', type: 'BadRequestException' },
  unauthorized: { status: 401, message: 'Unauthorized', type: 'UnauthorizedException' },
  noRoute: { status: 403, message: 'Missing Authentication Token', type: 'MissingAuthenticationTokenException' },
  denied: { status: 403, message: 'User is not authorized to access this resource', type: 'AccessDeniedException' },
  explicitlyDenied: {
    status: 403,
    message: 'User is not authorized to access this resource with an explicit deny',
    type: 'AccessDeniedException',
  },
  tooLarge: { status: 413, message: 'Request Too Long', type: 'RequestTooLargeException' },
  authorizerFailed: { status: 500, message: null, type: 'AuthorizerConfigurationException' },
  functionFailed: { status: 502, message: 'Internal server error', type: 'InternalServerErrorException' },
  timedOut: { status: 504, message: 'Endpoint request timed out', type: 'InternalServerErrorException' },
} as const satisfies Readonly<Record<string, Words>>

export type Refusal = keyof typeof refusals

export function refuse(refusal: Refusal, cors: CorsDescription | null): GatewayAnswer {
  const { status, message, type } = refusals[refusal]
  return {
    status,
    headers: [['Content-Type', 'application/json'], ['x-amzn-ErrorType', type], ...(cors === null ? [] : errorHeaders(cors))],
    body: JSON.stringify({ message }),
  }
}
