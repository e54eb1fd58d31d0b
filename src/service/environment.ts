/**
 * Environment variables for the time of a call. There is one environment a process: calls with the same variables run
 * together, calls with others wait for them, and what was there before is put back.
 */

type Variables = Readonly<Record<string, string | undefined>>

let current: { readonly key: string; readonly before: Variables; running: number } | undefined
const waiting: (() => void)[] = []

export async function withEnvironment<T>(variables: Variables, run: () => Promise<T>): Promise<T> {
  const key = JSON.stringify(Object.entries(variables).map(([name, value]) => [name, value ?? null]))
  while (current !== undefined && current.key !== key) await new Promise<void>((resume) => waiting.push(resume))
  current ??= { key, before: set(variables), running: 0 }
  const mine = current
  mine.running++
  try {
    return await run()
  } finally {
    if (--mine.running === 0) {
      set(mine.before)
      current = undefined
      for (const resume of waiting.splice(0)) resume()
    }
  }
}

/** @returns what the same variables were before. */
function set(variables: Variables): Variables {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]))
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  return before
}
