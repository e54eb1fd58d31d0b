/**
 * What is wrong with a declaration (a class, a `Config`, a decorator), as *where · what · hint*. Thrown while the module
 * is loaded, so that a build finds it and a deployment never does. Requests have their own errors, in `http-error.ts`.
 */

export interface DefinitionProblem {
  /** `Config dev`, `microservice test`, `SimpleMicroService.get_product`. */
  readonly where: string
  readonly what: string
  readonly hint?: string | undefined
}

/** Thrown by every declaration of this package that cannot be kept; one line a problem. */
export class DefinitionError extends Error {
  readonly problems: readonly DefinitionProblem[]

  constructor(...problems: readonly DefinitionProblem[]) {
    super(problems.map(({ where, what, hint }) => [where, what, hint].filter((part) => part !== undefined).join(' · ')).join('\n'))
    this.name = 'DefinitionError'
    this.problems = problems
  }
}

/** The known name that `name` was most likely meant to be, as a hint, else the list of them. */
export function nearestHint(name: string, known: readonly string[]): string {
  const [best] = known
    .map((candidate) => ({ candidate, edits: edits(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(2, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.edits - b.edits)
  return best === undefined ? `known: ${known.join(', ')}` : `did you mean \`${best.candidate}'?`
}

function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** Problems for every key of `options` that is not in `known`; one problem when it is no object at all. */
export function unknownOptions(where: string, options: unknown, known: readonly string[]): DefinitionProblem[] {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    return [{ where, what: 'options must be an object', hint: `known: ${known.join(', ')}` }]
  }
  return Object.keys(options)
    .filter((key) => !known.includes(key))
    .map((key) => ({ where, what: `unknown option \`${key}'`, hint: nearestHint(key, known) }))
}

/** How a wrong value is shown in a message: short, on one line. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? `\`${value}'` : typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
