/** Asks git one thing. */
import { spawnSync } from 'node:child_process'

/** What it prints, or undefined where it fails or is not there. */
export function git(folder: string, words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return status === 0 ? stdout : undefined
}
