// Medians and spread. Pure.

/** The value below which the share `at` of them lies, between two of them where it must. */
export function quantile(values, at) {
  const sorted = [...values].sort((a, b) => a - b)
  if (sorted.length === 0) return Number.NaN
  const place = at * (sorted.length - 1)
  const below = Math.floor(place)
  const low = sorted[below]
  const high = sorted[Math.min(below + 1, sorted.length - 1)]
  return low + (high - low) * (place - below)
}

export const median = (values) => quantile(values, 0.5)

/** What a table says of some measurements: how many, the least, the median, and the range of the middle half. */
export function summary(values) {
  return {
    runs: values.length,
    least: quantile(values, 0),
    median: median(values),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
  }
}
