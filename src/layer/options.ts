/**
 * What a `Layer()` may be told, and whether it was told sense: unknown keys, wrong types and patterns that do not compile
 * are problems before any folder is read.
 */
import { unknownOptions } from '../util/options.js'
import { CoworksError, type Problem } from '../util/problem.js'

export interface LayerOptions {
  /** Only these packages, by the name they are installed under, and what they need. Left out: all of `dependencies`. */
  readonly modules?: readonly string[] | undefined
  /**
   * Folders of the project, relative to it, that the layer carries too. `lib` becomes `nodejs/node_modules/lib`, so that a
   * function imports `lib/x.js`: Lambda's Node looks nowhere else in a layer. Files go in as they are, nothing is compiled.
   */
  readonly sourceDirs?: readonly string[] | undefined
  /** Folders left out wherever they lie in a package or source folder: by name (`docs`) or path inside it (`dist/test`). */
  readonly excludeDirs?: readonly string[] | undefined
  /**
   * A regular expression (or its source) of files left out: tested on the path inside the package or source folder, with
   * `/`. A package's own `package.json` always stays, as nothing could import the package without it.
   */
  readonly excludeFilePattern?: string | RegExp | undefined
}

export const LAYER_OPTIONS = ['modules', 'sourceDirs', 'excludeDirs', 'excludeFilePattern', 'budget'] as const

/** Everything wrong with `options` themselves. `where`: the place of the declaration. */
export function layerOptionProblems(where: string, options: LayerOptions): Problem[] {
  const problems = unknownOptions(where, options, LAYER_OPTIONS)
  for (const key of ['modules', 'sourceDirs', 'excludeDirs'] as const) {
    const value: unknown = options[key]
    if (value === undefined) continue
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'string' || item === '')) {
      problems.push({ where, what: `\`${key}' must be a list of names`, hint: `such as ${key}: ['name']` })
    }
  }
  const pattern: unknown = options.excludeFilePattern
  if (pattern !== undefined && typeof pattern !== 'string' && !(pattern instanceof RegExp)) {
    problems.push({ where, what: "`excludeFilePattern' must be a regular expression or its source" })
  } else if (typeof pattern === 'string') {
    try {
      new RegExp(pattern)
    } catch (error) {
      problems.push({ where, what: "`excludeFilePattern' is no regular expression", hint: (error as Error).message })
    }
  }
  return problems
}

export interface Filter {
  /** `path`: inside the package, with `/`. */
  readonly keepsDir: (path: string) => boolean
  readonly keepsFile: (path: string) => boolean
}

/** @throws CoworksError when the options are no options. */
export function filterOf(options: LayerOptions): Filter {
  const problems = layerOptionProblems('layer', options)
  if (problems.length > 0) throw new CoworksError(problems)
  const dirs = new Set((options.excludeDirs ?? []).map((dir) => dir.replace(/^\.\//, '').replace(/\/+$/, '')))
  const { excludeFilePattern: given } = options
  // A copy without `g` and `y`: with them, `test` remembers where the last path matched and skips the next.
  const pattern = given === undefined ? undefined : new RegExp(given, given instanceof RegExp ? given.flags.replace(/[gy]/g, '') : '')
  return {
    keepsDir: (path) => !dirs.has(path) && !dirs.has(path.slice(path.lastIndexOf('/') + 1)),
    keepsFile: (path) => path === 'package.json' || !(pattern?.test(path) ?? false),
  }
}
