/**
 * Which files of a local package (a workspace, a `file:` dependency) go into a layer: those that npm would publish by the
 * `files` of its package.json, or all. A package from the registry was packed by its author and is taken as it is.
 */
import { recordOf } from '../util/json-object.js'
import { CoworksError } from '../util/problem.js'
import type { Manifest } from './manifest.js'

/** npm packs these whatever `files` says (docs.npmjs.com/cli/v11/configuring-npm/package-json#files). */
const ALWAYS = /^(package\.json|readme(\.[^/]*)?|licen[cs]e(\.[^/]*)?)$/i
const NEVER = new Set(['node_modules', '.git', '.coworks'])

export interface Published {
  readonly keepsDir: (path: string) => boolean
  readonly keepsFile: (path: string) => boolean
}

/** @throws CoworksError for a pattern in `files` with brackets or braces, rather than leave files out by misreading it. */
export function publishedFiles(manifest: Manifest): Published {
  const keepsDir = (path: string) => !NEVER.has(path.slice(path.lastIndexOf('/') + 1))
  const { files, main, bin } = manifest.fields
  if (!Array.isArray(files)) return { keepsDir, keepsFile: () => true }
  const patterns = files.filter((item): item is string => typeof item === 'string')
  const kept = patterns.filter((one) => !one.startsWith('!')).map((one) => patternRegExp(one, manifest.name))
  const dropped = patterns.filter((one) => one.startsWith('!')).map((one) => patternRegExp(one.slice(1), manifest.name))
  const named = new Set([main, bin, ...Object.values(recordOf(bin))].map((path) => (typeof path === 'string' ? plain(path) : undefined)))
  return {
    keepsDir,
    keepsFile: (path) =>
      ALWAYS.test(path) || named.has(path) || (kept.some((one) => one.test(path)) && !dropped.some((one) => one.test(path))),
  }
}

/** A pattern names a file, or a folder with all that is in it. */
function patternRegExp(pattern: string, name: string): RegExp {
  const path = plain(pattern)
  if (/[[\]{}()!]/.test(path)) {
    const hint = 'name folders, or use * and **'
    throw new CoworksError({
      where: `${name}/package.json`,
      what: `\`files' has the pattern \`${pattern}', which coworks cannot read`,
      hint,
    })
  }
  if (path === '' || path === '.') return /^/
  const source = path.replace(/\*\*\/|\*\*|\*|\?|[.+^$|\\]/g, (part) => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    return part === '?' ? '[^/]' : `\\${part}`
  })
  return new RegExp(`^${source}(?:/|$)`)
}

function plain(path: string): string {
  return path.replace(/^(\.?\/)+/, '').replace(/\/+$/, '')
}
