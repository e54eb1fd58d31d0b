/**
 * How long to wait before asking again, and when to give up. The SDK's own retries and waiters are not used: they send a write again
 * without looking whether the first one arrived, do not wait out a 409, and take a denied access for "not ready yet".
 */
import { CoworksError } from '../util/problem.js'
import { ApiFailure } from './api.js'

export interface Clock {
  /** Milliseconds, of a clock that only goes forward. */
  now(): number
  /** @throws what the signal was aborted with */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** From 0 to 1: spreads those who were throttled together. */
  jitter(): number
}

export interface Waits {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A call is sent this often at most. */
export const ATTEMPTS = 8

const FIRST = 250
const LONGEST = 8_000

/** An update of a function takes seconds; with a VPC or a large layer, a minute or two. */
const UPDATE_LIMIT = 10 * 60_000
const POLL_FIRST = 200
const POLL_LONGEST = 4_000

/** Before attempt `attempt` + 1: doubling, and at random half of it less; longer where AWS says how long. */
export async function backOff({ clock, signal }: Waits, attempt: number, failure?: ApiFailure): Promise<void> {
  const full = Math.min(LONGEST, FIRST * 2 ** attempt)
  await clock.sleep(Math.max(full * (0.5 + clock.jitter() / 2), failure?.more.retryAfterMs ?? 0), signal)
}

/** A call that changes nothing: sent again as often as it may help. @throws ApiFailure */
export async function read<T>(waits: Waits, send: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    waits.signal.throwIfAborted()
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof ApiFailure) || (error.kind !== 'lost' && error.kind !== 'throttled') || attempt + 1 >= ATTEMPTS) throw error
      await backOff(waits, attempt, error)
    }
  }
}

/** Looks until `done`. @throws CoworksError when it is not within the limit */
export async function pollUntil<T>(waits: Waits, where: string, look: () => Promise<T>, done: (seen: T) => boolean): Promise<T> {
  const { clock, signal } = waits
  const until = clock.now() + UPDATE_LIMIT
  for (let delay = POLL_FIRST; ; delay = Math.min(POLL_LONGEST, delay * 1.5)) {
    const seen = await read(waits, look)
    if (done(seen)) return seen
    if (clock.now() >= until)
      throw new CoworksError({
        where,
        what: `is still being updated after ${UPDATE_LIMIT / 60_000} minutes`,
        hint: "look with `coworks drift'",
      })
    await clock.sleep(delay, signal)
  }
}
