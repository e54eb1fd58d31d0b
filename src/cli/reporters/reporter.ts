/** What a reporter of `--reporter` is told of a build, besides what a person reads of it. */
import type { BuildEvent } from '../../build/index.js'
import type { BuildOutcome } from '../../project/project-types.js'
import type { Problem } from '../../util/problem.js'

/** How it ended: with an outcome, or before anything could begin. */
export type Ending = { readonly outcome: BuildOutcome } | { readonly problems: readonly Problem[] }

export interface Reporter {
  event(event: BuildEvent): void
  end(ending: Ending): void
}
