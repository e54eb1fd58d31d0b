/**
 * What a Coworksfile declared, as data. The functions of `coworks/cws` write here; the graph is made from it later.
 *
 * There is no global list: the loader runs the Coworksfile inside an AsyncLocalStorage, so that two projects can be
 * loaded in one process, even at once, and each sees only its own declarations. One that runs from its first line to its last without a pause
 * needs none: once an AsyncLocalStorage was used, every promise of the process is followed.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { join } from 'node:path'
import type { Snapshot } from '../build/state.js'
import type { Staging, TemplateHelper } from '../terraform/index.js'
import type { Json } from '../util/hash.js'
import { CoworksError, type Problem } from '../util/problem.js'
import type { ArtifactsDeclaration } from './artifacts.js'
import type { Budget, BudgetBytes } from './budget.js'

export interface AllFilesDeclaration {
  readonly kind: 'all-files'
  /** From the project's folder. */
  readonly dir: string
  readonly pattern: readonly string[]
  readonly exclude: readonly string[]
}

export interface LayerDeclaration {
  /** The zip's path, from the project's folder. */
  readonly file: string
  /** The file's name without `.zip`: what `Config.layers` names. */
  readonly name: string
  readonly modules?: readonly string[] | undefined
  readonly sourceDirs?: readonly string[] | undefined
  readonly excludeDirs?: readonly string[] | undefined
  readonly excludeFilePattern?: string | undefined
  readonly budget?: BudgetBytes | undefined
}

export interface MicroserviceOptions {
  readonly src?: readonly AllFilesDeclaration[] | undefined
  readonly bundle?: boolean | undefined
  readonly sourceMap?: boolean | undefined
  readonly minify?: boolean | undefined
  /** On the size of the function's zip. */
  readonly budget?: Budget | undefined
}

export interface MicroserviceDeclaration {
  readonly name: string
  readonly stages: readonly string[]
  readonly options: MicroserviceOptions
}

export interface ProjectDeclaration {
  readonly src: readonly AllFilesDeclaration[]
  readonly microservices: readonly MicroserviceDeclaration[]
  readonly srcDir: string
  readonly terraformDir: string
  readonly templatesDir: string
  readonly templateHelpers: Readonly<Record<string, TemplateHelper>>
  readonly artifacts: ArtifactsDeclaration | undefined
  readonly staging: Staging
  /** Stages that are taken down only when they are asked for by name. */
  readonly protect: readonly string[]
  readonly options: MicroserviceOptions
}

export interface CommandContext {
  /** Absolute folder of the project. */
  readonly root: string
  /** Absolute paths to write, in the order declared: temporary, moved into place when all is done. */
  readonly targets: readonly string[]
  /** Absolute paths of the sources, in the order declared. */
  readonly sources: readonly string[]
  readonly signal: AbortSignal
  /** Shown with the target. */
  readonly log: (text: string) => void
}

export type CommandFunction = (context: CommandContext) => void | Promise<void>

export interface CommandDeclaration {
  readonly targets: readonly string[]
  readonly sources: readonly SourceDeclaration[]
  readonly action:
    | { readonly kind: 'shell'; readonly line: string }
    | { readonly kind: 'program'; readonly words: readonly string[] }
    | { readonly kind: 'function'; readonly run: CommandFunction }
  readonly env: readonly string[]
  readonly version: string
}

export type SourceDeclaration =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'value'; readonly value: Json }
  | AllFilesDeclaration

export interface VariableDeclaration {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'number' | 'enum'
  readonly values?: readonly string[] | undefined
  readonly help: string
  readonly default?: string | number | boolean | undefined
}

export interface Declarations {
  readonly layers: LayerDeclaration[]
  readonly projects: ProjectDeclaration[]
  readonly commands: CommandDeclaration[]
  readonly aliases: Map<string, string[]>
  readonly defaults: string[]
  readonly depends: { readonly target: string; readonly on: readonly SourceDeclaration[] }[]
  readonly requires: { readonly target: string; readonly on: readonly string[] }[]
  readonly always: Set<string>
  readonly noClean: Set<string>
  readonly help: string[]
  readonly variables: Map<string, VariableDeclaration>
  /** ARGUMENTS that the Coworksfile asked for without declaring a variable. */
  readonly asked: Set<string>
  cacheDir: string | undefined
}

export interface Recorder {
  /** Found on the way, where going on can still find more: all are told when the Coworksfile has run. */
  readonly problems: Problem[]
  /** By which `Glob` looks at the project. */
  readonly snapshot: Snapshot
  readonly arguments: Readonly<Record<string, string>>
  readonly declarations: Declarations
}

const current = new AsyncLocalStorage<Recorder>()
/** Of the Coworksfile that runs at this moment, and does nothing later. */
let running: Recorder | undefined

export function newRecorder(snapshot: Snapshot, values: Readonly<Record<string, string>>): Recorder {
  return {
    problems: [],
    snapshot,
    arguments: values,
    declarations: {
      layers: [],
      projects: [],
      commands: [],
      aliases: new Map(),
      defaults: [],
      depends: [],
      requires: [],
      always: new Set(),
      noClean: new Set(),
      help: [],
      variables: new Map(),
      asked: new Set(),
      cacheDir: undefined,
    },
  }
}

export function recordInto<T>(recorder: Recorder, work: () => Promise<T>): Promise<T> {
  return current.run(recorder, work)
}

/** As `recordInto`, for what is done when it returns. */
export function recordAtOnce(recorder: Recorder, work: () => void): void {
  const before = running
  running = recorder
  try {
    work()
  } finally {
    running = before
  }
}

/** @throws CoworksError outside of a Coworksfile */
export function recorder(what: string): Recorder {
  const found = running ?? current.getStore()
  if (found === undefined) {
    throw new CoworksError({
      where: what,
      what: 'is a declaration: it only has a meaning in a Coworksfile',
      hint: 'run it with `coworks build`, or load it with loadProject() of coworks/api',
    })
  }
  return found
}

/**
 * A path as the user wrote it, from the project's folder with `/`.
 * @throws CoworksError for one that is no string, is empty, or leaves the project
 */
export function projectPath(where: string, path: unknown): string {
  const problem = (what: string, hint?: string): Problem => ({ where, what, hint })
  if (typeof path !== 'string') throw new CoworksError(problem(`a path must be a string, not ${typeof path}`))
  if (path === '' || path.includes('\0')) throw new CoworksError(problem('a path must not be empty'))
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path))
    throw new CoworksError(problem(`\`${path}' is absolute`, "write it from the project's folder"))
  const plain = join('/', path).slice(1)
  if (join(path).startsWith('..')) throw new CoworksError(problem(`\`${path}' leaves the project`))
  return plain.replace(/\/+$/, '') || '.'
}
