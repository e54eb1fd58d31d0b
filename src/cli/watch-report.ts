/**
 * What `coworks watch` shows: a line a rebuild, errors and warnings once for as long as they stay the same; with `--json` a document a
 * line. Decides nothing of what is built.
 */
import { type BuildEvent, reasonText } from '../build/index.js'
import { type Problem, problemLine } from '../util/problem.js'
import { printable, printableLine, printableOutput } from '../util/quote.js'
import type { Pushed, Rebuilt } from '../watch/index.js'
import { colourer } from './color.js'
import { LiveLine } from './live-line.js'
import type { Options } from './options/index.js'
import { problemText } from './print-problems.js'
import { jsonReport } from './report-json.js'
import { changedNames, duration, namedFiles, rebuiltText } from './watch-line.js'

export class WatchReport {
  private readonly live: LiveLine
  private shownProblems = ''
  private shownNotes = ''
  private shownPush = ''
  private shownLeft = ''
  private warned: ReadonlySet<string> = new Set()
  private hinted = false

  constructor(
    private readonly options: Options,
    private readonly now: () => Date,
  ) {
    this.live = new LiveLine(!options.json && !options.silent)
  }

  event(event: BuildEvent): void {
    switch (event.type) {
      case 'waiting':
        if (!this.options.json) this.error(`coworks: waiting for ${printable(event.holder)}\n`)
        return
      case 'notice':
        this.problem(event.problem)
        return
      case 'started':
        this.live.show(event.title)
        return
      case 'finished':
        this.live.clear()
        return
      case 'removed':
        return
    }
  }

  rebuilt({ result, changed, first, sweep }: Rebuilt): void {
    const failures = result.kind === 'refused' ? result.problems : result.reports.flatMap((report) => report.problems)
    const text = failures.map((problem) => problemText(problem, this.options.color)).join('')
    // Looked at once more, and it fails as before: nothing to tell.
    if (sweep && text !== '' && text === this.shownProblems) return
    if (this.options.json) {
      this.shownProblems = text
      this.document(result, changed)
      return
    }
    if (result.kind === 'refused') {
      const what = first ? 'first build' : namedFiles(changed)
      this.failed(`${what === '' ? '' : `${what} → `}failed · ${duration(result.ms)}`, result.problems, text)
      return
    }
    const { reports, notices, taints } = result
    const line = rebuiltText(result, changed, first)
    this.warnings([...reports.flatMap(({ warnings }) => warnings), ...notices])
    for (const { log } of reports) if (log !== '' && !this.options.silent) this.out(printableOutput(log.replace(/\n$/, '')))
    if (!result.ok) {
      this.failed(line, failures, text)
      return
    }
    this.shownProblems = ''
    this.line(line)
    if (this.options.debug?.includes('explain')) this.explain(reports)
    const notes = taints.notes.join('\n')
    if (notes !== this.shownNotes) for (const note of taints.notes) this.say(`coworks: ${note}`)
    this.shownNotes = notes
    if (taints.taints.some(({ pending }) => !pending) && !this.hinted) {
      this.hinted = true
      this.say("coworks: `coworks taint' prints the commands that Terraform needs.")
    }
  }

  pushed({ ok, functions, notes, failures, ms }: Pushed): void {
    if (this.options.json) {
      this.json({ event: 'push', ok, functions, notes, failures, ms: Math.round(ms) })
      return
    }
    const text = failures.map((problem) => problemText(problem, this.options.color)).join('')
    const names = (outcome: string) => functions.filter((one) => one.outcome === outcome).map((one) => one.function)
    const parts = [
      ['pushed', names('pushed')],
      ['up to date in Lambda', names('up-to-date')],
      ['not updated', [...names('failed'), ...names('not-attempted')]],
    ] as const
    const said = parts.filter(([, list]) => list.length > 0).map(([what, list]) => `${namedFiles(list)} ${what}`)
    if (ok) this.line(`${said.join(', ')} · ${duration(ms)}`)
    else {
      if (text !== this.shownPush) this.error(text)
      this.error(printable(`${clock(this.now())} ${said.join(', ') || 'nothing pushed'} · ${duration(ms)}\n`))
    }
    this.shownPush = ok ? '' : text
    const left = notes.join('\n')
    if (left !== this.shownLeft) for (const note of notes) this.say(note)
    this.shownLeft = left
  }

  watching(): void {
    if (this.options.json) this.json({ event: 'watching' })
    else this.line('watching; Ctrl-C ends it')
  }

  problem(problem: Problem): void {
    if (this.options.json) this.json({ event: 'problem', problem })
    else this.error(`${colourer(this.options.color)('yellow', 'coworks: warning:')} ${printable(problemLine(problem))}\n`)
  }

  /** A line of its own, or a document. */
  told(event: string, members: object, text: string): void {
    if (this.options.json) this.json({ event, ...members })
    else this.line(text)
  }

  say(text: string): void {
    if (this.options.json) process.stderr.write(`${text}\n`)
    else if (!this.options.silent) this.out(printable(text))
  }

  line(text: string): void {
    if (!this.options.silent) this.out(printable(`${clock(this.now())} ${text}`))
  }

  /** The same error again is one line: whoever mends it has it on the screen already. */
  private failed(line: string, problems: readonly Problem[], text: string): void {
    if (text !== this.shownProblems) this.error(text)
    const first = problems[0]
    const same = text === this.shownProblems && first !== undefined ? ` · as before: ${first.where ?? first.what}` : ''
    this.shownProblems = text
    this.error(`${printableLine(`${clock(this.now())} ${line}${same}`)}\n`)
  }

  private warnings(warnings: readonly Problem[]): void {
    const texts = new Set(warnings.map(problemLine))
    for (const text of texts)
      if (!this.warned.has(text)) this.error(`${colourer(this.options.color)('yellow', 'coworks: warning:')} ${printable(text)}\n`)
    this.warned = new Set([...this.warned, ...texts])
  }

  private explain(reports: readonly Extract<Rebuilt['result'], { kind: 'built' }>['reports'][number][]): void {
    for (const { id, internal, reasons } of reports)
      if (!internal) for (const reason of reasons) this.out(printableLine(`           ${id}: ${reasonText(reason)}`))
  }

  private document(result: Rebuilt['result'], told: readonly string[]): void {
    if (result.kind === 'refused') {
      const members = { ok: false, changed: told, targets: [], taints: [], notes: [], warnings: [], failures: result.problems }
      this.json({ event: 'build', ...members, ms: Math.round(result.ms) })
      return
    }
    // The document of `coworks build --json`, of what this build made, on one line.
    const { ok, ...rest } = JSON.parse(jsonReport.build(result)) as { ok: boolean }
    this.json({ event: 'build', ok, changed: changedNames(result, told), ...rest })
  }

  private json(document: object): void {
    process.stdout.write(`${JSON.stringify({ at: this.now().toISOString(), ...document })}\n`)
  }

  private out(line: string): void {
    this.live.clear()
    process.stdout.write(`${line}\n`)
  }

  private error(text: string): void {
    this.live.clear()
    process.stderr.write(text)
  }
}

/** `12:03:41`, as the clock on the wall has it. */
function clock(now: Date): string {
  return [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}
