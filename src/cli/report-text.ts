/**
 * What a person reads of a build, in SCons's words. Decides nothing: it turns events and results into lines. A target's own
 * output comes with its line, never in the middle of another's; the live line is only for a terminal.
 */
import { type BuildEvent, reasonText, type TargetReport } from '../build/index.js'
import type { BuildOutcome, PlanOutcome, Wanted } from '../project/project-types.js'
import { type Problem, problemLine } from '../util/problem.js'
import { printable, printableLine, printableOutput } from '../util/quote.js'
import { colourer } from './color.js'
import { LiveLine } from './live-line.js'
import type { Options } from './options/index.js'
import { consoleOutput, type Output } from './output.js'
import { problemText } from './print-problems.js'

export class TextReport {
  private readonly live: LiveLine
  private readonly mute: boolean
  private readonly chatty: boolean
  private readonly debug: ReadonlySet<string>
  private readonly running = new Set<string>()

  constructor(
    private readonly options: Options,
    private readonly output: Output = consoleOutput,
  ) {
    this.mute = (options.json ?? false) || (options.question ?? false)
    this.chatty = !this.mute && !options.silent && !options.quietProgress
    this.debug = new Set(options.debug ?? [])
    this.live = new LiveLine(!this.mute && !options.silent && output === consoleOutput)
  }

  reading(): void {
    if (this.chatty) this.out('coworks: Reading Coworksfile ...')
  }

  read(): void {
    if (this.chatty) this.out('coworks: done reading Coworksfile.')
  }

  building(): void {
    if (this.chatty) this.out('coworks: Building targets ...')
  }

  /** Where more follows that is no building. */
  finished(): void {
    this.live.clear()
    if (this.chatty) this.out('coworks: done building targets.')
  }

  cleaning(): void {
    if (this.chatty) this.out('coworks: Cleaning targets ...')
  }

  cleaned(removed: readonly string[]): void {
    if (removed.length === 0 && !this.mute && !this.options.silent) this.out('coworks: nothing to remove.')
    if (this.chatty) this.out('coworks: done cleaning targets.')
  }

  event(event: BuildEvent): void {
    switch (event.type) {
      case 'waiting':
        if (!this.mute) this.error(`coworks: waiting for ${printable(event.holder)}\n`)
        return
      case 'notice':
        this.warn(event.problem)
        return
      case 'removed':
        if (!this.mute && !this.options.silent) this.out(`Removed ${printableLine(event.path)}`)
        return
      case 'started':
        this.running.add(event.id)
        this.live.show(event.title)
        return
      case 'finished':
        this.running.delete(event.report.id)
        this.live.clear()
        if (!this.mute) this.target(event.report)
        this.live.count(event.done, event.total)
        return
    }
  }

  plan({ planned, reports, undescribed }: PlanOutcome): void {
    if (this.mute) return
    if (this.chatty) this.out('coworks: Building targets ...')
    let shown = 0
    for (const one of planned) {
      const report = reports.get(one.id)
      if (one.state === 'fresh' || report === undefined || report.internal) continue
      shown++
      if (one.state === 'unsure') this.out(mightBuild(one, reports))
      else {
        if (this.debug.has('explain')) this.explain(one.id, one.reasons.map(reasonText))
        if (!this.options.silent) this.out(printable(report.title))
      }
    }
    if (shown === 0) this.out('coworks: everything is up to date.')
    for (const name of undescribed) this.out(`coworks: which layers ${name} needs is known once it is built.`)
    if (this.chatty) this.out('coworks: done building targets.')
  }

