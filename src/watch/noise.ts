/**
 * Which paths are never worth a look: state of tools, installed packages, and what editors leave beside a file while they write it.
 * Decides by names alone; whether a path that is worth a look has changed is for the build to say, by content.
 */
import { isLeaving } from '../util/leavings.js'

/** Folders that are never entered. Of `node_modules` only what a package manager writes last is looked at. */
const NEVER = new Set(['node_modules', '.git', '.coworks', '.terraform', '.hg', '.svn', '.idea'])

/** Written by npm, pnpm and yarn when an installation is done. */
const INSTALLED = /^node_modules\/\.(?:package-lock\.json|modules\.yaml|yarn-state\.yml)$/

const STATE: readonly RegExp[] = [
  /\.\d+\.tmp$/, // renamed into place by this tool and others
  /^terraform\.tfstate|^\.terraform\.|\.tfplan$/, // what terraform keeps in its folder; a state is no source
]

/** Is a folder (path from the project, `/` between) never entered? */
export function isClosedFolder(path: string): boolean {
  return path.split('/').some((segment) => NEVER.has(segment))
}

/** Is a change of this path (from the project) nothing to look at? */
export function isNoise(path: string): boolean {
  if (INSTALLED.test(path)) return false
  if (path.startsWith('../') || isClosedFolder(path)) return true
  const name = path.slice(path.lastIndexOf('/') + 1)
  return isLeaving(name) || STATE.some((pattern) => pattern.test(name))
}
