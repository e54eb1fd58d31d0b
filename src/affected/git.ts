/** Runs git, and only to read: nothing here touches the user's index, files or refs. Knows no project. */
import { spawn } from 'node:child_process'
import { CoworksError } from '../util/problem.js'

export interface GitResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface GitOptions {
  readonly cwd: string
  readonly signal?: AbortSignal | undefined
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** A hook of git's sets these, and git would then look at another repository than the folder's. */
const LOCAL = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_OBJECT_DIRECTORY', 'GIT_COMMON_DIR', 'GIT_NAMESPACE']

/** @throws CoworksError where git cannot be run at all */
export function runGit(words: readonly string[], { cwd, signal, env = {}, input = '' }: GitOptions): Promise<GitResult> {
  const { LC_ALL: _, ...inherited } = process.env
  for (const name of LOCAL) delete inherited[name]
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...words], {
      cwd,
      env: { ...inherited, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    })
    const text = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    child.stdout.on('data', (chunk: Buffer) => text.stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => text.stderr.push(chunk))
    child.stdin.on('error', () => {}) // it may end without reading
    child.stdin.end(input)
    child.on('error', (error: NodeJS.ErrnoException) => {
      const what = signal?.aborted ? 'interrupted' : error.code === 'ENOENT' ? "the program `git' is not on the PATH" : error.message
      reject(new CoworksError({ where: 'git', what }))
    })
    child.on('close', (status) =>
      resolve({
        status: status ?? 1,
        stdout: Buffer.concat(text.stdout).toString('utf8'),
        stderr: Buffer.concat(text.stderr).toString('utf8'),
      }),
    )
  })
}

/** Its output, without the last line break. @throws CoworksError with what git says */
export async function git(words: readonly string[], options: GitOptions): Promise<string> {
  const { status, stdout, stderr } = await runGit(words, options)
  if (status === 0) return stdout.replace(/\n$/, '')
  throw new CoworksError({
    where: `git ${words[0] ?? ''}`,
    what: stderr.trim().split('\n')[0] ?? `ended with status ${status}`,
    detail: stderr.trim(),
  })
}

/** Names that git lists with `-z`. */
export function names(output: string): string[] {
  return output.split('\0').filter((name) => name !== '')
}
