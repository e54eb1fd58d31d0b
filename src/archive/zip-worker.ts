/** The worker thread of this folder: a batch to compress, or files to read, come in; what came of it, or what is wrong, goes out. */
import { parentPort } from 'node:worker_threads'
import { type Problem, problemsOf } from '../util/problem.js'
import { type PackedBatch, packBatch } from './batch.js'
import type { ZipEntry } from './entry.js'
import { type ReadFiles, type ReadQuestion, readFiles } from './read-files.js'

export interface PackQuestion {
  readonly entries: readonly ZipEntry[]
  /** zlib level, 0 (store) to 9. */
  readonly level: number
}

/** What is asked and what is answered. */
export interface Asked {
  readonly pack: { readonly question: PackQuestion; readonly answer: PackedBatch }
  readonly read: { readonly question: ReadQuestion; readonly answer: ReadFiles }
}

export type WorkerQuestion = { readonly pack: PackQuestion } | { readonly read: ReadQuestion }
export type WorkerAnswer = { readonly answer: PackedBatch | ReadFiles } | { readonly problems: readonly Problem[] }

const port = parentPort
port?.on('message', (question: WorkerQuestion) => {
  try {
    const answer = 'pack' in question ? packBatch(question.pack.entries, question.pack.level) : readFiles(question.read)
    port.postMessage({ answer } satisfies WorkerAnswer, [answer.data.buffer])
  } catch (error) {
    port.postMessage({ problems: problemsOf(error) } satisfies WorkerAnswer)
  }
})
