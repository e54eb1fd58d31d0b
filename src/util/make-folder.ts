/** A folder that may be there already. */
import { existsSync, mkdirSync } from 'node:fs'

/** With those above it. Most folders are there: asking costs a tenth of making. @throws the system's own error */
export function makeFolder(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true })
}
