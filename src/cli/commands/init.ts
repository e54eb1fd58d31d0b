/**
 * `coworks init`: writes a new project, installs its packages, and says what to do next. It asks two questions in a terminal, and
 * none where nobody would answer.
 */
import { basename, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import {
  DEFAULT_STAGES,
  fromFolder,
  install,
  installCommand,
  type Names,
  type NewProject,
  namesOf,
  planProject,
  writeProject,
} from '../../init/index.js'
import { ownDependency } from '../../project/own-files.js'
import { CoworksError } from '../../util/problem.js'
import { printable, shellPath } from '../../util/quote.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'

export async function init(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options, targets } = request
  const start = resolve(...(options.directory ?? []))
  const folder = resolve(start, targets[0] ?? '.')
  const names = await asked(request, basename(folder), signal)
  const project = planProject(folder, names, options.coworks ?? ownDependency(folder))
  const next = nextCommands(relative(process.cwd(), folder), names, options.noInstall ? installCommand(folder) : undefined)
  if (!options.dryRun) writeProject(project)
  if (!options.json) process.stdout.write(filesText(project, options.dryRun))
  const installs = !options.dryRun && !options.noInstall
  if (installs) {
    if (!options.json) process.stdout.write(`coworks: ${installCommand(folder)}\n`)
    await install(folder, options.json ? 2 : 1, signal)
  }
  if (options.json) process.stdout.write(`${JSON.stringify(document(project, names, installs, next), null, 2)}\n`)
  else process.stdout.write(`coworks: ${options.dryRun ? 'would then say' : 'done'}. Next:\n${columns(next)}`)
  return 0
}

/** @throws CoworksError for names that cannot be */
async function asked({ options }: Request, folder: string, signal: AbortSignal): Promise<Names> {
  const { name, stages } = options
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true && !options.json
  if (!terminal || options.yes || (name !== undefined && stages !== undefined)) return namesOf(name, stages, folder)
  const lines = createInterface({ input: process.stdin, output: process.stdout, signal })
  // An iterator keeps what is typed ahead of a question; `question` would lose it.
  const answers = lines[Symbol.asyncIterator]()
  const question = async (text: string, otherwise: string): Promise<string> => {
    lines.setPrompt(`${text} (${otherwise}) `)
    lines.prompt()
    const { value, done } = await answers.next()
    if (done === true) throw new CoworksError({ what: 'no answer, so nothing was written', hint: 'coworks init --yes asks nothing' })
    return (value as string).trim() || otherwise
  }
  // Ctrl-C in the middle of a line is this terminal's, and comes as no signal.
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    const service = name ?? (await question('Name of the microservice?', `app-${fromFolder(folder)}`))
    return namesOf(service, stages ?? (await question('Stages?', DEFAULT_STAGES)), folder)
  } finally {
    lines.close()
  }
}

type Row = readonly [command: string, does: string]

function nextCommands(folder: string, { microservice, stages }: Names, installing: string | undefined): readonly Row[] {
  const [stage = 'dev'] = stages
  return [
    ...(folder === '' ? [] : [[`cd ${shellPath(folder)}`, 'the project'] as const]),
    ...(installing === undefined ? [] : [[installing, 'its packages'] as const]),
    ['npm test', 'call the microservice, without AWS'],
    [`npx coworks build microservice=${microservice} stage=${stage}`, 'layer, zip, Terraform files'],
    [`npx coworks run microservice=${microservice} stage=${stage}`, 'the API on localhost'],
    ['npx coworks doctor', 'what this machine lacks'],
  ]
}

function filesText({ folder, created, changed, kept, notes }: NewProject, dryRun: boolean | undefined): string {
  const would = dryRun ? 'would be ' : ''
  const list = (what: string, paths: readonly string[]): string[] => paths.map((path) => `${`${what}:`.padEnd(dryRun ? 17 : 9)} ${path}`)
  return [
    `coworks: a new project in ${printable(folder)}`,
    ...list(
      `${would}created`,
      created.map(({ path }) => path),
    ),
    ...list(
      `${would}changed`,
      changed.map(({ path }) => path),
    ),
    ...list('kept', kept),
    ...notes.map((note) => `coworks: ${printable(note)}`),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

function columns(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([command]) => command.length))
  return rows.map(([command, does]) => `    ${command.padEnd(width)}  # ${does}\n`).join('')
}

function document({ folder, created, changed, kept, notes }: NewProject, names: Names, installed: boolean, next: readonly Row[]): object {
  return {
    ok: true,
    folder,
    microservice: names.microservice,
    stages: names.stages,
    created: created.map(({ path }) => path),
    changed: changed.map(({ path }) => path),
    kept,
    notes,
    installed,
    next: next.map(([command]) => command),
  }
}
