/**
 * How the project's packages got there: the folder they were installed from, the lockfile, and the command that would
 * install them again. Decides which folder is asked last for a package; runs nothing.
 */
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { parseJsonObject } from '../util/json-object.js'

export interface Install {
  /** Where the lockfile lies, or the workspace begins: a package found above it would be there by accident. */
  readonly root: string
  /** Absolute path, where there is one. */
  readonly lockfile: string | undefined
  readonly manager: 'npm' | 'pnpm' | 'yarn' | 'bun'
  /** The command that makes node_modules what the lockfile says. */
  readonly command: string
  /** The command that makes the lockfile what package.json says. */
  readonly relock: string
}

const LOCKFILES = [
  ['npm-shrinkwrap.json', 'npm'], // npm itself prefers it to package-lock.json
  ['package-lock.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
] as const

/** `consulted` gets every path whose content or absence decided. */
export function findInstall(projectDir: string, consulted: Set<string>): Install {
  const folders = foldersUp(projectDir)
  for (const folder of folders) {
    for (const [name, manager] of LOCKFILES) {
      const lockfile = join(folder, name)
      if (!existsSync(lockfile)) continue
      consulted.add(lockfile)
      return { root: folder, lockfile, manager, ...commands(manager, true) }
    }
  }
  for (const [name] of LOCKFILES) consulted.add(join(projectDir, name))
  const manager = declaredManager(projectDir) ?? 'npm'
  const root = folders.find(isWorkspaceRoot) ?? folders.at(-1) ?? projectDir
  return { root, lockfile: undefined, manager, ...commands(manager, false) }
}

/** Whether `dir` is `root` or lies in it. */
export function isInside(dir: string, root: string): boolean {
  const path = relative(root, dir)
  return path === '' || (path !== '..' && !/^\.\.[/\\]/.test(path) && !/^([a-zA-Z]:|[/\\])/.test(path))
}

/** `dir` and those above it, up to the repository's: a lockfile forgotten in a home folder is not the project's. */
function foldersUp(dir: string): string[] {
  const folders = [dir]
  for (let at = dir; !existsSync(join(at, '.git')) && dirname(at) !== at; at = dirname(at)) folders.push(dirname(at))
  return folders
}

function isWorkspaceRoot(folder: string): boolean {
  return existsSync(join(folder, 'pnpm-workspace.yaml')) || fieldsIn(folder).workspaces !== undefined
}

/** The `packageManager` that Corepack reads: `pnpm@9.1.0`. */
function declaredManager(folder: string): Install['manager'] | undefined {
  const { packageManager } = fieldsIn(folder)
  const name = typeof packageManager === 'string' ? packageManager.split('@')[0] : undefined
  return LOCKFILES.map(([, manager]) => manager).find((manager) => manager === name)
}

function fieldsIn(folder: string): Readonly<Record<string, unknown>> {
  try {
    return parseJsonObject(readFileSync(join(folder, 'package.json'), 'utf8'), basename(folder))
  } catch {
    return {} // none there, or not this folder's business: the project's own is read, and reported, elsewhere
  }
}

function commands(manager: Install['manager'], locked: boolean): Pick<Install, 'command' | 'relock'> {
  return { command: manager === 'npm' && locked ? 'npm ci' : `${manager} install`, relock: `${manager} install` }
}
