/** Yes or no, asked of a person. Decides when there is one; only the whole word is a yes. */
import { createInterface } from 'node:readline/promises'
import { CoworksError } from '../util/problem.js'
import type { Options } from './options/index.js'

type Asking = Pick<Options, 'autoApprove' | 'dryRun' | 'json'>

/** Before anything is begun: where nobody can be asked, it must have been said. @throws CoworksError */
export function mustBeAskable({ autoApprove, dryRun, json }: Asking, what: string): void {
  if (autoApprove || dryRun) return
  const hint = `--auto-approve ${what} without asking, -n shows the plan only`
  if (json) throw new CoworksError({ where: '--json', what: 'asks nothing', hint })
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true)
    throw new CoworksError({ what: 'there is no terminal to ask on', hint })
}

/** Whether `word` was typed, or said before. */
export async function confirmed({ autoApprove }: Asking, question: string, word: string, signal?: AbortSignal): Promise<boolean> {
  if (autoApprove) return true
  // On stderr: stdout may be kept, and then nobody would see it.
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-C while it is asked is read here, and would not reach the process.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  // Ctrl-D ends the input: the question is then never answered.
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
  try {
    const answer = await Promise.race([
      terminal.question(`${question} Only \`${word}' is taken for a yes: `, signal === undefined ? {} : { signal }),
      ended,
    ])
    return answer.trim() === word
  } finally {
    terminal.close()
  }
}
