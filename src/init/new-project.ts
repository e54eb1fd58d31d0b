/**
 * A new project in a folder, from nothing or beside what is there: what would be created, changed and kept is decided before
 * anything is written, and a file of the user's is never written over. What is in the way is said all at once.
 */
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CoworksError, type Problem } from '../util/problem.js'
import { addIgnored } from './gitignore.js'
import type { Names } from './names.js'
import { mergePackageJson, newPackageJson } from './package-json.js'
import { type NewFile, newFiles } from './render.js'

export interface NewProject {
  /** Absolute. */
  readonly folder: string
  readonly created: readonly NewFile[]
  readonly changed: readonly { readonly path: string; readonly text: string }[]
  /** The user's own, left as they are. */
  readonly kept: readonly string[]
  readonly notes: readonly string[]
}

const SAME_MODULE = ['ts', 'mts', 'tsx', 'js', 'mjs', 'jsx', 'cts', 'cjs']
const COWORKSFILES = ['Coworksfile.ts', 'Coworksfile.mts', 'Coworksfile.js', 'Coworksfile.mjs']

/** Reads, and writes nothing. @throws CoworksError with all that is in the way */
export function planProject(folder: string, names: Names, coworks: string): NewProject {
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (stat !== undefined && !stat.isDirectory()) throw new CoworksError({ where: folder, what: 'is no folder' })
  const title = npmName(basename(folder))
  const files = newFiles(names, title, () => randomBytes(24).toString('base64url'))
  const problems: Problem[] = []
  const created: NewFile[] = []
  const kept: string[] = []
  for (const file of files) {
    const blocked = fileAbove(folder, file.path)
    const other = sameAs(file.path).find((path) => existsSync(join(folder, path)))
    if (blocked !== undefined) problems.push({ where: blocked, what: 'is there and no folder', hint: `${file.path} would go into it` })
    else if (other === undefined) created.push(file)
    else if (file.existing === 'keep' || (other === file.path && textOf(join(folder, other)) === file.text)) kept.push(file.path)
    else problems.push({ where: other, what: 'is there already', hint: hintFor(file, names) })
  }
  const changed: { path: string; text: string }[] = []
  const notes: string[] = []
  const edit = (path: string, make: (text: string | undefined) => string): void => {
    const before = textOf(join(folder, path))
    const text = make(before)
    if (before === undefined) created.push({ path, text, existing: 'refuse' })
    else if (before === text) kept.push(path)
    else changed.push({ path, text })
  }
  try {
    edit('package.json', (text) => {
      const wanted = { name: title, coworks, testFile: 'test/*.test.ts', stage: names.stages[0] ?? 'dev' }
      if (text === undefined) return newPackageJson(wanted)
      const merged = mergePackageJson(text, wanted)
      notes.push(...merged.notes)
      return merged.text
    })
    edit('.gitignore', (text) => addIgnored(text ?? ''))
  } catch (error) {
    if (!(error instanceof CoworksError)) throw error
    problems.push(...error.problems)
  }
  if (problems.length > 0) throw new CoworksError(problems)
  return { folder, created, changed, kept, notes }
}

/** Files are made by `wx`: one that appeared since the plan is not written over, and what was made before it goes again. */
export function writeProject({ folder, created, changed }: NewProject): void {
  const undo: (() => void)[] = []
  try {
    makeFolder(folder, undo)
    for (const { path, text, secret } of created) {
      const file = join(folder, path)
      makeFolder(dirname(file), undo)
      writeFileSync(file, text, { flag: 'wx', mode: secret === true ? 0o600 : 0o666 })
      undo.push(() => rmSync(file, { force: true }))
    }
    // Last, so that a failure before leaves them as they were.
    for (const { path, text } of changed) replaceText(join(folder, path), text)
  } catch (error) {
    for (const step of undo.reverse()) step()
    const { code, path } = error as NodeJS.ErrnoException
    throw new CoworksError(
      { where: path, what: `cannot be written: ${code ?? String(error)}`, hint: 'nothing was created' },
      { cause: error },
    )
  }
}

/** The package may be `My Shop` in the folder's name, and not for npm. */
function npmName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[-._]+|[-._]+$/g, '')
  // npm installs no package into one of the same name.
  return name === '' || name === 'coworks' || name === 'node_modules' ? 'microservice' : name
}

/** A Coworksfile.js is a Coworksfile, and src/app.js the module `app`. */
function sameAs(path: string): readonly string[] {
  if (path === 'Coworksfile.ts') return COWORKSFILES
  const module = /^(src\/.+)\.ts$/.exec(path)?.[1]
  return module === undefined ? [path] : SAME_MODULE.map((extension) => `${module}.${extension}`)
}

function hintFor({ path }: NewFile, { service }: Names): string | undefined {
  if (path === 'Coworksfile.ts')
    return 'this is a project of coworks already; start another one in a folder of its own: coworks init FOLDER'
  return path.startsWith('src/') || path.startsWith('test/') ? `take another module: --name=service-${service}` : undefined
}

/** What stands where a folder must be. */
function fileAbove(folder: string, path: string): string | undefined {
  const dir = dirname(path)
  if (dir === '.') return undefined
  return statSync(join(folder, dir), { throwIfNoEntry: false })?.isDirectory() === false ? dir : undefined
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new CoworksError({ where: file, what: `cannot be read: ${code ?? String(error)}` }, { cause: error })
  }
}

function makeFolder(dir: string, undo: (() => void)[]): void {
  if (existsSync(dir)) return
  makeFolder(dirname(dir), undo)
  mkdirSync(dir)
  undo.push(() => rmdirSync(dir))
}

/** Aside, then renamed into place; through a link to what it stands for. */
function replaceText(link: string, text: string): void {
  const file = realpathSync(link)
  const temporary = `${file}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, text, { flag: 'wx' })
    chmodSync(temporary, statSync(file).mode & 0o7777)
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
