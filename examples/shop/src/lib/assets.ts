/** Files beside the code: in the project below `folder`, in the zip of the function by their path from it, as `AllFiles(folder)` puts them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function asset(folder: string, file: string): string {
  return readFileSync(join(process.env.LAMBDA_TASK_ROOT ?? folder, file), 'utf8')
}
