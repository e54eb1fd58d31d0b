/** What the gateway and the process that runs the function say to each other. */

export interface InvokeMessage {
  readonly id: number
  readonly event: unknown
  readonly requestId: string
  /** Milliseconds since 1970. */
  readonly deadline: number
}

export interface LoadMessage {
  /** Absolute path of the module. */
  readonly load: string
  readonly functionName: string
  readonly memorySize: number
  readonly arn: string
  readonly logGroup: string
  readonly logStream: string
}

export type ChildMessage =
  /** JSON, as a function's answer leaves Lambda. */
  | { readonly type: 'answer'; readonly id: number; readonly payload: string }
  | { readonly type: 'error'; readonly id: number; readonly message: string }
