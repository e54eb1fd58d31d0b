// limit: 900 s
/**
 * The pipelines of examples/ci, read as YAML and run step by step in clones of a repository: each job in a clone of its own, with what the
 * service would hand from job to job. Actions that only set up a machine are passed over; `npm ci` is a link, because the package is in
 * no registry here.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { packageFolder } from '../support/built.js'
import { quickstart, REPO } from '../support/cli.js'
import { Folder } from '../support/folder.js'
import { hasMoto, startMoto } from '../support/moto.js'
import { git, Repository } from '../support/repository.js'
import { findTerraform, terraformEnv } from '../support/terraform.js'

const read = (name: string) => parse(readFileSync(join(REPO, 'examples/ci', name), 'utf8'))
console.log('SKIPPED npm ci in the pipelines of examples/ci: the package is in no registry here, and is linked instead')

type Env = Readonly<Record<string, string>>

/** A machine for one job: a folder, and what its shell says. */
class Machine extends Folder {
  /** Not waited for with the process stopped: the emulator's door is in it. */
  async shell(script: string, env: Env): Promise<{ status: number; stdout: string; stderr: string }> {
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
      cwd: this.path,
      env: {
        ...terraformEnv(),
        PATH: process.env.PATH,
        HOME: this.path,
        NO_COLOR: '1',
        npm_config_offline: 'true',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text
      })
    }
    const [status] = (await once(child, 'close')) as [number | null]
    return { status: status ?? 1, ...said }
  }

  clone(origin: string, commit: string, depth: number): void {
    git(this.path, 'init', '-q')
    git(this.path, 'fetch', '-q', ...(depth === 0 ? [] : [`--depth=${depth}`]), `file://${origin}`, commit)
    git(this.path, 'checkout', '-q', 'FETCH_HEAD')
  }

  install(): void {
    mkdirSync(this.at('node_modules/.bin'), { recursive: true })
    if (!existsSync(this.at('node_modules/coworks'))) symlinkSync(packageFolder(), this.at('node_modules/coworks'))
    chmodSync(join(packageFolder(), 'dist/coworks.js'), 0o755)
    if (!existsSync(this.at('node_modules/.bin/coworks'))) symlinkSync('../coworks/dist/coworks.js', this.at('node_modules/.bin/coworks'))
  }
}

// GitHub Actions

interface Step {
  readonly id?: string
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly env?: Env
}
interface Job {
  readonly needs?: string
  readonly if?: string
  readonly env?: Env
  readonly outputs?: Env
  readonly strategy?: { readonly matrix: string }
  readonly steps: readonly Step[]
}
type Context = Readonly<Record<string, unknown>>

/** As much of the language of expressions as the workflow uses; anything else fails. */
function evaluate(expression: string, context: Context): unknown {
  const text = expression.trim()
  const compared = /^(\S+) (==|!=) '(.*)'$/.exec(text)
  if (compared !== null) return (evaluate(compared[1] ?? '', context) === compared[3]) === (compared[2] === '==')
  if (text.includes(' || '))
    return (
      text
        .split(' || ')
        .map((part) => evaluate(part, context))
        .find(Boolean) ?? ''
    )
  const json = /^fromJSON\((.*)\)$/.exec(text)?.[1]
  if (json !== undefined) return JSON.parse(String(evaluate(json, context)))
  assert.match(text, /^[a-z_]+(\.[A-Za-z_]+)+$/)
  return text.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], context) ?? ''
}
const filled = (text: string, context: Context) =>
  text.replace(/\$\{\{(.*?)\}\}/g, (_, expression: string) => String(evaluate(expression, context)))
const filledAll = (values: Env | undefined, context: Context): Env =>
  Object.fromEntries(Object.entries(values ?? {}).map(([key, value]) => [key, filled(String(value), context)]))

/** What the service keeps between jobs and runs. */
class Github {
  readonly caches = new Map<string, Folder>()
  readonly artifacts = new Map<string, Folder>()
  readonly said: string[] = []

  constructor(
    private readonly origin: Repository,
    private readonly machineEnv: Env,
  ) {}

  /** Runs the jobs in their order; returns those that were run, a matrix as often as it has entries. */
  async run(event: Context, skip: readonly string[] = []): Promise<string[]> {
    const workflow = read('github.yml') as { env: Env; jobs: Record<string, Job> }
    const needs: Record<string, { outputs: Env }> = {}
    const done: string[] = []
    for (const [name, job] of Object.entries(workflow.jobs)) {
      const context = { github: event, needs, vars: { AWS_ROLE: 'role', AWS_REGION: 'eu-west-1' } }
      if (skip.includes(name) || (job.needs !== undefined && needs[job.needs] === undefined)) continue
      if (job.if !== undefined && evaluate(job.if, context) !== true) continue
      const matrix = job.strategy?.matrix
      const entries =
        matrix === undefined
          ? [undefined]
          : (evaluate(/^\$\{\{(.*)\}\}$/.exec(matrix)?.[1] ?? '', context) as { include: Context[] }).include
      for (const entry of entries) {
        const outputs = await this.job(job, { ...context, matrix: entry }, filledAll(workflow.env, context))
        needs[name] = { outputs }
        done.push(entry === undefined ? name : `${name} ${Object.values(entry).join(' ')}`)
      }
    }
    return done
  }

