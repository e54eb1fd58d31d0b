/**
 * Finds an installed package as Node does (nodejs.org/api/modules.html, "Loading from node_modules folders"): from the real
 * folder of whoever asks, up through every node_modules. That one rule covers npm's and yarn's hoisting, pnpm's store of
 * links, and workspaces. Every path that decided is remembered, the missing ones too.
 */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { type Install, isInside } from './install.js'
import { isPackageName, type Manifest, readManifest } from './manifest.js'

export class Lookup {
  readonly #install: Install
  readonly #consulted: Set<string>
  readonly #folders = new Map<string, boolean>()
  readonly #manifests = new Map<string, Manifest>()

  constructor(install: Install, consulted: Set<string>) {
    this.#install = install
    this.#consulted = consulted
  }

  /** The real folder of package `name` as seen from `from`, a real folder; nothing when it is not installed. */
  find(name: string, from: string): string | undefined {
    if (!isPackageName(name)) return undefined
    const last = isInside(from, this.#install.root) ? this.#install.root : undefined
    for (let at = from; ; at = dirname(at)) {
      const modules = join(at, 'node_modules')
      if (basename(at) !== 'node_modules') {
        if (!this.#isFolder(modules)) {
          this.#consulted.add(modules)
        } else {
          const manifest = join(modules, name, 'package.json')
          this.#consulted.add(manifest)
          if (existsSync(manifest)) return realpathSync.native(join(modules, name))
        }
      }
      if (at === last || dirname(at) === at) return undefined
    }
  }

  /** @throws CoworksError when the package's package.json is no JSON object. */
  manifest(dir: string): Manifest {
    const known = this.#manifests.get(dir)
    if (known !== undefined) return known
    const file = join(dir, 'package.json')
    this.#consulted.add(file)
    const manifest = readManifest(file, relative(this.#install.root, file))
    this.#manifests.set(dir, manifest)
    return manifest
  }

  #isFolder(path: string): boolean {
    const known = this.#folders.get(path)
    if (known !== undefined) return known
    const is = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
    this.#folders.set(path, is)
    return is
  }
}
