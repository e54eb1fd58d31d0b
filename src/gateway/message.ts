/** A request as the gateway knows it: HTTP without a socket. Its answers are those of `service/gateway-answer.ts`. */

export interface GatewayRequest {
  readonly verb: string
  /** As it stands in the request line: percent-encoded, with the query. */
  readonly target: string
  /** `HTTP/1.1` */
  readonly protocol: string
  /** In the order and the case in which they came. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
  readonly sourceIp: string
}

/** The last value of a header, in any case. */
export function headerOf(request: GatewayRequest, name: string): string | undefined {
  const wanted = name.toLowerCase()
  return request.headers.findLast(([known]) => known.toLowerCase() === wanted)?.[1]
}