  private async job(job: Job, context: Context, env: Env): Promise<Env> {
    const machine = new Machine()
    const steps: Record<string, { outputs: Env }> = {}
    const save: (() => void)[] = []
    for (const step of job.steps) {
      const all = { ...context, steps }
      const given = filledAll(step.with as Env | undefined, all)
      if (step.uses !== undefined) await this.action(step.uses, machine, given, all, save)
      else if (step.run === 'npm ci') machine.install()
      else {
        const [output, summary] = [machine.at('.git/github-output'), machine.at('.git/github-summary')]
        const files = {
          GITHUB_OUTPUT: output,
          GITHUB_STEP_SUMMARY: summary,
          GITHUB_WORKSPACE: machine.path,
          GITHUB_ACTIONS: 'true',
          CI: 'true',
        }
        const { status, stdout, stderr } = await machine.shell(filled(step.run ?? '', all), {
          ...this.machineEnv,
          ...env,
          ...filledAll(job.env, all),
          ...filledAll(step.env, all),
          ...files,
        })
        this.said.push(stdout)
        assert.is(status, 0, `${step.run}\n${stdout}\n${stderr}`)
        const lines = existsSync(output) ? readFileSync(output, 'utf8').trim().split('\n') : []
        if (step.id !== undefined)
          steps[step.id] = {
            outputs: Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])),
          }
        if (step.run?.includes('coworks build')) assert.match(readFileSync(summary, 'utf8'), '### coworks build: done\n')
        rmSync(output, { force: true })
        rmSync(summary, { force: true })
      }
    }
    for (const each of save) each()
    return filledAll(job.outputs, { ...context, steps })
  }

  private async action(uses: string, machine: Machine, given: Env, context: Context, save: (() => void)[]): Promise<void> {
    const [name = '', version] = uses.split('@')
    assert.match(version ?? '', /^v\d+$/)
    switch (name) {
      case 'actions/checkout':
        machine.clone(this.origin.path, String(evaluate('github.sha', context)), Number(given['fetch-depth'] ?? 1))
        return
      case 'actions/setup-node':
      case 'hashicorp/setup-terraform':
      case 'aws-actions/configure-aws-credentials':
        return
      case 'actions/cache':
      case 'actions/cache/restore': {
        const { path = '', key = '' } = given
        const prefix = given['restore-keys']?.trim()
        const found = this.caches.get(key) ?? [...this.caches].filter(([one]) => prefix !== undefined && one.startsWith(prefix)).at(-1)?.[1]
        if (found !== undefined) cpSync(found.path, machine.at(path), { recursive: true })
        if (name === 'actions/cache' && !this.caches.has(key)) {
          save.push(() => {
            const kept = new Folder()
            cpSync(machine.at(path), kept.path, { recursive: true })
            this.caches.set(key, kept)
          })
        }
        return
      }
      case 'actions/upload-artifact': {
        const kept = new Folder()
        const patterns = (given.path ?? '').trim().split('\n')
        const { status, stderr } = await machine.shell(
          `shopt -s nullglob; for file in ${patterns.join(' ')}; do cp --parents "$file" ${kept.path}; done`,
          {},
        )
        assert.is(status, 0, stderr)
        this.artifacts.set(given.name ?? '', kept)
        return
      }
      case 'actions/download-artifact': {
        const kept = this.artifacts.get(given.name ?? '')
        assert.ok(kept !== undefined)
        cpSync(kept?.path ?? '', machine.path, { recursive: true })
        return
      }
      default:
        throw new Error(`the workflow uses ${uses}, which this test does not know`)
    }
  }
}

const BACKEND =
  'terraform {\n  backend "s3" {\n    bucket         = "state"\n    key            = "quickstart.tfstate"\n    region         = "eu-west-1"\n    use_path_style = true\n  }\n}\n'

function project(): Repository {
  const origin = new Repository({ ...quickstart(), 'terraform/backend.tf.json': '', 'terraform/provider.tf': '' })
  origin.remove('terraform/backend.tf.json')
  origin.remove('terraform/provider.tf')
  origin.write('.gitignore', 'node_modules\n.coworks\n*.zip\n/terraform/*\n!/terraform/backend.tf\naffected.yml\nreport.xml\n')
  origin.write('terraform/backend.tf', BACKEND)
  return origin
}

const edit = (origin: Repository): string => origin.change({ 'src/app.ts': origin.read('src/app.ts').replace('ready', 'steady') })

const terraform = findTerraform()
const cannot = 'missing' in terraform ? terraform.missing : hasMoto() ? undefined : 'moto_server is not on the PATH'
if (cannot !== undefined) console.log(`SKIPPED plan and apply of the pipelines in examples/ci: ${cannot}`)