  /** @param whatIs up to date, where the reports are not of all that was wanted */
  built({ reports, taints, notices, ms }: BuildOutcome, wanted: Wanted, whatIs = upToDate(reports, wanted)): void {
    this.live.clear()
    this.output.conclude()
    for (const notice of notices) this.warn(notice)
    const failed = reports.filter((report) => report.outcome === 'failed')
    const work = reports.some((report) => report.outcome !== 'fresh')
    if (failed.length > 0) {
      this.out(
        this.options.keepGoing
          ? 'coworks: done building targets (errors occurred during build).'
          : 'coworks: building terminated because of errors.',
      )
    } else {
      if (!work && !this.options.silent) this.out(`coworks: ${whatIs} up to date.`)
      if (this.chatty) this.out('coworks: done building targets.')
    }
    for (const note of taints.notes) if (!this.options.silent) this.out(`coworks: ${printable(note)}`)
    const open = taints.taints.filter((taint) => !taint.pending)
    if (open.length > 0 && !this.options.silent) this.out('coworks: Terraform must replace what changed; run:')
    for (const taint of open) this.out(printableLine(`${taint.command}  # ${taint.reason}`))
    for (const taint of taints.taints) {
      if (taint.pending && !this.options.silent)
        this.out(
          `coworks: ${printableLine(taint.address)} is tainted already and waits for ${this.options.terraformBin ?? 'terraform'} apply.`,
        )
    }
    if (this.debug.has('time')) this.times(reports, ms)
  }

  private target(report: TargetReport): void {
    const { id, outcome, title, problems, warnings } = report
    if (this.debug.has('explain') && !report.internal && outcome !== 'fresh' && report.reasons.length > 0)
      this.explain(id, report.reasons.map(reasonText))
    if (!report.internal && !this.options.silent) {
      if (outcome === 'built') this.out(printable(title))
      if (outcome === 'built-same') this.out(`${printable(title)} (unchanged)`)
      if (outcome === 'cached') this.out(this.options.cacheShow ? printable(title) : `Retrieved \`${printableLine(id)}' from cache`)
    }
    if (report.log !== '' && !this.options.silent)
      this.output.log(title, printableOutput(report.log.endsWith('\n') ? report.log : `${report.log}\n`))
    for (const warning of warnings) this.warn(warning)
    for (const problem of problems) this.error(problemText(problem, this.options.color))
  }

  private explain(id: string, reasons: readonly string[]): void {
    if (this.mute) return
    const fresh = reasons.length === 1 && reasons[0] === "it doesn't exist yet"
    const [first = '', ...more] = reasons
    const begin = `coworks: ${fresh ? 'building' : 'rebuilding'} \`${printableLine(id)}' because`
    this.out(more.length === 0 ? `${begin} ${printableLine(first)}` : `${begin}:`)
    if (more.length > 0) for (const reason of reasons) this.out(`           ${printableLine(reason)}`)
  }

  private times(reports: readonly TargetReport[], ms: number): void {
    for (const report of reports)
      if (report.outcome !== 'fresh')
        this.out(`Command execution time: ${printableLine(report.id)}: ${(report.ms / 1000).toFixed(3)} seconds`)
    this.out(`Total build time: ${(ms / 1000).toFixed(3)} seconds`)
  }

  private warn(problem: Problem): void {
    if (!this.mute) this.error(`${colourer(this.options.color)('yellow', 'coworks: warning:')} ${printable(problemLine(problem))}\n`)
  }

  private out(line: string): void {
    this.live.clear()
    this.output.out(`${line}\n`)
  }

  private error(text: string): void {
    this.live.clear()
    this.output.error(text)
  }
}

/** Whether it is built depends on what comes out of targets before it: named, or, where they are inside, what changed for them. */
function mightBuild(one: Extract<PlanOutcome['planned'][number], { state: 'unsure' }>, reports: PlanOutcome['reports']): string {
  const begin = `coworks: might build \`${printableLine(one.id)}'`
  const visible = one.until.filter((id) => !reports.get(id)?.internal)
  if (visible.length > 0) return `${begin}, depending on \`${printableLine(visible.join("', `"))}'`
  return `${begin} because ${printableLine([...new Set(one.reasons.map(reasonText))].join(', '))}`
}

function upToDate(reports: readonly TargetReport[], wanted: Wanted): string {
  if (wanted.targets.length > 0) return `\`${wanted.targets.map(printableLine).join("', `")}' ${wanted.targets.length === 1 ? 'is' : 'are'}`
  const aliases = reports.filter((report) => report.title === '').map((report) => report.id)
  if (aliases.length === 0 || aliases.length > 4) return 'everything is'
  return `${aliases.map((id) => `\`${printableLine(id)}'`).join(', ')} ${aliases.length === 1 ? 'is' : 'are'}`
}
