/** How much is done at once. */
import { availableParallelism } from 'node:os'

/** A job often waits for another process, a thread or the disk: two more keep the processors busy meanwhile, as with ninja. */
const WAITING = 2

/** Targets made at the same time where nobody says. */
export function defaultJobs(): number {
  return availableParallelism() + WAITING
}
