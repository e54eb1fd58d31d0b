/** Problems as a person reads them, on stderr: `coworks: *** where · what · hint`, with a code frame below where there is one. */

import { randomUUID } from 'node:crypto'
import { type Problem, problemLine } from '../util/problem.js'
import { printable } from '../util/quote.js'
import { colourer } from './color.js'
import type { Options } from './options/index.js'
import { resume, stop } from './reporters/github-commands.js'

export function problemText(problem: Problem, color?: Options['color']): string {
  const detail = problem.detail === undefined ? '' : `\n${printable(problem.detail).replace(/^/gm, '    ')}`
  return `${colourer(color)('red', 'coworks: ***')} ${printable(problemLine(problem))}${detail}\n`
}

/** With `--json`, stdout still holds one document and nothing else. */
export function printProblems(problems: readonly Problem[], options: Pick<Options, 'json' | 'color' | 'reporter'>): void {
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: false, targets: [], taints: [], failures: problems, ms: 0 }, null, 2)}\n`)
  else {
    const text = problems.map((problem) => problemText(problem, options.color)).join('')
    const token = randomUUID()
    process.stderr.write(options.reporter?.includes('github') ? stop(token) + text + resume(token) : text)
  }
}
