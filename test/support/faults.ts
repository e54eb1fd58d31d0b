/**
 * What can go wrong at a call, and the run of a command in which one thing does. What is right afterwards is for the tests to say.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Built } from './built.js'
import { Folder } from './folder.js'

export interface Fault {
  /** The call, and what it is about: `renameSync .coworks/stat.N.tmp`. */
  readonly label: string
  /** Which of the calls that look alike, from 1. */
  readonly nth: number
  /** A code of the system; `short`: fewer bytes are written than given; `half`: half of them, and then the disk is full; … */
  readonly kind: string
}

export interface FaultOrder {
  /** The project's folder. */
  readonly root: string
  /** Where to write the labels of all calls when the process ends; with `.fired` behind it, where the fault struck. */
  readonly log: string
  readonly fault?: Fault | undefined
  /** Of which process: the end of the path of its module. Without, of the one that the hook was given to. */
  readonly program?: string | undefined
  /** A file: only calls made while it is there count for the fault. */
  readonly armed?: string | undefined
  /** By which waits of a tenth of a second and more are divided. */
  readonly hurry?: number | undefined
}

export interface FaultedOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly hurry?: number | undefined
  /** Called once it runs. */
  readonly started?: (pid: number) => void
}

const READS = /^(openSync|readFileSync|readdirSync|readSync|open|readFile|readdir|handle\.read) /
const LOOKS = /^(statSync|lstatSync|realpathSync|existsSync|readlinkSync|fstatSync|handle\.stat) /
const WRITES =
  /^(writeFileSync|writeSync|mkdirSync|mkdtempSync|renameSync|linkSync|copyFileSync|chmodSync|rmSync|truncateSync|symlinkSync|fsyncSync|closeSync|writeFile|rename|rm|mkdir|handle\.(write|writeFile|close)) /
const STARTS = /^(spawn|fork|Worker) /
const SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGINT']
/** What a user writes, as far as the tests can put it back. */
const SOURCES =
  /^(readFileSync|openSync|statSync) (src|config|notes|node_modules\/tiny)\S*\.\w+$|^(readFileSync|openSync|statSync) (Coworksfile\.ts|package\.json)$/

/** What may go wrong at such a call. */
export function kindsOf(label: string): string[] {
  if (STARTS.test(label)) {
    const child = label.startsWith('Worker') ? [] : ['child dies', 'not started']
    return ['EAGAIN', 'EMFILE', ...child, ...SIGNALS]
  }
  if (label.startsWith('watch ')) return ['EMFILE', 'ENOSPC', 'EACCES']
  if (WRITES.test(label))
    return ['EIO', 'ENOSPC', 'EACCES', ...(/^(writeSync|handle\.write) /.test(label) ? ['short', 'half'] : []), ...SIGNALS]
  const source = SOURCES.test(label) ? ['vanishes', 'grows'] : []
  if (READS.test(label)) return ['EIO', 'EACCES', 'EMFILE', ...source, ...SIGNALS]
  if (LOOKS.test(label)) return ['EIO', 'EACCES', ...source, ...SIGNALS]
  return []
}

export interface Faulted {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** It did not end by itself, and was killed. */
  readonly hung: boolean
  /** Where the fault struck: a stack. Nothing where that call did not come. */
  readonly struck: string | undefined
  readonly labels: readonly string[]
  /** Processes that it left behind. */
  readonly left: readonly string[]
}

export const HOOK = new URL('./fault-hook.js', import.meta.url).href
const logs = new Folder()
let serial = 0

/** Runs a command in which one call goes wrong; without a fault it only counts. A source that vanished is put back afterwards. */
export async function faulted(
  project: Built,
  words: readonly string[],
  fault?: Fault,
  { env = {}, hurry, started }: FaultedOptions = {},
): Promise<Faulted> {
  const log = logs.at(String(++serial))
  const order: FaultOrder = { root: project.path, log, fault, hurry }
  const [program = '', ...rest] = project.command(words, { nodeOptions: ['--import', HOOK] })
  const child = spawn(program, rest, {
    cwd: project.path,
    env: { ...project.environment(), ...env, COWORKS_FAULT: JSON.stringify(order) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  if (child.pid !== undefined) started?.(child.pid)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  let hung = false
  const stop = () => {
    if (child.pid === undefined) return // never started: 0 would be our own group
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {} // nothing is left of it
  }
  const timer = setTimeout(() => {
    hung = true
    stop()
  }, 120_000)
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, by) => resolve([code, by]))
  })
  clearTimeout(timer)
  const left = hung ? [] : await leftOf(child.pid ?? 0)
  if (left.length > 0) stop()
  if (existsSync(`${log}.vanished`) && fault !== undefined) renameSync(`${log}.vanished`, project.at(fault.label.replace(/^\S+ /, '')))
  const struck = existsSync(`${log}.fired`) ? readFileSync(`${log}.fired`, 'utf8') : undefined
  const labels = existsSync(log) ? (JSON.parse(readFileSync(log, 'utf8')) as string[]) : []
  for (const file of [log, `${log}.fired`]) rmSync(file, { force: true })
  return { status, signal, stdout, stderr, hung, struck, labels, left }
}

/** Who is still alive of a process group. A child whose pipe has just broken has a moment to notice. */
async function leftOf(group: number): Promise<string[]> {
  const until = performance.now() + 30_000
  for (;;) {
    const left = process.platform === 'linux' ? aliveIn(group) : []
    if (left.length === 0 || performance.now() > until) return left
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function aliveIn(group: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(join('/proc', pid, 'stat'), 'utf8')
        const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        if (Number(pgrp) !== group || state === 'Z') return []
        return [readFileSync(join('/proc', pid, 'cmdline'), 'utf8').replaceAll('\0', ' ')]
      } catch {
        return [] // gone meanwhile
      }
    })
}
