/**
 * `.coworks/journal`: what was made, appended as it happens. A build that is killed leaves a "begin" without its "end",
 * and the next one makes that target again.
 *
 * Lines of text (`journal-lines.ts`): a target begins (B), ends, with its trace (E), or is forgotten (D). A set of files that targets were
 * made from is written once, by its signature (S), for all traces that name it: the stages of a microservice have theirs in common, and in a
 * journal that held it in each, a project's files would be most of it. From the first line that
 * does not check, all is dropped: a torn tail after a crash is the one damage that is expected, and losing a trace costs
 * a rebuild, never a wrong file. Rewritten whole, aside and renamed, when more than half of it is old.
 */
import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, renameSync, truncateSync, writeSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { errorCode } from '../util/error-code.js'
import type { Json } from '../util/hash.js'
import { CoworksError } from '../util/problem.js'
import { decoded, HEADER, HEADER_CRC, type Kind, lineAt, lineOf, type Slice, soundPart } from './journal-lines.js'
import { removeQuietly } from './leftovers.js'
import type { SeenInput, Trace } from './model.js'

const COMPACT_AT = 1 << 20

/** Facts that are not traces but live and die with them: acknowledged taints. */
const NOTE = 'note:'

/** What came out of a target: the part of its trace that its dependents see. */
export type Result = Omit<Trace, 'recipe' | 'inputs' | 'discovered'>

type Items = NonNullable<SeenInput['items']>

/** A trace as it is written: which sets its line needs, first, and in the place of a set's files that they are there. */
interface Written extends Omit<Trace, 'inputs'> {
  readonly sets: readonly string[]
  readonly inputs: readonly (Omit<SeenInput, 'items'> & { readonly items?: true })[]
}

export class Journal {
  /** Where payloads lie, until they are asked for: most traces of a build are only compared, few are ever needed whole. */
  private readonly ends = new Map<string, Slice | string | Trace>()
  private readonly results = new Map<string, Result>()
  /** The files of sets by the signature of the set. */
  private readonly sets = new Map<string, Slice | Items>()
  /** Whose newest records need which, once that was asked. */
  private users: Map<string, Set<string>> | undefined
  /** The file as it was read, as far as it is sound: a character for each byte. */
  private latin1 = ''
  /** Of all that is in the file, as far as it is sound. */
  private crc = 0
  private readonly open = new Set<string>()
  private validBytes = 0
  /** Bytes of the newest record of each id: what a rewritten journal would hold. */
  private readonly live = new Map<string, number>()
  private liveBytes = 0
  private readonly setLengths = new Map<string, number>()
  private descriptor: number | undefined
  /** Set when the file was not of this format or damaged: said once to the user. */
  damage: string | undefined

  constructor(private readonly file: string) {
    this.load()
  }

  trace(id: string): Trace | undefined {
    const end = this.ends.get(id)
    if (end === undefined || id.startsWith(NOTE)) return undefined
    if (isTrace(end)) return end
    const { sets: _, inputs, ...rest } = JSON.parse(this.text(end)) as Written
    const seen = inputs.map((input): SeenInput | undefined => {
      const { key, signature } = input
      if (input.items === undefined) return { key, signature }
      const items = this.itemsOf(signature)
      return items && { key, signature, items }
    })
    // Of a set that is not there, which no journal of ours leaves out: as if it had never been made.
    if (!seen.every((input) => input !== undefined)) return undefined
    const trace: Trace = { ...rest, inputs: seen }
    this.ends.set(id, trace)
    return trace
  }

  private itemsOf(signature: string): Items | undefined {
    const known = this.sets.get(signature)
    if (known === undefined || isItems(known)) return known
    const items = JSON.parse(this.text(known)) as Items
    this.sets.set(signature, items)
    return items
  }

  /** As `trace`, without what it was made from, which in a large project is most of it. */
  result(id: string): Result | undefined {
    const end = this.ends.get(id)
    if (end === undefined || id.startsWith(NOTE)) return undefined
    if (isTrace(end)) return end
    const known = this.results.get(id)
    if (known !== undefined) return known
    const text = this.text(end)
    // A quote inside of a string is written with a backslash, and no input has such a key: the first one is the trace's own.
    const at = text.indexOf(RESULT)
    if (at < 0) return this.trace(id)
    const result = JSON.parse(`{${text.slice(at + 1)}`) as Result
    this.results.set(id, result)
    return result
  }

