/**
 * `coworks/cws`: what a Coworksfile may say. Each function checks what it is given and records a declaration; none looks
 * at the disk, except `Glob`. Options are checked by name: a typo is an error with the nearest name.
 */
import { basename } from 'node:path'
import { layerOptionProblems } from '../layer/index.js'
import { isOwnHelperName } from '../terraform/helper-names.js'
import type { TemplateHelper } from '../terraform/index.js'
import { byCodeUnit, type Json } from '../util/hash.js'
import { checkOptions } from '../util/options.js'
import { CoworksError } from '../util/problem.js'
import { type ArtifactsOptions, artifactsOf } from './artifacts.js'
import { type Budget, budgetOf } from './budget.js'
import {
  type AllFilesDeclaration,
  type CommandFunction,
  type LayerDeclaration,
  type ProjectDeclaration,
  projectPath,
  recorder,
  type SourceDeclaration,
} from './declarations.js'
import { globSync } from './file-set.js'
import {
  checkFlags,
  type MicroserviceOptions,
  type MicroserviceTuple,
  microserviceOf,
  sourceList,
  stringList,
} from './microservice-tuple.js'
import { stagingProblems } from './staging.js'
import { readVariable, type VariableOptions, type VariableValue } from './variables.js'

export type { TemplateHelper } from '../terraform/index.js'
export type { ArtifactsOptions } from './artifacts.js'
export type { Budget } from './budget.js'
export type { CommandContext, CommandFunction } from './declarations.js'
export type { MicroserviceTuple } from './microservice-tuple.js'
export type { VariableOptions } from './variables.js'

export interface LayerOptions {
  /** Only these packages and what they need; all production dependencies where absent. */
  readonly modules?: readonly string[]
  /** Folders of the project that the layer carries beside the packages: `lib` is imported as `lib/x.js`. */
  readonly sourceDirs?: readonly string[]
  /** Folders left out of every package, by name or by their path in it: `docs`, `dist/test`. */
  readonly excludeDirs?: readonly string[]
  /** A regular expression for paths inside a package: `\\.md$`. */
  readonly excludeFilePattern?: string
  /** A limit of your own on its size. */
  readonly budget?: Budget
}

/** Declares a Lambda layer, `layer.zip`. A `Config` names it by the file's name without `.zip`. */
export function Layer(file: string, options: LayerOptions = {}): LayerDeclaration {
  const where = `Layer('${file}')`
  const record = recorder(where)
  const { budget, ...contents } = options
  const problems = layerOptionProblems(where, options)
  if (problems.length > 0) throw new CoworksError(problems)
  const path = projectPath(where, file)
  if (!path.endsWith('.zip')) throw new CoworksError({ where, what: 'a layer is a zip', hint: `Layer('${path}.zip')` })
  const name = basename(path, '.zip')
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,99}$/.test(name)) {
    throw new CoworksError({ where, what: `\`${name}' cannot be the name of a layer`, hint: 'letters, digits, - and _, a letter first' })
  }
  const twin = record.declarations.layers.find((layer) => layer.name === name)
  if (twin !== undefined) {
    throw new CoworksError({
      where,
      what: `a layer named \`${name}' is declared already: ${twin.file}`,
      hint: 'give one of them another file name',
    })
  }
  const limit = budgetOf(where, budget)
  const layer: LayerDeclaration = { file: path, name, ...contents, ...(limit === undefined ? {} : { budget: limit }) }
  record.declarations.layers.push(layer)
  return layer
}

export interface AllFilesOptions {
  /** Globs, from the folder: only these files. */
  readonly pattern?: string | readonly string[]
  /** Globs, from the folder: not these files. */
  readonly exclude?: string | readonly string[]
}

/** Every file of a folder and of those below it. */
export function AllFiles(dir: string, options: AllFilesOptions = {}): AllFilesDeclaration {
  const where = `AllFiles('${dir}')`
  recorder(where)
  checkOptions(where, options, ['pattern', 'exclude'])
  return {
    kind: 'all-files',
    dir: projectPath(where, dir),
    pattern: globs(where, 'pattern', options.pattern),
    exclude: globs(where, 'exclude', options.exclude),
  }
}

export interface CwsProjectOptions extends Omit<MicroserviceOptions, 'src'> {
  /** Where modules are found: module `app` is `src/app.ts`. Default `src`. */
  readonly srcDir?: string
  /** Where Terraform's files go. Default `terraform`. */
  readonly terraformDir?: string
  /** The project's own templates, which replace those of the same name. Default `templates`. */
  readonly templatesDir?: string
  /** Helpers of the project's own, for its templates: get the values written after their name, return the text to put there. */
  readonly templateHelpers?: Readonly<Record<string, TemplateHelper>>
  /** A bucket through which zips go to Lambda; without it they are sent directly, by Terraform. */
  readonly artifacts?: ArtifactsOptions
  /**
   * `suffix` (default): the stages of a microservice share an API and a state. `workspace`: each is a workspace of Terraform, with resources of
   * its own.
   */
  readonly staging?: 'suffix' | 'workspace'
  /** Stages that `coworks destroy` takes down only when they are asked for by name. Default `['prod']`. */
  readonly protect?: readonly string[]
}

