/** Loads an example as a user's build would: bundled, with a copy of the runtime that is not the test's own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

export const REPO = process.env.COWORKS_REPO ?? process.cwd()

export async function loadExample(name: string): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'coworks-example-'))
  try {
    const outfile = join(folder, 'app.mjs')
    await build({
      entryPoints: [join(REPO, 'examples', name, 'src/app.ts')],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      alias: { coworks: join(REPO, 'src/service/index.ts') },
      logLevel: 'error',
    })
    return (await import(pathToFileURL(outfile).href)) as object
  } finally {
    rmSync(folder, { recursive: true })
  }
}
