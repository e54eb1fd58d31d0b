/**
 * What a microservice is, told by the microservice itself: its bundle is loaded in a child process, never in the build's
 * own, and says its routes, CORS, authorizers and configs as JSON. One child serves many, one after the other; one that dies or hangs
 * is replaced, and the microservice it was busy with is named.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import type { ServiceDescription } from '../service/description.js'
import { CoworksError, type Problem } from '../util/problem.js'
import { ENTRY } from './bundle.js'
import { AnswerReader, CHANNEL, LIFELINE } from './describe-channel.js'
import { ownModule } from './own-files.js'
import { stackPlace, withoutRoot } from './stack.js'

/** Loading a module takes milliseconds; one that takes this long waits for something that will not come. */
const LIMIT_MS = 20_000
/** Describing takes some ten MB; the machine must outlive a module that allocates without end. */
const MEMORY_MB = 1024
/** How often its memory is looked at: what lies outside of V8's heap (buffers) is bounded by nothing else. */
const LOOK_MS = 200
const PAGE_BYTES = 4096
/** Of what a module prints while it is loaded, so much is kept, and so many lines of it are shown with a problem. */
const OUTPUT_KEPT = 16_384
const LINES_SHOWN = 20
/** How long the end of what an ended child printed is waited for: a process that it left behind may hold its pipes open. */
const DRAIN_MS = 500

export interface DescribeQuestion {
  /** Absolute path of the bundle. */
  readonly file: string
  readonly service: string
}

/** Said before the first question: the runtime is loaded that a bundle in this place will import. */
export interface Preparation {
  /** Absolute path of a file, which need not be there. */
  readonly beside: string
}

export interface Described {
  readonly ok: true
  readonly description: ServiceDescription
  readonly notes: readonly string[]
}

interface Failed {
  readonly ok: false
  readonly what: string
  readonly hint?: string | undefined
  readonly stack: string
  readonly problems?: readonly Problem[] | undefined
}

export type DescribeAnswer = Described | Failed

/** How the user knows what is described: `app-test`, `src/app.ts`. */
export interface Asked {
  readonly microservice: string
  readonly module: string
  /** Source map of the bundle, for the place of an error; nothing where there is none. */
  readonly map: () => Promise<string | undefined>
}

interface Child {
  readonly process: ChildProcess
  readonly channel: Duplex
  readonly lifeline: Duplex
  /** Settled when it ended and all it printed was read. */
  readonly closed: Promise<unknown>
}

/** Asks a child, one question at a time. */
export class DescribingProcess {
  private child: Child | undefined
  private queue: Promise<unknown> = Promise.resolve()
  /** Questions that have no answer yet. */
  waiting = 0
  private output = ''
  /** Has the child been given anything to load? */
  private asked = false
  private readonly limit = Number(process.env.COWORKS_DESCRIBE_LIMIT_MS) || LIMIT_MS

  private readonly memory = Number(process.env.COWORKS_DESCRIBE_MEMORY_MB) || MEMORY_MB
  private readonly reader = new AnswerReader()

  constructor(private readonly root: string) {}

  /** @throws CoworksError when the module cannot be loaded or described */
  describe(asked: Asked, question: DescribeQuestion, signal: AbortSignal): Promise<Described> {
    this.waiting++
    const turn = this.queue
      .then(() => this.ask(asked, question, signal))
      .finally(() => {
        this.waiting--
      })
    this.queue = turn.catch(() => {})
    return turn
  }

  /**
   * A child that has loaded nothing yet, started before it is needed. What a module or a package left behind in the last one must
   * not be seen by the next description: it would not be that of a build of its own.
   */
  renew(): void {
    if (this.child !== undefined && !this.asked) return
    this.close()
    this.ensureChild()
    this.asked = false
  }

  /** Starts the child while there is something else to do before it is asked, which will be soon: it loads the runtime as it is now. */
  warm(beside: string): void {
    if (this.child !== undefined) return
    try {
      const { channel } = this.ensureChild()
      channel.write(`${JSON.stringify({ beside } satisfies Preparation)}\n`)
    } catch {} // whoever asks is told
  }

