/** `coworks/api`: the build graph for programs. It prints nothing and never ends the process. */
import type { RunOptions } from '../service/run.js'
import type { TechMicroService } from '../service/service.js'
import type { RunningService } from './api-types.js'

export { CoworksError, type Problem } from '../util/problem.js'
export type * from './api-types.js'
export { loadProject } from './load-project.js'

/** Serves a microservice of this process on localhost, with a line on stdout a request: what `app.run()` calls. @throws CoworksError */
export async function runService(service: TechMicroService, options: RunOptions = {}): Promise<RunningService> {
  return (await import('../gateway/run-service.js')).runService(service, options)
}
