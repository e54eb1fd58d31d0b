/** The job summary of GitHub Actions: what was built, how large it is, how long it took, and what Terraform must replace. Pure. */
import { reasonText, type TargetReport } from '../../build/index.js'
import { problemLine } from '../../util/problem.js'
import { printable } from '../../util/quote.js'
import type { Ending } from './reporter.js'

/** A step may write 1 MiB: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits. */
const ROWS = 200

export function summaryText(ending: Ending, title: string): string {
  if ('problems' in ending) return section(`${title}: failed`, list(ending.problems.map(problemLine)))
  const { reports, taints, ms } = ending.outcome
  const shown = reports.filter(({ internal, title: own }) => !internal && own !== '')
  const problems = reports.flatMap((report) => report.problems)
  const failed = reports.some(({ outcome }) => outcome === 'failed')
  const made = shown.filter(({ outcome }) => outcome !== 'fresh').length
  const open = taints.taints.filter(({ pending }) => !pending)
  return [
    section(
      `${title}: ${failed ? 'failed' : 'done'}`,
      `${made} of ${shown.length} targets made in ${seconds(ms)}.\n`,
      problems.length === 0 ? '' : list(problems.map(problemLine)),
      table(
        ['target', 'outcome', 'size', 'time', 'because'],
        shown.map((report) => [
          report.id,
          report.outcome,
          sizeOf(report),
          report.outcome === 'fresh' ? '' : seconds(report.ms),
          because(report),
        ]),
      ),
    ),
    open.length === 0
      ? ''
      : section(
          'Terraform must replace',
          table(
            ['resource', 'because'],
            open.map(({ address, reason }) => [address, reason]),
          ),
        ),
  ].join('')
}

function section(heading: string, ...parts: readonly string[]): string {
  return [`### ${cell(heading)}\n\n`, ...parts.filter((part) => part !== '').map((part) => `${part}\n`)].join('')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  const more = rows.length > ROWS ? `\n… and ${rows.length - ROWS} more.\n` : ''
  const body = rows.slice(0, ROWS).map((cells) => line(cells.map(cell)))
  return [line(head), line(head.map(() => '---')), ...body, more].join('')
}

function list(lines: readonly string[]): string {
  return lines
    .slice(0, ROWS)
    .map((line) => `- ${cell(line)}\n`)
    .join('')
}

/** A name or a message may hold anything: it must stay in its cell, and be no link, image, tag or code. */
function cell(text: string): string {
  return printable(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]()<>#+!|~&@$-]/g, (char) => `&#${char.charCodeAt(0)};`)
}

function sizeOf({ outputs }: TargetReport): string {
  const size = outputs.reduce((sum, output) => sum + output.size, 0)
  if (outputs.length === 0) return ''
  return size < 10_000 ? `${size} B` : size < 10_000_000 ? `${(size / 1000).toFixed(1)} kB` : `${(size / 1_000_000).toFixed(1)} MB`
}

function because({ reasons }: TargetReport): string {
  const texts = reasons.map(reasonText)
  return texts.length > 3 ? `${texts.slice(0, 3).join(', ')}, …` : texts.join(', ')
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}
