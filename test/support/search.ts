/**
 * A search for faults by chance: so many rounds in `npm test`, always the same; by the clock in `npm run torture`, each time others,
 * with the seed printed. COWORKS_SEED repeats a run.
 */
import { basename } from 'node:path'

export interface Search {
  readonly seed: number
  /** One after the other, until the rounds are done or the time is up. */
  rounds(): Generator<{ readonly round: number; readonly random: Random }>
  /** For `fc.assert`: the rounds, or the time. */
  readonly fastCheck: {
    readonly seed: number
    readonly numRuns: number
    readonly interruptAfterTimeLimit?: number
    readonly markInterruptAsFailure: false
  }
}

/** Seconds that each search may take; unset in `npm test`. */
const seconds = Number(process.env.COWORKS_TORTURE_SECONDS ?? 0)

/** @param name told with the figures @param rounds how many in `npm test`, and at the least in `npm run torture` */
export function search(name: string, rounds: number): Search {
  const given = process.env.COWORKS_SEED
  const seed = given !== undefined ? Number(given) : seconds > 0 ? Date.now() % 1_000_000_007 : 1980
  const file = basename(process.argv[1] ?? '', '.js')
  return {
    seed,
    *rounds() {
      // Before the first round: one that hangs must leave its seed behind.
      if (seconds > 0) console.log(`seed ${seed}`)
      const started = performance.now()
      const goesOn = (round: number) => round < rounds || performance.now() - started < seconds * 1000
      let round = 0
      // Each round has its own numbers, so that one that failed can be repeated without those before it.
      for (; goesOn(round); round++) yield { round, random: new Random(seed + round * 7919) }
      if (seconds > 0)
        console.log(`TORTURE ${file}, ${name}: seed ${seed}, ${round} rounds in ${Math.round((performance.now() - started) / 1000)} s`)
    },
    fastCheck: {
      seed,
      numRuns: seconds > 0 ? 1_000_000_000 : rounds,
      ...(seconds > 0 ? { interruptAfterTimeLimit: seconds * 1000 } : {}),
      markInterruptAsFailure: false,
    },
  }
}

/** Numbers that look like chance and are the same for the same seed (mulberry32). */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** [0, 1) */
  number(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number below `end`. */
  below(end: number): number {
    return Math.floor(this.number() * end)
  }

  chance(probability: number): boolean {
    return this.number() < probability
  }

  pick<T>(from: readonly T[]): T {
    const one = from[this.below(from.length)]
    if (one === undefined) throw new Error('picked from nothing')
    return one
  }

  /** Each with the same chance, in the order given. */
  some<T>(from: readonly T[], probability = 0.5): T[] {
    return from.filter(() => this.chance(probability))
  }
}
