/** Installs a new project's packages with the package manager that its folder asks for. What it prints goes to the user as it comes. */
import { spawn } from 'node:child_process'
import { findInstall } from '../layer/index.js'
import { CoworksError } from '../util/problem.js'

/** `npm install`, or that of the lockfile or `packageManager` field there is. */
export function installCommand(folder: string): string {
  return findInstall(folder, new Set()).relock
}

/** @param stdout the descriptor that takes what it prints @throws CoworksError where it fails */
export async function install(folder: string, stdout: 1 | 2, signal: AbortSignal): Promise<void> {
  const command = installCommand(folder)
  const [program = 'npm', ...words] = command.split(' ')
  // A word about funding is not what a new project begins with.
  const quiet = program === 'npm' ? ['--no-fund', '--no-audit'] : []
  const problem = (what: string): CoworksError =>
    new CoworksError({ where: command, what, hint: `the files are there; run it yourself, in ${folder}` })
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, [...words, ...quiet], {
      cwd: folder,
      stdio: ['ignore', stdout, 2],
      signal,
      shell: process.platform === 'win32',
    })
    child.on('error', (error: NodeJS.ErrnoException) => reject(problem(error.code === 'ENOENT' ? 'not found' : error.message)))
    child.on('close', (code, ended) => (code === 0 ? resolve() : reject(problem(`failed (${ended ?? `exit ${code}`})`))))
  })
}
