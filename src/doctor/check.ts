/** What a check found: one line for a person, one object for a program. */

export interface Check {
  /** Stable, for programs: `node`, `terraform`, `secrets`. */
  readonly check: string
  /** `warning`: something will not work, or not well, in some cases. `problem`: coworks cannot do its work here. */
  readonly status: 'ok' | 'warning' | 'problem'
  readonly what: string
  /** The command that mends it, or what to do. */
  readonly hint?: string | undefined
}

export const ok = (check: string, what: string): Check => ({ check, status: 'ok', what })
export const warning = (check: string, what: string, hint?: string): Check => ({ check, status: 'warning', what, hint })
export const problem = (check: string, what: string, hint?: string): Check => ({ check, status: 'problem', what, hint })

/** `1.4` is at most `1.11.4`; a prerelease counts as its version. */
export function atLeast(version: string, wanted: string): boolean {
  const figures = (text: string): number[] => (/\d+(\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number)
  const [has, needs] = [figures(version), figures(wanted)]
  for (let at = 0; at < Math.max(has.length, needs.length); at++) {
    const difference = (has[at] ?? 0) - (needs[at] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}
