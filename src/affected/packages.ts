/**
 * Which packages a revision has installed. Those of the working tree serve, copied, where nothing that an install depends on is
 * different; otherwise they are installed anew, as its lockfile says, by the package manager that wrote it. Where neither says what was
 * installed, nothing is known of the revision.
 */
import { spawn } from 'node:child_process'
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative } from 'node:path'
import { findInstall } from '../layer/index.js'
import { sha256 } from '../util/hash.js'
import { CoworksError } from '../util/problem.js'
import { git, names } from './git.js'

/** What an install of one tree depends on. */
export interface InstallFacts {
  readonly manager: 'npm' | 'pnpm' | 'yarn' | 'bun'
  /** Folder of the install, from the toplevel. */
  readonly root: string
  /** Path and digest of the lockfile. */
  readonly lockfile: string | undefined
  /** path -> digest of settings and patches that change what is installed. */
  readonly settings: Readonly<Record<string, string>>
  /** What the package.json files ask for, canonically. */
  readonly asked: string
  /** Something besides the lockfile decides what is installed: scripts of the project's own, or a folder that is copied. */
  readonly because: string | undefined
}

export type Installing =
  | { readonly kind: 'copy'; readonly note?: string }
  | { readonly kind: 'install'; readonly words: readonly string[]; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string }

const SETTINGS =
  /(^|\/)(\.npmrc|\.yarnrc|\.yarnrc\.yml|\.pnpmfile\.c?js|pnpm-workspace\.yaml|bunfig\.toml)$|(^|\/)(patches|\.yarn\/patches)\//
const LIFECYCLE = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare', 'dependencies']
/** These set up git hooks, and install nothing. */
const HOOKS = /^(is-ci \|\| )?(husky( install)?|lefthook install|simple-git-hooks)( \|\| (true|:|exit 0))?$/
const ASKED = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'overrides',
  'resolutions',
  'pnpm',
  'packageManager',
  'workspaces',
]
/** A lockfile of another manager than npm that names a folder: its content is installed, and no digest of it is kept. */
const COPIED = /\b(?:file|portal|link|directory):/

const COMMANDS: Readonly<Record<InstallFacts['manager'], readonly string[]>> = {
  npm: ['npm', 'ci', '--no-audit', '--no-fund', '--prefer-offline'],
  pnpm: ['pnpm', 'install', '--frozen-lockfile', '--prefer-offline'],
  yarn: ['yarn', 'install', '--frozen-lockfile'],
  bun: ['bun', 'install', '--frozen-lockfile'],
}

/** Pure. */
export function howToInstall(then: InstallFacts, now: InstallFacts): Installing {
  const install = (why: string): Installing => ({ kind: 'install', words: COMMANDS[then.manager], why })
  if (then.lockfile === undefined) {
    if (then.asked !== now.asked || now.lockfile !== undefined)
      return { kind: 'unknown', why: 'it has no lockfile, so nothing says which packages were installed then' }
    if (then.because !== undefined || now.because !== undefined)
      return { kind: 'unknown', why: `it has no lockfile, and ${then.because ?? now.because}` }
    return { kind: 'copy', note: 'there is no lockfile: the packages installed now are taken to be those of then.' }
  }
  if (then.lockfile !== now.lockfile || then.root !== now.root) return install('the lockfile differs')
  if (JSON.stringify(then.settings) !== JSON.stringify(now.settings)) return install('settings or patches of the package manager differ')
  const because = then.because ?? now.because
  return because === undefined ? { kind: 'copy' } : install(because)
}

/** What is known of the install of the project in `root`. Tracked files only count. */
export async function installFacts(toplevel: string, root: string, signal: AbortSignal): Promise<InstallFacts> {
  const install = findInstall(root, new Set())
  const tracked = names(await git(['ls-files', '-z', '--', install.root], { cwd: toplevel, signal })).sort()
  const present = tracked.filter((path) => existsSync(join(toplevel, path)))
  const lockText = install.lockfile === undefined ? undefined : readFileSync(install.lockfile)
  const manifests = present.filter((path) => basename(path) === 'package.json' && !path.includes('node_modules/'))
  const fields = manifests.map((path) => ({ path, ...objectIn(join(toplevel, path)) }))
  const script = fields.flatMap((one) => lifecycle(one)).at(0)
  return {
    manager: install.manager,
    root: relative(toplevel, install.root),
    lockfile: install.lockfile === undefined ? undefined : `${relative(toplevel, install.lockfile)} ${sha256(lockText ?? '')}`,
    settings: Object.fromEntries(
      present.filter((path) => SETTINGS.test(path)).map((path) => [path, sha256(readFileSync(join(toplevel, path)))]),
    ),
    asked: JSON.stringify(fields.map((one) => ASKED.map((name) => (one as Readonly<Record<string, unknown>>)[name] ?? null))),
    because: script ?? (install.manager === 'npm' ? copiedByNpm(lockText) : copiedByOthers(lockText)),
  }
}

