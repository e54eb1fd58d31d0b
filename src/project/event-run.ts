/**
 * Work with events, as `coworks/api` hands it out: it begins at once, keeps every event, and lets them be read by whoever iterates,
 * from the first on. Nothing is lost to a reader who comes late, and work never waits for one who is slow.
 */
import type { Run } from './api-types.js'

export function startRun<Event, Result>(work: (emit: (event: Event) => void) => Promise<Result>): Run<Event, Result> {
  const log: Event[] = []
  let ended = false
  let wake = (): void => {}
  let changed = new Promise<void>((resolve) => {
    wake = resolve
  })
  const tell = (): void => {
    wake()
    changed = new Promise((resolve) => {
      wake = resolve
    })
  }
  // Not in this turn: whoever starts a run has its events and result before anything happens.
  const result = Promise.resolve().then(() =>
    work((event) => {
      log.push(event)
      tell()
    }),
  )
  const end = (): void => {
    ended = true
    tell()
  }
  // Whoever reads the events only must not be ended by a rejection that nobody handles: the iteration throws it.
  result.then(end, end)
  async function* read(): AsyncGenerator<Event, void, void> {
    for (let at = 0; ; ) {
      if (at < log.length) yield log[at++] as Event
      else if (ended) {
        await result
        return
      } else await changed
    }
  }
  return { events: { [Symbol.asyncIterator]: read }, result }
}
