/** Typed `key=value` words: a bad value or an unknown key is an error, not a surprise inside the build. */
import { nearestHint } from '../util/nearest.js'
import { checkOptions } from '../util/options.js'
import { CoworksError, type Problem } from '../util/problem.js'
import type { Declarations, Recorder } from './declarations.js'

export type VariableOptions =
  | { readonly type: 'string'; readonly default?: string; readonly help?: string }
  | { readonly type: 'boolean'; readonly default?: boolean; readonly help?: string }
  | { readonly type: 'number'; readonly default?: number; readonly help?: string }
  | { readonly type: 'enum'; readonly values: readonly string[]; readonly default?: string; readonly help?: string }

type Plain<O extends VariableOptions> = O extends { type: 'boolean' }
  ? boolean
  : O extends { type: 'number' }
    ? number
    : O extends { type: 'enum'; values: readonly (infer V)[] }
      ? V
      : string
export type VariableValue<O extends VariableOptions> = O extends { default: unknown } ? Plain<O> : Plain<O> | undefined

/**
 * A value that cannot be meant is recorded as a problem, and the default stands in for it: the next variable may be wrong too.
 * @throws CoworksError for a declaration that cannot be meant
 */
export function readVariable<O extends VariableOptions>(recorder: Recorder, name: string, options: O): VariableValue<O> {
  const where = `Variable('${name}')`
  checkOptions(where, options, ['type', 'values', 'default', 'help'])
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name) || name === 'microservice' || name === 'stage') {
    throw new CoworksError({ where, what: 'cannot be the name of a variable', hint: 'letters, digits, - and _; not microservice or stage' })
  }
  if (!['string', 'boolean', 'number', 'enum'].includes(options.type)) {
    throw new CoworksError({
      where,
      what: `unknown type \`${String(options.type)}'`,
      hint: nearestHint(String(options.type), ['string', 'boolean', 'number', 'enum']),
    })
  }
  const values = options.type === 'enum' ? options.values : undefined
  recorder.declarations.variables.set(name, { name, type: options.type, values, help: options.help ?? '', default: options.default })
  const given = Object.hasOwn(recorder.arguments, name) ? recorder.arguments[name] : undefined
  if (given === undefined) return options.default as VariableValue<O>
  try {
    return parse(name, options, given) as VariableValue<O>
  } catch (error) {
    if (!(error instanceof CoworksError)) throw error
    recorder.problems.push(...error.problems)
    return options.default as VariableValue<O>
  }
}

function parse(name: string, options: VariableOptions, text: string): string | number | boolean {
  const bad = (hint: string | undefined) =>
    new CoworksError({ where: `${name}=${text}`, what: `is not a ${options.type === 'enum' ? 'known value' : options.type}`, hint })
  switch (options.type) {
    case 'string':
      return text
    case 'number': {
      const value = Number(text)
      if (text.trim() === '' || !Number.isFinite(value)) throw bad(`${name}=1`)
      return value
    }
    case 'boolean':
      // The words that SCons takes.
      if (/^(1|yes|true|on|y|t)$/i.test(text)) return true
      if (/^(0|no|false|off|n|f)$/i.test(text)) return false
      throw bad(`${name}=yes or ${name}=no`)
    case 'enum':
      if (!options.values.includes(text)) throw bad(nearestHint(text, options.values))
      return text
  }
}

/** Problems for each `key=value` that the Coworksfile neither declared nor asked for. */
export function unknownVariables(declarations: Declarations, given: Readonly<Record<string, string>>): Problem[] {
  const known = ['microservice', 'stage', ...declarations.variables.keys(), ...declarations.asked]
  return Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => ({ where: `${key}=${given[key]}`, what: `unknown key \`${key}'`, hint: nearestHint(key, known) }))
}
