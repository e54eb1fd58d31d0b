/** A request and an answer as the gateway knows them: HTTP without a socket. */

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

export interface GatewayAnswer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string | Uint8Array
}

/** The last value of a header, in any case. */
export function headerOf(request: GatewayRequest, name: string): string | undefined {
  const wanted = name.toLowerCase()
  return request.headers.findLast(([known]) => known.toLowerCase() === wanted)?.[1]
}
