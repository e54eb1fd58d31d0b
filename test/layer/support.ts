/** Real project trees in a folder of their own: files by path, links as `link('target')`, packages as `pkg(...)`. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Closure, type LayerOptions, layerContents, resolveClosure } from '../../src/layer/index.js'
import { CoworksError } from '../../src/util/problem.js'

export type Tree = Readonly<Record<string, string | { readonly link: string }>>

export const link = (target: string) => ({ link: target })

/** A package.json; its `main` says who it is, and what it found of its dependencies. */
export const pkg = (name: string, version: string, fields: object = {}) => JSON.stringify({ name, version, ...fields })

/** A CommonJS module that shows its own version and what it resolves of `names`. */
export const main = (names: readonly string[] = []) =>
  `const { name, version } = require('./package.json')
   exports.seen = { me: name + '@' + version }
   ${names.map((name) => `exports.seen[${JSON.stringify(name)}] = require(${JSON.stringify(`${name}/package.json`)}).version`).join('\n')}`

export async function withTree<T>(tree: Tree, run: (root: string) => T | Promise<T>): Promise<T> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'coworks-layer-')))
  try {
    grow(root, tree)
    return await run(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

export function grow(root: string, tree: Tree): void {
  for (const [path, what] of Object.entries(tree)) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    if (typeof what === 'string') writeFileSync(file, what)
    else symlinkSync(what.link, file)
  }
}

/** `layerPath@version` of each package. */
export const shown = (closure: Closure) => closure.packages.map(({ layerPath, version }) => `${layerPath.slice(20)}@${version}`)

export const resolved = (root: string, options?: LayerOptions) => shown(resolveClosure(root, options))

/** The names in the zip, below nodejs/node_modules. */
export const names = (root: string, options?: LayerOptions) =>
  layerContents(root, options)
    .files.map(({ name }) => name.slice(20))
    .sort()

/** The lines of the CoworksError that `run` throws. */
export function problemLines(run: () => unknown): string[] {
  try {
    run()
  } catch (error) {
    if (error instanceof CoworksError) return error.message.split('\n')
    throw error
  }
  throw new Error('nothing was thrown')
}
