/**
 * The shapes API Gateway and Lambda send and take, as far as they are read here.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html (payload v1)
 * and https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
 */

type Texts = Readonly<Record<string, string | undefined>>
type Lists = Readonly<Record<string, readonly string[] | undefined>>

export interface ProxyEvent {
  /** `/product/{_0}`: the resource that API Gateway matched. */
  readonly resource?: string
  /** Percent-encoded, without the stage. */
  readonly path: string
  readonly httpMethod: string
  readonly headers?: Texts | null
  readonly multiValueHeaders?: Lists | null
  /** Decoded. */
  readonly queryStringParameters?: Texts | null
  readonly multiValueQueryStringParameters?: Lists | null
  /** Percent-encoded, unlike the query. */
  readonly pathParameters?: Texts | null
  readonly stageVariables?: Texts | null
  readonly requestContext?: {
    readonly stage?: string
    readonly requestId?: string
    readonly identity?: { readonly sourceIp?: string; readonly userAgent?: string | null }
    readonly authorizer?: Readonly<Record<string, unknown>> | null
    readonly [key: string]: unknown
  }
  readonly body?: string | null
  readonly isBase64Encoded?: boolean
}

export interface ProxyAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>
  readonly body: string
  readonly isBase64Encoded: boolean
}

export interface TokenEvent {
  readonly type: 'TOKEN'
  readonly authorizationToken: string
  readonly methodArn: string
}

/** What is used of Lambda's context; the real one has more. */
export interface LambdaContext {
  readonly awsRequestId?: string
  readonly functionName?: string
  readonly functionVersion?: string
  readonly memoryLimitInMB?: string
  readonly invokedFunctionArn?: string
  getRemainingTimeInMillis?(): number
}

export function isTokenEvent(event: unknown): event is TokenEvent {
  return isObject(event) && event.type === 'TOKEN' && typeof event.methodArn === 'string'
}

export function isProxyEvent(event: unknown): event is ProxyEvent {
  return isObject(event) && typeof event.httpMethod === 'string' && typeof event.path === 'string'
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
