/**
 * One build at a time in a project. The second waits and says for whom; a lock whose process is dead is taken over.
 *
 * `.coworks/lock` holds `{pid, started, command}`; `started` is the process's start in clock ticks since boot (Linux), so that a
 * pid that was given to another program meanwhile is not taken for the builder.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { errorCode } from '../util/error-code.js'
import { CoworksError, problemsOf } from '../util/problem.js'
import { uptimeMs } from '../util/uptime.js'
import { removeQuietly } from './leftovers.js'

interface Holder {
  readonly pid: number
  readonly host: string
  readonly started: string
  readonly command: string
}

const POLL_MS = 50

export interface Lock {
  release(): void
}

/** @throws CoworksError when the folder cannot be written, or the wait is aborted. */
export async function acquireLock(file: string, command: string, onWait: (holder: string) => void, signal?: AbortSignal): Promise<Lock> {
  const mine: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid), command }
  const temporary = `${file}.${process.pid}.${Math.floor(uptimeMs() * 1000)}`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(temporary, JSON.stringify(mine), { mode: 0o600 })
  } catch (error) {
    removeQuietly(temporary)
    const [problem] = problemsOf(error)
    throw new CoworksError({ where: dirname(file), what: `cannot be written: ${problem?.what}`, hint: problem?.hint })
  }
  let said = false
  try {
    for (;;) {
      try {
        linkSync(temporary, file) // fails if it exists, and is whole from the first moment, unlike open-then-write
        return { release: () => giveBack(file) }
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error
      }
      const holder = readHolder(file)
      if (holder !== undefined && isDead(holder, mine.host)) {
        takeAway(file, temporary, holder)
        continue
      }
      if (!said && holder !== undefined) {
        onWait(`process ${holder.pid} (${holder.command})`)
        said = true
      }
      if (signal?.aborted) throw new CoworksError({ what: 'interrupted while waiting for another build' })
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  } finally {
    // If this threw, a lock that was taken would be held by nobody who could give it back.
    removeQuietly(temporary)
  }
}

/** @throws the system's own error where it cannot be removed; it is nobody's then, and does not keep this process from building again. */
function giveBack(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch (error) {
    truncateSync(file)
    throw error
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as Holder
    return typeof holder.pid === 'number' ? holder : { pid: -1, host: hostname(), started: '', command: 'unknown' }
  } catch (error) {
    if (error instanceof SyntaxError) return { pid: -1, host: hostname(), started: '', command: 'unknown' }
    return undefined // released meanwhile
  }
}

function isDead(holder: Holder, host: string): boolean {
  if (holder.host !== host) return false // on a shared folder: only its own machine can tell
  if (holder.pid <= 0) return true
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    return errorCode(error) === 'ESRCH'
  }
  const started = startOf(holder.pid)
  return holder.started !== '' && started !== '' && started !== holder.started
}

/** Renames the dead one's lock away; if it turns out to be a live one that came between, it is put back. */
function takeAway(file: string, temporary: string, dead: Holder): void {
  const aside = `${temporary}.dead`
  try {
    renameSync(file, aside)
  } catch {
    return // another waiter was faster
  }
  const taken = readHolder(aside)
  if (taken !== undefined && taken.pid !== dead.pid) {
    try {
      linkSync(aside, file)
    } catch {} // its place is taken already: that one saw the same
  }
  removeQuietly(aside)
}

function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