  /** Targets whose newest record, as it was read, holds this text anywhere in it (as JSON writes it). More than are meant, never fewer. */
  mentioning(text: string): string[] {
    const { latin1 } = this
    const needle = Buffer.from(JSON.stringify(text).slice(1, -1)).toString('latin1')
    const found = new Set<string>()
    for (let at = latin1.indexOf(needle, HEADER.length), next = 0; at >= 0; at = latin1.indexOf(needle, next)) {
      next = latin1.indexOf('\n', at) + 1
      const { kind, id } = lineAt(latin1, latin1.lastIndexOf('\n', at) + 1, next - 1)
      // A set is mentioned by who was made from it.
      if (kind === 'S') {
        for (const one of this.usersOf(id)) found.add(one)
        continue
      }
      const end = this.ends.get(id)
      if (end === undefined || id.startsWith(NOTE)) continue
      // Of an older record, the newest lies behind this line. What was read whole, or written since, is taken to hold the text.
      if (isTrace(end) || typeof end === 'string' || end.from < next) found.add(id)
    }
    return [...found]
  }

  interrupted(id: string): boolean {
    return this.open.has(id)
  }

  /** Ids of all that was ever made here and not forgotten. */
  ids(): string[] {
    return [...this.ends.keys()].filter((id) => !id.startsWith(NOTE))
  }

  note(key: string): Json | undefined {
    const end = this.ends.get(NOTE + key)
    return end === undefined || isTrace(end) ? undefined : (JSON.parse(this.text(end)) as Json)
  }

  setNote(key: string, value: Json): void {
    const payload = JSON.stringify(value)
    const before = this.ends.get(NOTE + key)
    if (before !== undefined && !isTrace(before) && this.text(before) === payload) return
    this.append('E', NOTE + key, payload)
    this.ends.set(NOTE + key, payload)
  }

  begin(id: string): void {
    this.append('B', id)
    this.open.add(id)
  }

  end(id: string, trace: Trace): void {
    for (const { signature, items } of trace.inputs) {
      if (items === undefined || this.sets.has(signature)) continue
      this.append('S', signature, JSON.stringify(items))
      this.sets.set(signature, items)
    }
    const record = written(trace)
    this.append('E', id, JSON.stringify(record))
    this.leaveSets(id)
    for (const signature of record.sets) addTo(this.users, signature, id)
    this.ends.set(id, trace)
    this.results.delete(id)
    this.open.delete(id)
  }

  forget(id: string): void {
    if (!this.ends.has(id) && !this.open.has(id)) return
    this.append('D', id)
    this.leaveSets(id)
    this.ends.delete(id)
    this.results.delete(id)
    this.open.delete(id)
  }

  close(): void {
    const { descriptor } = this
    if (descriptor === undefined) return
    this.descriptor = undefined // closed it is, even where closing says that something could not be written
    closeSync(descriptor)
    if (this.validBytes > COMPACT_AT && this.liveBytes + this.setBytes() < this.validBytes / 2) this.compact()
  }

  private load(): void {
    let bytes: Buffer
    try {
      bytes = readFileSync(this.file)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return
      // Taken for none, it would be written anew, and what was acknowledged as deployed would be lost with it.
      throw new CoworksError({
        where: `${basename(dirname(this.file))}/${basename(this.file)}`,
        what: `cannot be read: ${error instanceof Error ? error.message : error}`,
        hint: 'mend that, or remove it: everything is then built again',
      })
    }
    const latin1 = bytes.toString('latin1')
    if (!latin1.startsWith(HEADER)) {
      this.damage = 'was written by another version of coworks, or is damaged'
      return
    }
    const { to, crc } = soundPart(bytes, latin1)
    if (to < bytes.length) this.damage = 'has a damaged end, which is dropped'
    this.latin1 = latin1.slice(0, to)
    this.validBytes = to
    this.crc = crc
    for (let at = HEADER.length, newline = 0; at < to; at = newline + 1) {
      newline = latin1.indexOf('\n', at)
      this.take(at, newline)
    }
  }

  private take(from: number, newline: number): void {
    const { kind, id, payload } = lineAt(this.latin1, from, newline)
    const length = newline + 1 - from
    if (kind === 'S') {
      this.sets.set(id, payload)
      this.setLengths.set(id, length)
    } else if (kind === 'B') this.open.add(id)
    else {
      this.open.delete(id)
      this.ends.delete(id)
      this.count(id, 0)
      if (kind === 'E') {
        this.ends.set(id, payload)
        this.count(id, length)
      }
    }
  }

