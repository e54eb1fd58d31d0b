// How a figure is written: three digits, and no more zeros than a reader needs. Pure.
import { summary } from '../measure/statistics.mjs'

/** 0.0031 → `3.1 ms`, 12345 → `12.3 s` */
export function time(ms) {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${ms.toFixed(0)} ms`
  return ms < 9_995 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(1)} s`
}

/** `66 ms (64–70, 11 runs)`: the median, the middle half, how many. */
export function spread(times) {
  const { runs, low, high, median } = summary(times)
  return runs === 1 ? `${time(median)} (1 run)` : `${time(median)} (${time(low)}–${time(high)}, ${runs} runs)`
}

export const mark = (met) => (met === undefined ? '–' : met ? 'met' : 'MISSED')
