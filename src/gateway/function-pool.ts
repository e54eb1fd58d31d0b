/**
 * The function as Lambda runs it: events that come at once go to as many processes. Fast handlers share one, since another
 * is started only for an event that has waited longer than a start is worth; at most eight, and the rest wait their turn.
 */
import { FunctionProcess, type FunctionSettings } from './function-process.js'
import type { Invocation, LambdaFunction } from './gateway.js'

const MOST = 8
const PATIENCE_MS = 50

interface Waiting {
  readonly event: unknown
  readonly requestId: string
  readonly done: (invocation: Invocation) => void
}

export class FunctionPool implements LambdaFunction {
  #settings: FunctionSettings
  #processes = new Set<FunctionProcess>()
  /** Of what was served before: they finish what they are at. */
  readonly #retired = new Set<FunctionProcess>()
  readonly #queue: Waiting[] = []
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /** @param patienceMs how long an event waits before another process is started for it */
  constructor(
    settings: FunctionSettings,
    private readonly patienceMs = PATIENCE_MS,
  ) {
    this.#settings = settings
    this.#start() // warm, so that a module that cannot be loaded says so before the first request
  }

  invoke(event: unknown, requestId: string): Promise<Invocation> {
    return new Promise((done) => {
      if (this.#closed) {
        done({ ok: false, message: 'the gateway is closing' })
        return
      }
      this.#queue.push({ event, requestId, done })
      this.#pump()
    })
  }

  /** From now on, this code; events under way are answered by the code they were given to. */
  replace(settings: FunctionSettings): void {
    this.#settings = settings
    for (const process of this.#processes) this.#retired.add(process)
    this.#processes = new Set()
    this.#start()
    for (const process of this.#retired) if (!process.busy) void process.kill()
    this.#pump()
  }

  /** @returns once every process is gone */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const { done } of this.#queue.splice(0)) done({ ok: false, message: 'the gateway is closing' })
    await Promise.all([...this.#processes, ...this.#retired].map((process) => process.kill()))
  }

  #start(): FunctionProcess {
    const started: FunctionProcess = new FunctionProcess(this.#settings, () => {
      this.#processes.delete(started)
      this.#retired.delete(started)
      this.#pump()
    })
    this.#processes.add(started)
    return started
  }

  #pump(): void {
    while (this.#queue.length > 0 && !this.#closed) {
      const usable = [...this.#processes].filter((process) => process.usable)
      const free = usable.find((process) => !process.busy) ?? (usable.length === 0 ? this.#start() : undefined)
      if (free === undefined) {
        this.#growLater()
        return
      }
      const next = this.#queue.shift()
      if (next !== undefined) void this.#run(free, next)
    }
  }

  /** Once the event that now is first has waited too long. While the queue moves, one more process would only take time from the others. */
  #growLater(): void {
    if (this.#timer !== undefined) return
    const [first] = this.#queue
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#queue[0] === first && this.#processes.size < MOST) this.#start()
      this.#pump()
    }, this.patienceMs)
  }

  async #run(process: FunctionProcess, { event, requestId, done }: Waiting): Promise<void> {
    done(await process.invoke(event, requestId))
    if (this.#retired.has(process)) await process.kill()
    else this.#pump()
  }
}
