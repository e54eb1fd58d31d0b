// `coworks watch`: from a save to the rebuilt zip in its place, and to the line that says so. A person pauses between two saves, and so does
// this: long enough for the look at everything that follows each rebuild.
//   node scripts/build.mjs && node bench/watch.mjs [edits] [quickstart|large]
import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  watch as watchFolder,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { summary } from './measure/statistics.mjs'
import { shapeOf } from './project/shape.mjs'
import { Tree } from './project/tree.mjs'
import { coworks } from './tools/coworks.mjs'

const edits = Number(process.argv[2] ?? 21)
const wanted = process.argv[3]
const repo = fileURLToPath(new URL('..', import.meta.url))
const PAUSE_MS = 2000
const env = { ...process.env, NO_COLOR: '1' }
delete env.NODE_EXTRA_CA_CERTS // Node 20 parses the whole file at start

function quickstart(root) {
  for (const name of ['Coworksfile.ts', 'package.json', 'src', 'config'])
    cpSync(join(repo, 'examples/quickstart', name), join(root, name), { recursive: true })
  mkdirSync(join(root, 'node_modules'))
  symlinkSync(repo, join(root, 'node_modules/coworks'))
  const file = join(root, 'src/app.ts')
  const text = readFileSync(file, 'utf8')
  return { stages: 'dev', zip: 'terraform/tmp/app-test-dev.zip', edit: (at) => writeFileSync(file, text.replace('ready', `ready ${at}`)) }
}

function large(root) {
  const shape = shapeOf({ microservices: 200, files: 50, variant: 'full', meanBytes: 1500 })
  const tree = new Tree(root, shape, repo)
  tree.generate()
  coworks.setUp(tree)
  const { module } = tree.edited('source')
  return { stages: 'all', zip: `terraform/tmp/${module}-api-dev.zip`, edit: (at) => tree.edit('source', at) }
}

const projects = [
  { name: 'quickstart', title: 'the quickstart, one stage', target: 150, make: quickstart },
  { name: 'large', title: '200 microservices of 50 sources, 3 stages', target: 300, make: large },
]

class Watch {
  constructor(root, stages) {
    this.lines = []
    this.waiting = []
    this.child = spawn(process.execPath, [join(repo, 'dist/coworks.cjs'), 'watch', `stage=${stages}`, '--json'], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let rest = ''
    this.child.stdout.setEncoding('utf8').on('data', (text) => {
      const parts = (rest + text).split('\n')
      rest = parts.pop() ?? ''
      this.lines.push(...parts.map((line) => JSON.parse(line)))
      for (const wake of this.waiting.splice(0)) wake()
    })
    this.ended = new Promise((resolve) => this.child.on('close', resolve))
  }

  async line(event) {
    for (;;) {
      const at = this.lines.findIndex((line) => line.event === event)
      if (at >= 0) return this.lines.splice(at, 1)[0]
      await new Promise((wake) => this.waiting.push(wake))
    }
  }

  memory() {
    const rss = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
    return Math.round(rss(this.child.pid))
  }
}

/** When the event came that is meant. */
const once = (emitter, event, meant) =>
  new Promise((resolve) => {
    const heard = (...given) => {
      if (!meant(...given)) return
      emitter.off(event, heard)
      resolve(performance.now())
    }
    emitter.on(event, heard)
  })

const shown = ({ median, low, high }, worst) =>
  `median ${median.toFixed(0)} ms, middle half ${low.toFixed(0)} to ${high.toFixed(0)}, worst ${worst.toFixed(0)}`

for (const { name, title, target, make } of projects) {
  if (wanted !== undefined && wanted !== name) continue
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'coworks-bench-watch-')))
  let watch
  try {
    const { stages, zip, edit } = make(root)
    // A person begins to watch a project that was built before; what that build wrote must be on the disk, or the edits wait for it.
    execFileSync(process.execPath, [join(repo, 'dist/coworks.cjs'), 'build', `stage=${stages}`, '-s'], { cwd: root, env })
    execFileSync('sync')
    const started = performance.now()
    watch = new Watch(root, stages)
    const first = await watch.line('build')
    if (!first.ok) throw new Error(JSON.stringify(first.failures))
    const firstMs = performance.now() - started
    await watch.line('watching')
    const watchedMs = performance.now() - started
    const made = { zip: [], line: [] }
    const folder = watchFolder(join(root, dirname(zip)))
    // The first two warm the compiler.
    for (let at = 1; at <= edits + 2; at++) {
      await pause(PAUSE_MS)
      // Told by the system, not asked again and again: that would take from the two processors what is measured.
      const placed = once(folder, 'change', (_, name) => name === basename(zip))
      const saved = performance.now()
      edit(at)
      const zipMs = (await placed) - saved
      const line = await watch.line('build')
      const lineMs = performance.now() - saved
      if (!line.ok || watch.lines.some(({ event }) => event === 'build'))
        throw new Error(`unexpected: ${JSON.stringify([line, ...watch.lines])}`)
      if (at > 2) {
        made.zip.push(zipMs)
        made.line.push(lineMs)
      }
    }
    console.log(`${title} (${edits} edits, ${availableParallelism()} processors)`)
    console.log(`  save to zip:  ${shown(summary(made.zip), Math.max(...made.zip))}; at most ${target} asked for`)
    console.log(`  save to line: ${shown(summary(made.line), Math.max(...made.line))}`)
    console.log(
      `  first build after ${(firstMs / 1000).toFixed(1)} s, all watched after ${(watchedMs / 1000).toFixed(1)} s; watching process ${watch.memory()} MB`,
    )
    if (summary(made.zip).median > target) process.exitCode = 1
    folder.close()
  } finally {
    watch?.child.kill('SIGINT')
    await watch?.ended
    rmSync(root, { recursive: true, force: true })
  }
}
