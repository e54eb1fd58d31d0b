/**
 * `terraform init`, where it is needed: before the first plan of a folder, and once more where a plan says so itself (a
 * provider, a module or the backend changed). What else a plan fails for is not its business.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CoworksError } from '../util/problem.js'
import { type RunOptions, terraformInit } from './run.js'

/** Whether it had to run. @throws CoworksError */
export async function ensureInitialised(dir: string, options: RunOptions = {}): Promise<boolean> {
  const env = { ...process.env, ...options.env }
  if (existsSync(join(resolve(dir, env.TF_DATA_DIR || '.terraform'), 'providers'))) return false
  await terraformInit(dir, options)
  return true
}

/** What `step` gives; where it fails for want of `init`, that runs first and the step again. @throws CoworksError */
export async function withInit<T>(dir: string, options: RunOptions, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (!(error instanceof CoworksError) || !error.problems.some(({ detail = '' }) => /\b(terraform|tofu) init\b/.test(detail))) throw error
    await terraformInit(dir, options)
    return step()
  }
}
