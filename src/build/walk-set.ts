/**
 * Walks the folder of a set for its files, and through links, and says what can be no source: a link that dangles, leaves the project or leads
 * back to itself, a name that is no text, what is neither a file nor a folder. Remembers nothing: whoever asks is told what was met.
 */
import { type Dirent, realpathSync, statSync } from 'node:fs'
import { errorCode } from '../util/error-code.js'
import { byCodeUnit } from '../util/hash.js'
import type { Problem } from '../util/problem.js'
import { unreadableName, unreadableNames } from '../util/unreadable-names.js'
import type { FileSet } from './model.js'

/** The folders as whoever asks sees them. Paths are of the project, unless they are real ones. */
export interface Folders {
  absolute(path: string): string
  /** What is in a folder. @throws the system's own error */
  enter(dir: string): readonly Dirent[]
  /** Is told of a folder that is not there. */
  missing(dir: string): void
  /** Is told where a link leads. */
  followed(path: string, real: string): void
  /** Does a real path lie in the project? */
  inside(real: string): boolean
}

export interface Walked {
  /** Sorted by code unit. */
  readonly names: readonly string[]
  readonly problems: readonly Problem[]
}

export function walkSet(set: FileSet, folders: Folders): Walked {
  const names: string[] = []
  const problems: Problem[] = []
  const counts = (path: string): boolean => set.matches === undefined || set.matches(path)

  const walk = (dir: string, above: ReadonlySet<string>): void => {
    let entries: readonly Dirent[]
    try {
      entries = folders.enter(dir)
    } catch (error) {
      const missing = errorCode(error) === 'ENOENT'
      if (missing) folders.missing(dir)
      if (missing && set.optional) return
      problems.push({ where: dir, what: missing ? 'no such folder' : `cannot be read (${errorCode(error)})` })
      return
    }
    const unreadable = unreadableNames(
      folders.absolute(dir),
      entries.map(({ name }) => name),
    )
    for (const entry of entries) {
      const path = dir === '.' ? entry.name : `${dir}/${entry.name}`
      if (unreadable.has(entry.name)) {
        if (entry.isDirectory() ? !set.skipDir?.(path) : counts(path)) problems.push(unreadableName(path))
        continue
      }
      const { kind, real } = entry.isSymbolicLink() ? follow(path) : { kind: kindOf(entry), real: folders.absolute(path) }
      if (kind === 'dir') {
        if (set.skipDir?.(path)) continue
        // A link to a folder above itself would be walked for ever.
        if (above.has(real)) problems.push({ where: path, what: 'is a link that leads back to a folder above it' })
        else walk(path, new Set([...above, real]))
      } else if (counts(path)) {
        if (kind === 'file') names.push(path)
        else if (kind === 'other') problems.push({ where: path, what: 'is neither a file nor a folder', hint: 'exclude it' })
      }
    }
  }

  const follow = (path: string): { readonly kind: Kind | 'bad'; readonly real: string } => {
    const bad = { kind: 'bad', real: '' } as const
    if (!counts(path) && set.skipDir?.(path)) return bad
    try {
      const real = realpathSync(folders.absolute(path))
      folders.followed(path, real)
      if (set.outside || folders.inside(real)) return { kind: kindOf(statSync(real)), real }
      problems.push({ where: path, what: 'is a link that leaves the project', hint: 'copy the file into the project, or exclude the link' })
    } catch {
      problems.push({ where: path, what: 'is a dangling link', hint: 'mend it, remove it, or exclude it' })
    }
    return bad
  }

  walk(set.dir, new Set())
  return { names: names.sort(byCodeUnit), problems }
}

type Kind = 'dir' | 'file' | 'other'

function kindOf(entry: Pick<Dirent, 'isDirectory' | 'isFile'>): Kind {
  return entry.isDirectory() ? 'dir' : entry.isFile() ? 'file' : 'other'
}
