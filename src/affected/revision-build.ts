/** Starts the process that builds a revision, and waits for what it says. A revision that ends it, or hangs until it is ended, says nothing. */
import { fork } from 'node:child_process'
import { ownModule } from '../project/own-files.js'
import { CoworksError } from '../util/problem.js'
import type { RevisionAnswer, RevisionOrder } from './artifacts-child.js'

const KEPT = 4000

/** @throws CoworksError where it was interrupted */
export function buildRevision(order: RevisionOrder, signal: AbortSignal): Promise<RevisionAnswer> {
  return new Promise((resolve, reject) => {
    const child = fork(ownModule('artifacts-child'), {
      cwd: order.root,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
      serialization: 'json',
      detached: true, // what its Commands started must end with it
    })
    let printed = ''
    const keep = (chunk: Buffer): void => {
      printed = (printed + chunk.toString('utf8')).slice(-KEPT)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    let answer: RevisionAnswer | undefined
    const kill = (): void => {
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL')
      } catch {} // gone already
    }
    signal.addEventListener('abort', kill, { once: true })
    child.on('message', (message) => {
      answer = message as RevisionAnswer
    })
    child.on('error', reject)
    child.on('exit', (status, ended) => {
      signal.removeEventListener('abort', kill)
      if (signal.aborted) reject(new CoworksError({ what: 'interrupted' }))
      else if (answer !== undefined) resolve(answer)
      else
        resolve({
          problems: [{ what: `its build ended with ${ended ?? `status ${status}`} and no answer`, detail: printed.trim() || undefined }],
        })
    })
    if (signal.aborted) kill()
    else child.send(order)
  })
}
