// limit: 420 s
/**
 * One call of the disk or of a process goes wrong, in the real command: errors, short writes, files that vanish or grow, signals, at a call chosen by
 * chance. Each time the command must end by itself, say so, and leave every output old or new; and the next build must give what a
 * build of the same sources gives in a fresh folder.
 */
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built, deployedState, differences, smallProject } from '../support/built.js'
import { type Fault, type Faulted, faulted, kindsOf } from '../support/faults.js'
import { type Random, search } from '../support/search.js'

type Outputs = Readonly<Record<string, string>>

interface Scenario {
  readonly name: string
  readonly words: readonly string[]
  /** The state in which the fault meets it; the outputs are those of the variant `from`. */
  readonly prepare?: (project: Built) => void
  /** What it leaves where nothing goes wrong. */
  readonly leaves: 'the new' | 'the old' | 'nothing'
}

const WORDS = ['app-test', 'two-other', 'notes.txt', 'stage=all', '-j2']

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'first build',
    words: WORDS,
    prepare: (project) => {
      project.remove('.coworks')
      removeOutputs(project)
    },
    leaves: 'the new',
  },
  { name: 'build without its state', words: WORDS, prepare: (project) => project.remove('.coworks'), leaves: 'the new' },
  { name: 'build after an edit', words: WORDS, leaves: 'the new' },
  { name: 'build after an edit', words: [...WORDS, '-k', '--json'], leaves: 'the new' },
  { name: 'build -c', words: [...WORDS, '-c'], leaves: 'nothing' },
  { name: 'taint --baseline', words: ['taint', '--baseline', 'stage=dev'], leaves: 'the old' },
]

/** Sources that differ in all, in code alone, in a static file alone, in a layer alone. */
const VARIANTS: readonly Readonly<Record<string, string>>[] = [
  {},
  {
    'src/lib/greet.ts': 'export const greet = (name: string) => `Good day ${name}.\\n`\n',
    'src/page.html': '<p>another</p>\n',
    'notes/a.txt': 'another\n',
    'node_modules/tiny/index.js': "export default 'another'\n",
    'config/dev.json': '{"TOKEN":"another"}',
  },
  { 'src/lib/greet.ts': 'export const greet = (name: string) => `Bye ${name}.\\n`\n' },
  { 'src/page.html': '<p>third</p>\n', 'notes/b.txt': 'third\n' },
].map((change) => ({ ...smallProject(), ...change }))

function removeOutputs(project: Built): void {
  for (const path of Object.keys(outputsOf(project))) project.remove(path)
}

function outputsOf(project: Built): Outputs {
  return Object.fromEntries(Object.entries(project.outputs()).filter(([path]) => !path.startsWith('notes/')))
}

interface Clean {
  readonly outputs: Outputs
  readonly taints: readonly string[]
}

