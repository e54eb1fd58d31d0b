/** Everything a build has to say, as data. Reporters turn it into text; programs read it as it is. */
import type { Json } from '../util/hash.js'
import type { Problem } from '../util/problem.js'
import type { Outcome, OutputRecord, Reason } from './model.js'

export type BuildEvent =
  | { readonly type: 'waiting'; readonly holder: string }
  | { readonly type: 'notice'; readonly problem: Problem }
  | { readonly type: 'started'; readonly id: string; readonly title: string; readonly reasons: readonly Reason[] }
  | { readonly type: 'finished'; readonly report: TargetReport; readonly done: number; readonly total: number }
  | { readonly type: 'removed'; readonly path: string }

export interface TargetReport {
  readonly id: string
  readonly outcome: Outcome
  readonly reasons: readonly Reason[]
  readonly outputs: readonly OutputRecord[]
  readonly ms: number
  readonly info?: Json | undefined
  readonly warnings: readonly Problem[]
  readonly problems: readonly Problem[]
  /** What the action wrote for the user. */
  readonly log: string
  readonly internal: boolean
  readonly title: string
}

export type Listener = (event: BuildEvent) => void
