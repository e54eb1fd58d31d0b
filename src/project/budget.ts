/** A limit that a project sets itself on the size of a zip: `budget: { zipped: '1 MB' }`. Checked like Lambda's own, and told alike. */
import { largestPackages, megabytes, type Sized } from '../layer/index.js'
import { checkOptions } from '../util/options.js'
import { CoworksError, type Problem } from '../util/problem.js'

export interface Budget {
  /** At most, as it is sent: bytes, or `'800 kB'`, `'1.5 MB'` (of 1024, as AWS counts). */
  readonly zipped?: number | string
  /** At most, as Lambda unpacks it. */
  readonly unzipped?: number | string
}

/** In bytes. */
export interface BudgetBytes {
  readonly zipped?: number
  readonly unzipped?: number
}

const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2 }

/** @throws CoworksError for what is no size */
export function budgetOf(where: string, given: unknown): BudgetBytes | undefined {
  if (given === undefined) return undefined
  checkOptions(`${where}, budget`, given, ['zipped', 'unzipped'])
  return Object.fromEntries(Object.entries(given as Budget).map(([key, size]) => [key, bytesOf(`${where}, budget.${key}`, size)]))
}

function bytesOf(where: string, size: unknown): number {
  const [, figure, unit = 'b'] = (typeof size === 'string' ? /^(\d+(?:\.\d+)?)\s*(b|kb|mb)?$/i.exec(size.trim()) : null) ?? []
  const bytes = typeof size === 'number' ? size : Math.floor(Number(figure) * (UNITS[unit.toLowerCase()] ?? Number.NaN))
  if (!Number.isFinite(bytes) || bytes <= 0)
    throw new CoworksError({ where, what: `\`${String(size)}' is no size`, hint: "bytes, or '800 kB', or '1.5 MB'" })
  return bytes
}

export interface BudgetedZip {
  readonly where: string
  readonly zippedSize: number
  readonly unzippedSize: number
  readonly entries: readonly Sized[]
}

export function budgetProblems(budget: BudgetBytes | undefined, { where, zippedSize, unzippedSize, entries }: BudgetedZip): Problem[] {
  const over = (figure: number, limit: number | undefined, how: string): Problem[] => {
    if (limit === undefined || figure <= limit) return []
    const largest = largestPackages(entries).map(({ name, size }) => `${name} ${exact(size)}`)
    return [{ where, what: `${exact(figure)} ${how}, and its budget is ${exact(limit)}`, hint: `the largest: ${largest.join(', ')}` }]
  }
  return [...over(zippedSize, budget?.zipped, 'zipped'), ...over(unzippedSize, budget?.unzipped, 'unzipped')]
}

/** A budget may be small: `0.0 MB` would say nothing. */
function exact(bytes: number): string {
  return bytes >= 1024 ** 2 ? megabytes(bytes) : `${(bytes / 1024).toFixed(1)} kB`
}
