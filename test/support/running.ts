/** A command that goes on until it is told to end, whose output can be waited for: for a line, never for a time. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type CliProject, REPO } from './cli.js'

const started: Running[] = []

/** What a failed test leaves running would keep its process, too. */
export function endAll(): void {
  for (const { child } of started) child.kill('SIGKILL')
}

export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<number | string | null>
  output = ''
  #waiting: (() => void)[] = []
  #seen = 0

  /** @param before a program that starts the command, with its words */
  constructor(project: CliProject, words: readonly string[], env: Readonly<Record<string, string>> = {}, before: readonly string[] = []) {
    const [program = '', ...rest] = [...before, process.execPath, join(REPO, 'dist/coworks.cjs'), ...words]
    this.child = spawn(program, rest, {
      cwd: project.path,
      env: { PATH: process.env.PATH, HOME: project.path, NO_COLOR: '1', TMPDIR: project.path, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        for (const wake of this.#waiting.splice(0)) wake()
      })
    }
    started.push(this)
    this.ended = new Promise((resolve) =>
      this.child.on('close', (code, signal) => {
        resolve(code ?? signal)
        for (const wake of this.#waiting.splice(0)) wake()
      }),
    )
  }

  /** The next text that matches, after those that were waited for before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.output.slice(this.#seen))
      if (found !== null) {
        this.#seen += found.index + found[0].length
        return found
      }
      if (this.child.exitCode !== null) throw new Error(`ended without saying ${pattern}:\n${this.output}`)
      const patience = AbortSignal.timeout(30_000)
      await new Promise<void>((wake, fail) => {
        this.#waiting.push(wake)
        patience.addEventListener('abort', () => fail(new Error(`never said ${pattern}:\n${this.output}`)))
      })
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | string | null> {
    this.child.kill(signal)
    return this.ended
  }
}

/** What runs in this folder or below it: the words of each process. */
export function processesIn(folder: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || !readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)) return []
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    } catch {
      return [] // ended meanwhile
    }
  })
}
