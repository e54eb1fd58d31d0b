/** The worker thread of the parallel writer: a batch comes in, its compressed form or its problems go out. */
import { parentPort } from 'node:worker_threads'
import { type Problem, problemsOf } from '../util/problem.js'
import { type PackedBatch, packBatch } from './batch.js'
import type { ZipEntry } from './entry.js'

export interface WorkerQuestion {
  readonly entries: readonly ZipEntry[]
  /** zlib level, 0 (store) to 9. */
  readonly level: number
}

export type WorkerAnswer = { readonly batch: PackedBatch } | { readonly problems: readonly Problem[] }

const port = parentPort
port?.on('message', ({ entries, level }: WorkerQuestion) => {
  let answer: WorkerAnswer
  try {
    answer = { batch: packBatch(entries, level) }
  } catch (error) {
    answer = { problems: problemsOf(error) }
  }
  port.postMessage(answer, 'batch' in answer ? [answer.batch.data.buffer] : [])
})
