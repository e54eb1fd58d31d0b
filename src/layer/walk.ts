/**
 * The files below a folder, in an order that the disk does not decide. Links inside are followed, as a zip holds none; a
 * link that leads out or nowhere, and whatever is neither file nor folder, is a problem and not a gap in the layer.
 */
import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import type { EntrySource } from '../archive/index.js'
import { byCodeUnit } from '../util/hash.js'
import type { Problem } from '../util/problem.js'
import { unreadableName, unreadableNames } from '../util/unreadable-names.js'
import { isInside } from './install.js'

export interface LayerFile {
  /** Path in the zip. */
  readonly name: string
  readonly mode: 0o644 | 0o755
  /** A file of the disk, which may be a link to one, or content that coworks made. */
  readonly source: EntrySource
}

export interface Walked {
  readonly files: readonly LayerFile[]
  /** Every folder that was listed, absolute: a file that appears or goes changes one of them. */
  readonly directories: readonly string[]
  readonly problems: readonly Problem[]
}

export interface WalkOptions {
  /** Path in the zip of `dir`. */
  readonly layerPath: string
  /** How messages name `dir`. */
  readonly shown: string
  /** Paths inside `dir`, with `/`. */
  readonly keepsDir: (path: string) => boolean
  readonly keepsFile: (path: string) => boolean
}

/** `dir`: absolute, links resolved. */
export function walkFolder(dir: string, options: WalkOptions): Walked {
  const files: LayerFile[] = []
  const directories: string[] = []
  const problems: Problem[] = []
  const problem = (path: string, what: string, hint?: string) => problems.push({ where: `${options.shown}/${path}`, what, hint })

  const enter = (folder: string, real: string, prefix: string, above: readonly string[]) => {
    directories.push(folder)
    const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => byCodeUnit(a.name, b.name))
    const unreadable = unreadableNames(
      folder,
      entries.map(({ name }) => name),
    )
    for (const found of entries) {
      if (!unreadable.has(found.name)) visit(found, join(folder, found.name), join(real, found.name), prefix + found.name, [...above, real])
      else if (found.isDirectory() ? options.keepsDir(prefix + found.name) : options.keepsFile(prefix + found.name))
        problems.push(unreadableName(`${options.shown}/${prefix}${found.name}`))
    }
  }
  const visit = (found: Dirent, path: string, real: string, inside: string, above: readonly string[]) => {
    // Left out before it is looked at: an excluded link may well be a broken one.
    if (found.isDirectory() ? !options.keepsDir(inside) : found.isFile() && !options.keepsFile(inside)) return
    if (found.isSymbolicLink() && !(options.keepsDir(inside) && options.keepsFile(inside))) return
    const target = found.isSymbolicLink() ? realTarget(path) : real
    if (target === undefined) return void problem(inside, 'is a link to nothing', 'remove the link, or exclude it')
    if (!isInside(target, dir)) return void problem(inside, 'is a link that leaves the package', 'put the file itself there, or exclude it')
    const stats: Stats | undefined = statSync(target, { throwIfNoEntry: false })
    if (stats?.isDirectory()) {
      if (above.includes(target)) return void problem(inside, 'is a link to a folder that holds it')
      enter(path, target, `${inside}/`, above)
    } else if (stats?.isFile()) {
      files.push({ name: `${options.layerPath}/${inside}`, mode: stats.mode & 0o100 ? 0o755 : 0o644, source: { file: path } })
    } else {
      problem(inside, 'is neither a file nor a folder', 'a layer cannot hold a socket, pipe or device')
    }
  }
  enter(dir, dir, '', [])
  return { files, directories, problems }
}

function realTarget(link: string): string | undefined {
  try {
    return realpathSync.native(link)
  } catch {
    return undefined // dangling, or a circle of links
  }
}
