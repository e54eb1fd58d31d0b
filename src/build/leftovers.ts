/**
 * What killed builds left in `.coworks`: the folder of half-made outputs, and files that were to be renamed into place. Called by
 * the holder of the lock; a file of a process that is still alive (it waits for the lock) is not touched.
 */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '../util/error-code.js'

/** `stat.123.tmp`, `coworksfile.json.123.tmp`, `lock.123.4567`: written by process 123. */
const ASIDE = /^(?:.+\.(\d+)\.tmp|lock\.(\d+)\..+)$/

export function clearLeftovers(stateDir: string): void {
  // A program that outlived its build may still write there: then the rest goes the next time.
  if (!isEmpty(join(stateDir, 'tmp'))) removeQuietly(join(stateDir, 'tmp'))
  for (const name of readdirSync(stateDir)) {
    const match = ASIDE.exec(name)
    const pid = Number(match?.[1] ?? match?.[2] ?? 0)
    if (pid > 0 && !isAlive(pid)) removeQuietly(join(stateDir, name))
  }
}

/** As a build leaves it that came to its end. */
function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0
  } catch {
    return false
  }
}

/** What costs room where it stays, and nothing else. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {}
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}
