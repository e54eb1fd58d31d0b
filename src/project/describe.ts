/**
 * What a microservice is, told by the microservice itself: its bundle is loaded in a child process, never in the build's
 * own, and says its routes, CORS, authorizers and configs as JSON. One child serves a whole build; one that dies or hangs
 * is replaced, and the microservice it was busy with is named.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Action, Target } from '../build/index.js'
import type { ServiceDescription } from '../service/description.js'
import type { Json } from '../util/hash.js'
import { CoworksError, type Problem } from '../util/problem.js'
import type { BundleInfo } from './bundle.js'
import { ownModule } from './own-files.js'
import { stackPlace } from './stack.js'

/** Loading a module takes milliseconds; one that takes this long waits for something that will not come. */
const LIMIT_MS = 20_000
/** Bytes kept of what a module prints while it is loaded. */
const OUTPUT_KEPT = 16_384

export interface DescribeQuestion {
  /** Absolute path of the bundle. */
  readonly file: string
  readonly service: string
}

export type DescribeAnswer =
  | { readonly ok: true; readonly description: ServiceDescription; readonly notes: readonly string[] }
  | {
      readonly ok: false
      readonly name: string
      readonly message: string
      readonly stack: string
      readonly problems?: readonly Problem[] | undefined
    }

/** Asks the child, one question at a time. */
export class Describer {
  private child: ChildProcess | undefined
  private queue: Promise<unknown> = Promise.resolve()
  private output = ''

  constructor(private readonly root: string) {}

  /** @throws CoworksError when the module cannot be loaded or described */
  describe(
    where: string,
    question: DescribeQuestion,
    signal: AbortSignal,
  ): Promise<{ description: ServiceDescription; notes: readonly string[] }> {
    const turn = this.queue.then(() => this.ask(where, question, signal))
    this.queue = turn.catch(() => {})
    return turn
  }

  close(): void {
    this.child?.kill('SIGKILL')
    this.child = undefined
  }

  private async ask(
    where: string,
    question: DescribeQuestion,
    signal: AbortSignal,
  ): Promise<{ description: ServiceDescription; notes: readonly string[] }> {
    if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
    const child = this.ensureChild()
    this.output = ''
    const answer = await new Promise<DescribeAnswer>((resolve, reject) => {
      const fail = (what: string, hint?: string): void => {
        this.close()
        settle()
        reject(new CoworksError({ where, what, hint, detail: this.output.trim() || undefined }))
      }
      const onExit = (code: number | null, exitSignal: string | null): void =>
        fail(
          `ended the process (${exitSignal ?? `exit ${code}`}) while it was loaded`,
          'a module must not call process.exit() at its top level',
        )
      const onMessage = (message: unknown): void => {
        settle()
        resolve(message as DescribeAnswer)
      }
      const onAbort = (): void => fail('interrupted')
      const timer = setTimeout(
        () => fail(`did not finish loading within ${LIMIT_MS / 1000} s`, 'does it wait for a server at its top level?'),
        LIMIT_MS,
      )
      const settle = (): void => {
        clearTimeout(timer)
        child.off('exit', onExit)
        child.off('message', onMessage)
        signal.removeEventListener('abort', onAbort)
      }
      child.on('exit', onExit)
      child.on('message', onMessage)
      signal.addEventListener('abort', onAbort)
      child.send(question)
    })
    if (answer.ok) return answer
    throw new CoworksError(this.problemOf(where, question.file, answer))
  }

  private problemOf(where: string, bundle: string, answer: Extract<DescribeAnswer, { ok: false }>): Problem[] {
    const error = Object.assign(new Error(answer.message), { stack: answer.stack })
    const place = stackPlace(error, bundle, this.root)
    const missing = /Cannot find package '([^']+)'/.exec(answer.message)?.[1]
    if (missing !== undefined)
      return [{ where, what: `imports \`${missing}', which is not installed`, hint: 'install the dependencies of the project (npm ci)' }]
    if (answer.problems !== undefined)
      return answer.problems.map((problem) => ({ ...problem, where: [place, problem.where].filter(Boolean).join(', ') || where }))
    return [
      {
        where: place ?? where,
        what: `${answer.name}: ${answer.message}`,
        hint: place === undefined ? undefined : `while ${where} was loaded`,
        detail: this.output.trim() || undefined,
      },
    ]
  }

  private ensureChild(): ChildProcess {
    if (this.child?.connected) return this.child
    const { PATH = '' } = process.env
    const child = fork(ownModule('describe-child'), {
      cwd: this.root,
      // Nothing of the developer's environment: a description must not depend on it, nor carry any of it into a file.
      env: { PATH, TZ: 'UTC', COWORKS_DESCRIBE: '1' },
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    })
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString('utf8')).slice(-OUTPUT_KEPT)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    child.unref()
    this.child = child
    return child
  }
}

/** The description as a target: made again only when the bundle, or a package it imports, changed. */
export function descriptionTarget(id: string, microservice: string, service: string, bundle: Target, describer: Describer): Target {
  const action: Action = {
    name: 'describe',
    version: '1',
    params: { microservice, service },
    title: `describe ${microservice}`,
    cacheable: false, // the packages it loads are known by their versions only
    run: async (context) => {
      const { imports } = context.dependency(bundle.id).info as unknown as BundleInfo
      const file = join(context.root, bundle.id)
      const { description, notes } = await describer.describe(`microservice ${microservice}`, { file, service }, context.signal)
      context.write(id, `${JSON.stringify(description, null, 1)}\n`)
      return {
        discovered: imports.flatMap((name) => manifestsOf(context.root, name)),
        info: description as unknown as Json,
        warnings: notes.map((what) => ({ where: `microservice ${microservice}`, what })),
      }
    },
  }
  return { id, outputs: [id], inputs: [{ kind: 'target', id: bundle.id }], requires: [], action, internal: true }
}

/** Where an installed package says its version; for the runtime itself also its code. */
function manifestsOf(root: string, name: string): string[] {
  for (let dir = root; ; dir = dirname(dir)) {
    const folder = join(dir, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) {
      const files = name === 'coworks' ? ['package.json', 'dist/service.js'] : ['package.json']
      return files.map((file) => relative(root, join(folder, file)))
    }
    if (dir === dirname(dir)) return [`node_modules/${name}/package.json`]
  }
}
