/** One line at the foot of a terminal that says what is being made; gone before anything else is printed. Nothing where no person looks. */
import { printableLine } from '../util/quote.js'

export class LiveLine {
  private shown = false
  private counted = ''
  private readonly active: boolean

  constructor(wanted: boolean) {
    const { TERM, CI } = process.env
    // Some CI services give a terminal, which is a log all the same.
    const log = TERM === 'dumb' || (CI !== undefined && CI !== '' && CI !== 'false' && CI !== '0')
    this.active = wanted && process.stderr.isTTY === true && process.stdout.isTTY === true && !log
  }

  show(title: string): void {
    if (!this.active) return
    const width = (process.stderr.columns ?? 80) - 1
    process.stderr.write(`\r\u001b[K${`${this.counted}${printableLine(title)}`.slice(0, width)}`)
    this.shown = true
  }

  count(done: number, total: number): void {
    this.counted = total > 0 ? `[${done}/${total}] ` : ''
  }

  clear(): void {
    if (!this.shown) return
    process.stderr.write('\r\u001b[K')
    this.shown = false
  }
}
