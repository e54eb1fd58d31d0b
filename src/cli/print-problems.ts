/** Problems as a person reads them, on stderr: `coworks: *** where · what · hint`, with a code frame below where there is one. */
import { type Problem, problemLine } from '../util/problem.js'
import { printable } from '../util/quote.js'

export function problemText(problem: Problem): string {
  const detail = problem.detail === undefined ? '' : `\n${printable(problem.detail).replace(/^/gm, '    ')}`
  return `coworks: *** ${printable(problemLine(problem))}${detail}\n`
}

/** With `--json`, stdout still holds one document and nothing else. */
export function printProblems(problems: readonly Problem[], options: { readonly json?: boolean | undefined }): void {
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: false, targets: [], taints: [], failures: problems, ms: 0 }, null, 2)}\n`)
  else process.stderr.write(problems.map(problemText).join(''))
}
