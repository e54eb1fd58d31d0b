/** `coworks help`, `-h` and `-H`. */
import type { Request } from '../args.js'
import { helpText, optionsText } from '../help.js'
import { helpWidth } from '../help-page.js'
import type { ExitStatus } from '../main.js'
import { projectRoot } from '../project-root.js'

export async function help(request: Request): Promise<ExitStatus> {
  const width = helpWidth(process.stdout.columns)
  if (request.options.helpOptions) {
    process.stdout.write(await optionsText(width))
    return 0
  }
  if (request.options.help) process.stdout.write(await helpOfProject(request))
  const command =
    request.command === 'help'
      ? request.targets[0]
      : request.options.help && process.argv.slice(2).includes(request.command)
        ? request.command
        : undefined
  process.stdout.write(await helpText(command, width))
  return 0
}

/** What the Coworksfile says with Help(), where there is one that loads. */
async function helpOfProject({ options, variables }: Request): Promise<string> {
  try {
    const { root } = projectRoot(options)
    const { projectHelp } = await import('../../project/project-help.js')
    const text = await projectHelp(root, options.file, variables)
    return text === '' ? '' : `${text}\n\n`
  } catch {
    return '' // help must also help where the project is broken
  }
}
