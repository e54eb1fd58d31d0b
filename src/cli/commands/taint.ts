/** `coworks taint`: the taint commands again, as `-replace=` arguments, run, or acknowledged. */
import { join } from 'node:path'
import { terraformTaint } from '../../terraform/index.js'
import { CoworksError } from '../../util/problem.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'

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
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ ok: true, taints, notes }, null, 2)}\n`)
      return 0
    }
    if (!options.silent) process.stderr.write(notes.map((note) => `coworks: ${note}\n`).join(''))
    const open = taints.filter((one) => !one.pending)
    if (options.replace) {
      // Arguments say no workspace: those of two would be given to one.
      const states = new Set(taints.map(({ terraformDir, workspace }) => `${terraformDir} ${workspace ?? ''}`))
      if (states.size > 1)
        throw new CoworksError({ what: 'what is to be replaced lies in several states', hint: 'name one stage: stage=…' })
      // Not in quotes: `terraform apply $(coworks taint --replace)` would hand them on as part of the address.
      process.stdout.write(taints.map(({ address }) => `-replace=${address}\n`).join(''))
      return 0
    }
    for (const one of open) {
      if (options.apply && !options.dryRun) {
        await terraformTaint(join(project.options.root, one.terraformDir), one.address, {
          signal,
          terraformBin: options.terraformBin,
          ...(one.workspace === undefined ? {} : { env: { TF_WORKSPACE: one.workspace } }),
        })
        process.stdout.write(`tainted ${one.address}  # ${one.reason}\n`)
      } else process.stdout.write(`${one.command}  # ${one.reason}\n`)
    }
    for (const one of taints)
      if (one.pending && !options.silent)
        process.stderr.write(`coworks: ${one.address} is tainted already and waits for ${options.terraformBin ?? 'terraform'} apply.\n`)
    return 0
  } finally {
    await project.close()
  }
}
