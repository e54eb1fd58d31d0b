/** `coworks templates`: lists what Terraform's files are rendered from, or copies one into the project to start from. */
import { selectStages } from '../../project/microservice.js'
import { copyTemplate, listTemplates, type TemplateOrigin } from '../../project/template-list.js'
import { CoworksError } from '../../util/problem.js'
import { printable } from '../../util/quote.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'

export async function templates(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options, targets } = request
  const { project } = await openProject({ ...request, targets: [] }, signal, () => {})
  try {
    const { root } = project.options
    const stages = request.stagesGiven ? request.stages : 'all'
    const selected = selectStages(project.microservices, { microservices: request.microservices, stages })
    const dirs = [...new Set(selected.map(({ microservice }) => microservice.project.templatesDir))]
    if (dirs.length === 0) dirs.push('templates')
    const [action, name] = targets
    if (action === 'copy' && name !== undefined) {
      const [dir = '', ...more] = dirs
      if (more.length > 0)
        throw new CoworksError({ what: `the project has several folders of templates: ${dirs.join(', ')}`, hint: 'name a microservice=' })
      const path = copyTemplate(root, dir, name)
      process.stdout.write(options.json ? `${JSON.stringify({ ok: true, copied: path }, null, 2)}\n` : `copied ${printable(path)}\n`)
      return 0
    }
    const found = dirs.map((dir) => ({ dir, templates: listTemplates(root, dir) }))
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: true, folders: found }, null, 2)}\n`)
    else process.stdout.write(found.map((folder) => folderText(folder.dir, folder.templates, dirs.length > 1)).join('\n'))
    return 0
  } finally {
    await project.close()
  }
}

function folderText(dir: string, list: readonly TemplateOrigin[], titled: boolean): string {
  const width = Math.max(...list.map(({ name }) => name.length))
  const lines = list.map((one) => `${printable(one.name).padEnd(width)}  ${originText(one)}`)
  return [...(titled ? [`${dir}:`] : []), ...lines].map((line) => `${line}\n`).join('')
}

function originText({ origin, overrides, path, used }: TemplateOrigin): string {
  if (origin === 'built-in') return 'built-in'
  if (!used) return `${printable(path ?? '')}: nothing renders it (a partial's name begins with _)`
  return `${printable(path ?? '')}${overrides ? ', instead of the built-in one' : ''}`
}