function lifecycle({ path, scripts }: { readonly path: string; readonly scripts?: unknown }): string[] {
  const own = (scripts ?? {}) as Readonly<Record<string, unknown>>
  const names = LIFECYCLE.filter((name) => own[name] !== undefined && !HOOKS.test(String(own[name]).trim()))
  return names.map((name) => `${path} has a script \`${name}', whose outcome no lockfile says`)
}

function copiedByNpm(lock: Uint8Array | undefined): string | undefined {
  const { packages = {} } = lock === undefined ? {} : (parsed(Buffer.from(lock).toString('utf8')) as { packages?: Record<string, unknown> })
  const copied = Object.entries(packages).find(([, one]) => {
    const { resolved = '', link, integrity } = one as { resolved?: unknown; link?: unknown; integrity?: unknown }
    return String(resolved).startsWith('file:') && link !== true && integrity === undefined
  })
  return copied === undefined ? undefined : `\`${copied[0]}' is a copy of a folder`
}

function copiedByOthers(lock: Uint8Array | undefined): string | undefined {
  return lock !== undefined && COPIED.test(Buffer.from(lock).toString('latin1')) ? 'a package is a copy of a folder' : undefined
}

function objectIn(file: string): Readonly<Record<string, unknown>> {
  return parsed(readFileSync(file, 'utf8'))
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {} // what it asks for cannot be known; the build says what is wrong with it
  }
}

/** @throws CoworksError with the end of what the package manager said */
export function install(dir: string, [program = '', ...words]: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'], signal })
    let tail = ''
    const keep = (chunk: Buffer): void => {
      tail = (tail + chunk.toString('utf8')).slice(-2000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const fail = (what: string): void =>
      reject(new CoworksError({ where: [program, ...words].join(' '), what, detail: tail.trim() || undefined }))
    child.on('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' ? `the program \`${program}' is not on the PATH` : error.message),
    )
    child.on('close', (status, ended) => (status === 0 ? resolve() : fail(`ended with ${ended ?? `status ${status}`}`)))
  })
}

/** Copies every node_modules of the working tree that git does not track to its place in `aside`. */
export async function copyInstalled(toplevel: string, aside: string, signal: AbortSignal): Promise<void> {
  const untracked = names(await git(['ls-files', '-z', '--others', '--directory'], { cwd: toplevel, signal }))
  for (const path of untracked) {
    const plain = path.replace(/\/$/, '')
    if (basename(plain) !== 'node_modules') continue
    // A workspace that is not there yet has no packages then.
    if (existsSync(join(aside, dirname(plain)))) copyTree(join(toplevel, plain), join(aside, plain), toplevel, aside)
  }
}

/** Copies, not links: what a Command writes there must not reach the user's own. Links lead where they led, but into `aside`. */
function copyTree(from: string, to: string, toplevel: string, aside: string): void {
  const entries = (() => {
    try {
      return readdirSync(from, { withFileTypes: true })
    } catch {
      return undefined // a link, which is copied as one
    }
  })()
  if (entries === undefined) return
  mkdirSync(to, { recursive: true })
  for (const entry of entries) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) {
      if (entry.name !== '.cache') copyTree(source, target, toplevel, aside)
    } else if (entry.isSymbolicLink()) symlinkSync(moved(readlinkSync(source), toplevel, aside), target)
    else if (entry.isFile()) copyFileSync(source, target, constants.COPYFILE_FICLONE)
  }
}

function moved(link: string, toplevel: string, aside: string): string {
  if (!isAbsolute(link)) return link
  const path = relative(toplevel, link)
  return path.startsWith('..') || isAbsolute(path) ? link : join(aside, path)
}
