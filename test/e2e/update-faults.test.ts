// limit: 600 s
/**
 * `coworks update` as a process of its own while the network, the disk or the process itself fail, by chance: whatever befalls it, it ends by itself with an honest status, the ledger
 * claims no push that did not happen and knows of each that did, and the next update brings every function to what is built.
 */
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Push, parsePushes } from '../../src/project/push-ledger.js'
import { Built, smallProject } from '../support/built.js'
import { type Fault as CallFault, type Faulted, faulted, kindsOf } from '../support/faults.js'
import { type Broken, broken, type Fault, LambdaService, layerArn, modelMissing, sha256, throttled } from '../support/lambda-service.js'
import { type Random, type Search, search } from '../support/search.js'

if (modelMissing !== undefined) console.log(`SKIPPED judging requests and answers by AWS's model of Lambda: ${modelMissing}`)

const FUNCTIONS = ['app-test-dev', 'two-other-dev']

/** Sources that differ in all, in code alone, in a layer alone. */
const VARIANTS = [
  {},
  { 'src/lib/greet.ts': 'export const greet = (name: string) => `Good day ${name}.\\n`\n' },
  { 'node_modules/tiny/index.js': "export default 'another'\n" },
  {
    'src/lib/greet.ts': 'export const greet = (name: string) => `Bye ${name}.\\n`\n',
    'node_modules/tiny/index.js': "export default 'third'\n",
  },
].map((change) => ({ ...smallProject(), ...change }))

const WORDS: readonly (readonly string[])[] = [[], [], ['--publish'], ['--alias=live'], ['--json'], ['--json', '--alias=live']]

class Deployed {
  variant = 0

  private constructor(
    readonly project: Built,
    readonly service: LambdaService,
  ) {}

  static async start(): Promise<Deployed> {
    const project = new Built(VARIANTS[0])
    const service = await LambdaService.start()
    project.build(['stage=dev'])
    service.publishLayer('layer-dev', readFileSync(project.at('layer.zip')))
    for (const name of FUNCTIONS)
      service.deploy(name, readFileSync(project.at(`terraform/tmp/${name}.zip`)), { layers: [layerArn('layer-dev', 1)] })
    return new Deployed(project, service)
  }

  write(variant: number): void {
    this.variant = variant
    for (const [path, text] of Object.entries(VARIANTS[variant] ?? {})) if (this.project.read(path) !== text) this.project.write(path, text)
  }

  words(more: readonly string[]): readonly string[] {
    return ['update', 'stage=dev', '-Q', ...more]
  }

  /** Where a function is not what is built now. */
  behind(words: readonly string[]): string[] {
    const { project, service } = this
    const layer = sha256(readFileSync(project.at('layer.zip')))
    return FUNCTIONS.flatMap((name) => {
      const found = service.functions.get(name)
      const version = Number(found?.layers[0]?.split(':').at(-1))
      const published = service.layers.get('layer-dev')?.[version - 1]
      const code = sha256(readFileSync(project.at(`terraform/tmp/${name}.zip`)))
      const last = found?.versions.at(-1)
      return [
        ...(service.sha256Of(name) === code ? [] : [`${name} runs other code`]),
        ...(published !== undefined && sha256(published) === layer ? [] : [`${name} has another layer`]),
        ...(words.length === 0 || words.join() === '--json' || (last !== undefined && sha256(last.code) === code)
          ? []
          : [`${name} has no version`]),
        ...(!words.includes('--alias=live') || found?.aliases.get('live')?.version === String(found?.versions.length)
          ? []
          : [`${name} has its alias elsewhere`]),
      ]
    })
  }

  pushes(): readonly Push[] {
    const { project } = this
    if (!existsSync(project.at('.coworks/pushes.jsonl'))) return []
    return parsePushes(project.read('.coworks/pushes.jsonl')).pushes
  }

