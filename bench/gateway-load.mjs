// Holds a constant rate of requests against `coworks run` of the quickstart and prints errors, latencies and memory.
//   node bench/gateway-load.mjs [requests a second = 500] [seconds = 30]
// Ends with 1 where a request failed, the rate was not held, or the memory of a process grew by more than a quarter after the first third.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repo = fileURLToPath(new URL('..', import.meta.url))
const [rate = 500, seconds = 30] = process.argv.slice(2).map(Number)
const project = mkdtempSync(join(tmpdir(), 'coworks-bench-'))
for (const name of ['Coworksfile.ts', 'package.json', 'src', 'config'])
  cpSync(join(repo, 'examples/quickstart', name), join(project, name), { recursive: true })
mkdirSync(join(project, 'node_modules'))
symlinkSync(repo, join(project, 'node_modules/coworks'))

const gateway = spawn(process.execPath, [join(repo, 'dist/coworks.cjs'), 'run', 'microservice=app-test', 'stage=dev', '--port=0'], {
  cwd: project,
  stdio: ['ignore', 'pipe', 'inherit'],
})
const url = await new Promise((resolve, reject) => {
  let output = ''
  gateway.stdout.setEncoding('utf8').on('data', (text) => {
    if (output.length < 10_000) output += text
    const found = / on (http:\S+)/.exec(output)?.[1]
    if (found !== undefined) resolve(found)
  })
  gateway.once('exit', () => reject(new Error(`coworks run ended:\n${output}`)))
})

/**
 * MB in memory: of the gateway, of the largest of the function's processes, and how many these are (a second one is started
 * where the machine is so busy that a request waits for the first). Nothing where there is no /proc.
 */
function memory() {
  if (!existsSync('/proc')) return { gateway: 0, function: 0, processes: 0 }
  const parent = (pid) => Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])
  const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  const children = readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) && parent(name) === gateway.pid ? [resident(name)] : []
    } catch {
      return [] // ended meanwhile
    }
  })
  return { gateway: resident(gateway.pid), function: Math.max(0, ...children), processes: children.length }
}

const agent = new Agent({ keepAlive: true, maxSockets: 50 })
const latencies = []
let failed = 0
let open = 0
const ask = () =>
  new Promise((resolve) => {
    const started = performance.now()
    const done = (ok) => {
      latencies.push(performance.now() - started)
      if (!ok) failed++
      open--
      resolve()
    }
    open++
    get(url, { agent, headers: { Authorization: 'token' } }, (response) => {
      response.resume()
      response.on('end', () => done(response.statusCode === 200))
    }).on('error', () => done(false))
  })

await ask()
latencies.length = 0
const samples = []
const asked = []
const begun = performance.now()
await new Promise((resolve) => {
  const tick = setInterval(() => {
    const elapsed = (performance.now() - begun) / 1000
    for (let due = Math.min(elapsed, seconds) * rate; asked.length < due; ) asked.push(ask())
    if (elapsed > samples.length + 1) samples.push(memory())
    if (elapsed < seconds) return
    clearInterval(tick)
    resolve()
  }, 5)
})
const backlog = open
await Promise.all(asked)
const took = (performance.now() - begun) / 1000
gateway.kill('SIGINT')
await new Promise((resolve) => gateway.once('exit', resolve))
agent.destroy()
rmSync(project, { recursive: true, force: true })

latencies.sort((a, b) => a - b)
const at = (share) => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(1)
const third = Math.floor(samples.length / 3)
const most = (some, key) => Math.max(0, ...some.map((sample) => sample[key]))
const grown = ['gateway', 'function'].map((key) => ({
  key,
  early: most(samples.slice(0, third), key),
  late: most(samples.slice(-third), key),
}))
const held = asked.length / took
console.log(`${asked.length} requests in ${took.toFixed(1)} s: ${held.toFixed(0)} a second, ${failed} failed, ${backlog} open at the end`)
console.log(`latency ms: median ${at(0.5)}, 95 % ${at(0.95)}, 99 % ${at(0.99)}, most ${at(0.99999)}`)
for (const { key, early, late } of grown)
  console.log(`memory MB of the ${key}: at most ${early.toFixed(0)} in the first third, ${late.toFixed(0)} in the last`)
console.log(`processes of the function: ${most(samples, 'processes')}`)
const flat = grown.every(({ early, late }) => late <= early * 1.25)
process.exitCode = failed > 0 || held < rate * 0.97 || !flat ? 1 : 0
