/** The machine's clock, for an update that waits and notes when. */
import { setTimeout } from 'node:timers/promises'
import type { Clock } from './waiting.js'

export const today = (): Date => new Date()

export const machineClock: Clock = {
  now: () => performance.now(),
  async sleep(ms, signal) {
    await setTimeout(ms, undefined, { signal }).catch((error: unknown) => {
      signal.throwIfAborted() // not Node's AbortError: the reason that was given
      throw error
    })
  },
  jitter: Math.random,
}