  /** Where the ledger says what is not so, of the pushes since `from` and what came since `since` in the service's history. */
  lies(from: number, since: number): string[] {
    const { service } = this
    const pushes = this.pushes().slice(from)
    const happened = service.history.slice(since)
    return [
      ...pushes.flatMap((push) => {
        if (push.end?.ok !== true) return []
        const found = service.functions.get(push.function)
        return [
          ...(service.sha256Of(push.function) === push.code.to ? [] : [`it claims that ${push.function} runs ${push.code.to}`]),
          ...(found?.layers.join() === push.end.layers.join() ? [] : [`it claims that ${push.function} has ${push.end.layers.join()}`]),
          ...(Number(push.end.version ?? 0) <= (found?.versions.length ?? 0) ? [] : [`it claims a version ${push.end.version}`]),
        ]
      }),
      ...happened
        .filter(({ name, sha256: sent }) =>
          FUNCTIONS.includes(name)
            ? !pushes.some((push) => push.function === name && push.code.to === sent)
            : !pushes.some((push) => push.layers.some((layer) => layer.sha256 === sent)),
        )
        .map(({ name }) => `it does not know that something was sent to ${name}`),
    ]
  }
}

function problemsOf(
  run: Faulted,
  at: Deployed,
  words: readonly string[],
  signals: readonly string[],
  from: number,
  since: number,
): string[] {
  const { status, signal, stdout, stderr, hung, left } = run
  const problems = at.lies(from, since)
  if (hung) problems.push('it does not end')
  if (left.length > 0) problems.push(`children are left: ${left.join('; ')}`)
  if (!(signal !== null && signals.includes(signal)) && ![0, 2, ...(signals.length > 0 ? [130] : [])].includes(status ?? -1))
    problems.push(`it ends with ${status ?? signal}: ${stderr}`)
  if (/^ {4}at |node:internal|node-http-handler/m.test(stderr)) problems.push(`it shows what nobody should see: ${stderr}`)
  if (status === 2 && !words.includes('--json') && !/^coworks: \*\*\* \S/m.test(stderr))
    problems.push(`it does not say why: ${stdout}${stderr}`)
  if (words.includes('--json') && (status === 0 || status === 2) && documents(stdout) !== 1)
    problems.push(`its documents are ${documents(stdout)}: ${stdout}${stderr}`)
  if (status === 0 && at.behind(words).length > 0) problems.push(`it says that all is well: ${at.behind(words).join(', ')}`)
  const open = at
    .pushes()
    .slice(from)
    .filter(({ end }) => end === undefined)
  if (open.length > 0 && signal !== 'SIGKILL' && status !== 2) problems.push(`it leaves open what it began: ${stdout}${stderr}`)
  return problems
}

function documents(stdout: string): number {
  try {
    JSON.parse(stdout)
    return 1
  } catch {
    return stdout.trim() === '' ? 0 : 2
  }
}

/** Runs the rounds, each with what befalls it, and looks at what came of it. */
async function rounds(
  at: Deployed,
  { rounds: each }: Search,
  befall: (random: Random, words: readonly string[]) => Promise<{ said: string; signals: readonly string[]; run: Faulted }>,
): Promise<void> {
  const wrong: string[] = []
  const tally = new Map<string, number>()
  try {
    for (const { round, random } of each()) {
      at.write((at.variant + 1 + random.below(VARIANTS.length - 1)) % VARIANTS.length)
      const words = random.pick(WORDS)
      const [from, since] = [at.pushes().length, at.service.history.length]
      const { said, signals, run } = await befall(random, words)
      at.service.calm()
      await at.service.back()
      const problems = problemsOf(run, at, words, signals, from, since)
      const next = await at.project.start(at.words(words), { env: at.service.env })
      if (next.status !== 0) problems.push(`the next update ends with ${next.status}: ${next.stdout}${next.stderr}`)
      problems.push(
        ...at.behind(words).map((one) => `after the next update ${one}`),
        ...at.lies(from, since).map((one) => `after the next update ${one}`),
      )
      if (round % 4 === 0) {
        const calls = at.service.calls.length
        const third = await at.project.start(at.words(words), { env: at.service.env })
        const sent = at.service.calls.slice(calls).filter(({ operation }) => !/^(Get|List)/.test(operation))
        if (third.status !== 0 || sent.length > 0) problems.push(`a third update sends ${JSON.stringify(sent)}: ${third.stderr}`)
      }
      problems.push(...at.service.violations.splice(0))
      const outcome = `${said.replace(/ at .*/, '')}: ${run.struck === undefined && signals.length > 0 && run.signal === null && run.status === 0 ? 'not reached or ' : ''}${run.signal ?? `status ${run.status}`}`
      tally.set(outcome, (tally.get(outcome) ?? 0) + 1)
      if (problems.length === 0) continue
      wrong.push(`round ${round}, update ${words.join(' ')}, ${said}:\n  ${problems.join('\n  ')}\n  struck ${run.struck}`)
      console.log(wrong.at(-1)) // at once: a search that is stopped has said what it found
      if (wrong.length > 20) break
    }
  } finally {
    at.service.stop()
  }
  for (const [outcome, count] of [...tally].sort()) console.log(`TORTURE ${count} times ${outcome}`)
  assert.is(wrong.join('\n\n'), '')
}

