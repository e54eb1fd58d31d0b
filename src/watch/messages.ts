/**
 * What the watching process and the building one say to each other, over IPC as JSON. Builds run in a process of their own because a
 * Coworksfile is a program of the user's: one that loops for ever, ends the process or leaves something behind must not take the
 * watch, the screen or the local gateway with it.
 */
import type { BuildEvent, OutputRecord, TargetReport } from '../build/index.js'
import type { ProjectOptions, Wanted } from '../project/project-types.js'
import type { TaintReport } from '../project/taint-phase.js'
import type { Problem } from '../util/problem.js'

/** What is built, again and again. */
export interface BuildOrder {
  readonly options: Omit<ProjectOptions, 'signal' | 'listen'>
  readonly wanted: Wanted
  /** False where nobody wants to hear of taints: Terraform's state is then not read. */
  readonly taints: boolean
  /** Whether what is built is wanted as it can be served. */
  readonly serve: boolean
  /** How to push what is built, where that is wanted: plain data, for whoever pushes. */
  readonly push?: object | undefined
}

/** What came of a push. Plain data. */
export interface Pushed {
  readonly ok: boolean
  readonly functions: readonly { readonly function: string; readonly outcome: string }[]
  /** What the user should know beside it: lines of text. */
  readonly notes: readonly string[]
  readonly failures: readonly Problem[]
  readonly ms: number
}

export type ToBuilder =
  | { readonly type: 'order'; readonly order: BuildOrder }
  /** `changed`: paths that may differ, none for all of them; `sweep`: look at everything, and do not run the Coworksfile for it. */
  | { readonly type: 'build'; readonly id: number; readonly changed: readonly string[]; readonly sweep: boolean }
  | { readonly type: 'look'; readonly paths: readonly string[] }
  /** What was built last is pushed. A newer change does not stop it: half a push is worse than one that is late. */
  | { readonly type: 'push'; readonly id: number }
  | { readonly type: 'end' }

export type FromBuilder =
  | { readonly type: 'event'; readonly event: BuildEvent }
  /** Answers `look`: whoever answers is not stuck. */
  | { readonly type: 'looked'; readonly cancelled: boolean }
  | { readonly type: 'ended'; readonly id: number; readonly result: BuildResult }
  | { readonly type: 'pushed'; readonly id: number; readonly pushed: Pushed }

/** A stage that was built, as a gateway needs it. Plain data. */
export interface ServedStage {
  readonly microservice: string
  readonly stage: string
  /** Of `ServiceDescription`. */
  readonly description: unknown
  /** Paths from the project, the zip first, then the layers. */
  readonly files: readonly string[]
  /** Of each of them. */
  readonly outputs: readonly (readonly OutputRecord[])[]
}

export type BuildResult =
  /** Nothing differed. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'cancelled' }
  /** Nothing could be begun: a broken Coworksfile, an unknown stage; or the building process ended. */
  | {
      readonly kind: 'refused'
      readonly problems: readonly Problem[]
      readonly changed: readonly string[]
      /** Was the Coworksfile read, so that it is what was asked for that cannot be done? */
      readonly loaded: boolean
      readonly ms: number
    }
  | {
      readonly kind: 'built'
      readonly ok: boolean
      /** Of what was told as changed, what is different or not known. */
      readonly changed: readonly string[]
      /** Those that were not fresh, without what only the engine needs. */
      readonly reports: readonly TargetReport[]
      readonly taints: TaintReport
      readonly notices: readonly Problem[]
      readonly served: readonly ServedStage[]
      readonly ms: number
    }
