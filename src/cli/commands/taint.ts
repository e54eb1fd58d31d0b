/** `coworks taint`: the taint commands again, as `-replace=` arguments, run, or acknowledged. */
import { join } from 'node:path'
import type { Project } from '../../project/project.js'
import type { Taint } from '../../project/taint-phase.js'
import { terraformTaint } from '../../terraform/index.js'
import { CoworksError } from '../../util/problem.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'
import type { Options } from '../options/index.js'

export async function taint(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options } = request
  if (options.apply && options.replace) throw new CoworksError({ what: '--apply and --replace exclude each other' })
  const { project, wanted } = await openProject(request, signal, () => {})
  try {
    if (options.baseline) {
      const stages = await project.acknowledge(wanted)
      if (!options.silent) process.stderr.write(`coworks: took what is built of ${stages.join(', ')} for what is deployed.\n`)
      return 0
    }
    const { taints, notes } = await project.taints(wanted)
    const open = taints.filter((one) => !one.pending)
    const apply = options.apply === true && options.dryRun !== true
    if (options.json) {
      // stdout holds one document and nothing else: what is done is said as it is done on stderr.
      if (apply) for (const one of open) process.stderr.write(await tainted(project, one, options, signal))
      const now = taints.map((one) => ({ ...one, pending: one.pending || apply }))
      const which = options.apply ? { tainted: apply ? open.map(({ address }) => address) : [] } : {}
      process.stdout.write(`${JSON.stringify({ ok: true, taints: now, ...which, notes }, null, 2)}\n`)
      return 0
    }
    if (!options.silent) process.stderr.write(notes.map((note) => `coworks: ${note}\n`).join(''))
    if (options.replace) {
      // Arguments say no workspace: those of two would be given to one.
      const states = new Set(taints.map(({ terraformDir, workspace }) => `${terraformDir} ${workspace ?? ''}`))
      if (states.size > 1)
        throw new CoworksError({ what: 'what is to be replaced lies in several states', hint: 'name one stage: stage=…' })
      // Not in quotes: `terraform apply $(coworks taint --replace)` would hand them on as part of the address.
      process.stdout.write(taints.map(({ address }) => `-replace=${address}\n`).join(''))
      return 0
    }
    for (const one of open) process.stdout.write(apply ? await tainted(project, one, options, signal) : `${one.command}  # ${one.reason}\n`)
    for (const one of taints)
      if (one.pending && !options.silent)
        process.stderr.write(`coworks: ${one.address} is tainted already and waits for ${options.terraformBin ?? 'terraform'} apply.\n`)
    return 0
  } finally {
    await project.close()
  }
}

/** Has Terraform taint it. Returns the line that says so. @throws CoworksError */
async function tainted(
  project: Project,
  { terraformDir, workspace, address, reason }: Taint,
  options: Options,
  signal: AbortSignal,
): Promise<string> {
  await terraformTaint(join(project.options.root, terraformDir), address, {
    signal,
    terraformBin: options.terraformBin,
    ...(workspace === undefined ? {} : { env: { TF_WORKSPACE: workspace } }),
  })
  return `tainted ${address}  # ${reason}\n`
}
