/** Milliseconds since this process began, by a clock that nobody sets. Not `performance.now()`: to ask for that once makes Node load eleven modules. */
export function uptimeMs(): number {
  return process.uptime() * 1000
}
