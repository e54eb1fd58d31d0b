/** What was thrown, as text. User code may throw anything, also what cannot be made a string: saying so must not throw again. */
import { inspect } from 'node:util'

export function thrownText(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return `${thrown.name}: ${thrown.message}`
    return `threw ${inspect(thrown, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 })}`
  } catch {
    return 'threw what cannot be shown'
  }
}
