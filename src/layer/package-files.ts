/** The files that a package, or a folder of the project's own sources, puts into a layer. */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { byCodeUnit } from '../util/hash.js'
import { CoworksError, type Problem } from '../util/problem.js'
import type { ClosurePackage } from './closure.js'
import { isInside } from './install.js'
import { readManifest } from './manifest.js'
import { filterOf, type LayerOptions } from './options.js'
import { MODULES } from './place.js'
import { publishedFiles } from './published.js'
import { RUNTIME, runtimeFiles } from './runtime.js'
import { type LayerFile, walkFolder } from './walk.js'

export interface FoundFiles {
  /** In the order of the walk; `checkEntries` and `writeZip` sort. */
  readonly files: readonly LayerFile[]
  /** Every folder that was listed, absolute. */
  readonly directories: readonly string[]
}

/**
 * All files of an installed package but its own node_modules, whose packages have places of their own; of a local package
 * what npm would publish; of coworks the runtime.
 * @throws CoworksError for links that lead out or nowhere, and for what is no file.
 */
export function packageFiles(pkg: ClosurePackage, options: LayerOptions = {}): FoundFiles {
  const manifest = readManifest(join(pkg.dir, 'package.json'), `${pkg.name}/package.json`)
  if (manifest.name === RUNTIME) return { files: runtimeFiles(pkg), directories: [] }
  const filter = filterOf(options)
  const local = pkg.dir.split(sep).includes('node_modules') ? undefined : publishedFiles(manifest)
  const walked = walkFolder(pkg.dir, {
    layerPath: pkg.layerPath,
    shown: pkg.layerPath.slice(MODULES.length + 1),
    // Only the package's own: a node_modules further down is content that its author put there.
    keepsDir: (path) => path !== 'node_modules' && filter.keepsDir(path) && (local?.keepsDir(path) ?? true),
    keepsFile: (path) => path !== 'node_modules' && filter.keepsFile(path) && (local?.keepsFile(path) ?? true),
  })
  if (walked.problems.length > 0) throw new CoworksError(walked.problems)
  return { files: walked.files, directories: walked.directories }
}

/**
 * The files of `sourceDirs`, each folder as a package of its name. One without a package.json gets one with the project's
 * `type`: in node_modules, Node no longer asks the project whether a `.js` is an ES module.
 * @throws CoworksError for a folder that is not there, and as `packageFiles`.
 */
export function sourceDirFiles(projectDir: string, options: LayerOptions = {}): FoundFiles {
  const filter = filterOf(options)
  const files: LayerFile[] = []
  const directories: string[] = []
  const problems: Problem[] = []
  for (const sourceDir of [...new Set(options.sourceDirs ?? [])].sort(byCodeUnit)) {
    const path = resolve(projectDir, sourceDir)
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      problems.push({ where: 'Layer', what: `\`sourceDirs' names \`${sourceDir}', which is no folder`, hint: `looked in ${dirname(path)}` })
      continue
    }
    if (isInside(resolve(projectDir), path)) {
      // Its name would come from where the project happens to be checked out.
      problems.push({
        where: 'Layer',
        what: `\`sourceDirs' names \`${sourceDir}', which holds the project itself`,
        hint: 'name a folder in it',
      })
      continue
    }
    const layerPath = `${MODULES}/${basename(path)}`
    const never = new Set(['node_modules', '.git', '.coworks'])
    const walked = walkFolder(realpathSync.native(path), {
      layerPath,
      shown: relative(projectDir, path) || '.',
      keepsDir: (inside) => !never.has(basename(inside)) && filter.keepsDir(inside),
      keepsFile: filter.keepsFile,
    })
    files.push(...walked.files)
    directories.push(...walked.directories)
    problems.push(...walked.problems)
    if (!existsSync(join(path, 'package.json')) && walked.files.length > 0) {
      const manifest = JSON.stringify({ name: basename(path), type: projectType(projectDir) }, null, 2)
      files.push({ name: `${layerPath}/package.json`, source: { bytes: Buffer.from(`${manifest}\n`) } })
    }
  }
  if (problems.length > 0) throw new CoworksError(problems)
  return { files, directories }
}

function projectType(projectDir: string): string {
  const file = join(projectDir, 'package.json')
  return existsSync(file) && readManifest(file, 'package.json').fields.type === 'module' ? 'module' : 'commonjs'
}
