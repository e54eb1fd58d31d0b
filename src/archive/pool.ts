/**
 * Worker threads that compress batches for all archives of this process: one archive may be large, or many small ones be made at once. They are
 * started when there is work, do not keep the process alive, and end when nothing came for a while. Knows nothing of zip headers.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { CoworksError } from '../util/problem.js'
import type { PackedBatch } from './batch.js'
import type { ZipEntry } from './entry.js'
import type { WorkerAnswer, WorkerQuestion } from './zip-worker.js'

/** So many batches of an archive are under way or waiting to be written, for each worker: a slow disk bounds the memory. */
const BATCHES_PER_WORKER = 3
/** A worker that waited so long is not needed any more. */
const IDLE_MS = 1000

/** Beside this file in a plain compilation, beside or above it once esbuild has cut the package into chunks. */
export function workerFile(): string | undefined {
  return ['./zip-worker.js', '../zip-worker.js']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path))
}

interface Job extends WorkerQuestion {
  readonly resolve: (batch: PackedBatch) => void
  readonly reject: (error: unknown) => void
}

class Pool {
  private readonly idle: Worker[] = []
  private readonly busy = new Map<Worker, Job>()
  private readonly queue: Job[] = []
  private timer: NodeJS.Timeout | undefined

  /** @param script of the workers */
  constructor(private readonly script: string) {}

  /** Compresses a batch, with at most `most` workers at work. @throws CoworksError of the batch */
  pack(question: WorkerQuestion, most: number): Promise<PackedBatch> {
    return new Promise((resolve, reject) => {
      this.queue.push({ ...question, resolve, reject })
      if (this.idle.length === 0 && this.busy.size < most) this.start()
      this.next()
    })
  }

  running(): number {
    return this.idle.length + this.busy.size
  }

  private start(): void {
    // `execArgv: []`: flags such as --input-type, good for the main thread, keep a worker from starting.
    const worker = new Worker(this.script, { execArgv: [], stdin: false })
    worker.on('message', (answer: WorkerAnswer) => {
      const job = this.busy.get(worker)
      this.busy.delete(worker)
      this.idle.push(worker)
      worker.unref()
      if ('problems' in answer) job?.reject(new CoworksError(answer.problems))
      else job?.resolve(answer.batch)
      this.next()
    })
    const gone = (error: unknown): void => {
      const job = this.busy.get(worker)
      this.busy.delete(worker)
      if (this.idle.includes(worker)) this.idle.splice(this.idle.indexOf(worker), 1)
      job?.reject(error)
      // The others of the queue must not wait for a worker that is no more.
      if (this.running() === 0) for (const waiting of this.queue.splice(0)) waiting.reject(error)
      else this.next()
    }
    worker.on('error', gone)
    worker.on('exit', () => gone(new Error('a thread that compresses ended')))
    worker.unref()
    this.idle.push(worker)
  }

  private next(): void {
    for (let worker = this.idle.at(-1); worker !== undefined; worker = this.idle.at(-1)) {
      const job = this.queue.shift()
      if (job === undefined) break
      this.idle.pop()
      this.busy.set(worker, job)
      worker.ref() // what is waited for keeps the process alive
      worker.postMessage({ entries: job.entries.map(sendable), level: job.level } satisfies WorkerQuestion)
    }
    clearTimeout(this.timer)
    if (this.busy.size === 0) this.timer = setTimeout(() => this.end(), IDLE_MS).unref()
  }

  private end(): void {
    for (const worker of this.idle.splice(0)) worker.terminate()
  }
}

const pools = new Map<string, Pool>()

function poolOf(script: string): Pool {
  const pool = pools.get(script) ?? new Pool(script)
  pools.set(script, pool)
  return pool
}

/** Are there workers that wait for work, or will soon? */
export function workersRunning(): boolean {
  return [...pools.values()].some((pool) => pool.running() > 0)
}

/** Batches compressed by workers, in the order in which they were given. @throws CoworksError of the first batch, in order, that failed */
export async function* packInWorkers(
  all: readonly (readonly ZipEntry[])[],
  options: { readonly workers: number; readonly level: number; readonly script: string; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<PackedBatch> {
  const { workers, level, script, signal } = options
  const pool = poolOf(script)
  const packed: Promise<PackedBatch>[] = []
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason)
  })
  aborted.catch(() => {})
  signal?.addEventListener('abort', abort)
  try {
    for (let fetched = 0; fetched < all.length; fetched++) {
      signal?.throwIfAborted()
      while (packed.length < all.length && packed.length < fetched + workers * BATCHES_PER_WORKER) {
        const batch = pool.pack({ entries: all[packed.length] ?? [], level }, workers)
        // One that fails behind another that fails is asked for by nobody.
        batch.catch(() => {})
        packed.push(batch)
      }
      const batch = packed[fetched] as Promise<PackedBatch>
      delete packed[fetched] // or all that was written would be held to the end
      yield await Promise.race([batch, aborted])
    }
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/** A message carries the whole buffer behind a view, so that a slice of something large would be sent in full. */
function sendable(entry: ZipEntry): ZipEntry {
  return 'bytes' in entry.source ? { ...entry, source: { bytes: new Uint8Array(entry.source.bytes) } } : entry
}
