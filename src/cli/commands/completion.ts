/** `coworks completion SHELL`, and the words that its script asks for. */
import type { Request } from '../args.js'
import { complete, completionScript } from '../completion.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'
import type { Shell } from '../options/index.js'

export async function completion(request: Request): Promise<ExitStatus> {
  process.stdout.write(completionScript((request.targets[0] ?? 'bash') as Shell))
  return 0
}

export async function completeWords(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const words = complete(request.targets, await knownNames(request, signal))
  process.stdout.write(words.map((word) => `${word}\n`).join(''))
  return 0
}

async function knownNames(request: Request, signal: AbortSignal) {
  try {
    const { project } = await openProject({ ...request, targets: [] }, signal, () => {})
    const { microservices, declarations } = project
    const known = {
      microservices: microservices.map((ms) => ms.name),
      stages: [...new Set(microservices.flatMap((ms) => ms.stages))],
      targets: [
        ...declarations.layers.map((layer) => layer.file),
        ...declarations.commands.flatMap((command) => command.targets),
        ...declarations.aliases.keys(),
        ...microservices.flatMap((ms) => ms.stages.map((stage) => `${ms.name}-${stage}`)),
      ],
      variables: [...declarations.variables.keys()],
    }
    await project.close()
    return known
  } catch {
    return { microservices: [], stages: [], targets: [], variables: [] } // a broken project still completes commands and options
  }
}
