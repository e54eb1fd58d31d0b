/** What the system calls an error (`ENOENT`); of anything else that was thrown, its text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
