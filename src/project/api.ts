/** `coworks/api`: the build graph for programs. It prints nothing and never ends the process. */
import type { RunOptions } from '../service/run.js'
import type { TechMicroService } from '../service/service.js'

export type { BuildEvent, TargetReport } from '../build/index.js'
export { CoworksError, type Problem } from '../util/problem.js'
export { type BuildOutcome, type PlanOutcome, Project, type ProjectOptions, type Wanted } from './project.js'

/** Serves a microservice of this process on localhost: what `app.run()` calls. @throws CoworksError */
export async function runService(
  service: TechMicroService,
  options: RunOptions = {},
): ReturnType<typeof import('../gateway/run-service.js').runService> {
  return (await import('../gateway/run-service.js')).runService(service, options)
}
