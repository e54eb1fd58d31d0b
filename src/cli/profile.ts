/**
 * `--profile FILE`: where the time of this build went, as a trace that Perfetto and Chrome's about:tracing open. Phases are one row; the
 * targets that were made are rows below, as many as were made at the same time. It only listens, and writes one file at the end.
 */
import { writeFileSync } from 'node:fs'
import type { BuildEvent } from '../build/index.js'
import { reasonText } from '../build/index.js'
import { CoworksError } from '../util/problem.js'

/** The format: "Trace Event Format", complete events (`X`) and names of rows (`M`). Times are in microseconds. */
interface Span {
  readonly name: string
  readonly cat: string
  readonly ph: 'X' | 'M'
  readonly ts?: number
  readonly dur?: number
  readonly pid: number
  readonly tid: number
  readonly args?: object
}

export class Profile {
  private readonly spans: Span[] = []
  /** Since the start of the process: what Node takes to start, and to load this, is the first phase. */
  private phaseStart = 0
  private readonly running = new Map<string, { readonly from: number; readonly row: number; readonly reasons: readonly string[] }>()
  private readonly rows: boolean[] = []

  constructor(private readonly file: string) {}

  /** The phase that ends now. */
  phase(name: string): void {
    const now = performance.now()
    this.spans.push({ name, cat: 'phase', ph: 'X', ts: micro(this.phaseStart), dur: micro(now - this.phaseStart), pid: 1, tid: 0 })
    this.phaseStart = now
  }

  event(event: BuildEvent): void {
    if (event.type === 'started') {
      const free = this.rows.indexOf(false)
      const row = free < 0 ? this.rows.length : free
      this.rows[row] = true
      this.running.set(event.id, { from: performance.now(), row, reasons: event.reasons.map(reasonText) })
    } else if (event.type === 'finished') {
      const { id, outcome, title } = event.report
      const started = this.running.get(id)
      if (started === undefined) return // found wrong before it began
      this.running.delete(id)
      this.rows[started.row] = false
      this.spans.push({
        name: title === '' ? id : title,
        cat: 'target',
        ph: 'X',
        ts: micro(started.from),
        dur: micro(performance.now() - started.from),
        pid: 1,
        tid: started.row + 1,
        args: { id, outcome, reasons: started.reasons },
      })
    }
  }

  /** @throws CoworksError where the file cannot be written */
  write(): void {
    const rows = ['phases', ...this.rows.map((_, index) => `targets ${index + 1}`)]
    const names = rows.map((name, tid): Span => ({ name: 'thread_name', cat: '__metadata', ph: 'M', pid: 1, tid, args: { name } }))
    try {
      writeFileSync(this.file, `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents: [...names, ...this.spans] })}\n`)
    } catch (error) {
      throw new CoworksError({ where: this.file, what: `cannot be written: ${error instanceof Error ? error.message : String(error)}` })
    }
  }
}

function micro(ms: number): number {
  return Math.round(ms * 1000)
}
