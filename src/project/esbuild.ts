/** esbuild, whose service runs for as long as this process does. */
import type { BuildOptions, BuildResult, SameShape } from 'esbuild'
import { importEsbuild } from '../util/import-module.js'

/**
 * What the service is started with, where the user says nothing else. Go collects garbage whenever the heap has doubled: while hundreds of bundles are made
 * that is a fourth of esbuild's time (200 bundles of 50 files: 5.4 s of CPU, with this 4.1). Above the limit it collects as often as ever.
 * Source: "A Guide to the Go Garbage Collector", go.dev/doc/gc-guide.
 */
const COLLECTOR = { GOGC: '400', GOMEMLIMIT: '1GiB' } as const

/** esbuild's `build`. @throws esbuild's BuildFailure */
export async function esbuild<Options extends BuildOptions>(options: SameShape<BuildOptions, Options>): Promise<BuildResult<Options>> {
  const { build } = await importEsbuild()
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
