/** Files that hold secrets, by their name, and what is said of one that is not kept well. Looks at no disk. */
import type { Problem } from './problem.js'
import { shellPath } from './quote.js'

/** `config/vars_prod.secret.json` */
export function isSecretFile(path: string): boolean {
  return /(^|\/)[^/]*\.secret\.[^/]+$/.test(path)
}

/** Is more than its owner let in? Windows has no such bits. */
export function openToOthers(mode: number, platform: string): boolean {
  return platform !== 'win32' && (mode & 0o077) !== 0
}

export function openSecret(file: string): Problem {
  return { where: file, what: 'can be read by others on this machine', hint: `chmod 600 ${shellPath(file)}` }
}

export function trackedSecret(file: string): Problem {
  return {
    where: file,
    what: 'is tracked by git',
    hint: `git rm --cached ${shellPath(file)}, commit, and change the secrets: they stay in the history`,
  }
}
