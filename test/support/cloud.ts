/**
 * A project whose `coworks` and `terraform` speak with an emulator of AWS: the real programs, as a user would run them. Knows how to
 * run and to look; what is right is for the tests to say.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { shellWord } from '../../src/util/quote.js'
import { CliProject, type Ran, REPO } from './cli.js'
import { hasMoto, type Moto, startMoto } from './moto.js'
import { findTerraform, terraform, terraformEnv } from './terraform.js'

const found = findTerraform()

/** Why nothing can be deployed here, or undefined. */
export const cloudless: string | undefined = 'missing' in found ? found.missing : hasMoto() ? undefined : 'moto_server is not on the PATH'

export type Values = Readonly<Record<string, unknown>>

export class Cloud {
  private constructor(
    readonly project: CliProject,
    readonly moto: Moto,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(files?: Readonly<Record<string, string>>): Promise<Cloud> {
    const moto = await startMoto()
    const project = new CliProject(files)
    const env = Object.entries(terraformEnv(moto.env)).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
    const more = { HOME: project.path, TF_CLI_ARGS_init: `-plugin-dir=${'pluginDir' in found ? found.pluginDir : ''}`, NO_COLOR: '1' }
    return new Cloud(project, moto, { ...Object.fromEntries(env), ...more })
  }

  stop(): void {
    this.moto.stop()
  }

  /** Where Terraform's files are. */
  get dir(): string {
    return this.project.at('terraform')
  }

  coworks(...words: string[]): Promise<Ran> {
    return this.project.run(words, this.env)
  }

  /** What it printed. @throws AssertionError unless it ends with 0 */
  async ok(...words: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.coworks(...words)
    assert.is(status, 0, `coworks ${words.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }

  terraform(args: readonly string[], ok: readonly number[] = [0]): ReturnType<typeof terraform> {
    return terraform(this.dir, args, this.env, { ok: [...ok] })
  }

  /** A line of a shell, in the project's folder, as a user types what was printed. */
  shell(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = spawn('bash', ['-c', line], { cwd: this.project.path, env: this.env, stdio: ['ignore', 'ignore', 'pipe'] })
      let stderr = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      child.on('error', reject)
      child.on('close', (status) => (status === 0 ? resolve() : reject(new Error(`${line}: ${status}\n${stderr}`))))
    })
  }

  /** What the plan would do, `address action+action`; the exit code must agree. */
  async planned(...args: string[]): Promise<string[]> {
    const { status } = await this.terraform(['plan', '-input=false', '-no-color', '-out=plan', '-detailed-exitcode', ...args], [0, 2])
    const { resource_changes = [] } = JSON.parse((await this.terraform(['show', '-json', 'plan'])).stdout) as {
      resource_changes?: { address: string; change: { actions: string[] } }[]
    }
    const changes = resource_changes
      .filter(({ change }) => !['no-op', 'read'].includes(change.actions.join()))
      .map(({ address, change }) => `${address} ${change.actions.join('+')}`)
    assert.is(status === 2, changes.length > 0, 'exit code of the plan')
    return changes.sort()
  }

  /** The state: every attribute of every resource. */
  async resources(): Promise<ReadonlyMap<string, Values>> {
    const { stdout } = await this.terraform(['show', '-json'])
    const { values } = JSON.parse(stdout) as { values?: { root_module: { resources?: { address: string; values: Values }[] } } }
    return new Map((values?.root_module.resources ?? []).map(({ address, values }) => [address, values]))
  }

  /** Those of one stage, its layer versions among them. */
  async ofStage(stage: string): Promise<Readonly<Record<string, Values>>> {
    return Object.fromEntries([...(await this.resources())].filter(([address]) => new RegExp(`_${stage}(_|$)`).test(address)))
  }

  /** The routes that the emulator serves in a stage: those of the definition that the stage's deployment has taken. */
  async served(stage: string, microservice = 'app-test'): Promise<string[]> {
    const api = await this.aws<{ items?: { item?: unknown }; item?: { id: string; name: string }[] }>('/restapis')
    const id = api.item?.find(({ name }) => name === microservice)?.id
    const { deploymentId } = await this.aws<{ deploymentId: string }>(`/restapis/${id}/stages/${stage}`)
    return Object.entries(this.moto.served(deploymentId)?.paths ?? {})
      .flatMap(([path, verbs]) => Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`))
      .sort()
  }

  /** What the emulator's Lambda holds. */
  async lambda(name: string): Promise<{ CodeSha256: string; Layers?: { Arn: string }[]; statements: string[] }> {
    const { Configuration } = await this.aws<{ Configuration: { CodeSha256: string; Layers?: { Arn: string }[] } }>(
      `/2015-03-31/functions/${name}`,
    )
    const { Policy } = await this.aws<{ Policy: string }>(`/2015-03-31/functions/${name}/policy`)
    const { Statement } = JSON.parse(Policy) as { Statement: { Sid: string }[] }
    return { ...Configuration, statements: Statement.map(({ Sid }) => Sid).sort() }
  }

  /** As Lambda writes the hash of a zip. */
  codeSha256(zip: string): string {
    return createHash('sha256')
      .update(readFileSync(this.project.at(zip)))
      .digest('base64')
  }

  async aws<T>(path: string): Promise<T> {
    const service = path.startsWith('/restapis') ? 'apigateway' : 'lambda'
    // The emulator goes by the name of the service in the signature, and does not check the rest.
    const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=x`
    const response = await fetch(`${this.moto.url}${path}`, { headers: { authorization } })
    assert.ok(response.ok, `${path}: ${response.status}`)
    return (await response.json()) as T
  }
}

/** Whether a terminal can be had for a test. */
export const hasScript = spawnSync('script', ['--version']).status === 0

/** The command on a terminal of its own, as a person sees it, while it is running. */
export function onTerminal(cloud: Cloud, ...words: string[]) {
  const line = [process.execPath, join(REPO, 'dist/coworks.js'), ...words].map(shellWord).join(' ')
  const child = spawn('script', ['-qec', `exec ${line}`, '/dev/null'], {
    cwd: cloud.project.path,
    env: { PATH: process.env.PATH, TERM: 'dumb', ...cloud.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let text = ''
  const waiting: { readonly words: string; readonly seen: () => void }[] = []
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more.replaceAll('\r', '')
    for (const one of waiting) if (text.includes(one.words)) one.seen()
  })
  const ended = new Promise<{ status: number | null; text: string }>((resolve) =>
    child.on('close', (status) => {
      resolve({ status, text })
    }),
  )
  return {
    ended,
    /** `\x03` is Ctrl-C. */
    types: (keys: string) => child.stdin.write(keys),
    /** When it has said this. @throws Error if it ends without */
    says: (words: string) =>
      new Promise<void>((resolve, reject) => {
        if (text.includes(words)) resolve()
        waiting.push({ words, seen: resolve })
        ended.then(({ status }) => reject(new Error(`ended with ${status}, without ${JSON.stringify(words)}:\n${text}`)))
      }),
  }
}
