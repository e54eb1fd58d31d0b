/**
 * What went wrong, as a person needs to hear it: *where · what · hint*.
 *
 * Everything that can be expected to fail is a `Problem`; several found at once travel together in one
 * `CoworksError`, so that a user mends them in one go. Other exceptions are bugs and keep their stack.
 */

import { printableLine } from './quote.js'
import { thrownText } from './thrown.js'

export interface Problem {
  /** `src/app.ts:12:3`, `Coworksfile.ts`, `microservice app-test`, or nothing where there is no place. */
  readonly where?: string | undefined
  /** One sentence, no final stop, in the words of the user. */
  readonly what: string
  /** What to do about it: a command, a nearest name, a page. */
  readonly hint?: string | undefined
  /** Lines shown below, as they are: a code frame, the end of a program's output. */
  readonly detail?: string | undefined
}

/** What is said of a file that was written while it was read. A watch waits until it is at rest, and reads it again. */
export const CHANGED_DURING_BUILD = 'changed during the build'

export class CoworksError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: Problem | readonly Problem[], options?: ErrorOptions) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem]
    super(list.map(problemLine).join('\n'), options)
    this.name = 'CoworksError'
    this.problems = list
  }
}

/** One problem on one line, without its detail. */
export function problemLine(problem: Problem): string {
  const where = problem.where === undefined ? undefined : printableLine(problem.where)
  return [where, problem.what, problem.hint].filter((part) => part !== undefined && part !== '').join(' · ')
}

/** The operating system said no: a full disk, a permission. No bug, whose stack somebody should read. */
export function isRefusal(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
}

/** What can be done about it, where that is not plain from the message. */
const MENDED_BY: Readonly<Record<string, string>> = {
  ENOSPC: 'make room on the disk, and run it again',
  EDQUOT: 'make room within your quota, and run it again',
  EMFILE: 'raise the limit of open files (`ulimit -n`), or build fewer targets at once (-j)',
  ENFILE: 'the system has too many files open: close programs, and run it again',
  EAGAIN: 'the system has no room for another process: close programs, and run it again',
  EIO: 'the disk or its file system is at fault: the log of the system may say why',
  EROFS: 'it is mounted read-only: build in a copy that can be written',
}

/** The problems of anything that was thrown: its own, or its message where it is no `CoworksError`. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof CoworksError) return error.problems
  const hint = isRefusal(error) ? MENDED_BY[error.code ?? ''] : undefined
  return [{ what: error instanceof Error ? error.message : thrownText(error), ...(hint === undefined ? {} : { hint }) }]
}