const OPERATIONS = [
  'GetFunctionConfiguration',
  'GetLayerVersion',
  'ListLayerVersions',
  'PublishLayerVersion',
  'UpdateFunctionConfiguration',
  'UpdateFunctionCode',
  'ListVersionsByFunction',
  'PublishVersion',
  'GetAlias',
  'ListAliases',
  'CreateAlias',
  'UpdateAlias',
]
const HOWS: readonly Broken['how'][] = ['reset', 'silence', 'stops', 'ends', 'endless', 'slow', 'page', 'empty', 'object', 'bad gateway']

/** What the process does with its timers: its own limits, a sixtieth of the time. */
const HURRY = 60

test('whatever the network does, the ledger is true and the next update is right', async () => {
  const at = await Deployed.start()
  await rounds(at, search('network', 14), async (random, words) => {
    at.project.build(['stage=dev']) // not in a hurry
    const said: string[] = []
    for (let left = 1 + random.below(3); left > 0; left--) {
      const operation = random.pick(OPERATIONS)
      const how = random.pick([...HOWS, 'throttled', 'broken', 'goes away'] as const)
      const done = random.chance(0.5)
      // Eight attempts are made: sometimes more fail than are made.
      const times = random.pick([1, 1, 2, 3, 9])
      const skip = Array.from({ length: random.below(3) }, (): Fault => ({ kind: 'meanwhile', act: () => {} }))
      const fault: Fault =
        how === 'throttled'
          ? throttled
          : how === 'broken'
            ? broken
            : how === 'goes away'
              ? { kind: 'meanwhile', act: () => setImmediate(() => at.service.stop()) }
              : { kind: 'broken', how, done }
      at.service.befall(operation, ...skip, ...Array.from({ length: times }, () => fault))
      said.push(`${how} at ${operation}, ${done ? 'done' : 'not done'}, after ${skip.length}, ${times} times`)
    }
    const run = await faulted(at.project, at.words(words), undefined, { env: at.service.env, hurry: HURRY })
    return { said: said.join('; '), signals: [], run }
  })
})

test('whatever call of the disk fails, and whenever a signal comes, the ledger is true and the next update is right', async () => {
  const at = await Deployed.start()
  at.write(1)
  const { labels, status, stderr } = await faulted(at.project, at.words(['--alias=live']), undefined, { env: at.service.env })
  assert.is(status, 0, stderr)
  await rounds(at, search('update, call by call', 14), async (random, words) => {
    if (random.chance(0.4)) {
      const kind = random.pick(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)
      const operation = random.pick(OPERATIONS)
      const skip = Array.from({ length: random.below(4) }, (): Fault => ({ kind: 'meanwhile', act: () => {} }))
      const run = await faulted(at.project, at.words(words), undefined, {
        env: at.service.env,
        started: (pid) => at.service.befall(operation, ...skip, { kind: 'meanwhile', act: () => process.kill(pid, kind) }),
      })
      return { said: `${kind} at ${operation} after ${skip.length}`, signals: [kind], run }
    }
    const fault = chosen(random, labels)
    const run = await faulted(at.project, at.words(words), fault, { env: at.service.env })
    return {
      said: `${fault.kind} at call ${fault.nth} of ${fault.label}`,
      signals: /^SIG/.test(fault.kind) ? [fault.kind] : [],
      run,
    }
  })
})

/** Half of them at what only an update does: the ledger, the zips that it reads. */
function chosen(random: Random, labels: readonly string[]): CallFault {
  const own = random.chance(0.5) ? labels.filter((label) => /pushes\.jsonl|\.zip$/.test(label)) : labels
  const different = [...new Set(own)]
  const kind = random.pick([...new Set(different.flatMap(kindsOf))].sort())
  const label = random.pick(different.filter((one) => kindsOf(one).includes(kind)).sort())
  return { label, nth: 1 + random.below(labels.filter((one) => one === label).length), kind }
}

test.run()
