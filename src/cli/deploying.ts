/** What `deploy` and `destroy` have in common: they show what Terraform plans, ask, and apply it. */
import { applyFolder, type DeploySettings, type FolderPlan } from '../project/deploy-phase.js'
import type { Project } from '../project/project.js'
import { confirmed } from './confirm.js'
import type { Options } from './options/index.js'
import { planText } from './plan-text.js'

export interface Question {
  readonly text: string
  readonly word: string
}

export function deploySettings(project: Project, options: Options, command: string, signal: AbortSignal): DeploySettings {
  return {
    root: project.options.root,
    microservices: project.microservices,
    layers: project.declarations.layers,
    leftoverStages: (microservice) => project.leftoverStages(microservice),
    command,
    terraformBin: options.terraformBin,
    signal,
    shown: !options.json && !options.silent,
    noColor: options.color === 'never' || Boolean(process.env.NO_COLOR),
    onImpatience: () =>
      process.stderr.write('coworks: waiting for terraform to end what it has begun, so that the state is not left locked\n'),
  }
}

/** `declined` was not said yes to, `planned` was not to be applied. */
export type Applied = 'nothing' | 'planned' | 'declined' | 'applied'

/** `first` is done once it was said yes to. @throws CoworksError where Terraform fails */
export async function showAndApply(
  settings: DeploySettings,
  options: Options,
  plans: readonly FolderPlan[],
  question: Question,
  first: () => Promise<unknown> = async () => {},
): Promise<Applied> {
  const open = plans.filter(({ anything }) => anything)
  if (!options.json && !options.silent) for (const plan of open) process.stdout.write(planText(plan))
  if (open.length === 0) return 'nothing'
  if (options.dryRun) return 'planned'
  if (!(await confirmed(options, question.text, question.word, settings.signal))) return 'declined'
  await first()
  for (const plan of open) await applyFolder(settings, plan)
  return 'applied'
}

export function jsonPlan({ terraformDir, workspace, changes, apis }: FolderPlan) {
  return {
    terraformDir,
    workspace: workspace ?? null,
    changes: changes.map(({ owner, ...change }) => ({ ...change, ...ownerFields(owner) })),
    apis,
  }
}

function ownerFields(owner: FolderPlan['changes'][number]['owner']) {
  return {
    microservice: owner === undefined || owner.kind === 'layer' ? null : owner.microservice,
    stage: owner === undefined || owner.kind === 'api' ? null : owner.stage,
  }
}
