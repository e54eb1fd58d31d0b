// limit: 600 s
/**
 * Builds that are killed with `kill -9`, the whole process group, at random moments and after random edits: what the next build leaves must be
 * what a build of the same sources leaves in a fresh folder, byte for byte, and the taints must still be asked for.
 * The seed is printed; COWORKS_SEED repeats its edits (the moments are the machine's).
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built, deployedState, differences, smallProject } from '../support/built.js'
import { Random } from '../support/search.js'

const KILLS = 200
const WORDS = ['stage=all', '-j4']
const TORN = 'terraform/tmp/app-test-dev.zip'

const seed = Number(process.env.COWORKS_SEED ?? Date.now() % 1_000_000_007)
const chance = new Random(seed)
const random = () => chance.number()
const pick = <T>(from: readonly T[]): T => chance.pick(from)

interface Source {
  readonly text: string
  readonly mode: number
}

/** The sources as they should be on the disk, and all that any of them ever was. */
class Sources {
  readonly files = new Map<string, Source>()
  private readonly history = new Map<string, Source[]>()
  private serial = 0

  constructor(
    private readonly project: Built,
    files: Readonly<Record<string, string>>,
  ) {
    for (const [path, text] of Object.entries(files)) this.put(path, { text, mode: 0o644 })
  }

  put(path: string, source: Source): void {
    this.files.set(path, source)
    this.history.set(path, [...(this.history.get(path) ?? []), source])
    this.project.write(path, source.text, source.mode)
  }

  digest(): string {
    return createHash('sha256')
      .update(JSON.stringify([...this.files].sort(([a], [b]) => (a < b ? -1 : 1))))
      .digest('hex')
  }

  /** One edit that leaves sources that build. Says what it did. */
  edit(): string {
    const statics = [...this.files.keys()].filter((path) => /^(src|notes)\/.*\.(html|csv|txt|bin)$/.test(path))
    const free = statics.filter((path) => path !== 'src/two/two.txt' && path !== 'notes/a.txt')
    const number = ++this.serial
    switch (
      pick(['code', 'comment', 'route', 'static', 'revert', 'revert', 'add', 'rename', 'chmod', 'remove', 'package', 'environment'])
    ) {
      case 'code':
        return this.change('src/lib/greet.ts', (text) => text.replace(/Hello\w*/, `Hello${number}`))
      case 'comment':
        return this.change(pick(['src/app.ts', 'src/two.ts']), (text) => `// ${number}\n${text}`)
      case 'route':
        return this.change('src/two.ts', (text) => text.replace(/ {2}get\w*\(\)/, `  get_r${number % 3}()`))
      case 'static':
        return this.change(pick(statics), () => `static ${number}\n`)
      case 'package':
        return this.change('node_modules/tiny/index.js', () => `export default 'tiny ${number}'\n`)
      case 'environment':
        return this.change('config/dev.json', () => `{"TOKEN":"${number}"}`)
      case 'add': {
        const path = pick([`src/added/${number}.bin`, `src/two/${number}.html`, `notes/n${number % 5}.txt`])
        this.put(path, { text: `added ${number}\n`, mode: 0o644 })
        return `add ${path}`
      }
      case 'revert': {
        const path = pick([...this.files.keys()])
        const before = this.history.get(path) ?? []
        if (before.length > 1) this.put(path, before[Math.floor(random() * (before.length - 1))] ?? pick(before))
        return `revert ${path}`
      }
      case 'rename': {
        if (free.length === 0) return 'nothing to rename'
        const path = pick(free)
        const to = `${path.replace(/(-r\d+)?\.(\w+)$/, '')}-r${number}.${path.split('.').at(-1)}`
        const source = this.files.get(path)
        if (source === undefined) return 'nothing to rename'
        this.files.delete(path)
        this.files.set(to, source)
        mkdirSync(dirname(this.project.at(to)), { recursive: true })
        renameSync(this.project.at(path), this.project.at(to))
        return `rename ${path} ${to}`
      }
      case 'chmod': {
        const path = pick(statics)
        const source = this.files.get(path)
        if (source === undefined) return 'nothing to chmod'
        const mode = source.mode === 0o755 ? 0o644 : 0o755
        this.files.set(path, { ...source, mode })
        chmodSync(this.project.at(path), mode)
        return `chmod ${mode.toString(8)} ${path}`
      }
      default: {
        if (free.length === 0) return 'nothing to remove'
        const path = pick(free)
        this.files.delete(path)
        this.project.remove(path)
        return `remove ${path}`
      }
    }
  }

  private change(path: string, to: (text: string) => string): string {
    const before = this.files.get(path)
    if (before !== undefined) this.put(path, { ...before, text: to(before.text) })
    return `change ${path}`
  }
}

