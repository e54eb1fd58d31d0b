/**
 * Which bodies API Gateway takes for bytes.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/lambda-proxy-binary-media.html
 */
import { wildcardMatch } from './policy.js'

/** @param header a `Content-Type` or an `Accept`, of which only the first type counts @param binary `binaryMediaTypes` of the API */
export function isBinary(header: string | undefined, binary: readonly string[]): boolean {
  const type = header?.split(',', 1)[0]?.split(';', 1)[0]?.trim().toLowerCase()
  return binary.some((known) => known === '*/*' || (type !== undefined && type !== '' && wildcardMatch(known.toLowerCase(), type)))
}
