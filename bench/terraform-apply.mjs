// Three ways to write an API for Terraform, planned and applied by the real terraform and provider to moto: a resource a part
// (`discrete`), one OpenAPI body on the API (`body`), and what coworks renders (`put`: a body a stage). Then six microservices in three stages in one apply.
// Counted are resources, requests that reach the emulator, and seconds.
//   node bench/terraform-apply.mjs [5,150] [--no-shop] [--shop-only]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)
process.env.COWORKS_REPO = root
const words = process.argv.slice(2)
const sizes = words.includes('--shop-only') ? [] : (words.find((word) => /^[\d,]+$/.test(word)) ?? '5,150').split(',').map(Number)

await build({
  stdin: {
    contents: `export * from './test/support/moto.js'; export * from './test/support/terraform.js'; export * from './test/terraform/large.js'`,
    resolveDir: root,
  },
  outfile: '.build/bench/terraform.mjs',
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  logLevel: 'warning',
})
const { bodyFiles, discreteFiles, findTerraform, hasMoto, largeProject, putFiles, startMoto, terraform, terraformEnv } = await import(
  pathToFileURL(join(root, '.build/bench/terraform.mjs')).href
)

const found = findTerraform()
if ('missing' in found || !hasMoto()) {
  console.error(`cannot be measured here: ${'missing' in found ? found.missing : 'moto_server is not on the PATH'}`)
  process.exit(1)
}

/** Applies files to an emulator of their own. */
async function measure(name, files) {
  const dir = mkdtempSync(join(tmpdir(), 'coworks-bench-'))
  const moto = await startMoto()
  const env = terraformEnv(moto.env)
  try {
    for (const [path, content] of files) {
      mkdirSync(join(dir, path, '..'), { recursive: true })
      writeFileSync(join(dir, path), content)
    }
    const cwd = join(dir, 'terraform')
    await terraform(cwd, ['init', '-input=false', `-plugin-dir=${found.pluginDir}`], env)
    const timed = async (args, ok = [0]) => {
      const calls = moto.calls()
      const from = performance.now()
      const { status } = await terraform(cwd, args, env, { ok })
      return { seconds: (performance.now() - from) / 1000, calls: moto.calls() - calls, status }
    }
    const plan = await timed(['plan', '-input=false', '-out=plan'])
    const apply = await timed(['apply', '-input=false', 'plan'])
    const again = await timed(['plan', '-input=false', '-detailed-exitcode'], [0, 2])
    const { stdout } = await terraform(cwd, ['state', 'list'], env)
    const row = {
      name,
      resources: stdout.trim().split('\n').length,
      planSeconds: plan.seconds,
      applyCalls: apply.calls,
      applySeconds: apply.seconds,
      againCalls: again.calls,
      againSeconds: again.seconds,
      againEmpty: again.status === 0,
    }
    print(row)
    return row
  } finally {
    moto.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

const columns = ['name', 'resources', 'planSeconds', 'applyCalls', 'applySeconds', 'againCalls', 'againSeconds', 'againEmpty']
function print(row) {
  const cell = (value) => (typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(1) : String(value))
  console.log(`| ${columns.map((column) => cell(row[column])).join(' | ')} |`)
}

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}; two stages, plan, apply, plan again\n`)
console.log(`| ${columns.join(' | ')} |\n|${columns.map(() => '---|').join('')}`)
for (const routes of sizes) {
  await measure(`discrete, ${routes} routes`, discreteFiles(routes))
  await measure(`body, ${routes} routes`, bodyFiles(routes))
  await measure(`put, ${routes} routes`, putFiles(routes))
}
if (!words.includes('--no-shop')) await measure('put, 6 microservices in 3 stages', largeProject(6, ['dev', 'test', 'prod']))