  close(): void {
    if (this.child !== undefined) kill(this.child)
    this.child = undefined
  }

  private async ask(asked: Asked, question: DescribeQuestion, signal: AbortSignal): Promise<Described> {
    if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
    const child = this.ensureChild()
    this.asked = true
    this.output = ''
    const answer = await this.answerOf(child, question, signal)
    if (answer.ok) return answer
    await this.end(child)
    throw new CoworksError(await this.problemsOf(asked, question.file, this.explained(answer)))
  }

  /** What the child says, or that it ended, said nothing or took too much. */
  private answerOf(child: Child, question: DescribeQuestion, signal: AbortSignal): Promise<DescribeAnswer> {
    const { process: running, channel } = child
    const id = randomUUID()
    this.reader.clear()
    return new Promise((resolve) => {
      const settle = (answer: DescribeAnswer): void => {
        clearTimeout(timer)
        clearInterval(watch)
        running.off('exit', onExit)
        channel.off('data', onData)
        signal.removeEventListener('abort', onAbort)
        resolve(answer)
      }
      const fail = (what: string, hint?: string): void => settle({ ok: false, what, hint, stack: '' })
      const onExit = (code: number | null, exitSignal: string | null): void =>
        fail(
          `ended the process (${exitSignal ?? `exit ${code}`}) while it was loaded`,
          'a module must not call process.exit() at its top level',
        )
      const onData = (text: string): void => {
        const found = this.reader.take(text, id)
        if (found === 'too much') fail(`wrote into file descriptor ${CHANNEL}, which is not its own`)
        else if (found !== undefined) {
          // The next one is described in a process where nothing was changed.
          if (found.spoilt && found.answer.ok) this.close()
          settle(found.answer)
        }
      }
      const onAbort = (): void => fail('interrupted')
      const timer = setTimeout(
        () => fail(`did not finish loading within ${this.limit / 1000} s`, 'does it wait for a server at its top level?'),
        this.limit,
      )
      const watch = setInterval(() => {
        if (residentBytes(running.pid) > 2 * this.memory * 1024 * 1024) settle(this.tooMuchMemory())
      }, LOOK_MS)
      running.on('exit', onExit)
      channel.on('data', onData)
      signal.addEventListener('abort', onAbort)
      channel.write(`${JSON.stringify({ ...question, id })}\n`)
    })
  }

  private tooMuchMemory(): Failed {
    return {
      ok: false,
      what: `takes more than ${this.memory} MB of memory while it is loaded`,
      hint: 'what does it keep at its top level?',
      stack: '',
    }
  }

  /** V8 ends a process whose heap is full by SIGABRT, and says why among what it prints. */
  private explained(answer: Failed): Failed {
    if (!answer.what.startsWith('ended the process (SIG') || !this.output.includes('JavaScript heap out of memory')) return answer
    this.output = ''
    return this.tooMuchMemory()
  }

  /** Ends a child that failed. What it printed may be read only after its answer, and belongs to the problem. */
  private async end(child: Child): Promise<void> {
    this.close()
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise((resolve) => {
      timer = setTimeout(resolve, DRAIN_MS)
    })
    await Promise.race([child.closed, limit])
    clearTimeout(timer)
    child.process.stdout?.destroy()
    child.process.stderr?.destroy()
    child.channel.destroy()
    child.lifeline.destroy()
  }