  private append(kind: Kind, id: string, payload?: string): void {
    if (this.descriptor === undefined) {
      mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 })
      if (this.validBytes === 0) {
        this.descriptor = openSync(this.file, 'w', 0o600)
        this.write(Buffer.from(HEADER), HEADER_CRC)
      } else {
        truncateSync(this.file, this.validBytes) // a torn tail must not join the next record
        this.descriptor = openSync(this.file, 'a', 0o600)
      }
    }
    const { line, crc } = lineOf(this.crc, kind, id, payload)
    this.write(line, crc)
    if (kind === 'S') this.setLengths.set(id, line.length)
    else if (kind !== 'B') this.count(id, kind === 'E' ? line.length : 0)
  }

  private count(id: string, bytes: number): void {
    this.liveBytes += bytes - (this.live.get(id) ?? 0)
    this.live.set(id, bytes)
  }

  /** @param crc of the file, with these bytes */
  private write(bytes: Buffer, crc: number): void {
    if (this.descriptor === undefined) return
    try {
      writeAll(this.descriptor, bytes)
    } catch (error) {
      // A full disk leaves half a line, and all behind it would be dropped by the next load.
      this.cutOff()
      throw error
    }
    this.validBytes += bytes.length
    this.crc = crc
  }

  private cutOff(): void {
    const { descriptor } = this
    this.descriptor = undefined // whoever writes next opens the file anew, which cuts it off too
    if (descriptor === undefined) return
    try {
      ftruncateSync(descriptor, this.validBytes)
    } catch {} // the error that led here is the one to tell
    closeSync(descriptor)
  }

  private text(end: Slice | string): string {
    return typeof end === 'string' ? end : decoded(this.latin1.slice(end.from, end.to))
  }

  /** Whose newest records need a set. */
  private usersOf(signature: string): Iterable<string> {
    return this.allUsers().get(signature) ?? []
  }

  private allUsers(): Map<string, Set<string>> {
    if (this.users !== undefined) return this.users
    this.users = new Map()
    for (const [id, end] of this.ends) if (!id.startsWith(NOTE)) for (const signature of this.setsOf(end)) addTo(this.users, signature, id)
    return this.users
  }

  /** A target's newest record is about to be another. */
  private leaveSets(id: string): void {
    const end = this.users && this.ends.get(id)
    if (end === undefined) return
    for (const signature of this.setsOf(end)) {
      const users = this.users?.get(signature)
      users?.delete(id)
      if (users?.size === 0) this.users?.delete(signature)
    }
  }

  /** Read from the beginning of a line that may be long. */
  private setsOf(end: Slice | string | Trace): readonly string[] {
    if (isTrace(end)) return written(end).sets
    if (typeof end === 'string') return (JSON.parse(end) as Written).sets
    const from = end.from + SETS.length
    if (this.latin1[from + 1] === ']') return [] // as most are
    return JSON.parse(this.latin1.slice(from, this.latin1.indexOf(']', from) + 1)) as string[]
  }

  private setBytes(): number {
    let bytes = 0
    for (const signature of this.allUsers().keys()) bytes += this.setLengths.get(signature) ?? 0
    return bytes
  }

  private compact(): void {
    const lines: Uint8Array[] = [Buffer.from(HEADER)]
    let crc = HEADER_CRC
    const add = (kind: Kind, id: string, payload?: string): void => {
      const next = lineOf(crc, kind, id, payload)
      crc = next.crc
      lines.push(next.line)
    }
    for (const signature of this.allUsers().keys()) {
      const items = this.sets.get(signature)
      if (items !== undefined) add('S', signature, isItems(items) ? JSON.stringify(items) : this.text(items))
    }
    for (const [id, end] of this.ends) add('E', id, isTrace(end) ? JSON.stringify(written(end)) : this.text(end))
    for (const id of this.open) add('B', id)
    const temporary = `${this.file}.${process.pid}.tmp`
    const bytes = Buffer.concat(lines)
    try {
      const descriptor = openSync(temporary, 'w', 0o600)
      try {
        writeAll(descriptor, bytes)
        fsyncSync(descriptor)
      } finally {
        closeSync(descriptor)
      }
      renameSync(temporary, this.file)
    } catch {
      // It stays as long as it is: no reason to call a build failed that is done.
      removeQuietly(temporary)
      return
    }
    this.validBytes = bytes.length
    this.liveBytes = bytes.length
    this.crc = crc
  }
}

/** One call may write less than all: on a disk that is nearly full. */
function writeAll(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
}

function addTo(users: Map<string, Set<string>> | undefined, signature: string, id: string): void {
  const known = users?.get(signature)
  if (known === undefined) users?.set(signature, new Set([id]))
  else known.add(id)
}

/** How a trace that was written begins. */
const SETS = '{"sets":'

/** Its keys in this order: `setsOf` and `result` read parts of the text. */
function written({ inputs, recipe, discovered, outputs, ...rest }: Trace): Written {
  return {
    sets: [...new Set(inputs.flatMap(({ signature, items }) => (items === undefined ? [] : [signature])))],
    recipe,
    inputs: inputs.map(({ key, signature, items }) => ({ key, signature, ...(items === undefined ? {} : { items: true as const }) })),
    discovered,
    outputs,
    ...rest,
  }
}

/** Where the part of a trace begins that is its result. */
const RESULT = ',"outputs":['

function isItems(set: Slice | Items): set is Items {
  return Array.isArray(set)
}

function isTrace(end: Slice | string | Trace): end is Trace {
  return typeof end !== 'string' && 'recipe' in end
}
