/** Typos in option objects are errors with the nearest name: the check every public declaration makes. */
import { nearestHint } from './nearest.js'
import { CoworksError, type Problem } from './problem.js'

/** Problems for every key of `options` that is not in `known`. */
export function unknownOptions(where: string, options: object, known: readonly string[]): Problem[] {
  return Object.keys(options)
    .filter((key) => !known.includes(key))
    .map((key) => ({ where, what: `unknown option \`${key}'`, hint: nearestHint(key, known) }))
}

/** @throws CoworksError naming each unknown key of `options`, or that it is no object at all. */
export function checkOptions(where: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new CoworksError({ where, what: 'options must be an object', hint: `known: ${known.join(', ')}` })
  }
  const problems = unknownOptions(where, options, known)
  if (problems.length > 0) throw new CoworksError(problems)
}