test('whatever call fails, what is there is old or new, and the next build is right', async () => {
  const { rounds } = search('faults', 40)
  const project = new Built(VARIANTS[0])
  project.build(WORDS)
  const stateFile = deployedState(project)
  project.write('terraform/terraform.tfstate', stateFile)
  const clean = VARIANTS.map((files): Clean => {
    const fresh = new Built({ ...files, 'terraform/terraform.tfstate': stateFile })
    const { ok, taints } = fresh.json(WORDS)
    assert.ok(ok)
    const outputs = outputsOf(fresh)
    fresh.remove('.')
    return { outputs, taints: taints.map(({ command }) => command) }
  })
  const write = (variant: number) => {
    for (const [path, text] of Object.entries(VARIANTS[variant] ?? {}))
      if (!existsSync(project.at(path)) || project.read(path) !== text) project.write(path, text)
  }
  const counted = new Map<string, readonly string[]>()
  const wrong: string[] = []
  const tally = new Map<string, Map<string, number>>()
  let variant = 0
  for (const { round, random } of rounds()) {
    const scenario = random.pick(SCENARIOS)
    const before = variant
    if (scenario.leaves === 'the new') variant = (before + 1 + random.below(VARIANTS.length - 1)) % VARIANTS.length
    const set = () => {
      scenario.prepare?.(project)
      write(variant)
    }
    if (!counted.has(scenario.name)) {
      set()
      const { labels, status, stderr } = await faulted(project, scenario.words)
      assert.is(status, 0, `${scenario.name}: ${stderr}`)
      counted.set(scenario.name, labels)
      write(before)
      project.build(WORDS)
    }
    set()
    const old = outputsOf(project)
    const fault = chosen(random, counted.get(scenario.name) ?? [])
    const run = await faulted(project, scenario.words, fault)
    const after = outputsOf(project)
    write(variant)
    const expected = clean[variant] as Clean
    const problems = problemsOf(scenario, fault, run, old, expected.outputs, after)
    const next = project.run([...WORDS, '--json'])
    const said = parsed(next.stdout)
    if (said?.ok !== true) problems.push(`the next build fails: ${next.stdout}${next.stderr}`)
    else {
      const differ = differences(outputsOf(project), expected.outputs)
      if (differ.length > 0) problems.push(`the next build gives other bytes: ${differ.join(', ')}`)
      const taints = said.taints.map(({ command }) => command)
      if (JSON.stringify(taints) !== JSON.stringify(expected.taints))
        problems.push(`the next build asks for other taints: ${taints.join(', ')}`)
    }
    // One that a killed build left is taken over by the next that has something to do; each round has.
    const lock = project.at('.coworks/lock')
    // Nor is one that could not be removed, and says of nobody that he has it.
    if (run.signal !== 'SIGKILL' && existsSync(lock) && readFileSync(lock, 'utf8') !== '') problems.push('the lock is left')
    if (round % 4 === 0 && project.run([...WORDS, '-q']).status !== 0) problems.push('the build after it is not fresh')
    const outcome = run.struck === undefined ? 'not reached' : (run.signal ?? `status ${run.status}`)
    const row = tally.get(fault.kind) ?? new Map<string, number>()
    row.set(outcome, (row.get(outcome) ?? 0) + 1)
    tally.set(fault.kind, row)
    if (problems.length === 0) continue
    wrong.push(
      `round ${round}, ${scenario.name}, ${fault.kind} at call ${fault.nth} of ${fault.label}:\n  ${problems.join('\n  ')}\n  struck ${run.struck}`,
    )
    console.log(wrong.at(-1)) // at once: a search that is stopped has said what it found
    // What is wrong now must not be taken for the fault of the next round.
    project.remove('.coworks')
    removeOutputs(project)
    project.build(WORDS)
    if (wrong.length > 20) break
  }
  for (const [kind, row] of [...tally].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(
      `TORTURE ${kind}: ${[...row]
        .sort()
        .map(([outcome, times]) => `${times} ${outcome}`)
        .join(', ')}`,
    )
  assert.is(wrong.join('\n\n'), '')
})

/** What was found by chance, at the call that showed it. */
const found: Readonly<Record<string, { readonly fault: Fault; readonly status: number; readonly says: RegExp }>> = {
  'a lock that was taken is given back though its temporary file stays': {
    fault: { label: 'rmSync .coworks/lock.N.N', nth: 1, kind: 'EACCES' },
    status: 0,
    says: /^$/,
  },
  'a stat cache that cannot be saved costs time, not the build': {
    fault: { label: 'openSync .coworks/stat.N.tmp', nth: 1, kind: 'ENOSPC' },
    status: 0,
    says: /^$/,
  },
  'half a line of the journal is cut off, and what to do about a full disk is said': {
    fault: { label: 'writeSync .coworks/journal', nth: 7, kind: 'half' },
    status: 2,
    says: /^coworks: \*\*\* .* · ENOSPC: no space left on device, write '.*' · make room on the disk, and run it again\n$/,
  },
  'a journal whose closing fails is not closed twice': {
    fault: { label: 'closeSync .coworks/journal', nth: 1, kind: 'ENOSPC' },
    // All is built: what is lost of a journal is built again.
    status: 0,
    says: /^$/,
  },
  'what fails when all is built and said costs the witness only': {
    fault: { label: 'statSync .coworks/journal', nth: 7, kind: 'EACCES' },
    status: 0,
    says: /^$/,
  },
  'what the system refuses is told without a stack': {
    fault: { label: 'realpathSync .', nth: 1, kind: 'EACCES' },
    status: 2,
    says: /^coworks: \*\*\* EACCES: permission denied, realpath '.*'\n$/,
  },
}
for (const [name, { fault, status, says }] of Object.entries(found)) {
  test(name, async () => {
    const project = new Built(VARIANTS[0])
    const run = await faulted(project, [...WORDS, '-k'], fault)
    assert.ok(run.struck !== undefined, 'no such call')
    assert.is(run.status, status, run.stderr)
    assert.match(run.stderr, says)
    assert.not.ok(existsSync(project.at('.coworks/lock')))
    const { stdout, stderr } = project.build(WORDS)
    assert.not.match(stdout + stderr, 'journal')
  })
}

test('a lock that cannot be removed is left to nobody', async () => {
  const project = new Built(VARIANTS[0])
  const run = await faulted(project, WORDS, { label: 'rmSync .coworks/lock', nth: 1, kind: 'EACCES' })
  assert.ok(run.struck !== undefined, 'no such call')
  assert.is(run.status, 2, run.stderr)
  assert.match(run.stderr, /^coworks: \*\*\* .*EACCES.*\n$/)
  assert.is(readFileSync(project.at('.coworks/lock'), 'utf8'), '')
  project.write('src/page.html', 'another page\n')
  project.build(WORDS)
  assert.not.ok(existsSync(project.at('.coworks/lock')))
})

test('--json: what fails after the document, when all is closed, is said beside it and not in a second one', async () => {
  const project = new Built(VARIANTS[0])
  const run = await faulted(project, [...WORDS, '--json'], { label: 'rmSync .coworks/lock', nth: 1, kind: 'EACCES' })
  assert.ok(run.struck !== undefined, 'no such call')
  assert.is(parsed(run.stdout)?.ok, true)
  assert.match(run.stderr, /^coworks: \*\*\* .*EACCES.*\n$/)
  assert.is(run.status, 2)
})

/** Any kind with the same chance, and of the calls that it can meet any label: most calls are reads that look alike. */
function chosen(random: Random, labels: readonly string[]): Fault {
  const different = [...new Set(labels)]
  const kind = random.pick([...new Set(different.flatMap(kindsOf))].sort())
  const label = random.pick(different.filter((one) => kindsOf(one).includes(kind)).sort())
  return { label, nth: 1 + random.below(labels.filter((one) => one === label).length), kind }
}

function problemsOf({ leaves, words }: Scenario, { kind }: Fault, run: Faulted, old: Outputs, fresh: Outputs, after: Outputs): string[] {
  const problems: string[] = []
  const { status, signal, stdout, stderr, hung, left } = run
  if (hung) problems.push('it does not end')
  if (left.length > 0) problems.push(`children are left: ${left.join('; ')}`)
  const killed = /^SIG/.test(kind) && signal === kind
  if (!killed && ![0, 2, ...(/^SIG/.test(kind) ? [130] : [])].includes(status ?? -1))
    problems.push(`it ends with ${status ?? signal}: ${stderr}`)
  if (/^ {4}at |node:internal/m.test(stderr)) problems.push(`it shows a stack: ${stderr}`)
  if (status === 2 && !words.includes('--json') && !/^coworks: \*\*\* \S/m.test(stderr))
    problems.push(`it does not say why: ${stdout}${stderr}`)
  if (status === 2 && words.includes('--json') && parsed(stdout)?.ok !== false)
    problems.push(`it does not say why in JSON: ${stdout}${stderr}`)
  if (kind === 'short' && status !== 0) problems.push(`it fails of a short write: ${stderr}`)
  // A source that changed while it was built gives others: what counts is the build after it.
  if (kind === 'vanishes' || kind === 'grows') return problems
  const goal = leaves === 'the new' ? fresh : leaves === 'the old' ? old : {}
  const torn = [...new Set([...Object.keys(old), ...Object.keys(goal), ...Object.keys(after)])].filter(
    (path) => after[path] !== old[path] && after[path] !== goal[path],
  )
  if (torn.length > 0) problems.push(`neither old nor new: ${torn.join(', ')}`)
  const missing = differences(after, goal)
  if (status === 0 && missing.length > 0) problems.push(`it says that all is well, and is not: ${missing.join(', ')}; ${stdout}${stderr}`)
  return problems
}

function parsed(text: string): { readonly ok: boolean; readonly taints: readonly { readonly command: string }[] } | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

test.run()
