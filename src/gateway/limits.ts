/**
 * The quotas of API Gateway and Lambda that a request meets.
 * Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 * and https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */

/** "Integration timeout: 50 milliseconds – 29 seconds". */
export const INTEGRATION_TIMEOUT_MS = 29_000
/** "Payload size: 10 MB". */
export const REQUEST_BODY_BYTES = 10 * 1024 * 1024
/** "Total combined size of request line and header values: 10240 bytes". */
export const HEADER_BYTES = 10_240
/** "Invocation payload (request and response): 6 MB each, synchronous". */
export const LAMBDA_PAYLOAD_BYTES = 6 * 1024 * 1024

/** Only this machine can reach it, unless asked otherwise. */
export const DEFAULT_HOST = '127.0.0.1'
export const DEFAULT_PORT = 5000
