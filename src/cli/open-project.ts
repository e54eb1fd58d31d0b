/** From the words of a command line to a loaded project: which folder, which Coworksfile, which options. */
import { join, relative } from 'node:path'
import { defaultJobs, type Listener } from '../build/index.js'
import { Project } from '../project/project.js'
import type { ProjectOptions, Wanted } from '../project/project-types.js'
import type { Request } from './args.js'
import { projectRoot } from './project-root.js'

export interface Opened {
  readonly project: Project
  readonly wanted: Wanted
}

/** @throws CoworksError */
export async function openProject(request: Request, signal: AbortSignal, listen: Listener): Promise<Opened> {
  const { options, wanted } = orderOf(request)
  return { project: await Project.load({ ...options, signal, listen, changed: request.drift?.changed }), wanted }
}

/** What a command line asks for, as plain data. @throws CoworksError */
export function orderOf(request: Request): { readonly options: Omit<ProjectOptions, 'signal' | 'listen'>; readonly wanted: Wanted } {
  const { options } = request
  const { start, root } = projectRoot(options)
  return {
    options: {
      root,
      file: options.file,
      variables: request.variables,
      jobs: options.jobs ?? defaultJobs(),
      keepGoing: options.keepGoing ?? false,
      random: options.random ?? false,
      cache: { disabled: options.cacheDisable ?? false, force: options.cacheForce ?? false, readonly: options.cacheReadonly ?? false },
      terraformBin: options.terraformBin,
      command: `coworks ${process.argv.slice(2).join(' ')}`,
    },
    wanted: wantedOf(request, options.up ? relative(root, start) : ''),
  }
}

/** With `-u`, targets are meant from the folder one is in, and none means all below it. */
function wantedOf(request: Request, below: string): Wanted {
  const targets =
    below === '' ? request.targets : request.targets.length > 0 ? request.targets.map((target) => join(below, target)) : [below]
  const named = request.stagesGiven || request.microservices !== 'all'
  return { microservices: request.microservices, stages: request.stages, named, targets }
}
