/**
 * A witness that no longer holds for a few files, after a build that looked at what these concern and at nothing else: what was looked at
 * anew takes the place of what it said of the same paths, the rest stands. Pure.
 */
import { dirname } from 'node:path'
import { PathRows } from './path-rows.js'
import { assemble, COLUMNS, type Drift, END, type Facts, FOLDER, FORMAT, HEAD, type Looks, type Row } from './witness.js'

/** The rows of a witness, looked up by path. */
export class WitnessRows {
  private readonly columns: Float64Array
  private readonly paths: PathRows
  private readonly folders = new Map<string, ReadonlySet<string>>()

  constructor({ bytes, starts }: Pick<Drift, 'bytes' | 'starts'>) {
    const count = bytes.readUInt32LE(8)
    const pathsAt = HEAD + count * COLUMNS * 8 + bytes.readUInt32LE(12)
    this.columns = new Float64Array(bytes.buffer, bytes.byteOffset + HEAD, count * COLUMNS)
    this.paths = new PathRows(bytes.toString('utf8', pathsAt, bytes.length - END), count, starts)
  }

  get(path: string): Row | undefined {
    const { columns } = this
    const row = this.paths.rowOf(path)
    if (row === undefined) return undefined
    const { count } = this.paths
    const at = (column: number): number => columns[row + column * count] ?? 0
    return { size: at(0), mtimeMs: at(1), ctimeMs: at(2), ino: at(3), mode: at(4), names: at(5) }
  }

  /** As `get`, of what is a folder: its row says what is in it. */
  folder(path: string): Row | undefined {
    const row = this.get(path)
    return row !== undefined && (row.mode & FORMAT) === FOLDER ? row : undefined
  }

  /** Is what is recorded of a file what its row says? */
  agrees(path: string, { size, mtimeMs, ctimeMs, ino, mode }: Row): boolean {
    const { columns, paths } = this
    const row = paths.rowOf(path)
    if (row === undefined) return false
    const { count } = paths
    return (
      columns[row] === size &&
      columns[row + count] === mtimeMs &&
      columns[row + count * 2] === ctimeMs &&
      columns[row + count * 3] === ino &&
      columns[row + count * 4] === mode
    )
  }

  /** Is there a row of this path? For whoever asks of all of a folder, one after the other. */
  has(path: string): boolean {
    const slash = path.lastIndexOf('/')
    const folder = slash < 0 ? '.' : path.slice(0, slash)
    const known = this.folders.get(folder) ?? this.paths.below(`${folder}/`)
    this.folders.set(folder, known)
    return known.has(path)
  }

  /** The witness with these looks in place of its own of the same paths. */
  with({ rows: looked }: Pick<Looks, 'rows'>, facts: Facts): Buffer {
    const { columns, paths } = this
    const known: (readonly [row: number, look: Row])[] = []
    const added: (readonly [path: string, look: Row])[] = []
    for (const [path, look] of looked) {
      const row = paths.rowOf(path)
      if (row === undefined) added.push([path, look])
      else known.push([row, look])
    }
    const before = paths.count
    const count = before + added.length
    const all = new Float64Array(count * COLUMNS)
    for (let column = 0; column < COLUMNS; column++) {
      all.set(columns.subarray(column * before, (column + 1) * before), column * count)
    }
    const put = (row: number, { size, mtimeMs, ctimeMs, ino, mode, names = 0 }: Row): void => {
      for (const [column, value] of [size, mtimeMs, ctimeMs, ino, mode, names].entries()) all[row + column * count] = value
    }
    for (const [row, look] of known) put(row, look)
    for (const [index, [, look]] of added.entries()) put(before + index, look)
    return assemble(all, paths.text + added.map(([path]) => `${path}\0`).join(''), facts)
  }
}

/** What is no row, as it was and as it was looked at since. */
export function factsWith(facts: Facts, looks: Looks, env: Facts['env'], said: Facts['said'], rows: WitnessRows): Facts {
  const there = new Set([...looks.rows.keys(), ...looks.kinds.map(([path]) => path)])
  const missing = [
    ...facts.missing.filter((path) => !there.has(path)),
    ...looks.missing.filter((path) => rows.get(dirname(path)) === undefined),
  ]
  const kinds = new Map([...facts.kinds, ...looks.kinds.filter(([path]) => rows.get(path) === undefined)])
  for (const path of looks.rows.keys()) kinds.delete(path)
  return {
    request: facts.request,
    missing: [...new Set(missing)],
    kinds: [...kinds],
    links: [...new Map([...facts.links, ...looks.links])],
    env: [...new Map([...facts.env, ...env])],
    said,
  }
}
