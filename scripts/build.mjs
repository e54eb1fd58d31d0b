// Makes dist/: one bundle per entry, shared chunks, our own code only (dependencies stay packages), and the types.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)

// Built aside and swapped in, so that a command running meanwhile never meets half a dist/.
const out = '.build/dist'
rmSync(out, { recursive: true, force: true })
const entryPoints = {
  coworks: 'src/cli/main.ts',
  cws: 'src/project/cws.ts',
  api: 'src/project/api.ts',
  'describe-child': 'src/project/describe-child.ts',
  'zip-worker': 'src/archive/zip-worker.ts',
  'gateway-child': 'src/gateway/gateway-child.ts',
}
await build({
  entryPoints,
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  chunkNames: 'chunks/[name]-[hash]',
  legalComments: 'none',
  logLevel: 'warning',
})
// The runtime stands alone: it is what a layer carries.
await build({
  entryPoints: { service: 'src/service/index.ts' },
  outdir: out,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  legalComments: 'none',
  logLevel: 'warning',
})
if (existsSync('src/terraform/templates')) cpSync('src/terraform/templates', `${out}/templates`, { recursive: true })
if (existsSync(`${out}/coworks.js`)) chmodSync(`${out}/coworks.js`, 0o755)

if (!process.argv.includes('--no-types')) {
  const types = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', `${out}/types`], {
    stdio: 'inherit',
  })
  if (types.status !== 0) process.exit(types.status ?? 1)
} else if (existsSync('dist/types')) cpSync('dist/types', `${out}/types`, { recursive: true })

mkdirSync('.build', { recursive: true })
rmSync('.build/old-dist', { recursive: true, force: true })
if (existsSync('dist')) renameSync('dist', '.build/old-dist')
renameSync(out, 'dist')
rmSync('.build/old-dist', { recursive: true, force: true })
