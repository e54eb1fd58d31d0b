/**
 * `{ bundle: false }`: the code keeps its tree, each file transpiled on its own. Imports of the project's own files are
 * rewritten to the files that Node will find; everything else stays as it was written.
 */

import { writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Action, FileSet, Target } from '../build/index.js'
import { CoworksError } from '../util/problem.js'
import { entrySource } from './bundle.js'
import { esbuild } from './esbuild.js'
import { esbuildProblems } from './esbuild-problems.js'
import { type Microservice, paths } from './microservice.js'

/** TypeScript's and JSX's extensions become those that Node loads. */
export function compiledName(path: string): string {
  return path.replace(/\.([cm]?)(?:tsx?|jsx)$/, '.$1js')
}

export function treeTarget(ms: Microservice, module: string, code: readonly FileSet[], esbuildVersion: string): Target {
  const id = paths.code(ms.name, 'tree').replace(/index\.mjs$/, 'tree.json')
  const action: Action = {
    name: 'transpile-tree',
    version: '1',
    params: { module, service: ms.service, esbuildVersion, srcDir: ms.project.srcDir },
    title: `transpile ${ms.name}`,
    run: async (context) => {
      const files = [...new Set(code.flatMap((set) => context.files(set).map((entry) => entry.path)))].filter(
        (path) => !path.endsWith('.d.ts'),
      )
      const known = new Set(files)
      const base = ms.project.srcDir
      const inZip = (path: string) => compiledName(relative(base, path))
      const written: { name: string; text: string }[] = []
      try {
        for (const path of files) {
          const result = await esbuild({
            absWorkingDir: context.root,
            stdin: {
              contents: Buffer.from(context.read(path)).toString('utf8'),
              resolveDir: join(context.root, dirname(path)),
              sourcefile: path,
              loader: 'tsx',
            },
            bundle: true,
            write: false,
            format: path.endsWith('.cts') || path.endsWith('.cjs') ? 'cjs' : 'esm',
            platform: 'node',
            target: 'node20',
            logLevel: 'silent',
            plugins: [
              {
                name: 'coworks-tree',
                setup: (setup) =>
                  setup.onResolve({ filter: /.*/ }, (args) => {
                    if (!args.path.startsWith('.')) return { path: args.path, external: true }
                    const target = ownFile(join(dirname(path), args.path), known)
                    if (target === undefined) return { errors: [{ text: `Could not resolve "${args.path}"` }] }
                    const to = relative(dirname(path), compiledName(target))
                    return { path: to.startsWith('.') ? to : `./${to}`, external: true }
                  }),
              },
            ],
          })
          written.push({ name: inZip(path), text: result.outputFiles[0]?.text ?? '' })
        }
      } catch (error) {
        if (error instanceof CoworksError) throw error
        throw new CoworksError(esbuildProblems(error), { cause: error })
      }
      written.push({ name: 'index.mjs', text: entrySource(inZip(module), ms.service) })
      if (!written.some((file) => file.name === 'package.json')) written.push({ name: 'package.json', text: '{"type":"module"}\n' })
      writeFileSync(context.output(id), JSON.stringify(written))
      return {}
    },
  }
  return { id, outputs: [id], inputs: code.map((set) => ({ kind: 'set', set }) as const), requires: [], action, internal: true }
}

/** The file of the project that an import finds: as written, TypeScript's for JavaScript's extension, added extension, or index. */
function ownFile(path: string, known: ReadonlySet<string>): string | undefined {
  const plain = join(path)
  const typescript = plain.replace(/\.([cm]?)jsx?$/, '.$1ts')
  const candidates = [
    plain,
    typescript,
    typescript.replace(/ts$/, 'tsx'),
    ...['ts', 'tsx', 'mts', 'js', 'mjs', 'jsx'].flatMap((extension) => [`${plain}.${extension}`, `${plain}/index.${extension}`]),
  ]
  return candidates.find((candidate) => known.has(candidate))
}
