/** `coworks info`: what microservices say of themselves: routes, authorizers, schedules, and a config for each stage. */
import { selectStages } from '../../project/microservice.js'
import { CoworksError } from '../../util/problem.js'
import type { Request } from '../args.js'
import { type Described, infoText } from '../info-text.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'

export async function info(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options } = request
  const { project } = await openProject(request, signal, () => {})
  try {
    const stages = request.stagesGiven ? request.stages : 'all'
    const selected = selectStages(project.microservices, { microservices: request.microservices, stages })
    const microservices = new Set(selected.map(({ microservice }) => microservice))
    if (microservices.size === 0) throw new CoworksError({ what: 'no microservice is declared', hint: "CwsProject([AllFiles('src')], …)" })
    const described = (await project.describe(microservices)).map(
      ({ microservice: { name, stages: declared }, module, description }): Described => {
        const configs = description.configs.filter(({ workspace }) => stages === 'all' || stages.includes(workspace))
        return { microservice: name, module, stages: declared, description: { ...description, configs } }
      },
    )
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: true, microservices: described }, null, 2)}\n`)
    else process.stdout.write(described.map(infoText).join('\n'))
    return 0
  } finally {
    await project.close()
  }
}
