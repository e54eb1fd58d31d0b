/** Which packages are in an artifact, read from what is installed: of a bundle by the files it was made from, of a layer by its closure. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { findInstall, type LayerOptions, lockedPackages, resolveClosure } from '../layer/index.js'
import { parseJsonObject, recordOf, stringsOf } from '../util/json-object.js'
import type { Shipped } from './cyclonedx.js'

/** `files`: from the project's folder, of the packages and of the project itself. */
export function bundledPackages(root: string, files: readonly string[]): Shipped[] {
  const folders = new Map<string, string | undefined>()
  const owner = (dir: string): string | undefined => {
    if (!folders.has(dir)) {
      const own = existsSync(join(dir, 'package.json')) && fieldsOf(dir).name !== undefined && fieldsOf(dir).version !== undefined
      folders.set(dir, own ? dir : dirname(dir) === dir ? undefined : owner(dirname(dir)))
    }
    return folders.get(dir)
  }
  const found = new Set(files.map((file) => owner(dirname(join(root, file)))))
  found.delete(undefined)
  found.delete(owner(root)) // the project itself
  const integrity = integrities(root)
  return [...found].filter((dir) => dir !== undefined).map((dir) => shipped(dir, pathOf(root, dir), integrity))
}

/** Of the layer in the project in `root`, as it is built. @throws CoworksError where what is installed lags behind */
export function layerPackages(root: string, options: LayerOptions): Shipped[] {
  if (options.modules?.length === 0) return []
  const integrity = integrities(root)
  return resolveClosure(root, options).packages.map(({ dir, layerPath }) => {
    const one = shipped(dir, layerPath, integrity)
    // Of coworks a layer holds the runtime only, which needs no package.
    return one.name === 'coworks' ? { ...one, needs: [] } : one
  })
}

/** What package.json of the project asks for. */
export function projectNeeds(root: string): readonly string[] {
  if (!existsSync(join(root, 'package.json'))) return []
  const { dependencies, optionalDependencies } = fieldsOf(root)
  return Object.keys({ ...stringsOf(dependencies), ...stringsOf(optionalDependencies) })
}

function shipped(dir: string, path: string, integrity: (dir: string) => string | undefined): Shipped {
  const { name, version, license, licenses, description, dependencies, optionalDependencies, peerDependencies } = fieldsOf(dir)
  return {
    name: String(name),
    version: String(version),
    path,
    needs: Object.keys({ ...stringsOf(dependencies), ...stringsOf(optionalDependencies), ...stringsOf(peerDependencies) }),
    licence: license ?? licenses,
    description: typeof description === 'string' && description !== '' ? description : undefined,
    integrity: integrity(dir),
  }
}

/** What the lockfile of npm says of the archive that a folder was unpacked from; of other managers' lockfiles nothing. */
function integrities(root: string): (dir: string) => string | undefined {
  const install = findInstall(realpathSync(root), new Set())
  const locked = lockedPackages(install)
  return (dir) => {
    const { integrity } = recordOf(locked?.[slashes(relative(install.root, dir))])
    return typeof integrity === 'string' ? integrity : undefined
  }
}

function fieldsOf(dir: string): Readonly<Record<string, unknown>> {
  return parseJsonObject(readFileSync(join(dir, 'package.json'), 'utf8'), slashes(join(dir, 'package.json')))
}

/** A package beside the project (a workspace, a link) lies where it would be installed. */
function pathOf(root: string, dir: string): string {
  const path = slashes(relative(root, dir))
  const at = path.indexOf('node_modules/')
  return at < 0 ? `node_modules/${String(fieldsOf(dir).name)}` : path.slice(at)
}

function slashes(path: string): string {
  return path.split(sep).join('/')
}
