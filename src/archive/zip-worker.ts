/** The worker thread of the parallel writer: a batch comes in, its compressed form or its problems go out. */
import { parentPort, workerData } from 'node:worker_threads'
import { type Problem, problemsOf } from '../util/problem.js'
import { type PackedBatch, packBatch } from './batch.js'
import type { ZipEntry } from './entry.js'

export type WorkerAnswer = { readonly batch: PackedBatch } | { readonly problems: readonly Problem[] }

const { level } = workerData as { readonly level: number }
const port = parentPort
port?.on('message', (entries: readonly ZipEntry[]) => {
  let answer: WorkerAnswer
  try {
    answer = { batch: packBatch(entries, level) }
  } catch (error) {
    answer = { problems: problemsOf(error) }
  }
  port.postMessage(answer, 'batch' in answer ? [answer.batch.data.buffer] : [])
})
