/** `AllFiles` and `Glob` -> the engine's sets of files: which names belong, which folders are never entered. */
import type picomatch from 'picomatch'
import type { FileSet } from '../build/index.js'
import type { Snapshot } from '../build/state.js'
import { canonical } from '../util/hash.js'
import { latePackage } from '../util/late-package.js'
import { isLeaving } from '../util/leavings.js'
import type { AllFilesDeclaration } from './declarations.js'

/** Code reaches a zip through the bundle only. */
const CODE = /\.(?:[cm]?ts|tsx|[cm]?js|jsx)$/

export function isCode(path: string): boolean {
  return CODE.test(path)
}

let loaded: typeof picomatch | undefined

/** Most sets have no pattern. */
function matcher(): typeof picomatch {
  loaded ??= latePackage('picomatch') as typeof picomatch
  return loaded
}

/** Never sources of anything: installed packages, state of tools. */
const NEVER = new Set(['node_modules', '.git', '.coworks', '.terraform'])

export interface SetFilter {
  /** `code`, `static`, or every file. */
  readonly only?: 'code' | 'static'
  /** Paths that coworks itself makes: they never are sources of what makes them. */
  readonly generated?: Pick<ReadonlySet<string>, 'has'>
}

export function fileSet(declaration: AllFilesDeclaration, filter: SetFilter = {}): FileSet {
  const { dir, pattern, exclude } = declaration
  const below = (path: string) => (dir === '.' ? path : path.slice(dir.length + 1))
  // Dot files count: leaving out `.well-known/` without a word would be a surprise in a zip.
  const wanted = pattern.length === 0 ? undefined : matcher()([...pattern], { dot: true })
  const unwanted = exclude.length === 0 ? undefined : matcher()([...exclude], { dot: true })
  const { only, generated } = filter
  return {
    key: canonical([dir, pattern, exclude, only ?? 'all']),
    dir,
    matches: (path) => {
      if (generated?.has(path) || isLeaving(path)) return false
      // Of a submodule it is a file, which says where its repository lies.
      if (path === '.git' || path.endsWith('/.git')) return false
      if (only !== undefined && isCode(path) !== (only === 'code')) return false
      const name = below(path)
      return (wanted === undefined || wanted(name)) && (unwanted === undefined || !unwanted(name))
    },
    skipDir: (path) => NEVER.has(path.slice(path.lastIndexOf('/') + 1)) || (unwanted?.(below(path)) ?? false),
  }
}

/** Files of the project that match, as paths from its folder; unsorted. */
export function globSync(snapshot: Snapshot, pattern: string, exclude: readonly string[]): string[] {
  const matches = matcher()(pattern, { dot: false, ignore: [...exclude] })
  const { base } = matcher().scan(pattern)
  if (base === pattern && snapshot.kind(pattern) !== 'missing') return [pattern]
  const found: string[] = []
  const walk = (dir: string): void => {
    // A pattern whose folder is missing, or may not be read, matches nothing.
    for (const entry of snapshot.dirents(dir) ?? []) {
      const path = dir === '.' ? entry.name : `${dir}/${entry.name}`
      if (entry.isDirectory()) {
        if (!NEVER.has(entry.name)) walk(path)
      } else if (matches(path)) found.push(path)
    }
  }
  walk(base === '' ? '.' : base)
  return found
}
