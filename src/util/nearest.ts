/** The name a user most likely meant: used by every "unknown …" message. */

/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

/** The nearest of `names`, or nothing when none is near enough to be a slip of the fingers. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** "did you mean `x'?", else the list of what there is, else nothing: the hint of an "unknown …" problem. */
export function nearestHint(name: string, names: Iterable<string>): string | undefined {
  const all = [...names]
  const near = nearest(name, all)
  if (near !== undefined) return `did you mean \`${near}'?`
  if (all.length === 0) return undefined
  const shown = all.slice(0, 12).join(', ')
  return `known: ${shown}${all.length > 12 ? `, … (${all.length} in all)` : ''}`
}
