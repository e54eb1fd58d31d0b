/** `['app-test', ['dev', 'prod'], { … }]`, checked: a name, stages that API Gateway and Terraform take, known options. */
import { checkOptions } from '../util/options.js'
import { CoworksError } from '../util/problem.js'
import { budgetOf } from './budget.js'
import type { AllFilesDeclaration, MicroserviceDeclaration, MicroserviceOptions } from './declarations.js'

export type { MicroserviceOptions } from './declarations.js'

/** `['app-test', ['dev', 'prod']]`, with options of its own where it needs them. */
export type MicroserviceTuple = readonly [name: string, stages: readonly string[], options?: MicroserviceOptions]

const HINT = "['app-test', ['dev', 'prod']]"

/** @throws CoworksError */
export function microserviceOf(where: string, tuple: unknown): MicroserviceDeclaration {
  if (!Array.isArray(tuple) || tuple.length < 2 || tuple.length > 3) {
    throw new CoworksError({ where, what: 'must be a tuple of a name and its stages', hint: HINT })
  }
  const [name, stages, options = {}] = tuple as [unknown, unknown, MicroserviceOptions?]
  if (typeof name !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]*-[A-Za-z0-9_-]+$/.test(name)) {
    throw new CoworksError({
      where,
      what: `\`${String(name)}' must be <module>-<service>: letters, digits, - and _`,
      hint: "app-test is the service `test' that module `app' (src/app.ts) exports",
    })
  }
  if (!Array.isArray(stages) || stages.length === 0) throw new CoworksError({ where: name, what: 'needs a list of stages', hint: HINT })
  for (const stage of stages) {
    // Part of Terraform addresses and of API Gateway's stage names ("alphanumeric characters, hyphens, and underscores"); `all` is a word of the command line.
    if (typeof stage !== 'string' || !/^[A-Za-z0-9_]{1,64}$/.test(stage) || stage === 'all') {
      throw new CoworksError({
        where: name,
        what: `\`${String(stage)}' cannot be the name of a stage`,
        hint: "letters, digits and _; not `all'",
      })
    }
  }
  if (new Set(stages).size < stages.length) throw new CoworksError({ where: name, what: 'names a stage twice' })
  checkOptions(name, options, ['src', 'bundle', 'sourceMap', 'minify', 'budget'])
  if (options.src !== undefined) sourceList(name, options.src)
  checkFlags(name, options)
  return { name, stages: stages as string[], options }
}

export function checkFlags(where: string, options: MicroserviceOptions): void {
  budgetOf(where, options.budget)
  for (const key of ['bundle', 'sourceMap', 'minify'] as const) {
    if (options[key] !== undefined && typeof options[key] !== 'boolean')
      throw new CoworksError({ where, what: `\`${key}' must be true or false` })
  }
}

export function sourceList(where: string, src: unknown): void {
  if (!Array.isArray(src) || !src.every((one) => (one as AllFilesDeclaration)?.kind === 'all-files')) {
    throw new CoworksError({ where, what: 'the sources must be a list of AllFiles', hint: "[AllFiles('src')]" })
  }
}

export function stringList(where: string, key: string, given: unknown): void {
  if (given === undefined) return
  if (!Array.isArray(given) || !given.every((one) => typeof one === 'string' && one !== '')) {
    throw new CoworksError({ where, what: `\`${key}' must be a list of strings` })
  }
}
