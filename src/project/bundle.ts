/**
 * A microservice's module -> one file for Lambda, by esbuild. Packages stay imports, to come from a layer, unless they
 * are named to be carried along. Decides what the bundle holds; knows nothing of zips and stages.
 */
import { join, relative } from 'node:path'
import type { BuildOptions, Metafile, OutputFile } from 'esbuild'
import type { Action, ActionContext, FileSet, Input, Target } from '../build/index.js'
import { byCodeUnit, type Json, sha256 } from '../util/hash.js'
import { CoworksError } from '../util/problem.js'
import { isClosedBundle } from './closed-bundle.js'
import { esbuild } from './esbuild.js'
import { esbuildProblems, messageProblem } from './esbuild-problems.js'
import { packageOf } from './package-name.js'

/** Oldest Node that Lambda still takes functions for is 20. */
const LAMBDA_TARGET = 'node20'

export interface BundleRequest {
  readonly id: string
  /** `app-test` */
  readonly microservice: string
  /** `src/app.ts` */
  readonly module: string
  /** `test` */
  readonly service: string
  /** Packages that stay imports, to come from a layer; all others go into the bundle. */
  readonly external: readonly string[] | 'all'
  readonly sourceMap: boolean
  readonly minify: boolean
  /** Sets whose names decide which file an import finds. */
  readonly names: readonly FileSet[]
  readonly esbuildVersion: string
}

export interface BundleInfo {
  /** Packages that the bundle imports when it runs, sorted. */
  readonly imports: readonly string[]
  /** Is all that it does when it is loaded known from its own text and the runtime's? */
  readonly closed: boolean
}

/** Name of the entry below, in messages and source maps. */
export const ENTRY = 'coworks-entry.js'

/** The entry that Lambda calls: it finds the service by its name, so that the user's module needs no handler of its own. */
export function entrySource(module: string, service: string): string {
  return `import * as module from ${JSON.stringify(`./${module}`)}\nimport { lambdaHandler } from 'coworks'\nexport const handler = lambdaHandler(module, ${JSON.stringify(service)})\nexport { module }\n`
}

/** `begun`: called when the bundle is about to be made. */
export function bundleTarget(request: BundleRequest, begun: () => void = () => {}): Target {
  const { id, names, ...params } = request
  const inputs: Input[] = [
    { kind: 'file', path: 'tsconfig.json', optional: true },
    { kind: 'file', path: 'package.json', optional: true },
    ...names.map((set): Input => ({ kind: 'names', set })),
  ]
  const action: Action = {
    name: 'bundle',
    version: '3',
    params: params as unknown as Json,
    title: `bundle ${request.microservice}`,
    run: (context) => {
      begun()
      return bundle(context, request)
    },
  }
  return { id, outputs: request.sourceMap ? [id, `${id}.map`] : [id], inputs, requires: [], action, internal: true }
}

/** What esbuild is asked for. A source map is made only where it is shipped: it would have to be written, hashed and kept like the code. */
function esbuildOptions(root: string, request: BundleRequest, sourcemap: boolean) {
  return {
    absWorkingDir: root,
    stdin: { contents: entrySource(request.module, request.service), resolveDir: root, sourcefile: ENTRY, loader: 'js' },
    bundle: true,
    write: false,
    metafile: true,
    outfile: join(root, request.id),
    format: 'esm',
    platform: 'node',
    target: LAMBDA_TARGET,
    sourcemap: sourcemap ? 'external' : false,
    sourcesContent: request.sourceMap,
    // White space goes, names stay: a change of comments gives the same code, and a stack still reads.
    minifyWhitespace: true,
    minifySyntax: true,
    minifyIdentifiers: request.minify,
    keepNames: request.minify,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
    ...(request.external === 'all'
      ? { packages: 'external' as const }
      : {
          external: request.external.flatMap((name) => [name, `${name}/*`]),
          // `require` does not exist in ES modules; CommonJS packages that are carried along still call it for modules of Node's own.
          banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
        }),
  } satisfies BuildOptions
}

/**
 * The source map of a bundle that was made without one, to find a place in the user's files: JSON. Nothing where it cannot be had, or the
 * sources are no longer those of `code`, the bundle.
 */
export async function sourceMapOf(root: string, request: BundleRequest, code: Uint8Array): Promise<string | undefined> {
  try {
    const { outputFiles } = await esbuild(esbuildOptions(root, request, true))
    const same = outputFiles.some(({ path, contents }) => !path.endsWith('.map') && Buffer.compare(contents, code) === 0)
    return same ? outputFiles.find((file) => file.path.endsWith('.map'))?.text : undefined
  } catch {
    return undefined
  }
}

async function bundle(context: ActionContext, request: BundleRequest) {
  const { root, target } = context
  const [code = '', map = ''] = target.outputs
  try {
    const result = await esbuild(esbuildOptions(root, request, request.sourceMap))
    refuseOutside(result.metafile)
    for (const file of result.outputFiles) context.write(file.path.endsWith('.map') ? map : code, file.contents)
    const text = codeOf(result.outputFiles)
    const info: BundleInfo = { imports: importsOf(result.metafile), closed: isClosedBundle(result.metafile, text) }
    return {
      discovered: sourcesOf(result.metafile, root),
      info: info as unknown as Json,
      warnings: result.warnings.map(messageProblem),
      // Only the code counts where the map is not shipped: a comment moves lines, and changes nothing that runs.
      ...(request.sourceMap ? {} : { value: sha256(text) }),
    }
  } catch (error) {
    if (error instanceof CoworksError) throw error
    throw new CoworksError(esbuildProblems(error), { cause: error })
  }
}

/** The project's own files import each other and packages: a path that leaves the project is not there on another machine. @throws CoworksError */
function refuseOutside({ inputs }: Metafile): void {
  const problems = Object.entries(inputs).flatMap(([importer, { imports }]) =>
    imports
      .filter((one) => one.original?.startsWith('.') && one.path.startsWith('../') && !importer.startsWith('../'))
      .filter((one) => !importer.includes('node_modules/') && !one.path.includes('node_modules/'))
      .map((one) => ({
        where: importer,
        what: `imports \`${one.original}', which is outside the project`,
        hint: 'move it into the project, or make it a package',
      })),
  )
  if (problems.length > 0) throw new CoworksError(problems)
}

function codeOf(files: readonly Pick<OutputFile, 'path' | 'contents'>[]): Uint8Array {
  const code = files.find((file) => !file.path.endsWith('.map'))
  if (code === undefined) throw new Error('esbuild gave no code')
  return code.contents
}

function importsOf(metafile: Metafile): string[] {
  const names = Object.values(metafile.outputs)
    .flatMap((output) => output.imports)
    .filter((one) => one.external)
    .map((one) => packageOf(one.path))
    .filter((name) => name !== undefined)
  return [...new Set(names)].sort(byCodeUnit)
}

/** Files read, and the package.json of packages carried along (their `exports` decide which file is found). */
function sourcesOf(metafile: Metafile, root: string): string[] {
  const files = Object.keys(metafile.inputs)
    .filter((path) => path !== ENTRY && !path.startsWith('(disabled)'))
    .map((path) => relative(root, join(root, path)))
  const manifests = files.flatMap((file) => {
    const at = file.lastIndexOf('node_modules/')
    if (at < 0) return []
    const [first = '', second = ''] = file.slice(at + 'node_modules/'.length).split('/')
    return [`${file.slice(0, at)}node_modules/${first.startsWith('@') ? `${first}/${second}` : first}/package.json`]
  })
  return [...files, ...manifests]
}
