/** `--reporter=junit=FILE`: the targets as test cases, for a CI service that shows such reports (GitLab, Jenkins, Azure). */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { reasonText, type TargetReport } from '../../build/index.js'
import { CoworksError, type Problem, problemLine } from '../../util/problem.js'
import type { Ending, Reporter } from './reporter.js'

export class JunitReporter implements Reporter {
  constructor(
    /** Absolute. */
    private readonly file: string,
    private readonly suite: string,
  ) {}

  event(): void {}

  end(ending: Ending): void {
    const temporary = `${this.file}.${process.pid}.tmp`
    try {
      mkdirSync(dirname(this.file), { recursive: true })
      writeFileSync(temporary, junitText(ending, this.suite))
      renameSync(temporary, this.file)
    } catch (error) {
      throw new CoworksError({ where: '--reporter=junit', what: `cannot be written: ${error instanceof Error ? error.message : error}` })
    }
  }
}

/** Pure. */
export function junitText(ending: Ending, suite: string): string {
  const cases = 'problems' in ending ? [failedCase(suite, suite, ending.problems)] : casesOf(ending.outcome.reports, suite)
  const ms = 'problems' in ending ? 0 : ending.outcome.ms
  const count = (kind: string) => cases.filter((one) => one.kind === kind).length
  const totals = `tests="${cases.length}" failures="${count('failed')}" errors="0" skipped="${count('skipped')}" time="${seconds(ms)}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<testsuites ${totals}>\n`,
    `<testsuite name="${attribute(suite)}" ${totals}>\n`,
    ...cases.map(({ text }) => text),
    '</testsuite>\n</testsuites>\n',
  ].join('')
}

interface Case {
  readonly kind: 'passed' | 'failed' | 'skipped'
  readonly text: string
}

function casesOf(reports: readonly TargetReport[], suite: string): Case[] {
  // A step inside counts where it failed: it is what stands in the way of the targets that a user knows.
  const shown = reports.filter(({ internal, title, problems }) => (!internal && title !== '') || problems.length > 0)
  return shown.map((report): Case => {
    const { id, outcome, problems, log, reasons } = report
    if (outcome === 'failed' || problems.length > 0) return failedCase(id, suite, problems, report)
    const said = output([...reasons.map(reasonText), log].join('\n'))
    if (outcome === 'skipped' || outcome === 'cancelled') {
      const why = outcome === 'skipped' ? 'something that it needs failed' : 'the build ended before'
      return { kind: 'skipped', text: `${open(id, suite, report.ms)}<skipped message="${why}"/></testcase>\n` }
    }
    return { kind: 'passed', text: `${open(id, suite, report.ms)}${said}</testcase>\n` }
  })
}

function failedCase(
  name: string,
  suite: string,
  problems: readonly Problem[],
  { ms, log }: { ms: number; log: string } = { ms: 0, log: '' },
): Case {
  const lines = problems.map((problem) => [problemLine(problem), problem.detail].filter((part) => part !== undefined).join('\n'))
  const message = attribute(problems[0]?.what ?? 'failed')
  return {
    kind: 'failed',
    text: `${open(name, suite, ms)}<failure type="failed" message="${message}">${text(lines.join('\n'))}</failure>${output(log)}</testcase>\n`,
  }
}

function open(name: string, suite: string, ms: number): string {
  return `<testcase classname="${attribute(suite)}" name="${attribute(name)}" time="${seconds(ms)}">`
}

function output(said: string): string {
  return said.trim() === '' ? '' : `<system-out>${text(said)}</system-out>`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

function attribute(value: string): string {
  return text(value).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}

/** XML 1.0 has no way to write most control characters, half surrogates and U+FFFE: they are shown as what they are. */
function text(value: string): string {
  return value
    .replaceAll('\r', '')
    .replace(
      /\p{Surrogate}|[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
      (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    )
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
