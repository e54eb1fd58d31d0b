/**
 * Worker threads that read, hash and compress for all archives of this process: one archive may be large, or many small ones be made at once. They are
 * started when there is work, do not keep the process alive, and end when nothing came for a while. Knows nothing of zip headers.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { besideBundles } from '../util/late-package.js'
import { CoworksError } from '../util/problem.js'
import type { PackedBatch } from './batch.js'
import type { ZipEntry } from './entry.js'
import type { ReadFiles, ReadQuestion } from './read-files.js'
import type { Asked, WorkerAnswer, WorkerQuestion } from './zip-worker.js'

/** So many batches of an archive are under way or waiting to be written, for each worker: a slow disk bounds the memory. */
const BATCHES_PER_WORKER = 3
/** A worker has its next batch before it is done with one. What is to be read is a list of names: it has all of them, and need not wait for a main thread that is busy. */
const DEPTH = 2
/** More threads than this wait for the disk. */
const MOST_WORKERS = 8
/** A worker that waited so long is not needed any more. */
const IDLE_MS = 1000

/** Beside this file in a plain compilation, beside or above it once esbuild has cut the package into chunks. */
export function workerFile(): string | undefined {
  script ??= besideBundles('zip-worker.js', import.meta.url)
  return script
}

let script: string | undefined

export function mostWorkers(): number {
  return Math.min(MOST_WORKERS, availableParallelism())
}

interface Job {
  readonly question: WorkerQuestion
  readonly signal: AbortSignal | undefined
  readonly resolve: (answer: PackedBatch | ReadFiles) => void
  readonly reject: (error: unknown) => void
}

export interface PoolOptions {
  /** At most so many at work. */
  readonly workers: number
  readonly script: string
  readonly signal?: AbortSignal | undefined
}

class Pool {
  /** What each worker was asked and has not answered yet, in order. */
  private readonly asked = new Map<Worker, Job[]>()
  private readonly queue: Job[] = []
  /** One listener for each, however much is asked. */
  private readonly signals = new WeakSet<AbortSignal>()
  private timer: NodeJS.Timeout | undefined

  /** @param script of the workers */
  constructor(private readonly script: string) {}

  /** Asks a worker. @throws CoworksError of the question, the signal's reason */
  ask<K extends keyof Asked>(kind: K, question: Asked[K]['question'], { workers, signal }: PoolOptions): Promise<Asked[K]['answer']> {
    return new Promise<PackedBatch | ReadFiles>((resolve, reject) => {
      if (signal !== undefined && !this.signals.has(signal)) {
        this.signals.add(signal)
        signal.addEventListener('abort', () => this.drop(signal), { once: true })
      }
      this.queue.push({ question: { [kind]: question } as unknown as WorkerQuestion, signal, resolve, reject })
      if (this.asked.size < workers && [...this.asked.values()].every((jobs) => jobs.length > 0)) this.start()
      this.next()
    }) as Promise<Asked[K]['answer']>
  }

  running(): number {
    return this.asked.size
  }

  private start(): void {
    // `execArgv: []`: flags such as --input-type, good for the main thread, keep a worker from starting.
    const worker = new Worker(this.script, { execArgv: [], stdin: false })
    worker.on('message', (answer: WorkerAnswer) => {
      const jobs = this.asked.get(worker) ?? []
      const job = jobs.shift()
      unrefWithoutWork(worker, jobs)
      if ('problems' in answer) job?.reject(new CoworksError(answer.problems))
      else job?.resolve(answer.answer)
      this.next()
    })
    const gone = (error: unknown): void => {
      const jobs = this.asked.get(worker) ?? []
      this.asked.delete(worker)
      for (const job of jobs) job.reject(error)
      // The others of the queue must not wait for a worker that is no more.
      if (this.asked.size === 0) for (const waiting of this.queue.splice(0)) waiting.reject(error)
      else this.next()
    }
    worker.on('error', gone)
    worker.on('exit', () => gone(new Error('a thread that compresses ended')))
    worker.unref()
    this.asked.set(worker, [])
  }

  private next(): void {
    for (let job = this.queue[0]; job !== undefined; job = this.queue[0]) {
      const [worker, jobs] = [...this.asked].reduce((least, one) => (one[1].length < least[1].length ? one : least))
      if ('pack' in job.question && jobs.length >= DEPTH) break
      this.queue.shift()
      jobs.push(job)
      worker.ref() // what is waited for keeps the process alive
      worker.postMessage(job.question)
    }
    clearTimeout(this.timer)
    if ([...this.asked.values()].every((jobs) => jobs.length === 0)) this.timer = setTimeout(() => this.end(), IDLE_MS).unref()
  }

  /** What an interrupted build asked is not waited for, by it or by the end of the process. */
  private drop(signal: AbortSignal): void {
    for (const job of this.queue.splice(0)) {
      if (job.signal === signal) job.reject(signal.reason)
      else this.queue.push(job)
    }
    for (const [worker, jobs] of this.asked) {
      for (const job of jobs) if (job.signal === signal) job.reject(signal.reason)
      unrefWithoutWork(worker, jobs)
    }
  }

  private end(): void {
    for (const worker of this.asked.keys()) worker.terminate()
    this.asked.clear()
  }
}

function unrefWithoutWork(worker: Worker, jobs: readonly Job[]): void {
  if (jobs.every(({ signal }) => signal?.aborted)) worker.unref()
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
export function packInWorkers(
  all: readonly (readonly ZipEntry[])[],
  options: PoolOptions & { readonly level: number },
): AsyncGenerator<PackedBatch> {
  return inOrder(
    all,
    'pack',
    (entries) => ({ entries: entries.map(sendable), level: options.level }),
    options,
    options.workers * BATCHES_PER_WORKER,
  )
}

/** Files read by workers, in the order in which they were given. */
export function readInWorkers(all: readonly ReadQuestion[], options: PoolOptions): AsyncGenerator<ReadFiles> {
  return inOrder(all, 'read', (question) => question, options, all.length)
}

async function* inOrder<T, K extends keyof Asked>(
  all: readonly T[],
  kind: K,
  questionOf: (one: T) => Asked[K]['question'],
  options: PoolOptions,
  /** So many are asked beyond the one that is waited for. */
  window: number,
): AsyncGenerator<Asked[K]['answer']> {
  const pool = poolOf(options.script)
  const asked: Promise<Asked[K]['answer']>[] = []
  for (let fetched = 0; fetched < all.length; fetched++) {
    options.signal?.throwIfAborted()
    while (asked.length < all.length && asked.length < fetched + window) {
      const answer = pool.ask(kind, questionOf(all[asked.length] as T), options)
      // One that fails behind another that fails is asked for by nobody.
      answer.catch(() => {})
      asked.push(answer)
    }
    const answer = asked[fetched] as Promise<Asked[K]['answer']>
    delete asked[fetched] // or all that was written would be held to the end
    yield await answer
  }
}

/** A message carries the whole buffer behind a view, so that a slice of something large would be sent in full. */
function sendable(entry: ZipEntry): ZipEntry {
  return 'bytes' in entry.source ? { ...entry, source: { bytes: new Uint8Array(entry.source.bytes) } } : entry
}
