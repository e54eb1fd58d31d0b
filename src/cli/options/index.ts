/**
 * All commands, keys and options, and how a word is looked up among them. Parsing, help and completion read nothing else, so that none of
 * them can know a word that the others do not.
 */
import { askingForHelp } from './asking-for-help.js'
import { type CommandSpec, commandTable } from './commands.js'
import { howToDoIt } from './how-to-do-it.js'
import type { OptionSpec } from './option.js'
import { theCache } from './the-cache.js'
import { whatIsShown } from './what-is-shown.js'
import { whatToDo } from './what-to-do.js'
import { whichProject } from './which-project.js'

export { type CommandSpec, keyTable, type Shell, shells } from './commands.js'
export { groups, type OptionSpec } from './option.js'

/** In the order in which help and completion show them. */
const optionTable = [...whatToDo, ...howToDoIt, ...whatIsShown, ...whichProject, ...theCache, ...askingForHelp] as const

type Entry = (typeof optionTable)[number]
type Value<E> = E extends { kind: 'flag' }
  ? boolean
  : E extends { kind: 'number' }
    ? number | undefined
    : E extends { kind: 'text' }
      ? string | undefined
      : E extends { kind: 'texts' }
        ? readonly string[]
        : E extends { kind: 'one'; choices: readonly (infer C)[] }
          ? C | undefined
          : E extends { kind: 'some'; choices: readonly (infer C)[] }
            ? readonly C[]
            : never

/** What was asked for, every option present: false, undefined or an empty list where it was not given. */
export type Options = { readonly [E in Entry as E['name']]: Value<E> }

export const commands: readonly CommandSpec[] = commandTable
export const options: readonly OptionSpec[] = optionTable

/** The command of this name, with its exact spelling. */
export function commandNamed(name: string | undefined): CommandSpec | undefined {
  return commands.find((command) => command.name === name)
}

/** `--jobs` where it has a long spelling, else `-Q`. */
export function spelled(option: OptionSpec): string {
  const long = option.long[0]
  return long === undefined ? `-${option.short ?? ''}` : `--${long}`
}

export function takenBy(option: OptionSpec, command: string): boolean {
  return option.of === undefined || option.of.some((name) => name === command)
}

/** The option that `--word` means; `--no-word` takes a flag back that COWORKSFLAGS set. */
export function longOption(word: string): { readonly option: OptionSpec; readonly negated: boolean } | undefined {
  const exact = options.find((option) => option.long.includes(word))
  if (exact !== undefined) return { option: exact, negated: false }
  if (!word.startsWith('no-')) return undefined
  const flag = options.find((option) => option.kind === 'flag' && option.long.includes(word.slice(3)))
  return flag === undefined ? undefined : { option: flag, negated: true }
}

export function shortOption(letter: string): OptionSpec | undefined {
  return options.find((option) => option.short === letter)
}
