/**
 * `.coworks/pushes.jsonl`: what `coworks update` pushed from here, appended as it happens and never rewritten. A push is two lines of JSON, one before anything is
 * sent and one when it has ended, so that a process that is killed in between leaves a push that was begun:
 *
 *     {"event":"begin","id":"…","time":"…","by":"ada@laptop","function":"app-test-dev",…,"code":{"from":"…","to":"…","content":"…"}}
 *     {"event":"end","id":"…","time":"…","ok":true,"layers":["arn:…"],"version":"7"}
 *
 * A line that cannot be read is passed over and counted, wherever it is: each line says all of its own, and a push that is not known costs no more than a taint
 * that was not needed. Names and hashes only, no secrets: of environment variables not even the names.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { STATE_DIR } from '../build/index.js'
import { CoworksError } from '../util/problem.js'

/** From the project's folder. */
export const LEDGER_FILE = `${STATE_DIR}/pushes.jsonl`

/** The attributes of the function in Terraform's state when it was pushed to. */
export interface StateAtPush {
  readonly sourceCodeHash: string
  readonly codeSha256: string
  readonly lastModified: string
}

export interface PushBegin {
  readonly microservice: string
  readonly stage: string
  readonly function: string
  readonly arn: string
  readonly terraformDir: string
  /** `from` and `to` are Lambda's `CodeSha256`, `content` the literal in `source_code_hash`. */
  readonly code: { readonly from: string; readonly to: string; readonly content: string }
  readonly layers: readonly { readonly layer: string; readonly sha256: string; readonly content: string }[]
  readonly steps: readonly string[]
  /** Null where the state was not known. */
  readonly state: StateAtPush | null
}

export interface PushEnd {
  readonly ok: boolean
  /** ARNs of the layer versions in use afterwards. */
  readonly layers: readonly string[]
  readonly version?: string | undefined
  readonly why?: string | undefined
}

export interface Push extends PushBegin {
  readonly id: string
  /** ISO 8601, UTC. */
  readonly time: string
  readonly by: string
  /** Undefined: begun, and nobody knows how it ended. */
  readonly end: (PushEnd & { readonly time: string }) | undefined
}

export interface PushLedger {
  /** In the order in which they were begun. */
  readonly pushes: readonly Push[]
  /** Lines that could not be read. */
  readonly damaged: number
}

/** @throws CoworksError where there is a ledger that cannot be opened */
export function readPushes(root: string): PushLedger {
  try {
    return parsePushes(readFileSync(join(root, LEDGER_FILE), 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return { pushes: [], damaged: 0 }
    throw new CoworksError({ where: LEDGER_FILE, what: `cannot be read: ${code ?? String(error)}` }, { cause: error })
  }
}

export function parsePushes(text: string): PushLedger {
  const pushes = new Map<string, Push>()
  let damaged = 0
  for (const line of text.split('\n')) {
    if (line === '') continue
    const record = parsedLine(line)
    if (record === undefined) damaged++
    else if (record.event === 'begin') pushes.set(record.id, { ...record, end: undefined })
    else {
      const begun = pushes.get(record.id)
      if (begun !== undefined) pushes.set(record.id, { ...begun, end: record })
    }
  }
  return { pushes: [...pushes.values()], damaged }
}

type Line =
  | ({ readonly event: 'begin'; readonly id: string; readonly time: string; readonly by: string } & PushBegin)
  | ({ readonly event: 'end'; readonly id: string; readonly time: string } & PushEnd)

function parsedLine(line: string): Line | undefined {
  try {
    const value = JSON.parse(line) as Partial<Record<string, unknown>>
    const texts = (...names: string[]) => names.every((name) => typeof value[name] === 'string')
    if (!texts('id', 'time')) return undefined
    if (value.event === 'end') return typeof value.ok === 'boolean' && Array.isArray(value.layers) ? (value as unknown as Line) : undefined
    const { code, layers, steps, state } = value
    const { from, to, content } = (code ?? {}) as Record<string, unknown>
    const sound =
      value.event === 'begin' &&
      texts('by', 'microservice', 'stage', 'function', 'arn', 'terraformDir') &&
      [from, to, content].every((one) => typeof one === 'string') &&
      Array.isArray(layers) &&
      Array.isArray(steps) &&
      (state === null || typeof state === 'object')
    return sound ? (value as unknown as Line) : undefined
  } catch {
    return undefined
  }
}

/** Notes that a push begins; what comes back notes its end. @throws CoworksError where that cannot be written */
export function beginPush(root: string, push: PushBegin, now: () => Date): (end: PushEnd) => void {
  const id = randomBytes(8).toString('hex')
  append(root, { event: 'begin', id, time: now().toISOString(), by: whoever(), ...push })
  return (end) => append(root, { event: 'end', id, time: now().toISOString(), ...end })
}

function append(root: string, record: Line): void {
  const file = join(root, LEDGER_FILE)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const descriptor = openSync(file, 'a+', 0o600)
    try {
      // A line that was torn must not take the next one with it.
      const line = Buffer.from(`${endsInLine(descriptor) ? '' : '\n'}${JSON.stringify(record)}\n`)
      for (let done = 0; done < line.length; ) done += writeSync(descriptor, line, done)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CoworksError(
      { where: LEDGER_FILE, what: `cannot be written: ${code ?? String(error)}`, hint: 'an update notes there what it pushes' },
      { cause: error },
    )
  }
}

function endsInLine(descriptor: number): boolean {
  const { size } = fstatSync(descriptor)
  const last = Buffer.alloc(1)
  return size === 0 || (readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] === 0x0a)
}

function whoever(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    return hostname() // a user without a name
  }
}
