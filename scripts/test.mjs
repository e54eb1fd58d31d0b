// The test command: compiles src/ and test/ once, then runs every test file in its own process, in parallel, with a
// time limit. A file that fails, hangs, or runs no test fails the run. Ends with "N passed, N failed, N skipped".
//   npm test [-- part-of-a-path …] [--jobs N] [--no-build]
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { runByOwnNode } from './own-node.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)

runByOwnNode(root)
const words = process.argv.slice(2)
const jobsAt = words.indexOf('--jobs')
const jobs = jobsAt < 0 ? availableParallelism() : Number(words.splice(jobsAt, 2)[1])
const noBuild = words.includes('--no-build')
const wanted = words.filter((word) => !word.startsWith('--'))

const sources = (dir) =>
  readdirSync(dir, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(dir, entry.name)
      if (entry.isDirectory()) return entry.name === 'fixtures' ? [] : sources(path)
      return /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : []
    })
    .sort()
const files = sources('test').filter(
  (file) => file.endsWith('.test.ts') && (wanted.length === 0 || wanted.some((part) => file.includes(part))),
)
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`)
  process.exit(1)
}

// The examples are built by tests as a user would build them: installed first.
for (const example of ['examples/quickstart', 'examples/shop']) {
  if (existsSync(join(example, 'node_modules/.package-lock.json'))) continue
  const install = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: example,
    encoding: 'utf8',
  })
  if (install.status !== 0) {
    console.error(`npm install in ${example} failed:\n${install.stderr}`)
    process.exit(1)
  }
}

if (!noBuild) {
  const dist = spawnSync(process.execPath, ['scripts/build.mjs', '--no-types'], { stdio: 'inherit' })
  if (dist.status !== 0) process.exit(1)
  if (wanted.length === 0) rmSync('.build/test', { recursive: true, force: true })
}
await build({
  entryPoints: [...sources('src'), ...sources('test'), ...(existsSync('bench') ? sources('bench') : [])],
  outdir: '.build/test',
  outbase: '.',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: 'inline',
  logLevel: 'warning',
})

// A file says how long it may take with a first line `// limit: 300 s`; 120 s where it says nothing.
// In `npm run torture` each of its searches has its time besides.
const torture = Number(process.env.COWORKS_TORTURE_SECONDS ?? 0)
const limitOf = (file) => {
  const text = readFileSync(file, 'utf8')
  const said = Number(/^\/\/ limit: (\d+) s$/m.exec(text.slice(0, 400))?.[1] ?? 120)
  return said + torture * 1.5 * [...text.matchAll(/\bsearch\('/g)].length
}
// uvu prints "  Total:     3" and so on for every file.
const figure = (output, name) =>
  [...output.matchAll(new RegExp(`^ {2}${name}:\\s+(\\d+)`, 'gm'))].reduce((sum, match) => sum + Number(match[1]), 0)
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are taken out before the figures are read
const plain = (text) => text.replace(/\u001b\[[0-9;]*m/g, '')

const run = (file) =>
  new Promise((done) => {
    const started = performance.now()
    const limit = limitOf(file)
    const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
    const child = spawn(process.execPath, ['--enable-source-maps', join('.build/test', file.replace(/\.ts$/, '.js'))], {
      env: { ...env, NO_COLOR: '1', FORCE_COLOR: undefined, COWORKS_REPO: root },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // its own process group, so that a hung file takes its children with it
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    const kill = () => {
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {} // already gone
    }
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      kill()
    }, limit * 1000)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      kill()
      const text = plain(output)
      const total = figure(text, 'Total')
      const passed = figure(text, 'Passed')
      const why = timedOut
        ? `took more than its limit of ${limit} s`
        : code !== 0
          ? `exit ${code ?? signal}`
          : total === 0
            ? 'ran no test (is `test.run()` missing?)'
            : passed + figure(text, 'Skipped') < total
              ? 'a test failed'
              : undefined
      const skips = [...text.matchAll(/^SKIPPED (.+)$/gm)].map((match) => match[1])
      done({
        file,
        why,
        output,
        passed,
        failed: Math.max(total - passed, why ? 1 : 0),
        skips,
        seconds: (performance.now() - started) / 1000,
      })
    })
  })

const results = []
const queue = [...files].sort((a, b) => limitOf(b) - limitOf(a)) // the long ones first, so that none is left alone at the end
await Promise.all(
  Array.from({ length: Math.min(jobs, queue.length) }, async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await run(file)
      results.push(result)
      console.log(
        `${result.why ? 'FAIL' : 'ok  '} ${relative('test', file)} (${result.passed} passed, ${result.seconds.toFixed(1)} s)${result.why ? `: ${result.why}` : ''}`,
      )
      for (const [line] of plain(result.output).matchAll(/^TORTURE .+$/gm)) console.log(`     ${line}`)
      if (result.why) console.log(result.output.trimEnd().replace(/^/gm, '     '))
    }
  }),
)
const skips = results.flatMap((result) => result.skips.map((skip) => `${relative('test', result.file)}: ${skip}`)).sort()
if (skips.length > 0) console.log(`\nskipped, because this machine lacks what they need:\n${skips.map((skip) => `  ${skip}`).join('\n')}`)
const sum = (key) => results.reduce((total, result) => total + result[key], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skips.length > 0 ? `, ${skips.length} skipped` : ''}`)
process.exit(results.some((result) => result.why) ? 1 : 0)