/** Declares microservices, each with its stages. `src` is what their zips are made from. */
export function CwsProject(
  src: readonly AllFilesDeclaration[],
  // The second form is what TypeScript infers for a list in a variable of its own: `const tms = [['app-test', ['dev']]]`.
  tms: readonly MicroserviceTuple[] | readonly (readonly (string | readonly string[])[])[],
  options: CwsProjectOptions = {},
): void {
  const where = 'CwsProject'
  const { declarations } = recorder(where)
  checkOptions(where, options, [
    'srcDir',
    'terraformDir',
    'templatesDir',
    'templateHelpers',
    'artifacts',
    'staging',
    'protect',
    'bundle',
    'sourceMap',
    'minify',
    'budget',
  ])
  sourceList(where, src)
  if (!Array.isArray(tms)) {
    throw new CoworksError({ where, what: 'the second argument must be a list of tuples', hint: "[['app-test', ['dev', 'prod']]]" })
  }
  const {
    srcDir = 'src',
    terraformDir = 'terraform',
    templatesDir = 'templates',
    templateHelpers = {},
    artifacts,
    staging = 'suffix',
    protect = ['prod'],
    ...shared
  } = options
  stringList(where, 'protect', protect)
  checkFlags(where, shared)
  const microservices = tms.map((tuple, index) => microserviceOf(`${where}, microservice ${index + 1}`, tuple))
  const all = [...declarations.projects.flatMap((project) => project.microservices), ...microservices].map(({ name }) => name)
  const twice = all.find((name, index) => all.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new CoworksError({ where, what: `microservice \`${twice}' is declared twice`, hint: 'list all its stages in one tuple' })
  }
  const project: ProjectDeclaration = {
    src,
    microservices,
    srcDir: projectPath(`${where}, srcDir`, srcDir),
    terraformDir: projectPath(`${where}, terraformDir`, terraformDir),
    templatesDir: projectPath(`${where}, templatesDir`, templatesDir),
    templateHelpers: ownHelpers(where, templateHelpers),
    artifacts: artifactsOf(where, artifacts, new Set(microservices.flatMap(({ stages }) => stages))),
    staging,
    protect,
    options: shared,
  }
  const problems = stagingProblems(where, project, declarations)
  if (problems.length > 0) throw new CoworksError(problems)
  declarations.projects.push(project)
}

export type Source = string | SourceDeclaration | LayerDeclaration

export interface CommandOptions {
  /** Environment variables that the outcome depends on. The command sees all of the environment; only these are tracked. */
  readonly env?: readonly string[]
  /** Change it when a function's outcome changes but its text does not. */
  readonly version?: string
}

/**
 * Declares files made by a program or a function. In a string, which a shell runs in the project's folder, `$TARGET`,
 * `$TARGETS`, `$SOURCE` and `$SOURCES` stand for the paths; a list of words is run without a shell.
 */
export function Command(
  target: string | readonly string[],
  source: Source | readonly Source[],
  action: string | readonly string[] | CommandFunction,
  options: CommandOptions = {},
): string {
  const targets = list(target).map((path) => projectPath('Command, target', path))
  const [first] = targets
  const where = `Command('${first}')`
  const record = recorder(where)
  checkOptions(where, options, ['env', 'version'])
  if (first === undefined) throw new CoworksError({ where, what: 'needs at least one target' })
  stringList(where, 'env', options.env)
  record.declarations.commands.push({
    targets,
    sources: list(source).map((one) => sourceOf(where, one)),
    action:
      typeof action === 'function'
        ? { kind: 'function', run: action }
        : typeof action === 'string'
          ? { kind: 'shell', line: action }
          : { kind: 'program', words: words(where, action) },
    env: options.env ?? [],
    version: options.version ?? '',
  })
  return first
}

/** A name for several targets; called twice, it adds. */
export function Alias(name: string, targets: string | readonly string[]): string {
  const where = `Alias('${name}')`
  const { aliases } = recorder(where).declarations
  if (typeof name !== 'string' || name === '' || /[=,\s]/.test(name)) {
    throw new CoworksError({ where, what: 'a name must not be empty or hold `=`, `,` or spaces' })
  }
  aliases.set(name, [...(aliases.get(name) ?? []), ...list(targets).map((path) => projectPath(where, path))])
  return name
}

