/**
 * Loaded into the real command by `node --import`: counts its calls of the disk and of other processes, and at one of them lets something
 * go wrong. Knows nothing of what should happen then.
 *
 * COWORKS_FAULT holds a `FaultOrder` as JSON. Calls count whose path lies in the order's root, or whose descriptor was opened there, and every
 * start of a process or a worker. Node's own loading of modules lies elsewhere.
 */
import childProcess from 'node:child_process'
import fs from 'node:fs'
import fsPromises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import { resolve } from 'node:path'
import timers from 'node:timers/promises'
import workers, { isMainThread } from 'node:worker_threads'
import type { FaultOrder } from './faults.js'

type Call = (...args: unknown[]) => unknown
type Table = Record<string, Call>

const NUMBERS: Readonly<Record<string, number>> = { ENOENT: 2, EIO: 5, EACCES: 13, EMFILE: 24, ENOSPC: 28, EROFS: 30, EAGAIN: 11 }
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EIO: 'i/o error',
  EACCES: 'permission denied',
  EMFILE: 'too many open files',
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EAGAIN: 'resource temporarily unavailable',
}

/** By which argument a call says what it is about. */
const BY_PATH = {
  sync: [
    'openSync readFileSync readdirSync statSync lstatSync realpathSync existsSync writeFileSync mkdirSync mkdtempSync renameSync linkSync',
    'copyFileSync chmodSync rmSync truncateSync symlinkSync readlinkSync watch',
  ]
    .join(' ')
    .split(' '),
  promises: 'open readFile readdir writeFile rename rm mkdir'.split(' '),
  descriptor: 'readSync writeSync fstatSync fsyncSync closeSync'.split(' '),
  handle: 'write writeFile close read stat'.split(' '),
}

const order = process.env.COWORKS_FAULT
if (order !== undefined && isMainThread) {
  const parsed = JSON.parse(order) as FaultOrder
  if (parsed.program === undefined || process.argv[1]?.endsWith(parsed.program)) install(parsed)
}

/** So that a limit of minutes can be waited for. What is short already stays. */
function divideWaits(by: number): void {
  const shorter = (ms: unknown) => (typeof ms === 'number' && ms >= 100 ? ms / by : ms)
  for (const [table, at] of [
    [globalThis as unknown as Table, 1],
    [net.Socket.prototype as unknown as Table, 0],
  ] as const) {
    const original = table.setTimeout as Call
    table.setTimeout = Object.assign(function (this: unknown, ...args: unknown[]) {
      return original.apply(
        this,
        args.map((arg, index) => (index === at ? shorter(arg) : arg)),
      )
    }, original)
  }
  const { setTimeout: wait } = timers
  timers.setTimeout = ((ms: number, ...rest: [unknown, object]) => wait(shorter(ms) as number, ...rest)) as typeof wait
}

