/**
 * Events in the shapes that AWS's documentation records, to be sent to a function as API Gateway would; made without the
 * product's own code, which may be wrong about them.
 * Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html#apigateway-example-event (REST API),
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html "Input format" and
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
 */

const HOST = '70ixmpl4fl.execute-api.us-east-2.amazonaws.com'
const USER_AGENT = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0.3987.132 Safari/537.36'

export interface RecordedRequest {
  readonly verb?: string
  readonly stage?: string
  /** The declared path, `/product/{_0}`. Default: `path`. */
  readonly resource?: string
  /** Percent-encoded. */
  readonly path: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, readonly string[]>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly base64?: boolean
}

export function recordedProxyEvent(request: RecordedRequest) {
  const { verb = 'GET', stage = 'dev', path, resource = path, parameters = null, query, body = null, base64 = false } = request
  const headers = {
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8',
    'accept-encoding': 'gzip, deflate, br',
    Host: HOST,
    'User-Agent': USER_AGENT,
    'X-Amzn-Trace-Id': 'Root=1-5e66d96f-7491f09xmpl79d18acf3d050',
    'X-Forwarded-For': '203.0.113.178',
    'X-Forwarded-Port': '443',
    'X-Forwarded-Proto': 'https',
    ...request.headers,
  }
  const last = (values: readonly string[]) => values.at(-1) ?? ''
  const mapped = <A, B>(from: Readonly<Record<string, A>>, to: (value: A) => B) =>
    Object.fromEntries(Object.entries(from).map(([key, value]) => [key, to(value)]))
  return {
    resource,
    path,
    httpMethod: verb,
    headers,
    multiValueHeaders: mapped(headers, (value) => [value]),
    queryStringParameters: query === undefined ? null : mapped(query, last),
    multiValueQueryStringParameters: query ?? null,
    pathParameters: parameters,
    stageVariables: { function: 'app-test-dev' },
    requestContext: {
      resourceId: '2gxmpl',
      resourcePath: resource,
      httpMethod: verb,
      extendedRequestId: 'JJbxmplHYosFVYQ=',
      requestTime: '10/Mar/2020:00:03:59 +0000',
      path: `/${stage}${path}`,
      accountId: '123456789012',
      protocol: 'HTTP/1.1',
      stage,
      domainPrefix: '70ixmpl4fl',
      requestTimeEpoch: 1583798639428,
      requestId: '77375676-xmpl-4b79-853a-f982474efe18',
      identity: {
        cognitoIdentityPoolId: null,
        accountId: null,
        cognitoIdentityId: null,
        caller: null,
        sourceIp: '52.255.255.12',
        principalOrgId: null,
        accessKey: null,
        cognitoAuthenticationType: null,
        cognitoAuthenticationProvider: null,
        userArn: null,
        userAgent: USER_AGENT,
        user: null,
      },
      domainName: HOST,
      apiId: '70ixmpl4fl',
    },
    body,
    isBase64Encoded: base64,
  }
}

export function recordedAuthorizerEvent(token: string, verb = 'GET', path = '/', stage = 'dev') {
  return {
    type: 'TOKEN',
    authorizationToken: token,
    methodArn: `arn:aws:execute-api:us-west-2:123456789012:ymy8tbxw7b/${stage}/${verb}${path}`,
  }
}
