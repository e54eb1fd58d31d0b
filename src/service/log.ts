/** Errors in the log: one line of JSON each, so that CloudWatch keeps a stack together and a query can find it. */

export function logError(error: unknown, fields: Readonly<Record<string, unknown>>): void {
  console.error(JSON.stringify({ level: 'ERROR', ...fields, error: errorFields(error, 0) }))
}

function errorFields(error: unknown, depth: number): unknown {
  if (!(error instanceof Error)) return { message: printed(error) }
  const { name, message, stack, cause } = error
  return { name, message, stack, ...(cause === undefined || depth > 3 ? {} : { cause: errorFields(cause, depth + 1) }) }
}

/** Anything can be thrown: an object that has no string form must not lose the line. */
function printed(value: unknown): string {
  try {
    return String(value)
  } catch {
    return typeof value
  }
}