function install({ root, log, fault, hurry, armed }: FaultOrder): void {
  if (hurry !== undefined) divideWaits(hurry)
  const { appendFileSync, existsSync: exists, renameSync, writeFileSync } = fs
  const kill = process.kill.bind(process)
  const labels: string[] = []
  const seen = new Map<string, number>()
  const opened = new Map<number, string>()
  let busy = false

  const named = (path: unknown): string | undefined => {
    const text = typeof path === 'string' ? path : path instanceof URL ? path.pathname : undefined
    if (text === undefined) return undefined
    const full = resolve(text)
    if (full !== root && !full.startsWith(`${root}/`)) return undefined
    return full.slice(root.length + 1) || '.'
  }
  const labelOf = (op: string, path: string) =>
    `${op} ${path.replace(/[0-9a-f]{12,}(-[0-9a-f]{12,})?|\d+(-\d+)*/g, 'N').replace(/\/(actions|blobs)\/[0-9a-fN]+/, '/$1/N')}`

  /** Counts a call; is it the one? */
  const meets = (op: string, path: string): boolean => {
    const label = labelOf(op, path)
    labels.push(label)
    if (armed !== undefined && (label !== fault?.label || !exists(armed))) return false
    const nth = (seen.get(label) ?? 0) + 1
    seen.set(label, nth)
    return fault !== undefined && fault.label === label && fault.nth === nth
  }
  const fired = () => writeFileSync(`${log}.fired`, String(new Error().stack))

  const failure = (code: string, op: string, path: string): Error => {
    const syscall = op.replace(/Sync$/, '')
    const error = new Error(`${code}: ${WORDS[code]}, ${syscall} '${resolve(root, path)}'`)
    return Object.assign(error, { code, errno: -(NUMBERS[code] ?? 1), syscall, path: resolve(root, path) })
  }

  /** What goes wrong: an error to throw, or nothing where the call goes on. */
  const strike = (
    op: string,
    path: string,
    args: unknown[],
  ): { readonly error?: Error; readonly answer?: unknown; readonly goesOn?: boolean } | undefined => {
    busy = true
    try {
      fired()
      const kind = fault?.kind ?? ''
      if (/^SIG/.test(kind)) {
        kill(process.pid, kind)
        return undefined
      }
      if (kind === 'short' || kind === 'half') {
        const bytes = args[1]
        if (bytes instanceof Uint8Array) {
          const from = typeof args[2] === 'number' ? args[2] : 0
          const left = (typeof args[3] === 'number' ? args[3] : bytes.length - from) >> 1
          if (left > 0) args.splice(2, args.length, from, left)
        }
        return kind === 'half' ? { error: failure('ENOSPC', op, path), goesOn: true } : undefined
      }
      if (kind === 'vanishes') {
        renameSync(resolve(root, path), `${log}.vanished`)
        return undefined
      }
      if (kind === 'grows') {
        appendFileSync(resolve(root, path), '\n ')
        return undefined
      }
      if (op === 'existsSync') return { answer: false } // all that it says of an error
      return { error: failure(kind, op, path) }
    } finally {
      busy = false
    }
  }
  const around = (
    table: Table,
    op: string,
    pathOf: (args: unknown[]) => string | undefined,
    after?: (args: unknown[], answer: unknown) => void,
  ) => {
    const original = table[op]
    if (original === undefined) throw new Error(`no ${op}`)
    const patched = function (this: unknown, ...args: unknown[]): unknown {
      const path = busy ? undefined : pathOf(args)
      if (path !== undefined && meets(op, path)) {
        const outcome = strike(op, path, args)
        if (outcome?.error !== undefined) {
          // Closed it is, whatever it says; and half of it is written.
          if (op === 'closeSync' || outcome.goesOn) original.apply(this, args)
          if (table === (fsPromises as unknown as Table) || table === handlePrototype) return Promise.reject(outcome.error)
          throw outcome.error
        }
        if (outcome?.answer !== undefined) return outcome.answer
      }
      const answer = original.apply(this, args)
      after?.(args, answer)
      return answer
    }
    table[op] = Object.assign(patched, original)
  }

  let handlePrototype: Table | undefined
  const paths = new WeakMap<object, string>()
  const sync = fs as unknown as Table
  for (const op of BY_PATH.sync) {
    around(
      sync,
      op,
      ([path]) => named(path),
      (args, answer) => {
        const path = named(args[0])
        if (op === 'openSync' && path !== undefined) opened.set(answer as number, path)
      },
    )
  }
  for (const op of BY_PATH.descriptor) {
    around(
      sync,
      op,
      ([descriptor]) => opened.get(descriptor as number),
      ([descriptor]) => {
        if (op === 'closeSync') opened.delete(descriptor as number)
      },
    )
  }
  for (const op of BY_PATH.promises) {
    around(
      fsPromises as unknown as Table,
      op,
      ([path]) => named(path),
      (args, answer) => {
        const path = named(args[0])
        if (op !== 'open' || path === undefined)
          return // Not awaited by the caller's leave: what is known of the handle is known before the caller has it.
        ;(answer as Promise<object>).then(
          (handle) => {
            paths.set(handle, path)
            if (handlePrototype !== undefined) return
            const prototype = Object.getPrototypeOf(handle) as Table
            handlePrototype = prototype
            for (const method of BY_PATH.handle) {
              const original = prototype[method] as Call
              prototype[method] = function (this: object, ...rest: unknown[]) {
                const about = paths.get(this)
                if (about !== undefined && meets(`handle.${method}`, about)) {
                  // As for a descriptor: the handle stands first.
                  const all = [this, ...rest]
                  const outcome = strike(`handle.${method}`, about, all)
                  if (outcome?.error !== undefined) {
                    if (method === 'close' || outcome.goesOn)
                      return (original.apply(this, all.slice(1)) as Promise<void>).then(() => Promise.reject(outcome.error))
                    return Promise.reject(outcome.error)
                  }
                  return original.apply(this, all.slice(1))
                }
                return original.apply(this, rest)
              }
            }
          },
          () => {},
        )
      },
    )
  }
  for (const op of ['spawn', 'fork']) {
    const table = childProcess as unknown as Table
    const original = table[op] as Call
    table[op] = function (this: unknown, ...args: unknown[]) {
      const nested = busy
      const program = String(args[0]).split('/').at(-1) ?? ''
      const hit = !nested && meets(op, program)
      if (!hit) {
        busy = true // fork calls spawn
        try {
          return original.apply(this, args)
        } finally {
          busy = nested
        }
      }
      if (fault?.kind === 'child dies') {
        fired()
        const child = original.apply(this, args) as childProcess.ChildProcess
        child.kill('SIGKILL')
        return child
      }
      if (fault?.kind === 'not started') {
        fired()
        // Node says this by an event, as it says that there is no room for another process.
        if (op === 'spawn') return original.call(this, '/nowhere/node', ...args.slice(1))
        return original.call(this, args[0], args[1], { ...(args[2] as object), execPath: '/nowhere/node' })
      }
      const outcome = strike(op, program, args)
      if (outcome?.error !== undefined) throw outcome.error
      return original.apply(this, args)
    }
  }
  const { Worker } = workers
  // biome-ignore lint/suspicious/noExplicitAny: the constructor takes what Node's takes
  ;(workers as any).Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      if (meets('Worker', 'zip-worker')) {
        const outcome = strike('Worker', 'zip-worker', [])
        if (outcome?.error !== undefined) throw outcome.error
      }
      super(...args)
    }
  }
  syncBuiltinESMExports()
  process.on('exit', () => writeFileSync(log, JSON.stringify(labels)))
}
