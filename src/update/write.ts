/**
 * One change of one function, sent so that it happens once and overwrites nothing unseen.
 *
 *     send with the revision that was looked at
 *       ├─ answered ───────────────────────────► wait until settled ─► verify ─► done
 *       ├─ 429 ────────────────────────────────► wait, send again
 *       ├─ 409, 412, connection cut, 5xx, time ─► wait until settled, look:
 *       │     ├─ what was sent is there: it had arrived ─► verify ─► done
 *       │     ├─ all is as it was looked at ───► send again with the new revision
 *       │     └─ somebody changed something ───► stop, say what
 *       └─ anything else ──────────────────────► stop
 *
 * After the wait all but what was sent must be as before: whoever changed something between two of our own steps is found, too.
 */
import { CoworksError } from '../util/problem.js'
import { ApiFailure, type FailureKind, type LambdaApi } from './api.js'
import { changesOf, type Part, short } from './changes.js'
import type { SeenFunction } from './model.js'
import { settled } from './survey.js'
import { ATTEMPTS, backOff, type Waits } from './waiting.js'

export interface Change {
  /** What it changes, which is not compared afterwards. */
  readonly part: Part
  readonly send: (revisionId: string | undefined) => Promise<void>
  /** Is it there? */
  readonly arrived: (now: SeenFunction) => boolean
  /** Called once an answer came, or what was sent was found. */
  readonly sent: () => void
}

const LOOK_AGAIN: readonly FailureKind[] = ['conflict', 'precondition', 'lost']

/** @returns the function as it is afterwards @throws ApiFailure, CoworksError */
export async function write(api: LambdaApi, waits: Waits, seen: SeenFunction, change: Change): Promise<SeenFunction> {
  await send(api, waits, seen, change)
  change.sent()
  const where = `function ${seen.name}`
  for (let attempt = 0; ; attempt++) {
    const now = await settledOrGone(api, waits, seen.name)
    if (now.failure !== undefined)
      throw new CoworksError({
        where,
        what: `Lambda could not bring the update of its ${change.part} about: ${now.failure}`,
        hint: 'mend that and update again',
      })
    assertUnchanged(seen, now, new Set([change.part]))
    if (change.arrived(now)) return now
    // An answer may be a moment older than the change.
    if (attempt >= 4) {
      const has = change.part === 'code' ? `code ${short(now.codeSha256)}` : 'other layers'
      throw new CoworksError({
        where,
        what: `has ${has} after the update, not what was sent`,
        hint: 'somebody pushed at the same time: coworks drift',
      })
    }
    await backOff(waits, attempt)
  }
}

async function send(api: LambdaApi, waits: Waits, seen: SeenFunction, change: Change): Promise<void> {
  let { revisionId } = seen
  for (let attempt = 0; ; attempt++) {
    waits.signal.throwIfAborted()
    try {
      return await change.send(revisionId)
    } catch (error) {
      if (!(error instanceof ApiFailure) || (error.kind !== 'throttled' && !LOOK_AGAIN.includes(error.kind))) throw error
      const last = attempt + 1 >= ATTEMPTS
      if (error.kind === 'throttled') {
        if (last) throw error
        await backOff(waits, attempt, error)
        continue
      }
      await backOff(waits, attempt, error)
      const now = await settledOrGone(api, waits, seen.name)
      if (change.arrived(now)) return
      assertUnchanged(seen, now)
      if (last) throw error
      revisionId = now.revisionId
    }
  }
}

export async function settledOrGone(api: LambdaApi, waits: Waits, name: string): Promise<SeenFunction> {
  const now = await settled(api, waits, name)
  if (now !== undefined) return now
  throw new CoworksError({ where: `function ${name}`, what: 'was deleted while it was updated', hint: 'is somebody running terraform?' })
}

/** @throws CoworksError naming what somebody else changed since it was looked at */
export function assertUnchanged(seen: SeenFunction, now: SeenFunction, except: ReadonlySet<Part> = new Set()): void {
  const changes = changesOf(seen, now, except)
  if (changes.length === 0) return
  throw new CoworksError({
    where: `function ${seen.name}`,
    what: `somebody changed it meanwhile (${now.lastModified}): ${changes.join(', ')}`,
    hint: "look with `coworks drift'; updating again puts what is built here over it",
  })
}
