/** What a build says beside its work: files that nothing declares any more, and secrets that git would take. */
import type { Snapshot, World } from '../build/state.js'
import type { ServiceDescription } from '../service/description.js'
import type { Problem } from '../util/problem.js'
import { paths, type SelectedStage } from './microservice.js'
import { secretNotices } from './secret-files.js'
import { leftoverStages, otherStaging } from './stages-on-disk.js'

/** What every build of these stages says, until somebody does something about it. */
export function buildNotices(world: World, stages: readonly SelectedStage[]): Problem[] {
  const files = stages.flatMap(({ microservice, stage }) => {
    const description = world.info(paths.description(microservice.name)) as ServiceDescription | undefined
    return description?.configs.find(({ workspace }) => workspace === stage)?.environmentVariablesFile ?? []
  })
  return [...leftovers(world.snapshot, stages), ...secretNotices(world.snapshot, files)]
}

function leftovers(snapshot: Snapshot, stages: readonly SelectedStage[]): Problem[] {
  const microservices = new Set(stages.map(({ microservice }) => microservice))
  return [...microservices].flatMap((ms) => [
    ...leftoverStages(snapshot, ms).map((stage) => ({
      where: paths.stage(ms, stage),
      what: `the stage ${stage} of ${ms.name} is no longer declared; its file was left`,
      hint: `to take the stage down: coworks destroy microservice=${ms.name} stage=${stage}`,
    })),
    ...otherStaging(snapshot, ms).map((file) => ({
      where: file,
      what: 'is of the other kind of staging, and was left: Terraform would deploy both',
      hint: 'remove it once what it deployed is gone',
    })),
  ])
}