test('GitHub: the first push, a pull request that changes nothing, one that changes code, and the push of it', async () => {
  const origin = project()
  const moto = cannot === undefined ? await startMoto() : undefined
  try {
    if (moto !== undefined)
      await fetch(`${moto.url}/state`, {
        method: 'PUT',
        body: '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>',
      })
    const plugins = 'pluginDir' in terraform ? { TF_CLI_ARGS_init: `-plugin-dir=${terraform.pluginDir}` } : {}
    const github = new Github(origin, { ...moto?.env, ...plugins })
    const skip = moto === undefined ? ['plan', 'apply'] : []
    const deploy = moto === undefined ? [] : ['plan', 'apply']
    const first = origin.commit()
    const pushed = await github.run({ event_name: 'push', sha: first, event: { before: '0'.repeat(40) } }, skip)
    assert.equal(pushed, ['affected', 'check app-test dev', 'check app-test prod', 'build', ...deploy])
    if (moto !== undefined) assert.match(github.said.join(''), /Apply complete! Resources: \d+ added, 0 changed, 0 destroyed/)

    const readme = origin.change({ 'README.md': 'read me\n' })
    const nothing = await github.run({ event_name: 'pull_request', sha: readme, event: { pull_request: { base: { sha: first } } } }, skip)
    assert.equal(nothing, ['affected'])

    const edited = edit(origin)
    const changed = await github.run({ event_name: 'pull_request', sha: edited, event: { pull_request: { base: { sha: readme } } } }, skip)
    assert.equal(changed, ['affected', 'check app-test dev', 'check app-test prod'])

    if (moto === undefined) return
    github.said.length = 0
    assert.equal(await github.run({ event_name: 'push', sha: edited, event: { before: readme } }, ['apply']), [
      'affected',
      'check app-test dev',
      'check app-test prod',
      'build',
      'plan',
    ])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are taken out before it is read
    const plan = github.said.join('').replace(/\u001b\[[0-9;]*m/g, '')
    assert.match(plan, /aws_lambda_function\.app-test_dev will be replaced, as requested/)
    assert.match(plan, /aws_lambda_function\.app-test_prod will be updated in-place/)
    // The second job took from the cache what the first had built.
    assert.match(plan, "Retrieved `terraform/tmp/app-test-dev.zip' from cache")
  } finally {
    moto?.stop()
  }
})

// GitLab

interface GitlabJob {
  readonly extends?: string
  readonly before_script?: readonly string[]
  readonly script: readonly string[]
  readonly parallel?: { readonly matrix: readonly Env[] }
}

test('GitLab: the jobs up to the build are run, the child pipeline too; plan and apply run what GitHub runs', async () => {
  const pipeline = read('gitlab.yml') as Record<string, GitlabJob> & { readonly variables: Env }
  const origin = project()
  const run = async (job: GitlabJob, commit: string, env: Env): Promise<Machine> => {
    const machine = new Machine()
    machine.clone(origin.path, commit, 0)
    const lines = [
      ...((job.extends === undefined ? undefined : pipeline[job.extends]?.before_script) ?? []),
      ...(job.before_script ?? []),
      ...job.script,
    ]
    assert.ok(lines.some((line) => line.startsWith('npm ci ')))
    machine.install()
    const script = lines.filter((line) => !line.startsWith('npm ci ')).join('\n')
    const { status, stdout, stderr } = await machine.shell(script, { CI: 'true', ...pipeline.variables, IMAGE: 'image', ...env } as Env)
    assert.is(status, 0, `${script}\n${stdout}\n${stderr}`)
    return machine
  }
  const first = origin.commit()
  const edited = edit(origin)
  const child = async (since: Env) =>
    parse((await run(pipeline.affected as GitlabJob, edited, since)).read('affected.yml')) as Record<string, GitlabJob>

  assert.equal(await child({ CI_COMMIT_BEFORE_SHA: edited }), { nothing: { script: ['true'] } })
  const { check } = await child({ CI_MERGE_REQUEST_DIFF_BASE_SHA: first, CI_COMMIT_BEFORE_SHA: '0'.repeat(40) })
  assert.equal(check?.parallel?.matrix, [
    { MICROSERVICE: 'app-test', STAGE: 'dev' },
    { MICROSERVICE: 'app-test', STAGE: 'prod' },
  ])
  for (const entry of check?.parallel?.matrix ?? []) {
    const machine = await run(check as GitlabJob, edited, entry)
    assert.ok(existsSync(machine.at(`terraform/tmp/app-test-${entry.STAGE}.zip`)))
    assert.match(machine.read('report.xml'), 'failures="0"')
  }
  const built = await run(pipeline.build as GitlabJob, edited, {})
  assert.ok(existsSync(built.at('terraform/app-test.prod.tf')))

  const github = read('github.yml') as { jobs: Record<string, Job> }
  const words = (lines: readonly string[]) =>
    lines
      .flatMap((line) => line.trim().split('\n'))
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('npm ci'))
  for (const name of ['plan', 'apply'])
    assert.equal(words(pipeline[name]?.script ?? []), words(github.jobs[name]?.steps.map(({ run: line }) => line ?? '') ?? []))
})

test.run()
