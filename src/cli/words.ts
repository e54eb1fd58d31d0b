/**
 * Sorts the words of a command line into options with their values, key=value pairs and bare words. It does not know
 * which command they are for, nor what a bare word means.
 */
import { nearest, nearestHint } from '../util/nearest.js'
import type { Problem } from '../util/problem.js'
import { longOption, type OptionSpec, options, shortOption, spelled } from './options/index.js'

export type Source = 'command line' | 'COWORKSFLAGS'
export type OptionValue = boolean | number | string | readonly string[]

export interface Given {
  readonly option: OptionSpec
  /** As the user wrote it: `-j`, `--jobs`. */
  readonly as: string
  readonly value: OptionValue
  readonly source: Source
}

export interface Words {
  readonly given: readonly Given[]
  readonly keys: ReadonlyMap<string, string>
  /** Bare words before `--`: the first may be a command. */
  readonly bare: readonly string[]
  /** Words after `--`: targets, whatever they look like. */
  readonly forced: readonly string[]
  readonly problems: readonly Problem[]
}

export function readWords(words: readonly string[], source: Source): Words {
  const given: Given[] = []
  const keys = new Map<string, string>()
  const bare: string[] = []
  const problems: Problem[] = []
  const problem = (what: string, hint?: string | undefined) => problems.push({ where: source, what, hint })
  const take = (option: OptionSpec, as: string, text: string) => {
    const value = optionValue(option, as, text, problem)
    if (value !== undefined) given.push({ option, as, value, source })
  }
  let at = 0
  /** The next word as a value; another option is not one, so `-j -k` is not a number of jobs called -k. */
  const next = (option: OptionSpec, as: string) => {
    const word = words[at + 1]
    if (word === undefined || /^-./.test(word)) return problem(`\`${as}' needs a value`, usage(option))
    at++
    take(option, as, word)
  }
  for (; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--') return { given, keys, bare, forced: words.slice(at + 1), problems }
    const long = /^--([^=]*)(?:=(.*))?$/s.exec(word)
    const pair = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(word)
    if (long !== null) {
      const [, name = '', value] = long
      const found = longOption(name)
      const as = `--${name}`
      if (found === undefined) problem(`unknown option \`${as}'`, optionHint(as))
      else if (found.option.kind === 'flag') {
        if (value !== undefined) problem(`\`${as}' takes no value, not \`${value}'`)
        else given.push({ option: found.option, as, value: !found.negated, source })
      } else if (value === undefined) next(found.option, as)
      else take(found.option, as, value)
    } else if (/^-./s.test(word)) {
      // A cluster: `-nk`, `-j4`, `-nj4`, `-nj 4`.
      for (let index = 1; index < word.length; index++) {
        const as = `-${word.charAt(index)}`
        const option = shortOption(word.charAt(index))
        if (option === undefined) {
          problem(`unknown option \`${as}'${word.length > 2 ? ` in \`${word}'` : ''}`, optionHint(word.length > 2 ? `-${word}` : as))
          break
        }
        if (option.kind === 'flag') {
          given.push({ option, as, value: true, source })
          continue
        }
        const rest = word.slice(index + 1)
        if (rest === '') next(option, as)
        else take(option, as, rest)
        break
      }
    } else if (pair !== null) {
      const [, key = '', value = ''] = pair
      const before = keys.get(key)
      const list = key === 'microservice' || key === 'stage'
      if (before !== undefined) problem(`\`${key}=' is given twice`, list ? `${key}=${before},${value}` : undefined)
      else keys.set(key, value)
    } else bare.push(word)
  }
  return { given, keys, bare, forced: [], problems }
}

/** The value an option was given, or nothing, with a problem, where it cannot be one. */
function optionValue(
  option: OptionSpec,
  as: string,
  text: string,
  problem: (what: string, hint?: string | undefined) => void,
): OptionValue | undefined {
  if (option.kind === 'number') {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = option
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= min && number <= max) return number
    problem(`\`${as}' needs a whole number from ${min} to ${max}, not \`${text}'`)
    return undefined
  }
  if (text === '') {
    problem(`\`${as}' needs a value`, usage(option))
    return undefined
  }
  if (option.kind === 'one' || option.kind === 'some') {
    const choices = option.choices ?? []
    const list = option.kind === 'one' ? [text] : [...new Set(text.split(','))]
    const unknown = list.filter((item) => !choices.includes(item))
    for (const item of unknown) problem(`unknown value \`${item}' of \`${as}'`, nearestHint(item, choices))
    if (unknown.length > 0) return undefined
    return option.kind === 'one' ? text : list
  }
  if (option.kind === 'texts' && option.choices !== undefined) {
    const wrong = choiceProblem(option.choices, as, text)
    if (wrong !== undefined) {
      problem(...wrong)
      return undefined
    }
  }
  return option.kind === 'texts' ? [text] : text
}

/** One of the names, with a value where its choice says so: `junit=FILE`. */
function choiceProblem(
  choices: readonly string[],
  as: string,
  text: string,
): readonly [what: string, hint: string | undefined] | undefined {
  const [name = '', ...rest] = text.split('=')
  const value = rest.join('=')
  const found = choices.find((choice) => choice.split('=')[0] === name)
  if (found === undefined)
    return [
      `unknown value \`${name}' of \`${as}'`,
      nearestHint(
        name,
        choices.map((choice) => choice.split('=')[0] ?? choice),
      ),
    ]
  if (found.includes('=') && value === '') return [`\`${as}=${name}' needs a value`, `${as}=${found}`]
  if (!found.includes('=') && rest.length > 0) return [`\`${as}=${name}' takes no value, not \`${value}'`, undefined]
  return undefined
}

function usage(option: OptionSpec): string {
  return option.choices === undefined ? `${spelled(option)}=${option.value}` : `${spelled(option)}=${option.choices.join('|')}`
}

function optionHint(word: string): string {
  const near = nearest(
    word,
    options.flatMap(({ long }) => long.map((name) => `--${name}`)),
  )
  return near === undefined ? "`coworks -H' lists the options" : `did you mean \`${near}'?`
}
