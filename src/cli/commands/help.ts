/** `coworks help`, `-h` and `-H`. */
import type { Request } from '../args.js'
import { helpText, optionsText } from '../help.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'

export async function help(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const width = Math.min(process.stdout.columns ?? 80, 100)
  if (request.options.helpOptions) {
    process.stdout.write(optionsText(width))
    return 0
  }
  if (request.options.help) process.stdout.write(await projectHelp(request, signal))
  const command =
    request.command === 'help'
      ? request.targets[0]
      : request.options.help && process.argv.slice(2).includes(request.command)
        ? request.command
        : undefined
  process.stdout.write(helpText(command, width))
  return 0
}

/** What the Coworksfile says with Help(), where there is one that loads. */
async function projectHelp(request: Request, signal: AbortSignal): Promise<string> {
  try {
    const { project } = await openProject(request, signal, () => {})
    const text = project.help
    await project.close()
    return text === '' ? '' : `${text}\n\n`
  } catch {
    return '' // help must also help where the project is broken
  }
}
