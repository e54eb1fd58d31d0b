/**
 * A witness of a build that had nothing to do: everything that was looked at to find that out, and what was said. While all of it
 * still looks the same, a build of the same words would find the same, and the witness answers for it: nothing is loaded, parsed or hashed.
 *
 * It believes the disk as the stat cache does: a row is only written for what was at rest when it was looked at (see stat-cache.ts), and holds
 * while size, mtime, ctime, inode and mode are those of then. Whatever is different, missing, new or in doubt: the build finds out by itself.
 * Where it is nothing but the contents of a few files, it is told which: then the build need not look at what they are no part of.
 *
 * The file, little endian: "cwfresh2", u32 rows, u32 length of the facts, the columns: f64 size, f64 mtime ms, f64 ctime ms, f64 inode, f64 mode, f64 names;
 * the facts (JSON, blanks up to a multiple of four); the paths of the rows (UTF-8, each ended by a NUL); last a checksum of the facts, and the
 * length of all. A row that is damaged agrees with no file. Rows are in the order in which a build looks. One file for each command line, in
 * `.coworks/fresh/`.
 */
import { mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '../util/error-code.js'

const MAGIC = 'cwfresh2'
export const HEAD = 16
export const COLUMNS = 6
export const END = 8
export const FRESH_DIR = 'fresh'
/** Command lines that are remembered: the oldest make room. */
const MOST = 16

export interface Row extends Pick<Stats, 'size' | 'mtimeMs' | 'ctimeMs' | 'ino' | 'mode'> {
  /** Of a folder, 48 bits of a digest of what is in it: names, and what they are. Only asked where its times moved. */
  readonly names?: number
}

/** What was looked at on the disk. */
export interface Looks {
  /** Files and folders, whose content mattered. */
  readonly rows: ReadonlyMap<string, Row>
  readonly missing: readonly string[]
  /** Of which it only mattered what they are. */
  readonly kinds: readonly (readonly [path: string, kind: 'file' | 'dir'])[]
  /** Links, and where they led. */
  readonly links: readonly (readonly [path: string, real: string])[]
}

export interface Facts {
  /** The command line, and whatever else the answer depends on that is no file. */
  readonly request: string
  readonly missing: Looks['missing']
  readonly kinds: Looks['kinds']
  readonly links: Looks['links']
  /** Variables of the environment: `unset`, or the sha256 of the value. */
  readonly env: readonly (readonly [name: string, digest: string])[]
  /** What is said, around the milliseconds where they are part of it. */
  readonly said: readonly string[]
}

export function witnessFile(root: string, request: string): string {
  return join(root, '.coworks', FRESH_DIR, nameOf(request))
}

/** A file name for a request. Two with one name would only take turns: the file says whose it is. */
function nameOf(request: string): string {
  let low = 0x811c9dc5
  let high = 0x1b873593
  for (let at = 0; at < request.length; at++) {
    low = Math.imul(low ^ request.charCodeAt(at), 0x01000193)
    high = Math.imul(high ^ request.charCodeAt(at), 0x85ebca6b)
  }
  return (low >>> 0).toString(16).padStart(8, '0') + (high >>> 0).toString(16).padStart(8, '0')
}

export function encodeWitness(rows: Looks['rows'], facts: Facts): Buffer {
  const count = rows.size
  const columns = new Float64Array(count * COLUMNS)
  let row = 0
  for (const { size, mtimeMs, ctimeMs, ino, mode, names = 0 } of rows.values()) {
    columns[row] = size
    columns[row + count] = mtimeMs
    columns[row + count * 2] = ctimeMs
    columns[row + count * 3] = ino
    columns[row + count * 4] = mode
    columns[row + count * 5] = names
    row++
  }
  return assemble(columns, [...rows.keys()].map((path) => `${path}\0`).join(''), facts)
}

/** @param paths each ended by a NUL */
export function assemble(columns: Float64Array, paths: string, facts: Facts): Buffer {
  const text = Buffer.from(JSON.stringify(facts), 'utf8')
  const json = Buffer.concat([text, Buffer.alloc(-text.length & 3, ' ')])
  const head = Buffer.alloc(HEAD)
  head.write(MAGIC, 0, 'latin1')
  head.writeUInt32LE(columns.length / COLUMNS, 8)
  head.writeUInt32LE(json.length, 12)
  const body = Buffer.concat([head, Buffer.from(columns.buffer), json, Buffer.from(paths, 'utf8'), Buffer.alloc(END)])
  seal(body)
  return body
}

/** Puts the checksum at the end. */
export function seal(bytes: Buffer): void {
  bytes.writeUInt32LE(checksum(bytes), bytes.length - END)
  bytes.writeUInt32LE(bytes.length, bytes.length - 4)
}

/** Of the facts. crc32 would be as good, but loading node:zlib takes longer than all of this. */
function checksum(bytes: Buffer): number {
  const from = HEAD + bytes.readUInt32LE(8) * COLUMNS * 8
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + from, bytes.readUInt32LE(12) / 4)
  let sum = 0x811c9dc5
  for (let at = 0; at < words.length; at++) sum = Math.imul(sum ^ (words[at] ?? 0), 0x01000193) + (sum >>> 15)
  return sum >>> 0
}

