// The runtime is in every layer and starts with every function: docs/service.md promises these sizes.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { test } from 'uvu'
import { REPO } from './load-example.js'

async function bundled(minify: boolean): Promise<{ readonly bytes: Uint8Array; readonly external: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(REPO, 'src/service/index.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    legalComments: 'none',
    packages: 'external',
    minify,
    write: false,
    metafile: true,
  })
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path))
  return { bytes: outputFiles[0]?.contents ?? new Uint8Array(), external: imports }
}

test('the runtime is at most 96 kB as it ships and 20 kB as it is zipped, minified', async () => {
  assert.ok((await bundled(false)).bytes.length <= 96_000)
  assert.ok(gzipSync((await bundled(true)).bytes).length <= 20_000)
})

test('it imports nothing but Node', async () => {
  for (const path of (await bundled(false)).external) assert.ok(builtinModules.includes(path.replace(/^node:/, '')), path)
  for (const file of readdirSync(join(REPO, 'src/service'))) {
    const text = readFileSync(join(REPO, 'src/service', file), 'utf8')
    for (const [, from = ''] of text.matchAll(/from '([^']+)'/g))
      assert.match(from, /^(?:\.\/[\w-]+\.js|node:[\w:]+)$|^coworks$/, `${file} imports ${from}`)
  }
})

test.run()
