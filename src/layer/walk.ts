/**
 * The files below a folder, in an order that the disk does not decide. Links inside are followed, as a zip holds none; a
 * link that leads out or nowhere, and whatever is neither file nor folder, is a problem and not a gap in the layer.
 */
import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { sep } from 'node:path'
import type { EntrySource } from '../archive/index.js'
import { byCodeUnit } from '../util/hash.js'
import type { Problem } from '../util/problem.js'
import { unreadableName, unreadableNames } from '../util/unreadable-names.js'
import { isInside } from './install.js'

export interface LayerFile {
  /** Path in the zip. */
  readonly name: string
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

const NO_FILE = ['is neither a file nor a folder', 'a layer cannot hold a socket, pipe or device'] as const

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
    const within = [...above, real]
    for (const found of entries) {
      // Both are normal: joining them again, ten thousand times, would take longer than reading the folders.
      if (!unreadable.has(found.name)) visit(found, folder + sep + found.name, real + sep + found.name, prefix + found.name, within)
      else if (found.isDirectory() ? options.keepsDir(prefix + found.name) : options.keepsFile(prefix + found.name))
        problems.push(unreadableName(`${options.shown}/${prefix}${found.name}`))
    }
  }
  const visit = (found: Dirent, path: string, real: string, inside: string, above: readonly string[]) => {
    // Left out before it is looked at: an excluded link may well be a broken one.
    if (found.isDirectory() ? !options.keepsDir(inside) : found.isFile() && !options.keepsFile(inside)) return
    if (found.isSymbolicLink()) follow(path, inside, above)
    else if (found.isDirectory()) enter(path, real, `${inside}/`, above)
    else if (found.isFile()) keep(path, inside)
    else problem(inside, ...NO_FILE)
  }
  const follow = (path: string, inside: string, above: readonly string[]) => {
    if (!(options.keepsDir(inside) && options.keepsFile(inside))) return
    const target = realTarget(path)
    if (target === undefined) return void problem(inside, 'is a link to nothing', 'remove the link, or exclude it')
    if (!isInside(target, dir)) return void problem(inside, 'is a link that leaves the package', 'put the file itself there, or exclude it')
    const stats = statSync(target, { throwIfNoEntry: false })
    if (stats?.isDirectory()) {
      if (above.includes(target)) problem(inside, 'is a link to a folder that holds it')
      else enter(path, target, `${inside}/`, above)
    } else if (stats?.isFile()) keep(path, inside)
    else problem(inside, ...NO_FILE)
  }
  const keep = (path: string, inside: string) => files.push({ name: `${options.layerPath}/${inside}`, source: { file: path } })
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
