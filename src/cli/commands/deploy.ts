/**
 * `coworks deploy`: builds, lets Terraform plan with what must be replaced, shows the plan, asks, applies, and says where the stages
 * answer. The project is locked from the build to the end of the apply: a build between plan and apply would deploy other code
 * than was planned.
 */
import { join } from 'node:path'
import {
  type DeployedUrl,
  type DeploySettings,
  deployedUrls,
  deployFolders,
  type FolderPlan,
  planFolder,
  withPlanFolder,
} from '../../project/deploy-phase.js'
import { type SelectedStage, selectStages } from '../../project/microservice.js'
import type { Project } from '../../project/project.js'
import type { Wanted } from '../../project/project-types.js'
import { ensureInitialised } from '../../terraform/index.js'
import { CoworksError } from '../../util/problem.js'
import type { Request } from '../args.js'
import { mustBeAskable } from '../confirm.js'
import { deploySettings, jsonPlan, showAndApply } from '../deploying.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'
import { jsonReport } from '../report-json.js'
import { TextReport } from '../report-text.js'
import { type Uploaded, uploadArtifacts, uploadedText } from '../upload-artifacts.js'

export async function deploy(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options } = request
  mustBeAskable(options, 'deploys')
  const report = new TextReport(options)
  report.reading()
  const { project, wanted: given } = await openProject(request, signal, (event) => report.event(event))
  const wanted: Wanted = { ...given, named: true, targets: [] }
  try {
    report.read()
    await project.hold()
    const selected = selectStages(project.microservices, wanted)
    if (selected.length === 0)
      throw new CoworksError({ what: 'no stage to deploy', hint: 'name one: coworks deploy microservice=… stage=…' })
    report.building()
    const outcome = await project.build(wanted, { taints: false })
    if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
    const failed = outcome.reports.some((one) => one.outcome === 'failed' || one.outcome === 'skipped' || one.outcome === 'cancelled')
    if (failed && options.json) process.stdout.write(jsonReport.build(outcome))
    if (!options.json) report.built(outcome, wanted)
    if (failed) return 2

    const settings = deploySettings(project, options, 'deploy', signal)
    return await withPlanFolder(settings.root, async (folder) => {
      const plans = await planAll(project, wanted, selected, settings, folder)
      const question = { text: `Deploy ${names(selected)}?`, word: 'yes' }
      const artifacts: Uploaded[] = []
      const told = (one: Uploaded): void => {
        artifacts.push(one)
        if (one.outcome === 'uploaded' && !options.json && !options.silent) process.stdout.write(`${uploadedText(one)}\n`)
      }
      const upload = () => uploadArtifacts(project.objects(wanted), { root: settings.root, dryRun: false, signal, told })
      const applied = await showAndApply(settings, options, plans, question, upload)
      if (applied === 'declined') {
        process.stderr.write('coworks: nothing was deployed.\n')
        return 2
      }
      if (applied === 'applied') await project.acknowledge(wanted)
      const urls: DeployedUrl[] = []
      if (applied !== 'planned') for (const one of deployFolders(selected)) urls.push(...(await deployedUrls(settings, one)))
      if (options.json)
        process.stdout.write(
          `${JSON.stringify({ ok: true, applied: applied === 'applied', plans: plans.map(jsonPlan), artifacts, urls }, null, 2)}\n`,
        )
      else {
        if (applied === 'nothing' && !options.silent)
          process.stdout.write('coworks: nothing to deploy: what is deployed is what is built.\n')
        for (const { microservice, stage, url } of urls) process.stdout.write(`${microservice} ${stage}: ${url}\n`)
      }
      return 0
    })
  } finally {
    await project.close()
  }
}

/** Every folder is planned before anything is applied: one that is refused stops all of them. */
async function planAll(
  project: Project,
  wanted: Wanted,
  selected: readonly SelectedStage[],
  settings: DeploySettings,
  folder: string,
): Promise<FolderPlan[]> {
  const folders = deployFolders(selected)
  // Before the taints: a state in a backend that is not initialised cannot be read.
  for (const dir of new Set(folders.map(({ terraformDir }) => terraformDir)))
    await ensureInitialised(join(settings.root, dir), { ...settings, shown: false })
  const { taints, unknown } = await project.taints(wanted)
  if (unknown.length > 0) throw new CoworksError(unknown)
  const plans: FolderPlan[] = []
  for (const one of folders) {
    const here = taints.filter(({ terraformDir, workspace }) => terraformDir === one.terraformDir && workspace === one.workspace)
    const reasons = new Map(here.map(({ address, reason }) => [address, reason]))
    // One that the state has tainted already is replaced without being asked for.
    const replace = here.flatMap(({ address, pending }) => (pending ? [] : [address]))
    plans.push(await planFolder(settings, { ...one, reasons, replace }, folder))
  }
  return plans
}

function names(selected: readonly SelectedStage[]): string {
  return selected.map(({ microservice, stage }) => `${microservice.name} ${stage}`).join(', ')
}
