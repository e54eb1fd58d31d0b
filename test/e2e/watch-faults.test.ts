// limit: 600 s
/**
 * `coworks watch` while something goes wrong in its own process or in the one that builds, at a call chosen by chance: it says so, goes on where it can, and what it leaves after the next
 * save is what a clean build makes. The same with one-shot builds beside it.
 */
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, smallProject } from '../support/cli.js'
import { type Fault, type FaultOrder, HOOK, kindsOf } from '../support/faults.js'
import { Folder } from '../support/folder.js'
import { endAll, processesIn, Running } from '../support/running.js'
import { type Random, search } from '../support/search.js'

test.after(endAll)

const files = (): Record<string, string> => ({
  ...smallProject("cws.Command('notes.txt', cws.AllFiles('notes'), 'cat $SOURCES > $TARGET')\n", "[['app-test', ['dev']]]"),
  'notes/a.txt': 'a\n',
})

const aside = new Folder()
let serial = 0

class Watched {
  readonly project = new CliProject(files())
  private readonly log = aside.at(`log-${++serial}`)
  readonly running: Running
  private readonly armed = aside.at(`armed-${serial}`)

  constructor(program: 'build-child.js' | 'coworks.cjs', fault?: Fault) {
    const order: FaultOrder = { root: this.project.path, log: this.log, program, armed: this.armed, fault }
    this.running = new Running(this.project, ['watch'], { NODE_OPTIONS: `--import ${HOOK}`, COWORKS_FAULT: JSON.stringify(order) })
  }

  async ready(): Promise<void> {
    await this.running.says(/first build → .*\n/)
    if (!/watching; /.test(this.running.output)) await this.running.says(/watching; .*\n/)
  }

  /** From now on the fault may strike. */
  arm(): void {
    writeFileSync(this.armed, '')
  }

  disarm(): void {
    rmSync(this.armed, { force: true })
  }

  get struck(): string | undefined {
    return existsSync(`${this.log}.fired`) ? readFileSync(`${this.log}.fired`, 'utf8') : undefined
  }

  get labels(): readonly string[] {
    return JSON.parse(readFileSync(this.log, 'utf8')) as string[]
  }