/** What `coworks build` builds when nothing is named. */
export function Default(...targets: readonly (string | readonly string[])[]): void {
  recorder('Default').declarations.defaults.push(...targets.flatMap((one) => list(one)).map((path) => projectPath('Default', path)))
}

/** Adds a dependency that the target does not show: it is made again when `on` changes. */
export function Depends(target: string, on: Source | readonly Source[]): void {
  const where = `Depends('${target}')`
  recorder(where).declarations.depends.push({ target: projectPath(where, target), on: list(on).map((one) => sourceOf(where, one)) })
}

/** `on` is brought up to date first, but does not make the target out of date. */
export function Requires(target: string, on: string | readonly string[]): void {
  const where = `Requires('${target}')`
  recorder(where).declarations.requires.push({ target: projectPath(where, target), on: list(on).map((path) => projectPath(where, path)) })
}

/** Makes these targets at every build. */
export function AlwaysBuild(...targets: readonly string[]): void {
  for (const target of targets) recorder('AlwaysBuild').declarations.always.add(projectPath('AlwaysBuild', target))
}

/** `coworks -c` leaves these targets. */
export function NoClean(...targets: readonly string[]): void {
  for (const target of targets) recorder('NoClean').declarations.noClean.add(projectPath('NoClean', target))
}

/** Files of the project that match, sorted; looked for now. */
export function Glob(pattern: string, options: { readonly exclude?: string | readonly string[] } = {}): string[] {
  const where = `Glob('${pattern}')`
  const record = recorder(where)
  checkOptions(where, options, ['exclude'])
  return globSync(record.snapshot, projectPath(where, pattern), globs(where, 'exclude', options.exclude)).sort(byCodeUnit)
}

/** A value as a source: the target is made again when it changes. */
export function Value(value: Json): SourceDeclaration {
  return { kind: 'value', value }
}

/** Keeps what was built, by what it was built from, for other branches and machines. */
export function CacheDir(dir: string): void {
  const record = recorder('CacheDir')
  if (typeof dir !== 'string' || dir === '') throw new CoworksError({ where: 'CacheDir', what: 'needs a folder' })
  record.declarations.cacheDir = dir
}

/** Text that `coworks -h` shows above its own. */
export function Help(text: string): void {
  recorder('Help').declarations.help.push(String(text))
}

/** A typed `key=value` of the command line, with a default. Unknown ones are refused. */
export function Variable<const O extends VariableOptions>(name: string, options: O): VariableValue<O> {
  return readVariable(recorder(`Variable('${name}')`), name, options)
}

function argument(name: string): string | undefined
function argument(name: string, fallback: string): string
function argument(name: string, fallback?: string): string | undefined {
  const record = recorder('ARGUMENTS')
  record.declarations.asked.add(name)
  return Object.hasOwn(record.arguments, name) ? record.arguments[name] : fallback
}

/** The `key=value` words of the command line that are neither `microservice` nor `stage`. */
export const ARGUMENTS = { get: argument }

/** @throws CoworksError for what is no function, or has a name that the built-in templates use */
function ownHelpers(where: string, given: Readonly<Record<string, TemplateHelper>>): Readonly<Record<string, TemplateHelper>> {
  for (const [name, helper] of Object.entries(given)) {
    if (typeof helper !== 'function') throw new CoworksError({ where: `${where}, templateHelpers`, what: `\`${name}' is no function` })
    if (!isOwnHelperName(name)) {
      throw new CoworksError({
        where: `${where}, templateHelpers`,
        what: `\`${name}' cannot be the name of a helper`,
        hint: 'letters, digits and _, and not the name of a built-in one',
      })
    }
  }
  return given
}

function sourceOf(where: string, source: Source): SourceDeclaration {
  if (typeof source === 'string') return { kind: 'path', path: projectPath(where, source) }
  if (source !== null && typeof source === 'object') {
    if ('kind' in source) return source
    if ('file' in source) return { kind: 'path', path: source.file }
  }
  throw new CoworksError({ where, what: 'a source must be a path, an AllFiles, a Layer or a Value' })
}

function words(where: string, given: readonly string[]): readonly string[] {
  if (!Array.isArray(given) || given.length === 0) {
    throw new CoworksError({ where, what: 'the action must be a string, a list of words or a function' })
  }
  stringList(where, 'action', given)
  return given
}

function list<T>(one: T | readonly T[]): readonly T[] {
  return Array.isArray(one) ? one : [one as T]
}

function globs(where: string, key: string, given: string | readonly string[] | undefined): readonly string[] {
  const all = given === undefined ? [] : list(given)
  stringList(where, key, all)
  return all
}
