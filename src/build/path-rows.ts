/**
 * Which row is a path's, in a file that holds a row for each of thousands of paths? Most builds ask for all of them in the order in which they
 * were written, or for a few: neither needs a string for each path, nor a map of all.
 */
export class PathRows {
  /** Each path between two NULs. */
  private readonly between: string
  private nextRow = 0
  private nextAt = 1
  /** What was found of paths that were searched for; in the end all there are. */
  private rows = new Map<string, number | undefined>()
  private complete = false

  /**
   * @param text all paths, each ended by a NUL
   * @param starts where each of them begins, if somebody knows
   */
  constructor(
    readonly text: string,
    readonly count: number,
    private starts?: Uint32Array,
  ) {
    this.between = `\0${text}`
  }

  rowOf(path: string): number | undefined {
    if (this.lies(path, this.nextAt)) return this.passed(this.nextRow, this.nextAt, path)
    if (!this.complete && this.rows.size >= MOST) {
      this.rows = new Map(this.all().map((one, row) => [one, row]))
      this.complete = true
    }
    if (!this.complete && !this.rows.has(path)) this.rows.set(path, this.search(path))
    const row = this.rows.get(path)
    return row === undefined ? undefined : this.passed(row, (this.begins()[row] ?? 0) + 1, path)
  }

  /** All paths that begin so. */
  below(prefix: string): Set<string> {
    const { between } = this
    const found = new Set<string>()
    for (let at = between.indexOf(`\0${prefix}`); at >= 0; ) {
      const end = between.indexOf('\0', at + 1)
      found.add(between.slice(at + 1, end))
      at = between.indexOf(`\0${prefix}`, end)
    }
    return found
  }

  all(): string[] {
    return this.text.split('\0').slice(0, this.count)
  }

  private passed(row: number, at: number, path: string): number {
    this.nextRow = row + 1
    this.nextAt = at + path.length + 1
    return row
  }

  private lies(path: string, at: number): boolean {
    return this.between.startsWith(path, at) && this.between.charCodeAt(at + path.length) === 0
  }

  private search(path: string): number | undefined {
    // What is asked for next lies close behind, most often.
    const one = `\0${path}\0`
    const behind = this.between.indexOf(one, this.nextAt - 1)
    const at = behind < 0 ? this.between.indexOf(one) : behind // one before the path there, where the path is in the text
    if (at < 0) return undefined
    const begins = this.begins()
    let low = 0
    let high = begins.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((begins[middle] ?? 0) < at) low = middle + 1
      else high = middle
    }
    return begins[low] === at ? low : undefined
  }

  private begins(): Uint32Array {
    if (this.starts !== undefined) return this.starts
    const starts = new Uint32Array(this.count)
    for (let row = 0, at = 0; row < starts.length; row++) {
      starts[row] = at
      at = this.text.indexOf('\0', at) + 1
    }
    this.starts = starts
    return starts
  }
}

/** A search may go over all of the text, so that a map of it is made sooner or later. */
const MOST = 150
