/** Files that lie beside the code: under the project's folder when run locally, under the function's when deployed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function asset(path: string): string {
  return readFileSync(join(process.env.LAMBDA_TASK_ROOT ?? process.cwd(), path), 'utf8')
}