/** Leaves a witness. One that cannot be written is not missed: the next build finds out by itself. */
export function writeWitness(root: string, request: string, bytes: Buffer): void {
  const file = witnessFile(root, request)
  const folder = join(root, '.coworks', FRESH_DIR)
  const temporary = `${file}.${process.pid}.tmp`
  try {
    mkdirSync(folder, { mode: 0o700, recursive: true })
    writeFileSync(temporary, bytes, { mode: 0o600 })
    renameSync(temporary, file)
    const all = readdirSync(folder)
    if (all.length <= MOST) return
    const byAge = all.map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs })).sort((a, b) => b.at - a.at)
    for (const { name } of byAge.slice(MOST)) rmSync(join(folder, name), { force: true })
  } catch {
    rmSync(temporary, { force: true })
  }
}

/** A witness that holds but for the contents of a few files: what they are no part of is as it was. */
export interface Drift {
  /** The witness, as it was read. */
  readonly bytes: Buffer
  readonly facts: Facts
  /** Where the path of each row begins, in the text of all. */
  readonly starts: Uint32Array
  /** Paths of the files that look different. */
  readonly changed: readonly string[]
  /** Folders whose times moved, as they do where a file in them was replaced. */
  readonly moved: readonly string[]
}

/** What a build of this request would say, where the witness holds; else what it is that changed, if that is little. */
export type Answer = { readonly said: readonly string[] } | { readonly drift: Drift }

/** Of more changes it is not asked whom each concerns. */
const MANY = 200

/** Nothing where a build must find out by itself. `folder`: the project's, as it is reached from here. */
export function askWitness(folder: string, request: string, env: NodeJS.ProcessEnv): Answer | undefined {
  try {
    const bytes = readFileSync(witnessFile(folder, request))
    if (bytes.length < HEAD + END || bytes.toString('latin1', 0, 8) !== MAGIC) return undefined
    if (bytes.readUInt32LE(bytes.length - 4) !== bytes.length || bytes.readUInt32LE(bytes.length - END) !== checksum(bytes))
      return undefined
    const count = bytes.readUInt32LE(8)
    const factsAt = HEAD + count * COLUMNS * 8
    const pathsAt = factsAt + bytes.readUInt32LE(12)
    const facts = JSON.parse(bytes.toString('utf8', factsAt, pathsAt)) as Facts
    if (facts.request !== request || !sameEnvironment(facts, env)) return undefined
    const base = folder === '' ? '' : `${folder}/`
    const columns = new Float64Array(bytes.buffer, bytes.byteOffset + HEAD, count * COLUMNS)
    const changed = changedRows(columns, count, bytes, pathsAt, base)
    if (changed === undefined || !sameRest(facts, base)) return undefined
    return changed.files.length + changed.moved.length === 0
      ? { said: facts.said }
      : { drift: { bytes, facts, starts: changed.starts, changed: changed.files, moved: changed.moved } }
  } catch {
    return undefined // none there, damaged, or something on the disk that cannot be looked at: the build says what is wrong
  }
}

const QUIET = { throwIfNoEntry: false } as const

interface Changed {
  readonly starts: Uint32Array
  readonly files: string[]
  readonly moved: string[]
}

/** Paths of the rows that are different; nothing where there are many, or where one is no longer what it was: a file, a folder. */
function changedRows(columns: Float64Array, count: number, bytes: Buffer, pathsAt: number, base: string): Changed | undefined {
  const starts = new Uint32Array(count)
  const changed: Changed = { starts, files: [], moved: [] }
  const paths = bytes.toString('utf8', pathsAt, bytes.length - END)
  for (let row = 0, at = 0; row < count; row++) {
    const end = paths.indexOf('\0', at)
    starts[row] = at
    const stat = statSync(base + paths.slice(at, end), QUIET)
    if (
      stat === undefined ||
      stat.size !== columns[row] ||
      stat.mtimeMs !== columns[row + count] ||
      stat.ctimeMs !== columns[row + count * 2] ||
      stat.ino !== columns[row + count * 3] ||
      stat.mode !== columns[row + count * 4]
    ) {
      const path = paths.slice(at, end)
      // That others have built shows in the journal.
      if (path === JOURNAL || changed.files.length + changed.moved.length === MANY) return undefined
      const was = (columns[row + count * 4] ?? 0) & FORMAT
      if (was === FILE && (stat === undefined || stat.isFile())) changed.files.push(path)
      else if (was === FOLDER && stat?.isDirectory()) changed.moved.push(path)
      else return undefined
    }
    at = end + 1
  }
  return changed
}

/** Of a mode: what it is of, and two of these. */
export const FORMAT = 0o170000
const FILE = 0o100000
export const FOLDER = 0o040000
const JOURNAL = '.coworks/journal'

function sameRest({ missing, kinds, links }: Facts, base: string): boolean {
  for (const path of missing) if (present(base + path)) return false
  for (const [path, kind] of kinds) {
    const stat = statSync(base + path, QUIET)
    if (stat === undefined || (kind === 'dir' ? !stat.isDirectory() : !stat.isFile())) return false
  }
  if (links.length === 0) return true
  const root = realpathSync(base === '' ? '.' : base)
  return links.every(([path, real]) => realpathSync(base + path) === join(root, real))
}

function present(path: string): boolean {
  try {
    return statSync(path, QUIET) !== undefined
  } catch (error) {
    return errorCode(error) !== 'ENOTDIR' // below a file there is nothing
  }
}

function sameEnvironment({ env: expected }: Facts, env: NodeJS.ProcessEnv): boolean {
  return expected.every(([name, digest]) => {
    const value = env[name]
    if (value === undefined || digest === 'unset') return value === undefined && digest === 'unset'
    // Loading it costs as much as all the rest, and few projects ask for a variable.
    const { createHash } = process.getBuiltinModule('node:crypto')
    return createHash('sha256').update(value).digest('hex') === digest
  })
}
