/**
 * A watch as a program reads it: what came of each build, one after the other, for as long as somebody asks for the next. The next build begins
 * when what came of this one was dealt with; whoever stops asking ends the watch.
 */
import type { WatchEvent } from '../project/api-types.js'
import { buildDocument } from '../project/results.js'
import { CoworksError } from '../util/problem.js'
import { Loop, type LoopOptions, type Rebuilt } from './loop.js'

/**
 * @param track is given what ends when nothing runs any more, which does not wait for whoever reads
 * @throws CoworksError where what was asked for is not there, or the project's folder is gone
 */
export async function* watchProject(
  options: Omit<LoopOptions, 'listen'>,
  signal: AbortSignal,
  track: (ended: Promise<unknown>) => void,
): AsyncGenerator<WatchEvent, void, void> {
  const ending = new AbortController()
  const waiting: WatchEvent[] = []
  let wake = (): void => {}
  /** Resolved when what was told last has been dealt with. */
  let dealtWith = (): void => {}
  let over = false
  const tell = (event: WatchEvent): void => {
    waiting.push(event)
    wake()
  }
  const loop = new Loop(
    { ...options, listen: () => {} },
    {
      watching: () => tell({ type: 'watching' }),
      problem: (problem) => tell({ type: 'warning', problem }),
      rebuilt: (rebuilt) => {
        // The project is there, and what was asked for is not in it: no edit is worth waiting for.
        if (rebuilt.first && rebuilt.result.kind === 'refused' && rebuilt.result.loaded) throw new CoworksError(rebuilt.result.problems)
        tell(builtEvent(rebuilt))
        return new Promise<void>((resolve) => {
          dealtWith = resolve
        })
      },
    },
  )
  const ended = loop.run(AbortSignal.any([signal, ending.signal])).finally(() => {
    over = true
    wake()
  })
  track(ended)
  ended.catch(() => {}) // thrown below, when all that was told before has been read
  try {
    for (;;) {
      const event = waiting.shift()
      if (event !== undefined) {
        yield event
        if (event.type === 'built') dealtWith()
      } else if (over) break
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
    if ((await ended) === 'gone') throw new CoworksError({ where: options.order.options.root, what: 'the folder of the project is gone' })
  } finally {
    ending.abort(new CoworksError({ what: 'interrupted' }))
    dealtWith()
    await ended.catch(() => {})
  }
}

function builtEvent({ result, changed }: Rebuilt): WatchEvent {
  if (result.kind === 'built') return { type: 'built', changed, result: buildDocument(result) }
  const nothing = { targets: [], taints: [], notes: [], warnings: [] }
  return { type: 'built', changed, result: { ok: false, ...nothing, failures: result.problems, ms: Math.round(result.ms) } }
}
