/**
 * One process that runs the function, for one event at a time, as Lambda's execution environment does. One that dies, or is
 * killed at the function's timeout, fails the event it was busy with, and is not used again.
 */
import { type ChildProcess, fork } from 'node:child_process'
import type { ChildMessage, InvokeMessage, LoadMessage } from './child-messages.js'
import { ACCOUNT, REGION } from './event.js'
import type { Invocation } from './gateway.js'
import { LOG_STREAM, logGroup } from './lambda-environment.js'
import { LAMBDA_PAYLOAD_BYTES } from './limits.js'

export interface FunctionSettings {
  readonly functionName: string
  /** Absolute path of the folder that Lambda would call /var/task. */
  readonly taskRoot: string
  /** In it. */
  readonly module: string
  /** All of it: nothing else of this process's environment gets there. */
  readonly env: Readonly<Record<string, string>>
  /** Seconds. */
  readonly timeout: number
  /** MB: told to the function, not enforced. */
  readonly memorySize: number
  /** Absolute path of `gateway-child.js`. */
  readonly childModule: string
  /** Where what it prints to stdout goes: 1, or 2 where stdout is taken. */
  readonly stdout: 1 | 2
}

interface Busy {
  readonly id: number
  readonly done: (invocation: Invocation) => void
  readonly timer: NodeJS.Timeout
}

export class FunctionProcess {
  readonly #child: ChildProcess
  readonly #settings: FunctionSettings
  #busy: Busy | undefined
  #dead = false
  #count = 0

  constructor(settings: FunctionSettings, onExit: () => void) {
    this.#settings = settings
    const { childModule, taskRoot, env, stdout } = settings
    this.#child = fork(childModule, {
      cwd: taskRoot,
      env: { ...env },
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', stdout, 2, 'ipc'],
      serialization: 'json',
    })
    this.#child.on('message', (message: ChildMessage) => this.#message(message))
    const gone = (why: string): void => {
      this.#dead = true
      this.#finish({ ok: false, message: why })
      onExit()
    }
    this.#child.once('error', (error) => gone(`the function cannot be started (${error.message})`))
    this.#child.once('exit', (code, signal) => gone(`the function ended its process (${signal ?? `exit ${code}`})`))
    this.#send({
      load: `${taskRoot}/${settings.module}`,
      functionName: settings.functionName,
      memorySize: settings.memorySize,
      logGroup: logGroup(settings.functionName),
      logStream: LOG_STREAM,
      arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${settings.functionName}`,
    })
  }

  get usable(): boolean {
    return !this.#dead
  }

  get busy(): boolean {
    return this.#busy !== undefined
  }

  /** Never rejects. */
  invoke(event: unknown, requestId: string): Promise<Invocation> {
    const ms = this.#settings.timeout * 1000
    return new Promise((done) => {
      const id = ++this.#count
      const timer = setTimeout(() => {
        this.#dead = true
        this.#finish({ ok: false, message: `Task timed out after ${this.#settings.timeout.toFixed(2)} seconds` })
        this.#child.kill('SIGKILL')
      }, ms)
      this.#busy = { id, done, timer }
      this.#send({ id, event, requestId, deadline: Date.now() + ms })
    })
  }

  /** @returns once the process is gone */
  kill(): Promise<void> {
    this.#dead = true
    const { exitCode, signalCode, pid } = this.#child
    if (exitCode !== null || signalCode !== null || pid === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve())
      this.#child.kill('SIGKILL') // Lambda asks nobody either
    })
  }

  #message(message: ChildMessage): void {
    if (message.id === this.#busy?.id) this.#finish(invocationOf(message))
  }

  #finish(invocation: Invocation): void {
    const busy = this.#busy
    if (busy === undefined) return
    this.#busy = undefined
    clearTimeout(busy.timer)
    busy.done(invocation)
  }

  #send(message: LoadMessage | InvokeMessage): void {
    // What cannot be sent ends in `exit`, which fails the event.
    this.#child.send(message, () => {})
  }
}

function invocationOf(message: ChildMessage): Invocation {
  if (message.type === 'error') return { ok: false, message: message.message }
  if (Buffer.byteLength(message.payload) > LAMBDA_PAYLOAD_BYTES)
    return { ok: false, message: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).' }
  return { ok: true, payload: JSON.parse(message.payload) }
}
