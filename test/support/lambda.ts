/**
 * A stand-in for Lambda: the zip of a function in `var/task`, its layers in `opt`, AWS's own runtime client in front of them,
 * and the Runtime API that it asks for events. Like Lambda, one process answers one event at a time, has Lambda's
 * environment and nothing of the developer's. Knows nothing of API Gateway.
 *
 *      invoke(event) ──▶ queue ──GET next──▶ aws-lambda-ric ──▶ index.handler
 *            ◀── answer ───────POST response, error, init/error
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html (2018-06-01)
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import yauzl from 'yauzl'
import { Folder } from './folder.js'

const REPO = process.env.COWORKS_REPO ?? process.cwd()

export type NodeMajor = 20 | 22

/** As Lambda starts them: a layer of ES modules or a bundle that leans on module detection must fail here as it fails there. */
const FLAGS = ['--no-experimental-require-module', '--no-experimental-detect-module']

const ENTRY: Readonly<Record<NodeMajor, string>> = { 20: 'bin/index.mjs', 22: 'index.mjs' }
const NATIVE: Readonly<Record<NodeMajor, string>> = { 20: 'dist/rapid-client.node', 22: 'rapid-client.node' }

export interface RuntimeClient {
  readonly major: NodeMajor
  readonly node: string
  readonly entry: string
}

/** The runtime client of a version of Node and that Node, or undefined after saying what is skipped. */
export function findRuntimeClient(major: NodeMajor): RuntimeClient | undefined {
  const node = nodeOf(major)
  const dir = join(REPO, `.build/ric-${major}/node_modules/aws-lambda-ric`)
  if (node !== undefined && existsSync(join(dir, NATIVE[major]))) return { major, node, entry: join(dir, ENTRY[major]) }
  const why = node === undefined ? `no Node ${major} is here` : 'not installed (node scripts/install-ric.mjs)'
  console.log(`SKIPPED lambda runtime client on Node ${major}: ${why}`)
  return undefined
}

function nodeOf(major: NodeMajor): string | undefined {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const installed = join(REPO, `node_modules/node-${major}-${process.platform}-${process.arch}/bin/node`)
  return existsSync(installed) ? installed : undefined
}

export interface FunctionOptions {
  readonly client: RuntimeClient
  readonly name: string
  readonly zip: string
  readonly layers: readonly string[]
  /** Variables of the function, as its Terraform gives them. */
  readonly env?: Readonly<Record<string, string>>
  readonly handler?: string
}

/** The folders that Lambda gives a function. Apart from a start, since a benchmark starts many in the same. */
export async function unpackFunction(zip: string, layers: readonly string[]): Promise<Folder> {
  const root = new Folder()
  mkdirSync(root.at('opt/nodejs/node_modules'), { recursive: true })
  await unzip(zip, root.at('var/task'))
  for (const layer of layers) await unzip(layer, root.at('opt'))
  // Node never looks into /opt for an ES module: this link is how it finds the packages of a layer.
  symlinkSync(root.at('opt/nodejs/node_modules'), root.at('var/node_modules'))
  return root
}

export type Invoked =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string }

export class LambdaFunction {
  readonly #options: FunctionOptions
  readonly #child: ChildProcess
  readonly #api: RuntimeApi
  #log = ''

