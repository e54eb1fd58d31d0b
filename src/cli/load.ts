/**
 * Loads the modules of the package, and keeps in the project what V8 compiled of them, lazily compiled functions included: a build of an edit
 * spends a quarter of its time compiling otherwise. Node does so by itself from 22.1 on only, and for no bundle of Node 20.
 *
 * `.coworks/code`, little endian: "cwcode01", u32 length of the head, the head (JSON), what V8 made of each module, last the crc32 of all
 * before. It is a memory and nothing else: what is missing, damaged, or of another Node or package is compiled again, as V8 and the head say.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { Module } from 'node:module'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { Script } from 'node:vm'
import { crc32 } from 'node:zlib'

const MAGIC = 'cwcode01'

interface Head {
  /** The package and the Node that this was made by. */
  readonly by: string
  /** Times it was written. */
  readonly times: number
  /** Of each module, by its file: from where to where behind the head. */
  readonly code: Readonly<Record<string, readonly [from: number, to: number]>>
}

/** Modules that a build needs, in one file beside this one: to read and to hand on one takes less than thirty. A function for each, by its file. */
const PACK = 'build-pack.cjs'

type Run = (exports: unknown, require: unknown, module: Module, file: string, folder: string) => void

/** Written again after this many builds even where nothing is new: the first build of a project compiles not what the second one runs. */
const TIMES = 3

export interface Loaded {
  /** What the module exports. */
  readonly exports: unknown
  /** Keeps what was compiled for the next process, where that is worth a write. */
  readonly keep: () => void
}

/** @param state folder in which the compiled code is kept; without one, nothing is */
export function loadModule(file: string, state: string | undefined, build: string): Loaded {
  const code = new CompiledCode(state === undefined ? undefined : join(state, 'code'), `${build} ${process.version} ${process.arch}`)
  return { exports: loadWith(code, file), keep: () => code.save() }
}

function loadWith(code: CompiledCode, file: string): unknown {
  const known = require.cache[file]
  if (known !== undefined) return known.exports
  const run = code.run(file)
  if (run === undefined) return require(file)
  const module = new Module(file)
  module.filename = file
  // Where Node looks too: a module is one, whichever way it is asked for.
  require.cache[file] = module
  const from = dirname(file)
  const required = Object.assign(
    (id: string): unknown => (id.endsWith('.cjs') && /^[./]/.test(id) ? loadWith(code, resolve(from, id)) : require(id)),
    require,
  )
  try {
    run.call(module.exports, module.exports, required, module, file, from)
  } catch (error) {
    delete require.cache[file]
    throw error
  }
  module.loaded = true
  return module.exports
}

class CompiledCode {
  private readonly before: ReadonlyMap<string, Buffer>
  private readonly scripts = new Map<string, Script>()
  private readonly packed: Readonly<Record<string, Run>>
  private times = 0
  private isNew = false

  constructor(
    private readonly file: string | undefined,
    private readonly by: string,
  ) {
    this.before = this.read()
    const pack = join(__dirname, PACK)
    // It is ASCII, and a build's: another command needs less.
    this.packed = this.file === undefined ? {} : (this.script(pack, readFileSync(pack, 'latin1')).runInThisContext() as typeof this.packed)
  }

  /** Nothing of a module that calls `import()`: in code compiled before, and in a script of ours, Node 20 cannot without a warning. */
  run(file: string): Run | undefined {
    const packed = this.packed[relative(__dirname, file).replaceAll('\\', '/')]
    if (packed !== undefined) return packed
    const text = readFileSync(file, 'utf8')
    if (text.includes('import(')) return undefined
    return this.script(file, `(function (exports, require, module, __filename, __dirname) {${text}\n})`).runInThisContext() as Run
  }

  private script(file: string, text: string): Script {
    const cachedData = this.before.get(basename(file))
    const script = new Script(text, { filename: file, ...(cachedData === undefined ? {} : { cachedData }) })
    if (cachedData === undefined || script.cachedDataRejected) this.isNew = true
    this.scripts.set(basename(file), script)
    return script
  }

  save(): void {
    const { file } = this
    if (file === undefined || (!this.isNew && this.times >= TIMES) || !existsSync(dirname(file))) return
    const temporary = `${file}.${process.pid}.tmp`
    try {
      const all = new Map(this.before)
      for (const [name, script] of this.scripts) all.set(name, script.createCachedData())
      writeFileSync(temporary, encode(this.by, this.times + 1, all), { mode: 0o600 })
      renameSync(temporary, file)
    } catch {
      rmSync(temporary, { force: true })
    }
  }

  private read(): Map<string, Buffer> {
    const code = new Map<string, Buffer>()
    try {
      if (this.file === undefined) return code
      const bytes = readFileSync(this.file)
      if (bytes.toString('latin1', 0, 8) !== MAGIC || crc32(bytes.subarray(0, -4)) !== bytes.readUInt32LE(bytes.length - 4)) return code
      const at = 12 + bytes.readUInt32LE(8)
      const head = JSON.parse(bytes.toString('utf8', 12, at)) as Head
      if (head.by !== this.by) return code
      this.times = head.times
      for (const [name, [from, to]] of Object.entries(head.code)) code.set(name, bytes.subarray(at + from, at + to))
    } catch {}
    return code
  }
}

function encode(by: string, times: number, all: ReadonlyMap<string, Buffer>): Buffer {
  const code: Record<string, readonly [number, number]> = {}
  let at = 0
  for (const [name, { length }] of all) {
    code[name] = [at, at + length]
    at += length + (-length & 7)
  }
  const text = JSON.stringify({ by, times, code } satisfies Head)
  // V8 copies what does not begin at a multiple of eight.
  const head = Buffer.from(text + ' '.repeat(-(12 + Buffer.byteLength(text)) & 7), 'utf8')
  const start = Buffer.alloc(12)
  start.write(MAGIC, 0, 'latin1')
  start.writeUInt32LE(head.length, 8)
  const parts = [...all.values()].flatMap((part) => [part, Buffer.alloc(-part.length & 7)])
  const bytes = Buffer.concat([start, head, ...parts, Buffer.alloc(4)])
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4)
  return bytes
}
