// The floor "read + deflate": reads every file below a folder once, hashes and compresses it, in as many threads as there are processors, and does nothing
// with what comes out. Nothing is decided, found out or written: no program for Node makes zips of these files sooner. node pack.mjs FOLDER
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { crc32, deflateRawSync } from 'node:zlib'

const SOME = 64

if (isMainThread) {
  const files = [...filesBelow(process.argv[2])]
  if (files.length === 0) process.exitCode = 1
  const next = new Int32Array(new SharedArrayBuffer(4))
  for (let thread = 1; thread < availableParallelism(); thread++)
    new Worker(fileURLToPath(import.meta.url), { workerData: { files, next }, stdin: false })
  pack(files, next)
} else pack(workerData.files, workerData.next)

function* filesBelow(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = `${dir}/${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (entry.isFile()) yield path
  }
}

/** Whoever is done with some takes the next. */
function pack(files, next) {
  for (let at = Atomics.add(next, 0, SOME); at < files.length; at = Atomics.add(next, 0, SOME)) {
    for (const file of files.slice(at, at + SOME)) {
      const bytes = readFileSync(file)
      createHash('sha256').update(bytes).digest('hex')
      crc32(bytes)
      deflateRawSync(bytes, { level: 6, chunkSize: Math.max(64, bytes.length) })
    }
  }
}
