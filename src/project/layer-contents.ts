/**
 * Which files a layer holds, as a target: made again when a package.json, the lockfile, or a folder of an installed package
 * changed; their contents are the zip's business. The list is kept in the trace and gives the graph its shape.
 */
import { join, relative } from 'node:path'
import type { Action, Target } from '../build/index.js'
import { layerContents } from '../layer/index.js'
import { digestOf, type Json } from '../util/hash.js'
import { CoworksError } from '../util/problem.js'
import type { LayerDeclaration } from './declarations.js'

/** A file of the project or of an installed package, or one that only exists in the layer (base64). */
export type ContentsFile = { readonly name: string; readonly path: string } | { readonly name: string; readonly text: string }

export interface Contents {
  readonly files: readonly ContentsFile[]
  /** Names that a function may import from the layer, sorted. */
  readonly packages: readonly string[]
}

/** Name of the target, which has no file. */
export function contentsId(layer: LayerDeclaration): string {
  return `contents of ${layer.file}`
}

/** `relative`, which takes a while for ten thousand paths, most of which lie in the project. */
function inProject(root: string, path: string): string {
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : relative(root, path)
}

export function layerContentsTarget(layer: LayerDeclaration): Target {
  const id = contentsId(layer)
  const { file: _, name: __, budget: ___, ...options } = layer
  const action: Action = {
    name: 'layer-contents',
    version: '1',
    params: options as unknown as Json,
    title: `list ${layer.file}`,
    cacheable: false, // it looks at an install, which is local to this machine
    run: async (context) => {
      const { root } = context
      try {
        const known: ContentsFile[] = []
        const { closure, directories } = layerContents(root, options, (files) => {
          const more = files.map(
            ({ name, source }): ContentsFile =>
              'file' in source
                ? { name, path: inProject(root, source.file) }
                : { name, text: Buffer.from(source.bytes).toString('base64') },
          )
          for (const one of more) known.push(one)
          context.expect(more.flatMap((one) => ('path' in one ? [one.path] : [])))
        })
        const contents: Contents = {
          files: known,
          packages: [
            ...new Set([
              ...closure.packages.map((pkg) => pkg.name),
              ...(options.sourceDirs ?? []).map((dir) => dir.replace(/\/+$/, '').split('/').at(-1) ?? dir),
            ]),
          ].sort(),
        }
        const runtime = closure.packages.filter((pkg) => pkg.name === 'coworks').map((pkg) => join(pkg.dir, 'dist/service.js'))
        return {
          discovered: [
            ...[...closure.consulted, ...runtime].map((path) => relative(root, path)),
            ...directories.map((path) => `${inProject(root, path)}/`),
          ],
          value: digestOf(contents as unknown as Json),
          info: contents as unknown as Json,
        }
      } catch (error) {
        if (!(error instanceof CoworksError)) throw error
        throw new CoworksError(
          error.problems.map((problem) => ({
            ...problem,
            where: problem.where === undefined || problem.where === 'layer' ? layer.file : `${layer.file}, ${problem.where}`,
          })),
        )
      }
    },
  }
  return { id, outputs: [], inputs: [{ kind: 'file', path: 'package.json', optional: true }], requires: [], action, internal: true }
}
