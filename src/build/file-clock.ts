/**
 * The clock by which a file system stamps its files: not the system's, which is ahead of it by a tick and may be another machine's. It is read off a
 * file that is written to. Once it has passed a file's time, whoever writes to that file gives it a later one, however soon: then what was read of
 * it may be believed as long as its time is the same.
 * Source: the clock is that of the last tick, or a finer one on Linux since 6.13, whose coarse reads are never before a fine one that was
 * given out (Documentation/filesystems/multigrain-ts.rst).
 */
import { closeSync, constants, fstatSync, openSync, type Stats, writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** Linux stamps files with a clock that ticks every 1 to 10 ms. */
export const TICK_MS = 20
/** FAT has 2 s, HFS+ 1 s; recognised by a ctime without a fraction. */
const COARSE_TICK_MS = 2000

/** How long two writes may be apart and look alike, where the clock itself is not asked. */
export function tickOf(ctimeMs: number): number {
  return ctimeMs % 1000 === 0 ? COARSE_TICK_MS : TICK_MS
}

/** A link in its place may lead to a file of the user's, and a pipe waits for a reader. Windows has no such flags. */
const PROBE = constants.O_WRONLY | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** A time that the clock of a file system has reached. */
export interface Passed {
  /** The file system, as stat(2) numbers it. */
  readonly dev: number
  /** Milliseconds since 1970. */
  readonly ms: number
}

export class FileClock {
  private passed: Passed | undefined

  /** @param probe a file that is written to, in a folder that exists; without one the clock cannot be read */
  constructor(private readonly probe?: string) {}

  /** Nothing where it cannot be read: a read-only project has none. */
  read(): Passed | undefined {
    if (this.probe === undefined) return undefined
    let descriptor: number | undefined
    try {
      descriptor = openSync(this.probe, PROBE, 0o600)
      writeSync(descriptor, '.', 0)
      const { dev, ctimeMs } = fstatSync(descriptor)
      return { dev, ms: ctimeMs }
    } catch {
      return undefined
    } finally {
      if (descriptor !== undefined) closeSync(descriptor)
    }
  }

  /** Waits until the clock is past `ms`, at most `most` milliseconds. Nothing where it was not seen to get there. */
  async pass(ms: number, most: number): Promise<Passed | undefined> {
    const until = Date.now() + most
    for (;;) {
      const now = this.read()
      if (now === undefined || now.ms > ms) return now
      if (Date.now() > until) return undefined
      await setTimeout(1)
    }
  }

  /** Waits until whoever writes to one of these files would give it another time. Not for a clock that went back: then the next build looks. */
  async waitFor(stats: readonly Stats[]): Promise<boolean> {
    const newest = stats.reduce((latest, { ctimeMs }) => Math.max(latest, ctimeMs), 0)
    this.passed = (await this.pass(newest, TICK_MS)) ?? this.passed
    if (stats.every((stat) => this.isPast(stat))) return true
    const until = newest + TICK_MS
    if (until - Date.now() > 200) return false
    // A timer may fire a millisecond early, and then all would be hashed for nothing.
    for (let wait = until - Date.now(); wait >= 0; wait = until - Date.now()) await setTimeout(wait + 1)
    return true
  }

  /** Was it seen to be past the times of a file or folder? Then what is read of it from now on may be believed. */
  isPast({ dev, mtimeMs, ctimeMs }: Pick<Stats, 'dev' | 'mtimeMs' | 'ctimeMs'>): boolean {
    return this.passed !== undefined && this.passed.dev === dev && Math.max(mtimeMs, ctimeMs) < this.passed.ms
  }
}
