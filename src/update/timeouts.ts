/** How long AWS is waited for. A network that swallows what is sent must not hold up a CI job for hours. */

/** Of one call, in ms. */
export interface Timeouts {
  readonly connect: number
  /** Without a byte of either side. */
  readonly idle: number
  /** Of all of a call that reads, and of one that sends, which may have 50 MB to send: an answer that comes a byte a minute is never idle for long. */
  readonly read: number
  readonly write: number
}

export const TIMEOUTS: Timeouts = { connect: 10_000, idle: 60_000, read: 2 * 60_000, write: 20 * 60_000 }

/** What a client of the SDK is told of them. */
export function requestHandler({ connect, idle }: Timeouts): { readonly connectionTimeout: number; readonly socketTimeout: number } {
  return { connectionTimeout: connect, socketTimeout: idle }
}

/** Runs a call that is given up after `limitMs`. @throws what it throws; or `late`, made of what is to be said, where it took longer */
export async function within<T>(limitMs: number, send: (signal: AbortSignal) => Promise<T>, late: (what: string) => Error): Promise<T> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), limitMs)
  try {
    return await send(limit.signal)
  } catch (error) {
    if (limit.signal.aborted) throw late(`not all of it within ${inWords(limitMs)}`)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function inWords(ms: number): string {
  return ms < 60_000 ? `${ms / 1000} s` : `${Math.ceil(ms / 60_000)} minutes`
}

/** What the SDK says of a limit that was passed, in other words: its own name its files, and where the limit was set. Nothing for any other message. */
export function timedOut(message: unknown): string | undefined {
  const [, idle] = /socket timed out after (\d+) ms/.exec(String(message)) ?? []
  if (idle !== undefined) return `nothing was sent or received for ${Number(idle) / 1000} s`
  const [, connect] = /did not establish a connection with the server within the configured timeout of (\d+) ms/.exec(String(message)) ?? []
  return connect === undefined ? undefined : `no connection within ${Number(connect) / 1000} s`
}
