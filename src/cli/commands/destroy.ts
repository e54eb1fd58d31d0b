/**
 * `coworks destroy`: takes stages down and leaves the others. Both which stages and which microservices must be said, and a stage that is
 * protected by its name. The files of the stages go while Terraform plans and applies, and come back where it does not.
 */
import { join } from 'node:path'
import {
  type DeployFolder,
  type DeploySettings,
  deployFolders,
  type FolderPlan,
  planFolder,
  withPlanFolder,
} from '../../project/deploy-phase.js'
import { type GoingStages, goingStages, keptFile, moveAside } from '../../project/destroy-phase.js'
import { knownOwners, stagesOf } from '../../project/folder-owners.js'
import { type SelectedStage, selectStages } from '../../project/microservice.js'
import type { Project } from '../../project/project.js'
import { ensureInitialised } from '../../terraform/index.js'
import { CoworksError } from '../../util/problem.js'
import { printable } from '../../util/quote.js'
import type { Request } from '../args.js'
import { mustBeAskable } from '../confirm.js'
import { deploySettings, jsonPlan, showAndApply } from '../deploying.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'

export async function destroy(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options } = request
  if (!request.stagesGiven || !request.microservicesGiven)
    throw new CoworksError({
      what: `which ${request.stagesGiven ? 'microservices' : 'stages'} to take down must be said`,
      hint: 'coworks destroy microservice=… stage=…, either of them may be `all`',
    })
  mustBeAskable(options, 'destroys')
  const { project } = await openProject(request, signal, () => {})
  try {
    await project.hold()
    const settings = deploySettings(project, options, 'destroy', signal)
    const selected = selectedStages(project, settings, request)
    const isProtected = selected.filter((one) => project.isProtected(one))
    if (isProtected.length > 0 && options.autoApprove && !options.protected && !options.dryRun)
      throw new CoworksError(
        isProtected.map((one) => ({ where: `stage ${nameOf(one)}`, what: 'is protected', hint: '--protected takes it down all the same' })),
      )
    const text = `Destroy ${selected.map(nameOf).join(', ')}?`
    const question = { text, word: isProtected.length === 0 ? 'yes' : isProtected.map(nameOf).join(', ') }
    return await withPlanFolder(settings.root, async (folder) => {
      const folders = deployFolders(selected)
      const going = folders.map((one) => goingStages(settings, one, options.keepApi))
      const restore = await withoutFiles(project, settings, folders, going, join(folder, 'aside'))
      let gone = false
      try {
        const plans: FolderPlan[] = []
        for (const [index, one] of folders.entries()) plans.push(await planDestroy(settings, one, restore.owners[index], folder))
        const applied = await showAndApply(settings, options, plans, question)
        gone = applied === 'applied' || (applied === 'nothing' && !options.dryRun)
        const removed = gone ? going.flatMap(({ files }) => files) : []
        if (applied === 'declined') {
          process.stderr.write('coworks: nothing was destroyed.\n')
          return 2
        }
        project.forget(removed)
        if (options.json)
          process.stdout.write(
            `${JSON.stringify({ ok: true, applied: applied === 'applied', plans: plans.map(jsonPlan), removed }, null, 2)}\n`,
          )
        else if (!options.silent) {
          if (applied === 'nothing') process.stdout.write('coworks: nothing to destroy: nothing of it is deployed.\n')
          process.stdout.write(removed.map((file) => `Removed ${printable(file)}\n`).join(''))
        }
        return 0
      } finally {
        if (!gone) await restore.back()
      }
    })
  } finally {
    await project.close()
  }
}

/** Stages that are no longer declared can be taken down, too. @throws CoworksError */
function selectedStages(project: Project, settings: DeploySettings, request: Request): readonly SelectedStage[] {
  const all = project.microservices.map((ms) => ({ ...ms, stages: stagesOf(settings, ms) }))
  const selected = selectStages(all, request).flatMap(({ microservice: { name }, stage }) => {
    const microservice = project.microservices.find((one) => one.name === name)
    return microservice === undefined ? [] : [{ microservice, stage }]
  })
  if (selected.length === 0)
    throw new CoworksError({ what: 'no microservice has these stages', hint: 'coworks destroy microservice=… stage=…' })
  return selected
}

/** The folders as they are without the stages. Whose resources there were is only known before. */
async function withoutFiles(
  project: Project,
  settings: DeploySettings,
  folders: readonly DeployFolder[],
  going: readonly GoingStages[],
  aside: string,
) {
  const owners = folders.map((one) => knownOwners(settings, one))
  // A workspace is emptied by Terraform itself, which still reads the data of the stage.
  const moved = going.flatMap(({ files }, index) => (folders[index]?.workspace === undefined ? files : []))
  const filesBack = moveAside(settings.root, moved, aside)
  const shared = going.flatMap((one) => one.shared).map((one) => ({ ...one, keep: keptFile(settings.root, one.microservice) }))
  const back = async (): Promise<void> => {
    filesBack()
    for (const { keep } of shared) keep()
    // So that the next build finds nothing to do; where it was interrupted, it looks again.
    if (settings.signal?.aborted !== true) for (const { microservice, before } of shared) await project.renderShared(microservice, before)
  }
  try {
    for (const { microservice, after } of shared) await project.renderShared(microservice, after)
  } catch (error) {
    await back()
    throw error
  }
  return { owners, back }
}

async function planDestroy(
  settings: DeploySettings,
  one: DeployFolder,
  owners: ReturnType<typeof knownOwners> | undefined,
  folder: string,
): Promise<FolderPlan> {
  await ensureInitialised(join(settings.root, one.terraformDir), { ...settings, shown: false })
  const destroy = one.workspace !== undefined
  return planFolder(settings, { ...one, replace: [], reasons: new Map(), destroy, ...(owners === undefined ? {} : { owners }) }, folder)
}

function nameOf({ microservice, stage }: SelectedStage): string {
  return `${microservice.name} ${stage}`
}
