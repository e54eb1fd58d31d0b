/**
 * The command line as data: decides what each word is (command, key=value, target, option) and whether its value can
 * be meant. It refuses to know which microservices, stages, variables and targets exist: that takes a project.
 *
 * All that is wrong is reported at once. Every build passes here, so nothing but small modules is imported.
 */
import type { Drift } from '../build/state.js'
import { nearestHint } from '../util/nearest.js'
import { CoworksError, type Problem } from '../util/problem.js'
import { commandNamed, commands, type Options, options, shells, takenBy } from './options/index.js'
import { shellWords } from './shell-words.js'
import { type Given, type OptionValue, readWords } from './words.js'

export interface Request {
  readonly command: string
  readonly microservices: readonly string[] | 'all'
  /** False where `microservices` is the default. */
  readonly microservicesGiven: boolean
  readonly stages: readonly string[] | 'all'
  /** False where `stages` is the default. */
  readonly stagesGiven: boolean
  /** Every other key=value: the Coworksfile's ARGUMENTS, which the project checks. */
  readonly variables: Readonly<Record<string, string>>
  /** Targets of a build; for `help` a command, for `completion` a shell. */
  readonly targets: readonly string[]
  readonly options: Options
  /** The command line as a witness of this build knows it. */
  readonly words?: string | undefined
  /** By what that witness does not hold, where it is little. */
  readonly drift?: Drift | undefined
  /** Keeps what was compiled of the package for the next process. */
  readonly keepCode?: (() => void) | undefined
}

export interface ArgsEnv {
  readonly COWORKSFLAGS?: string | undefined
}

/** @throws CoworksError with everything that is wrong. */
export function parseArgs(argv: readonly string[], env: ArgsEnv): Request {
  const { request, problems } = read(argv, env)
  if (problems.length > 0) throw new CoworksError(problems)
  return request
}

/** What the sound part of a command line says: how to report (`--json`, `--color`) that the rest of it is wrong. */
export function optionsDespiteProblems(argv: readonly string[], env: ArgsEnv): Options {
  return read(argv, env).request.options
}

function read(argv: readonly string[], env: ArgsEnv): { readonly request: Request; readonly problems: readonly Problem[] } {
  const flags = shellWords(env.COWORKSFLAGS ?? '')
  const ours = readWords(flags.words, 'COWORKSFLAGS')
  const line = readWords(argv, 'command line')
  const problems: Problem[] = []
  if (flags.open !== undefined) problems.push({ where: 'COWORKSFLAGS', what: `a ${flags.open} is never closed` })
  for (const word of [...ours.bare, ...ours.forced]) {
    problems.push({ where: 'COWORKSFLAGS', what: `\`${word}' is no option`, hint: 'commands and targets go on the command line' })
  }
  problems.push(...ours.problems, ...line.problems)

  const named = commandNamed(line.bare[0])
  const command = named ?? commandNamed('build')
  if (command === undefined) throw new Error('the table has no build command')
  const targets = [...line.bare.slice(named === undefined ? 0 : 1), ...line.forced]
  // Who asks what a command is need not know how to call it.
  const asks = line.given.some(({ option }) => option.name === 'help' || option.name === 'helpOptions')
  if (!asks) problems.push(...wordProblems(command.name, command.words, targets))

  for (const { option, as, source } of line.given) {
    if (takenBy(option, command.name) || source !== 'command line') continue
    problems.push({
      where: source,
      what: `\`${as}' is no option of \`coworks ${command.name}'`,
      hint: `it belongs to ${option.of?.join(', ')}`,
    })
  }
  // COWORKSFLAGS is set once for all commands: what this one does not take is passed over, and the line overrides.
  const given = [...ours.given, ...line.given].filter(({ option }) => takenBy(option, command.name))
  const keys = new Map([...(command.keys ? ours.keys : []), ...line.keys])
  if (!command.keys) {
    for (const key of line.keys.keys()) problems.push({ where: 'command line', what: `\`coworks ${command.name}' takes no \`${key}='` })
  }
  const names = (key: string): readonly string[] | 'all' | undefined => {
    const value = keys.get(key)
    keys.delete(key)
    if (value === undefined) return undefined
    const list = [...new Set(value.split(','))]
    if (list.includes('')) {
      const what = value === '' ? `\`${key}=' names nothing` : `\`${key}=${value}' has an empty name`
      problems.push({ where: line.keys.has(key) ? 'command line' : 'COWORKSFLAGS', what, hint: `${key}=a,b or ${key}=all` })
    }
    return list.includes('all') ? 'all' : list
  }
  const microservices = names('microservice')
  const stages = names('stage')
  const request: Request = {
    command: command.name,
    microservices: microservices ?? 'all',
    microservicesGiven: microservices !== undefined,
    stages: stages ?? ['dev'],
    stagesGiven: stages !== undefined,
    variables: Object.fromEntries(keys),
    targets,
    options: settled(given),
  }
  return { request, problems }
}

/** What follows the command, where it is not targets. */
function wordProblems(command: string, words: string, targets: readonly string[]): Problem[] {
  if (words === 'template') return templateProblems(targets)
  if (words === 'folder')
    return targets.length < 2 ? [] : [{ where: 'command line', what: `\`coworks ${command}' takes one folder, not ${targets.length}` }]
  if (words === 'nothing') return targets.map((word) => ({ where: 'command line', what: `\`coworks ${command}' takes no \`${word}'` }))
  const known =
    words === 'shell' ? shells : words === 'command' ? commands.filter(({ hidden }) => hidden !== true).map(({ name }) => name) : undefined
  if (known === undefined) return []
  const where = 'command line'
  const [first, ...more] = targets
  const problems: Problem[] = []
  if (first === undefined) {
    if (words === 'shell') problems.push({ where, what: 'no shell named', hint: `coworks ${command} ${shells.join('|')}` })
  } else if (!known.some((name) => name === first)) {
    problems.push({ where, what: `unknown ${words} \`${first}'`, hint: nearestHint(first, known) })
  }
  if (more.length > 0) problems.push({ where, what: `\`coworks ${command}' takes one ${words}, not ${targets.length}` })
  return problems
}

/** Nothing, or `copy NAME`. */
function templateProblems([first, name, ...more]: readonly string[]): Problem[] {
  const where = 'command line'
  if (first === undefined) return []
  if (first !== 'copy') return [{ where, what: `\`coworks templates' does not know \`${first}'`, hint: 'coworks templates copy NAME' }]
  if (name === undefined) return [{ where, what: 'no template named', hint: 'coworks templates copy NAME' }]
  return more.length === 0 ? [] : [{ where, what: "`coworks templates copy' takes one template at a time" }]
}

/** Later wins, lists add up. */
function settled(given: readonly Given[]): Options {
  const values: Record<string, OptionValue | undefined> = {}
  for (const { name, kind } of options) values[name] = kind === 'flag' ? false : kind === 'texts' || kind === 'some' ? [] : undefined
  for (const { option, value } of given) {
    const before = values[option.name]
    if (!Array.isArray(before) || !Array.isArray(value)) values[option.name] = value
    // `-C a -C a` is a/a; `--debug=time --debug=time` is time.
    else values[option.name] = option.kind === 'texts' ? [...before, ...value] : [...new Set([...before, ...value])]
  }
  return values as Options
}
