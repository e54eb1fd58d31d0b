/**
 * What is said of the environment files of what is built that hold secrets: that others can read one, or that git tracks it. Said by every build,
 * until it is mended: files, folders and git's index are looked at by the snapshot, so that a witness knows when to ask again.
 */
import { readFileSync, statSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import type { Snapshot } from '../build/state.js'
import { trackedPaths } from '../util/git-index.js'
import { CoworksError, type Problem } from '../util/problem.js'
import { isSecretFile, openSecret, openToOthers, trackedSecret } from '../util/secret-file.js'

/** `files`: environment files, from the project's folder. */
export function secretNotices(snapshot: Snapshot, files: readonly string[]): Problem[] {
  const secrets = [...new Set(files)].filter((file) => isSecretFile(file) && snapshot.kind(file) === 'file').sort()
  if (secrets.length === 0) return []
  const tracked = trackedByGit(snapshot, secrets)
  return secrets.flatMap((file) => [
    ...(openToOthers(statSync(snapshot.absolute(file), { throwIfNoEntry: false })?.mode ?? 0, process.platform) ? [openSecret(file)] : []),
    ...(tracked.has(file) ? [trackedSecret(file)] : []),
  ])
}

function trackedByGit(snapshot: Snapshot, files: readonly string[]): ReadonlySet<string> {
  try {
    const place = findIndex(snapshot)
    if (place === undefined) return new Set()
    const inCheckout = new Map(files.map((file) => [posix.join(place.folder, file), file]))
    return new Set(trackedPaths(snapshot.bytes(place.index), new Set(inCheckout.keys())).map((path) => inCheckout.get(path) ?? ''))
  } catch (error) {
    // Written at this moment, or of a folder that is closed to this user: there is nothing to say.
    if (error instanceof CoworksError || (error instanceof Error && 'code' in error)) return new Set()
    throw error
  }
}

/** Git's index, from the project's folder, and where that folder lies in the checkout. */
function findIndex(snapshot: Snapshot): { readonly index: string; readonly folder: string } | undefined {
  const depth = snapshot.root.split(sep).filter(Boolean).length
  for (let up = 0; up <= depth; up++) {
    const top = '../'.repeat(up)
    const kind = snapshot.kind(`${top}.git`)
    if (kind === 'missing') continue
    const folder = relative(join(snapshot.root, top), snapshot.root).split(sep).join('/')
    const index = kind === 'dir' ? `${top}.git/index` : linkedIndex(snapshot, `${top}.git`)
    return index === undefined || snapshot.kind(index) !== 'file' ? undefined : { index, folder }
  }
  return undefined
}

/** `.git` of a linked worktree or a submodule is a file that says where the folder is. */
function linkedIndex(snapshot: Snapshot, file: string): string | undefined {
  const where = /^gitdir: (.+)$/m.exec(readFileSync(snapshot.absolute(file), 'utf8'))?.[1]
  return where === undefined ? undefined : relative(snapshot.root, join(posix.resolve(snapshot.absolute(file), '..', where), 'index'))
}
