/** `coworks/api`: the build graph for programs. It prints nothing and never ends the process. */
export type { BuildEvent, TargetReport } from '../build/index.js'
export { CoworksError, type Problem } from '../util/problem.js'
export { type BuildOutcome, type PlanOutcome, Project, type ProjectOptions, type Wanted } from './project.js'
