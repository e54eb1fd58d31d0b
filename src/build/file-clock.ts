/**
 * The clock by which a file system stamps its files: not the system's, which is ahead of it by a tick and may be another machine's. It is read off a
 * file that is written to. Once it has passed a file's time, whoever writes to that file gives it a later one, however soon: then what was read of
 * it may be believed as long as its time is the same.
 * Source: the clock is that of the last tick, or a finer one on Linux since 6.13, whose coarse reads are never before a fine one that was
 * given out (Documentation/filesystems/multigrain-ts.rst).
 */
import { statSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** A time that the clock of a file system has reached. */
export interface Passed {
  /** The file system, as stat(2) numbers it. */
  readonly dev: number
  /** Milliseconds since 1970. */
  readonly ms: number
}

export class FileClock {
  /** @param probe a file that is written to, in a folder that exists */
  constructor(private readonly probe: string) {}

  /** Nothing where it cannot be read: a read-only project has none. */
  read(): Passed | undefined {
    try {
      writeFileSync(this.probe, '.', { mode: 0o600 })
      const { dev, ctimeMs } = statSync(this.probe)
      return { dev, ms: ctimeMs }
    } catch {
      return undefined
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
}
