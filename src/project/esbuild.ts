/** esbuild, whose service runs for as long as this process does. */
import { createRequire } from 'node:module'
import type { BuildOptions, BuildResult, SameShape } from 'esbuild'

/** Not imported: Node's loader of ES modules would come up for it alone, and read all of a CommonJS file for what it may export. */
const load = (): typeof import('esbuild') => createRequire(import.meta.url)('esbuild')

/**
 * What the service is started with, where the user says nothing else. Go collects garbage whenever the heap has doubled: while hundreds of bundles are made
 * that is a fourth of esbuild's time (200 bundles of 50 files: 5.4 s of CPU, with this 4.1). Above the limit it collects as often as ever.
 * Source: "A Guide to the Go Garbage Collector", go.dev/doc/gc-guide.
 */
const COLLECTOR = { GOGC: '400', GOMEMLIMIT: '1GiB' } as const

/** esbuild's `build`. @throws esbuild's BuildFailure */
export async function esbuild<Options extends BuildOptions>(options: SameShape<BuildOptions, Options>): Promise<BuildResult<Options>> {
  const { build } = load()
  const env = process.env
  const unset = (['GOGC', 'GOMEMLIMIT'] as const).filter((name) => env[name] === undefined)
  // The first call starts the service, before it returns; what a user's own commands find in their environment stays as it was.
  for (const name of unset) env[name] = COLLECTOR[name]
  try {
    return build(options)
  } finally {
    for (const name of unset) delete env[name]
  }
}