  private constructor(options: FunctionOptions, root: Folder, api: RuntimeApi) {
    this.#options = options
    this.#api = api
    this.#child = spawn(options.client.node, [...FLAGS, options.client.entry, options.handler ?? 'index.handler'], {
      cwd: root.at('var/task'),
      env: { ...lambdaEnvironment(options, root, api.address), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const keep = (chunk: Buffer) => {
      this.#log += chunk.toString('utf8')
    }
    this.#child.stdout?.on('data', keep)
    this.#child.stderr?.on('data', keep)
    this.#child.on('error', (error) => api.end(error))
    this.#child.on('close', (status) => api.end(new Error(`${options.name} ended with ${status}\n${this.#log}`)))
  }

  static async start(options: FunctionOptions, unpacked?: Folder): Promise<LambdaFunction> {
    const root = unpacked ?? (await unpackFunction(options.zip, options.layers))
    const api = await RuntimeApi.listen(`arn:aws:lambda:eu-west-1:123456789012:function:${options.name}`)
    return new LambdaFunction(options, root, api)
  }

  /** What the function wrote so far: the log group's content. */
  get log(): string {
    return this.#log
  }

  invoke(event: unknown): Promise<Invoked> {
    return this.#api.invoke(event)
  }

  /** @throws Error where the function failed */
  async answer(event: unknown): Promise<unknown> {
    const invoked = await this.invoke(event)
    if (!invoked.ok) throw new Error(`${this.#options.name}: ${invoked.errorType}: ${invoked.errorMessage}\n${this.#log}`)
    return invoked.answer
  }

  close(): void {
    this.#child.kill('SIGKILL')
    this.#api.close()
  }
}

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function lambdaEnvironment({ name, client, handler = 'index.handler' }: FunctionOptions, root: Folder, address: string) {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${client.major}.x`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/01/[$LATEST]0123456789abcdef0123456789abcdef',
    AWS_LAMBDA_RUNTIME_API: address,
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    LAMBDA_TASK_ROOT: root.at('var/task'),
    LAMBDA_RUNTIME_DIR: dirname(client.entry),
    _HANDLER: handler,
  }
}

interface Pending {
  readonly id: string
  readonly event: string
  readonly settle: (invoked: Invoked) => void
  readonly fail: (error: Error) => void
}

class RuntimeApi {
  readonly #arn: string
  readonly #server = createServer((incoming, outgoing) => this.#handle(incoming, outgoing))
  readonly #waiting: Pending[] = []
  readonly #running = new Map<string, Pending>()
  #asking: ServerResponse | undefined
  #over: Invoked | Error | undefined
  #count = 0

  private constructor(arn: string) {
    this.#arn = arn
  }

  static listen(arn: string): Promise<RuntimeApi> {
    const api = new RuntimeApi(arn)
    return new Promise((resolve, reject) => {
      api.#server.once('error', reject)
      api.#server.listen(0, '127.0.0.1', () => resolve(api))
    })
  }

  get address(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    return `127.0.0.1:${address.port}`
  }

  invoke(event: unknown): Promise<Invoked> {
    if (this.#over instanceof Error) return Promise.reject(this.#over)
    if (this.#over !== undefined) return Promise.resolve(this.#over)
    const id = `00000000-0000-4000-8000-${String(++this.#count).padStart(12, '0')}`
    return new Promise((settle, fail) => {
      this.#waiting.push({ id, event: JSON.stringify(event), settle, fail })
      this.#next()
    })
  }

  /** No answer will come any more: for all that wait, and for all that will ask. */
  end(outcome: Invoked | Error): void {
    if (this.#over === undefined) this.#over = outcome
    for (const { settle, fail } of [...this.#running.values(), ...this.#waiting.splice(0)]) {
      if (outcome instanceof Error) fail(outcome)
      else settle(outcome)
    }
    this.#running.clear()
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #next(): void {
    const pending = this.#asking === undefined ? undefined : this.#waiting.shift()
    if (pending === undefined || this.#asking === undefined) return
    this.#running.set(pending.id, pending)
    this.#asking
      .writeHead(200, {
        'Content-Type': 'application/json',
        'Lambda-Runtime-Aws-Request-Id': pending.id,
        'Lambda-Runtime-Deadline-Ms': String(Date.now() + 30_000),
        'Lambda-Runtime-Invoked-Function-Arn': this.#arn,
        'Lambda-Runtime-Trace-Id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1',
      })
      .end(pending.event)
    this.#asking = undefined
  }

  #handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const [, version, , what = '', id = '', kind = ''] = (incoming.url ?? '').split('/')
    if (version !== '2018-06-01') {
      outgoing.writeHead(404).end()
      return
    }
    if (what === 'invocation' && id === 'next') {
      this.#asking = outgoing
      this.#next()
      return
    }
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      outgoing.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}')
      const text = Buffer.concat(chunks).toString('utf8')
      if (what === 'init') this.end(failure(text))
      this.#running.get(id)?.settle(kind === 'response' ? { ok: true, answer: JSON.parse(text) } : failure(text))
      this.#running.delete(id)
    })
  }
}

function failure(text: string): Invoked {
  const { errorType = '', errorMessage = '' } = JSON.parse(text) as { errorType?: string; errorMessage?: string }
  return { ok: false, errorType, errorMessage }
}

async function unzip(file: string, folder: string): Promise<void> {
  const zip = await yauzl.openPromise(file, { strictFileNames: true, lazyEntries: true, autoClose: false })
  try {
    for await (const entry of zip.eachEntry()) {
      const chunks: Buffer[] = []
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer)
      const path = join(folder, entry.fileName)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, Buffer.concat(chunks), { mode: (entry.externalFileAttributes >>> 16) & 0o777 })
    }
  } finally {
    zip.close()
  }
}
