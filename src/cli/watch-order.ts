/** From a command line to what a watch builds again and again, as `run` and `watch` ask for it. */
import { realpathSync } from 'node:fs'
import type { BuildEvent } from '../build/index.js'
import { findCoworksfile } from '../project/coworksfile.js'
import { ownModule } from '../project/own-files.js'
import type { LoopOptions } from '../watch/index.js'
import type { Request } from './args.js'
import { orderOf } from './open-project.js'
import type { Options } from './options/index.js'
import type { UpdateOptions } from './update-stages.js'

/** @throws CoworksError where there is no project: that is nothing to wait for */
export function loopOptions(
  request: Request,
  {
    taints,
    serve,
    except = [],
    push,
    listen,
  }: {
    readonly taints: boolean
    readonly serve: boolean
    readonly except?: readonly string[]
    readonly push?: object
    readonly listen: (event: BuildEvent) => void
  },
): LoopOptions {
  const { options, wanted } = orderOf(request)
  // Paths are told from the real folder, as the build names them.
  const root = realpathSync(options.root)
  findCoworksfile(root, options.file)
  return {
    order: {
      options: { ...options, root },
      wanted: serve || push !== undefined ? { ...wanted, named: true } : wanted,
      taints,
      serve,
      push,
    },
    module: ownModule('build-child'),
    stdout: request.options.json ? 2 : 1,
    poll: request.options.poll ?? false,
    except,
    listen,
  }
}

/** Of a command line, what the building process has to know to push. */
export function pushOptions({ publish, alias, yesUpdateProtected, region, awsProfile, terraformBin }: Options): UpdateOptions {
  return { dryRun: false, publish, alias, yesUpdateProtected, region, awsProfile, terraformBin }
}
