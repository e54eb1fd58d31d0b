/** `coworks drift`: what is built, what Terraform's state says and what Lambda has, and which of them is ahead. Builds and changes nothing. */
import { selectStages } from '../../project/microservice.js'
import { driftText, inSync } from '../../update/index.js'
import { CoworksError } from '../../util/problem.js'
import { printable } from '../../util/quote.js'
import type { Request } from '../args.js'
import { type Compared, driftStages } from '../drift-stages.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'
import { outdated } from './diff.js'

export async function drift(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options, targets } = request
  if (targets.length > 0)
    throw new CoworksError({ where: targets.join(' '), what: "`coworks drift' takes no targets", hint: 'microservice=… stage=…' })
  const { project, wanted } = await openProject(request, signal, () => {})
  try {
    const all = { ...wanted, named: true }
    const selected = selectStages(project.microservices, all)
    const artifacts = project.stageArtifacts(all)
    const built = new Set(artifacts.map(({ microservice, stage }) => `${microservice.name} ${stage}`))
    const missing = selected.filter(({ microservice, stage }) => !built.has(`${microservice.name} ${stage}`))
    if (selected.length === 0) throw new CoworksError({ what: 'no stage to compare', hint: 'coworks drift stage=…' })
    if (missing.length > 0) {
      throw new CoworksError(
        missing.map(({ microservice: { name }, stage }) => ({
          where: `microservice ${name}, stage ${stage}`,
          what: 'was not built here',
          hint: `coworks build microservice=${name} stage=${stage}`,
        })),
      )
    }
    const report = await driftStages(project, artifacts, options, signal)
    const notes = [...report.notes, ...selected.flatMap(({ microservice, stage }) => outdated(project, microservice, [stage]))]
    const agreed = report.compared.every((one) => inSync(one.drift))
    if (options.json) {
      const compared = report.compared.map(({ drift: { kind, ...more }, ...one }) => ({ ...one, state: kind, ...more }))
      process.stdout.write(`${JSON.stringify({ ok: true, inSync: agreed, compared, notes }, null, 2)}\n`)
    } else {
      process.stderr.write(notes.map((note) => `coworks: ${printable(note)}\n`).join(''))
      process.stdout.write(report.compared.map((one) => `${printable(line(one))}\n`).join(''))
    }
    return agreed ? 0 : 1
  } finally {
    await project.close()
  }
}

function line({ function: name, what, layer, drift: one }: Compared): string {
  return `${name}${what === 'layer' ? `, layer ${layer}` : ''}: ${driftText(one)}`
}