  private async problemsOf({ microservice, module, map }: Asked, bundle: string, answer: Failed): Promise<Problem[]> {
    const where = `microservice ${microservice}`
    const what = withoutRoot(answer.what, this.root)
    const missing = /Cannot find package '([^']+)'/.exec(what)?.[1]
    if (missing !== undefined)
      return [{ where, what: `imports \`${missing}', which is not installed`, hint: 'install the dependencies of the project (npm ci)' }]
    const found = stackPlace(Object.assign(new Error(answer.what), { stack: answer.stack }), bundle, this.root, await map())
    // Thrown by the lines that are put before every module: they are no file of the user's, the module is.
    const place = found?.startsWith(ENTRY) ? module : found
    if (answer.problems !== undefined)
      return answer.problems.map((problem) => ({ ...problem, where: [place, problem.where].filter(Boolean).join(', ') || where }))
    return [
      {
        where: place ?? where,
        what,
        hint: answer.hint ?? (place === undefined ? undefined : `while ${where} was loaded`),
        detail: this.printed(),
      },
    ]
  }

  private printed(): string | undefined {
    const lines = withoutRoot(this.output, this.root).trim().split('\n')
    const shown = lines.length > LINES_SHOWN ? ['…', ...lines.slice(-LINES_SHOWN)] : lines
    return shown.join('\n') || undefined
  }

  private ensureChild(): Child {
    const { child: known } = this
    if (known !== undefined && known.process.exitCode === null && known.process.signalCode === null) return known
    const { PATH = '' } = process.env
    const flags = ['--enable-source-maps', `--max-old-space-size=${this.memory}`]
    const [program = '', ...words] = endsWithParent([process.execPath, ...flags, ownModule('describe-child')])
    const child = spawn(program, words, {
      cwd: this.root,
      // Nothing of the developer's environment: a description must not depend on it, nor carry any of it into a file.
      env: { PATH, TZ: 'UTC', COWORKS_DESCRIBE: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      // At the head of a group of processes: what a module starts is ended with it.
      detached: process.platform !== 'win32',
    })
    child.on('error', () => {}) // of its start: it has no process then, and maybe no channel
    if (child.pid === undefined)
      throw new CoworksError({
        what: 'no process can be started in which modules are loaded',
        hint: 'too many processes or open files (`ulimit -u`, `ulimit -n`)? was Node removed?',
      })
    const channel = child.stdio[CHANNEL] as Duplex
    channel.setEncoding('utf8')
    channel.resume() // what is said without a question is not kept
    const lifeline = child.stdio[LIFELINE] as Duplex
    lifeline.resume()
    lifeline.on('error', () => {})
    channel.on('error', () => {}) // a child that is gone: its `exit' says so
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString('utf8')).slice(-OUTPUT_KEPT)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    const closed = new Promise((resolve) => child.once('close', resolve))
    // One that ends by itself leaves what it started behind.
    child.once('exit', () => {
      killGroup(child)
      process.off('exit', leave)
    })
    // It is in no terminal's group: a Ctrl-C that ends this process at once must end it too, however busy it is.
    const leave = (): boolean => killGroup(child)
    process.on('exit', leave)
    child.unref()
    this.child = { process: child, channel, lifeline, closed }
    return this.child
  }
}

/**
 * A module that loops for ever never hears that the build was killed: beside its process, a shell waits for the end of the lifeline, which it alone holds,
 * and ends the group. It costs a fork; a thread of the child's own would cost a tenth of a second.
 */
function endsWithParent(words: readonly string[]): readonly string[] {
  if (process.platform === 'win32') return words
  const wait = `(exec </dev/null >/dev/null 2>&1 ${CHANNEL}>&-; read -r line <&${LIFELINE}; kill -s KILL -- "-$$") &`
  return ['/bin/sh', '-c', `${wait} exec "$@" ${LIFELINE}<&-`, 'sh', ...words]
}

function kill({ process: child }: Child): void {
  if (child.exitCode !== null || child.signalCode !== null) return
  if (!killGroup(child)) child.kill('SIGKILL')
}

/** Ends a child and all that it started, but for what made itself a group of its own. */
function killGroup({ pid }: ChildProcess): boolean {
  if (pid === undefined || process.platform === 'win32') return false
  try {
    return process.kill(-pid, 'SIGKILL')
  } catch {
    return false // nobody is left
  }
}

/** Memory that a process holds; 0 where the system does not say. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES
  } catch {
    return 0
  }
}
