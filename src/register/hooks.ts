/**
 * Node's module hooks for TypeScript: finds `./x.ts` where a source says `./x.js`, and compiles by esbuild, with the
 * project's tsconfig.json, what is not installed in node_modules. It bundles nothing and checks no types.
 */
import { fileURLToPath } from 'node:url'
import { build, type Loader } from 'esbuild'

interface Resolved {
  readonly url: string
}

interface Loaded {
  readonly format: string
  readonly source: string
  readonly shortCircuit: true
}

type Next<Context, Result> = (what: string, context?: Context) => Promise<Result>

/** As TypeScript and esbuild do: what is there under the name as written wins. */
export async function resolve(specifier: string, context: object, next: Next<object, Resolved>): Promise<Resolved> {
  try {
    return await next(specifier, context)
  } catch (error) {
    for (const candidate of candidates(specifier)) {
      try {
        return await next(candidate, context)
      } catch {} // the first error names what the user wrote
    }
    throw error
  }
}

/** Other names of the file that a relative import may mean. */
export function candidates(specifier: string): readonly string[] {
  if (!/^\.{0,2}\/|^file:/.test(specifier)) return []
  const written = /^(.*)\.([mc]?)js(x?)$/s.exec(specifier)
  if (written !== null) {
    const [, stem = '', kind = '', x = ''] = written
    return x === '' && kind === '' ? [`${stem}.ts`, `${stem}.tsx`] : [`${stem}.${kind}ts${x}`]
  }
  return ['.ts', '.tsx', '/index.ts'].map((end) => specifier.replace(/\/$/, '') + end)
}

const LOADERS: readonly (readonly [end: RegExp, loader: Loader])[] = [
  [/\.[mc]?ts$/, 'ts'],
  [/\.tsx$/, 'tsx'],
  [/\.jsx$/, 'jsx'],
  [/\.json$/, 'json'],
]

export async function load(url: string, context: object, next: Next<object, unknown>): Promise<unknown> {
  const path = url.startsWith('file:') ? url.replace(/[?#].*$/s, '') : ''
  const loader = path.includes('/node_modules/') ? undefined : LOADERS.find(([end]) => end.test(path))?.[1]
  if (loader === undefined) return next(url, context)
  const commonjs = path.endsWith('.cts')
  // `build`, not `transform`: it reads tsconfig.json, as a build of the microservice does.
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(path)],
    write: false,
    outfile: 'out.js',
    format: commonjs ? 'cjs' : 'esm',
    platform: 'node',
    target: `node${process.versions.node}`,
    sourcemap: 'inline',
    loader: { '.json': 'json' },
    logLevel: 'silent',
  })
  return { format: commonjs ? 'commonjs' : 'module', source: outputFiles[0]?.text ?? '', shortCircuit: true } satisfies Loaded
}
