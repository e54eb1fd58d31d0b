/**
 * Whether what is installed is what was asked for: a node_modules that lags behind the lockfile would ship a layer that a
 * colleague's machine does not build. Compares versions only, and says nothing where it cannot tell.
 */
import { existsSync, readFileSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { byCodeUnit } from '../util/hash.js'
import { parseJsonObject, recordOf, stringsOf } from '../util/json-object.js'
import type { Problem } from '../util/problem.js'
import { type Install, isInside } from './install.js'
import type { Manifest, Need } from './manifest.js'

/** `packages` of a package-lock.json of version 2 or 3, by path from the lockfile; nothing for any other lockfile. */
export type Locked = Readonly<Record<string, unknown>> | undefined

/** @throws CoworksError when the lockfile is no JSON object. */
export function lockedPackages(install: Install): Locked {
  if (install.manager !== 'npm' || install.lockfile === undefined) return undefined
  const { packages } = parseJsonObject(readFileSync(install.lockfile, 'utf8'), basename(install.lockfile))
  return packages === undefined ? undefined : recordOf(packages)
}

/** Installed versions that differ from the lockfile's. `dirs`: real folders of the packages in the layer. */
export function lockProblems(install: Install, locked: Locked, dirs: Iterable<readonly [string, Manifest]>): Problem[] {
  if (locked === undefined) return []
  const problems: Problem[] = []
  for (const [dir, { name, version }] of [...dirs].sort((a, b) => byCodeUnit(a[0], b[0]))) {
    const path = lockPath(install, dir)
    // A workspace's own version moves on without an install.
    if (path === undefined || !path.includes('node_modules/')) continue
    const wanted = recordOf(locked[path]).version
    if (typeof wanted !== 'string' || cleaned(wanted) === cleaned(version)) continue
    problems.push({
      where: path,
      what: `is stale: \`${name}' ${version} is installed, ${lockName(install)} says ${wanted}`,
      hint: `run: ${install.command}`,
    })
  }
  return problems
}

/** A dependency of package.json whose range is not the one that package-lock.json was made for, as `npm ci` would say. */
export function rangeProblem(install: Install, locked: Locked, projectDir: string, need: Need): Problem | undefined {
  const path = lockPath(install, projectDir)
  const entry = path === undefined ? undefined : locked?.[path]
  if (entry === undefined) return undefined
  const project = recordOf(entry)
  const range = ['dependencies', 'optionalDependencies', 'peerDependencies']
    .map((key) => stringsOf(project[key])[need.name])
    .find((one) => one !== undefined)
  if (range === need.range) return undefined
  const was = range === undefined ? 'does not know it' : `was made for \`${range}'`
  return {
    where: 'package.json',
    what: `asks for \`${need.name}' ${need.range}, ${lockName(install)} is stale: it ${was}`,
    hint: `run: ${install.relock}`,
  }
}

/** An installed version that is outside the range of package.json, for the simple ranges that leave no doubt. */
export function versionProblem(install: Install, projectDir: string, need: Need, version: string): Problem | undefined {
  if (satisfies(version, need.range) !== false || hasOverrides(install.root) || hasOverrides(projectDir)) return undefined
  return {
    where: 'package.json',
    what: `asks for \`${need.name}' ${need.range}, but ${version} is installed: it is stale`,
    hint: `run: ${install.command}`,
  }
}

/** For `1.2.3`, `^1.2.3`, `~1.2.3` and `>=1.2.3`, yes or no; nothing for any other range, and for prereleases. */
export function satisfies(version: string, range: string): boolean | undefined {
  const wanted = /^(\^|~|>=|=|v)?\s*(\d+)\.(\d+)\.(\d+)$/.exec(range.trim())
  const has = /^(\d+)\.(\d+)\.(\d+)$/.exec(version)
  if (wanted === null || has === null) return undefined
  const [a = 0, b = 0, c = 0] = has.slice(1).map(Number)
  const [major = 0, minor = 0, patch = 0] = wanted.slice(2).map(Number)
  const atLeast = a > major || (a === major && (b > minor || (b === minor && c >= patch)))
  switch (wanted[1]) {
    case '>=':
      return atLeast
    case '~':
      return atLeast && a === major && b === minor
    case '^':
      // Left of the first figure that is not zero, nothing may change.
      return atLeast && a === major && (major > 0 || (b === minor && (minor > 0 || c === patch)))
    default:
      return a === major && b === minor && c === patch
  }
}

/** Overrides make the installed version differ from package.json on purpose. */
function hasOverrides(folder: string): boolean {
  const workspace = join(folder, 'pnpm-workspace.yaml')
  if (existsSync(workspace) && /^(overrides|catalogs?):/m.test(readFileSync(workspace, 'utf8'))) return true
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return false
  const fields = parseJsonObject(readFileSync(file, 'utf8'), 'package.json')
  return fields.overrides !== undefined || fields.resolutions !== undefined || recordOf(fields.pnpm).overrides !== undefined
}

function lockPath(install: Install, dir: string): string | undefined {
  return isInside(dir, install.root) ? relative(install.root, dir).split(sep).join('/') : undefined
}

/** npm writes `1.0.0` into the lockfile for a package that calls itself `v1.0.0+build`. */
function cleaned(version: string): string {
  return version
    .trim()
    .replace(/^[v=]+/, '')
    .replace(/\+.*$/, '')
}

function lockName(install: Install): string {
  return basename(install.lockfile ?? '')
}
