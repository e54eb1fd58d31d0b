/**
 * When to build: takes what happens and says what to do, and knows neither files, nor processes, nor what time it is. A change is a
 * path that may be different; whether it is, is for the build to find out, and one that finds nothing says so and costs little.
 *
 *                  changed                  rested                         ended: nothing newer
 *     ┌────────┐ ───────────▶ ┌─────────┐ ─────────▶ ┌──────────┐ ─────────────────────────────┐
 *     │  idle  │              │ resting │            │ building │ ◀─┐ changed: look, keep       │
 *     └────────┘ ◀──┐         └─────────┘ ◀────────  └──────────┘ ──┘                           │
 *       │  ▲  ▲     │           │  ▲ changed:       cancelled, or ended                         │
 *       │  │  │     │           └──┘ rest anew      with newer changes                          │
 *       │  │  └─────│───────────────────────────────────────────────────────────────────────────┘
 *       │  │ ended  │ changed (the build is told to look, as in `building`)
 *       ▼  │        │
 *     ┌──────────┐  │
 *     │ sweeping │ ─┘   quiet: everything is looked at once more, in case a change was never told
 *     └──────────┘
 *
 * One build at a time. A build that is told to look ends as `cancelled` where a path it has used is different by now; what it was for
 * is then built together with what came. After some cancelled builds the next runs to its end, so that a file that never
 * comes to rest cannot keep all others from being built.
 */

/** Files are at rest for so long before they are read. A file younger than the clock's tick would be read twice (`build/stat-cache.ts`). */
export const REST_MS = 25
/** A file that vanished or is empty is most likely about to be written. */
export const SLOW_REST_MS = 60
/** However long a burst goes on, what came is built after so long. */
export const MOST_REST_MS = 2000
export const QUIET_MS = 700
/** So many builds in a row are given up for something newer. */
const MOST_CANCELS = 4
/** So many builds in a row that each changed something again are a person who types fast; more are a loop, which is slowed down. */
const FREE_STREAK = 8

export type State =
  | { readonly at: 'idle'; readonly streak: number }
  | {
      readonly at: 'resting'
      readonly streak: number
      readonly changed: ReadonlySet<string>
      readonly cancels: number
      readonly restedMs: number
    }
  | {
      readonly at: 'building'
      readonly streak: number
      /** Empty for a sweep. */
      readonly changed: ReadonlySet<string>
      readonly newer: ReadonlySet<string>
      readonly cancels: number
      readonly sweep: boolean
    }

export type Input =
  /** `slow`: one of them vanished or is empty. `afterMs`: since the input before. */
  | { readonly kind: 'changed'; readonly paths: readonly string[]; readonly slow: boolean; readonly afterMs: number }
  | { readonly kind: 'rested' }
  | { readonly kind: 'quiet' }
  | {
      readonly kind: 'ended'
      /** `nothing`: nothing was different; `made`: something was built, or failed; `cancelled`: given up, or overtaken by a change while it ran. */
      readonly how: 'nothing' | 'made' | 'cancelled'
    }

export type Effect =
  /** Sets the one timer anew: `rested` after it. */
  | { readonly do: 'rest'; readonly ms: number }
  /** Sets the one timer anew: `quiet` after it. */
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'build'; readonly changed: readonly string[] }
  | { readonly do: 'sweep' }
  /** The running build looks whether these differ from what it used. */
  | { readonly do: 'look'; readonly paths: readonly string[] }
  /** These change with every build. */
  | { readonly do: 'warn'; readonly paths: readonly string[] }

export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
}

/** The first build is asked for, whatever has changed. */
export const start: Step = {
  state: { at: 'building', streak: 0, changed: new Set(), newer: new Set(), cancels: 0, sweep: false },
  effects: [{ do: 'build', changed: [] }],
}

export function step(state: State, input: Input): Step {
  switch (input.kind) {
    case 'changed':
      return changed(state, input)
    case 'rested':
      if (state.at !== 'resting') return { state, effects: [] }
      return {
        state: { at: 'building', streak: state.streak, changed: state.changed, newer: new Set(), cancels: state.cancels, sweep: false },
        effects: [{ do: 'build', changed: sorted(state.changed) }],
      }
    case 'quiet':
      if (state.at !== 'idle') return { state, effects: [] }
      return {
        state: { at: 'building', streak: 0, changed: new Set(), newer: new Set(), cancels: 0, sweep: true },
        effects: [{ do: 'sweep' }],
      }
    case 'ended':
      return state.at === 'building' ? ended(state, input.how) : { state, effects: [] }
  }
}

function changed(state: State, { paths, slow, afterMs }: Extract<Input, { kind: 'changed' }>): Step {
  if (paths.length === 0) return { state, effects: [] }
  if (state.at === 'building') {
    const look: Effect[] = state.cancels < MOST_CANCELS ? [{ do: 'look', paths }] : []
    return { state: { ...state, newer: new Set([...state.newer, ...paths]) }, effects: look }
  }
  const before = state.at === 'resting' ? state : undefined
  const restedMs = (before?.restedMs ?? 0) + (before === undefined ? 0 : afterMs)
  const rest = Math.max(slow ? SLOW_REST_MS : 0, restFor(before?.cancels ?? 0, state.streak))
  return {
    state: {
      at: 'resting',
      streak: state.streak,
      changed: new Set([...(before?.changed ?? []), ...paths]),
      cancels: before?.cancels ?? 0,
      restedMs,
    },
    effects: [{ do: 'rest', ms: Math.max(0, Math.min(rest, MOST_REST_MS - restedMs)) }],
  }
}

function ended(state: Extract<State, { at: 'building' }>, how: 'nothing' | 'made' | 'cancelled'): Step {
  const streak = how === 'made' && !state.sweep ? state.streak + 1 : how === 'nothing' ? 0 : state.streak
  if (how === 'cancelled' || state.newer.size > 0) {
    const waiting = how === 'cancelled' ? new Set([...state.changed, ...state.newer]) : state.newer
    const cancels = how === 'cancelled' ? state.cancels + 1 : 0
    const warn: Effect[] = streak === 2 * FREE_STREAK && how === 'made' ? [{ do: 'warn', paths: sorted(waiting) }] : []
    return {
      state: { at: 'resting', streak, changed: waiting, cancels, restedMs: 0 },
      effects: [...warn, { do: 'rest', ms: restFor(cancels, streak) }],
    }
  }
  // One sweep after each quiet: what it makes itself, or what fails again and again, must not call for the next.
  const wait: Effect[] = state.sweep ? [] : [{ do: 'wait', ms: QUIET_MS }]
  return { state: { at: 'idle', streak }, effects: wait }
}

/** Longer where a file was still being written when the build began, and much longer where builds follow each other without end. */
function restFor(cancels: number, streak: number): number {
  const loop = streak > FREE_STREAK ? Math.min(5000, 50 * 2 ** (streak - FREE_STREAK)) : 0
  return Math.max(Math.min(250, REST_MS * 2 ** cancels), loop)
}

function sorted(paths: ReadonlySet<string>): string[] {
  return [...paths].sort()
}
