/**
 * Batches compressed by worker threads and handed back in the order in which they were given. At most three batches a
 * worker are under way or waiting to be fetched, so a slow disk bounds the memory. Knows nothing of zip headers.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { CoworksError } from '../util/problem.js'
import type { PackedBatch } from './batch.js'
import type { ZipEntry } from './entry.js'
import type { WorkerAnswer } from './zip-worker.js'

const BATCHES_PER_WORKER = 3

/** Beside this file in a plain compilation, beside or above it once esbuild has cut the package into chunks. */
export function workerFile(): string | undefined {
  return ['./zip-worker.js', '../zip-worker.js']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path))
}

/**
 * @throws CoworksError of the first batch, in order, that failed; the workers are ended when the caller stops iterating,
 * for whatever reason.
 */
export async function* packInWorkers(
  all: readonly (readonly ZipEntry[])[],
  options: { readonly workers: number; readonly level: number; readonly script: string; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<PackedBatch> {
  const threads = Math.min(options.workers, all.length)
  const answers = new Map<number, WorkerAnswer | Error>()
  const idle: Worker[] = []
  const busy = new Map<Worker, number>()
  let given = 0
  let fetched = 0
  let wake = () => {}
  const give = () => {
    while (given < all.length && given < fetched + threads * BATCHES_PER_WORKER) {
      const worker = idle.pop()
      if (worker === undefined) return
      busy.set(worker, given)
      worker.postMessage(all[given]?.map(sendable))
      given++
    }
  }
  const settle = (worker: Worker, answer: WorkerAnswer | Error) => {
    const index = busy.get(worker)
    busy.delete(worker)
    // A worker that dies before it was given anything fails the batch that is waited for.
    answers.set(index ?? fetched, answer)
    if (!(answer instanceof Error)) idle.push(worker)
    give()
    wake()
  }
  const onAbort = () => wake()
  options.signal?.addEventListener('abort', onAbort)
  // `execArgv: []`: flags such as --input-type, good for the main thread, keep a worker from starting.
  const workers = Array.from(
    { length: threads },
    () => new Worker(options.script, { workerData: { level: options.level }, execArgv: [], stdin: false }),
  )
  for (const worker of workers) {
    worker.on('message', (answer: WorkerAnswer) => settle(worker, answer))
    worker.on('error', (error) => settle(worker, error instanceof Error ? error : new Error(String(error))))
    idle.push(worker)
  }
  try {
    give()
    while (fetched < all.length) {
      options.signal?.throwIfAborted()
      const answer = answers.get(fetched)
      if (answer === undefined) {
        await new Promise<void>((done) => {
          wake = done
        })
        continue
      }
      if (answer instanceof Error) throw answer
      if ('problems' in answer) throw new CoworksError(answer.problems)
      answers.delete(fetched)
      fetched++
      give()
      yield answer.batch
    }
  } finally {
    options.signal?.removeEventListener('abort', onAbort)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

/** A message carries the whole buffer behind a view, so that a slice of something large would be sent in full. */
function sendable(entry: ZipEntry): ZipEntry {
  return 'bytes' in entry.source ? { ...entry, source: { bytes: new Uint8Array(entry.source.bytes) } } : entry
}