/** Starts a build and kills it and all in its group after `ms`. Was it still at work? */
async function killedBuild(project: Built, ms: number): Promise<boolean> {
  const [program = '', ...words] = project.command(WORDS)
  const child = spawn(program, words, { cwd: project.path, env: project.environment(), stdio: 'ignore', detached: true })
  const ended = new Promise<NodeJS.Signals | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (_code, signal) => resolve(signal))
  })
  await Promise.race([ended, pause(ms)])
  try {
    process.kill(-(child.pid ?? 0), 'SIGKILL')
  } catch {} // it was faster
  return (await ended) === 'SIGKILL'
}

/** All that lies in the project but sources of packages and the tool's own state. */
function tree(project: Built): Record<string, string> {
  return Object.fromEntries(
    [...project.list(['node_modules', '.coworks'])]
      .filter(([, { kind }]) => kind === 'file')
      .map(([path, { bytes, exec }]) => [path, `${exec ? 'x' : 'f'} ${createHash('sha256').update(bytes).digest('hex')}`]),
  )
}

test(`killed at random moments, ${KILLS} times, the next build gives what a clean build gives`, async () => {
  console.log(`seed ${seed}`)
  const project = new Built()
  const sources = new Sources(project, smallProject())
  const started = performance.now()
  project.build(WORDS)
  const full = performance.now() - started
  const stateFile = deployedState(project)
  project.write('terraform/terraform.tfstate', stateFile)

  interface Clean {
    readonly tree: Record<string, string>
    readonly taints: readonly string[]
  }
  const known = new Map<string, Clean>()
  const clean = (): Clean => {
    const key = sources.digest()
    const before = known.get(key)
    if (before !== undefined) return before
    const fresh = new Built()
    for (const [path, { text, mode }] of sources.files) fresh.write(path, text, mode)
    fresh.write('terraform/terraform.tfstate', stateFile)
    const { ok, taints, failures } = fresh.json([...WORDS, '--cache-disable'])
    if (!ok) throw new Error(`the sources do not build: ${JSON.stringify(failures)}`)
    const result = { tree: tree(fresh), taints: taints.map(({ command }) => command) }
    fresh.remove('.')
    known.set(key, result)
    return result
  }

  let kills = 0
  let builds = 0
  let tainted = 0
  while (kills < KILLS) {
    const did: string[] = []
    for (let times = 1 + Math.floor(random() * 5); times > 0; times--) {
      if (random() < 0.12) {
        // A cold build: of nothing, or of outputs whose state is lost.
        project.remove('.coworks')
        if (random() < 0.5) for (const path of Object.keys(project.outputs())) if (!path.startsWith('notes/')) project.remove(path)
        // A file that nobody knows is refused, and rightly.
        project.remove(TORN)
        did.push('cold')
      } else if (!did.includes('cold') && random() < 0.1) {
        project.write(TORN, 'torn')
        did.push('tear')
      }
      for (let edits = Math.floor(random() * 3); edits > 0; edits--) did.push(sources.edit())
      const ms = random() * full * (did.includes('cold') ? 1.05 : 0.7)
      const killed = await killedBuild(project, ms)
      if (killed) kills++
      did.push(`${killed ? 'killed' : 'done'} after ${ms.toFixed(0)} ms`)
    }
    const where = `seed ${seed}, build ${++builds}: ${did.join(', ')}`
    const { ok, taints, failures } = project.json(WORDS)
    assert.ok(ok, `${where}: ${JSON.stringify(failures)}`)
    const expected = clean()
    assert.equal(differences(tree(project), expected.tree), [], where)
    assert.equal(
      taints.map(({ command }) => command),
      expected.taints,
      where,
    )
    assert.ok(expected.taints.includes("terraform -chdir=terraform taint -allow-missing 'aws_lambda_layer_version.layer_dev'"))
    if (expected.taints.some((command) => command.includes('aws_lambda_function.app-test_dev'))) tainted++
    if (builds % 5 === 0) assert.is(project.run([...WORDS, '-q']).status, 0, `${where}: not fresh after it`)
  }
  assert.ok(tainted > 0, 'no edit changed the code that is deployed')
  // A build that has something to do clears up after those that were killed.
  sources.put('src/app.ts', { text: `${smallProject()['src/app.ts']}\nexport const last = true\n`, mode: 0o644 })
  project.build(WORDS)
  const state = [...project.list(['node_modules', 'src', 'notes', 'config', 'terraform']).keys()]
  assert.equal(
    state.filter((path) => /^\.coworks\/(tmp\/.|lock|[^/]*\.tmp$)/.test(path)),
    [],
  )
  console.log(`${kills} kills, ${builds} builds compared with ${known.size} clean ones, ${tainted} of them with the function tainted`)
})

test.run()