  edit(text: string): void {
    const { project } = this
    project.write('src/app.ts', project.read('src/app.ts').replace(/return '[^']*'/, `return '${text}'`))
    project.write('notes/a.txt', `${text}\n`)
  }

  /** Until what is there is what a clean build makes of the same files; a watch that does not come to that never says the next line. */
  async becomesClean(): Promise<void> {
    const clean = await cleanOutputs(this.project)
    while (JSON.stringify(outputs(this.project)) !== JSON.stringify(clean)) await this.running.says(/ · [\d.]+ m?s.*\n/)
  }
}

const OUTPUTS = ['notes.txt', 'terraform/app-test.tf', 'terraform/app-test.dev.tf', 'terraform/tmp/app-test-dev.zip']

function outputs(project: CliProject): (string | undefined)[] {
  return OUTPUTS.map((path) => (existsSync(project.at(path)) ? readFileSync(project.at(path)).toString('base64') : undefined))
}

async function cleanOutputs(project: CliProject): Promise<(string | undefined)[]> {
  const sources = ['Coworksfile.ts', 'package.json', 'src/app.ts', 'notes/a.txt']
  const clean = new CliProject(Object.fromEntries(sources.map((path) => [path, project.read(path)])))
  const { status, stderr } = await clean.run([])
  assert.is(status, 0, stderr)
  const made = outputs(clean)
  clean.remove('.')
  return made
}

/** Ended in order: no process, no lock, a journal that a build believes, and nothing left to do. */
async function endsWell({ project, running }: Watched, status = 0): Promise<void> {
  assert.is(await running.stop(), status, running.output)
  // What was ended may take a moment to be gone; what was not never is.
  while (processesIn(project.path).length > 0) await new Promise((resolve) => setImmediate(resolve))
  assert.not.ok(existsSync(project.at('.coworks/lock')))
  const fresh = await project.run(['-q'])
  assert.equal([fresh.status, fresh.stdout + fresh.stderr], [0, ''], running.output)
}

test('a building process that cannot be started is said, and the watch goes on', async () => {
  const watched = new Watched('coworks.cjs', { label: 'fork build-child.js', nth: 1, kind: 'not started' })
  watched.arm()
  await watched.running.says(/coworks: \*\*\* the building process could not be started \(ENOENT\) · .*\n\S+ first build → failed/)
  await watched.becomesClean()
  await endsWell(watched)
})

test('nor does one end the watch that the system refuses at once', async () => {
  for (const kind of ['EMFILE', 'EAGAIN']) {
    const watched = new Watched('coworks.cjs', { label: 'fork build-child.js', nth: 1, kind })
    watched.arm()
    await watched.running.says(new RegExp(`coworks: \\*\\*\\* the building process could not be started \\(${kind}\\) · .*\\n`))
    await watched.becomesClean()
    await endsWell(watched)
  }
})

test('a building process that is killed, idle or at work: what killed it is said without blaming the Coworksfile, and it is built by the next', async () => {
  const watched = new Watched('build-child.js', { label: 'writeSync .coworks/journal', nth: 1, kind: 'SIGKILL' })
  await watched.ready()
  watched.edit('one')
  watched.arm()
  await watched.running.says(
    /ended before it was done \(SIGKILL\) · did somebody kill it, or the system for want of memory\? another one builds\n/,
  )
  watched.disarm() // the next process counts anew
  await watched.becomesClean()
  await endsWell(watched)
})

test('a link to itself among the sources does not end the watch', async () => {
  const watched = new Watched('coworks.cjs')
  await watched.ready()
  symlinkSync('loop', watched.project.at('src/loop'))
  await watched.running.says(/\*\*\* src\/loop · is a dangling link/)
  rmSync(watched.project.at('src/loop'))
  watched.edit('two')
  await watched.becomesClean()
  await endsWell(watched)
})

/** What may go wrong there: a signal to the watch itself ends it, and is tried elsewhere. */
const kinds = (program: string) => (label: string) =>
  kindsOf(label).filter((kind) => kind !== 'vanishes' && kind !== 'grows' && (program === 'build-child.js' || !/^SIG/.test(kind)))

test('whatever call fails in a watch, it says so, and the next save is built right', async () => {
  const labels = new Map<'build-child.js' | 'coworks.cjs', readonly string[]>()
  for (const program of ['build-child.js', 'coworks.cjs'] as const) {
    const counted = new Watched(program)
    await counted.ready()
    counted.edit('counted')
    await counted.becomesClean()
    await endsWell(counted)
    labels.set(program, [...new Set(counted.labels)].sort())
  }
  const wrong: string[] = []
  const tally = new Map<string, number>()
  for (const { round, random } of search('watch', 10).rounds()) {
    const program = random.chance(0.75) ? 'build-child.js' : 'coworks.cjs'
    const fault = chosen(random, labels.get(program) ?? [], kinds(program))
    const watched = new Watched(program, fault)
    const early = random.chance(0.3)
    const said = `${fault.kind} at call ${fault.nth} of ${fault.label} in ${program}${early ? ', from the start' : ''}`
    try {
      if (early) watched.arm()
      await watched.running.says(/first build → .*\n/)
      watched.arm()
      watched.edit(`first ${round}`)
      if (watched.struck === undefined) await watched.running.says(/ → .*\n/)
      watched.edit(`second ${round}`)
      watched.disarm()
      await watched.becomesClean()
      assert.not.match(watched.running.output, /^ {4}at |node:internal/m)
      await endsWell(watched)
    } catch (error) {
      wrong.push(
        `round ${round}, ${said}: ${error instanceof Error ? error.message : error}\n${watched.running.output}\nstruck ${watched.struck}`,
      )
      console.log(wrong.at(-1)) // at once: a search that is stopped has said what it found
      watched.running.child.kill('SIGKILL')
      if (wrong.length > 10) break
    }
    const outcome = watched.struck === undefined ? 'not reached' : /\*\*\*|warning/.test(watched.running.output) ? 'said' : 'went on'
    tally.set(`${fault.kind} ${outcome}`, (tally.get(`${fault.kind} ${outcome}`) ?? 0) + 1)
    watched.project.remove('.')
  }
  for (const [outcome, count] of [...tally].sort()) console.log(`TORTURE ${count} times ${outcome}`)
  assert.is(wrong.join('\n\n'), '')
})

function chosen(random: Random, labels: readonly string[], kindsAt: (label: string) => readonly string[]): Fault {
  const kind = random.pick([...new Set(labels.flatMap(kindsAt))].sort())
  return { label: random.pick(labels.filter((label) => kindsAt(label).includes(kind))), nth: random.pick([1, 1, 1, 2]), kind }
}

test('a watch and one-shot builds of one project, with edits meanwhile: what is left is what a clean build makes', async () => {
  const watched = new Watched('coworks.cjs')
  await watched.ready()
  const { project } = watched
  for (const { round, random } of search('watch and build', 6).rounds()) {
    watched.edit(`before ${round}`)
    const builds = Array.from({ length: 1 + random.below(2) }, () =>
      project.run(random.chance(0.5) ? [] : ['notes.txt', 'app-test', '-j1']),
    )
    if (random.chance(0.7)) watched.edit(`meanwhile ${round}`)
    for (const { status, stdout, stderr } of await Promise.all(builds)) {
      // A source that is saved while it is read is no bug; whatever else fails is.
      assert.ok(status === 0 || (status === 2 && /changed during the build/.test(stderr)), `${status}: ${stdout}${stderr}`)
    }
    const { status, stderr } = await project.run([])
    assert.is(status, 0, stderr)
    assert.equal(outputs(project), await cleanOutputs(project), `round ${round}`)
  }
  await endsWell(watched)
})

test.run()
