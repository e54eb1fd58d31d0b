/**
 * The folders a function finds on Lambda, made beside each other in a temporary place: its zip unpacked as `var/task`, its
 * layers, in their order, as `opt`. Outside of the project on purpose: below it, a package that no layer carries would be
 * found in the project's own `node_modules`, and missing only once it is deployed.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { unzip } from './unzip.js'

export interface TaskFolder {
  readonly taskRoot: string
  /** `opt` */
  readonly layers: string
}

export class TaskFolders {
  /** Absolute. */
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'coworks-run-')))
  readonly #counts = new Map<string, number>()

  /** @param functionName whose @param zip of the function @param layers zips, absolute paths */
  make(functionName: string, zip: string, layers: readonly string[]): TaskFolder {
    const count = (this.#counts.get(functionName) ?? 0) + 1
    this.#counts.set(functionName, count)
    const root = join(this.root, `${functionName}-${count}`)
    // A process of the version before may still run; one of the version before that does not.
    rmSync(join(this.root, `${functionName}-${count - 2}`), { recursive: true, force: true })
    const taskRoot = join(root, 'var', 'task')
    unpack(readFileSync(zip), taskRoot)
    const opt = this.#layers(layers)
    // Where Node looks next to /var/task, and where Lambda has the packages of layers for ES modules.
    symlinkSync(join(opt, 'nodejs', 'node_modules'), join(root, 'var', 'node_modules'))
    return { taskRoot, layers: opt }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }

  /** Unpacked once for all functions and versions that have the same. */
  #layers(files: readonly string[]): string {
    const zips = files.map((file) => readFileSync(file))
    const hash = createHash('sha256')
    for (const zip of zips) hash.update(createHash('sha256').update(zip).digest())
    const opt = join(this.root, `opt-${hash.digest('hex').slice(0, 16)}`)
    if (existsSync(opt)) return opt
    mkdirSync(join(opt, 'nodejs', 'node_modules'), { recursive: true })
    for (const zip of zips) unpack(zip, opt)
    return opt
  }
}

function unpack(zip: Buffer, folder: string): void {
  const made = new Set<string>()
  for (const { name, mode, bytes } of unzip(zip)) {
    const file = join(folder, name)
    const dir = dirname(file)
    if (!made.has(dir)) mkdirSync(dir, { recursive: true })
    made.add(dir)
    writeFileSync(file, bytes, { mode: mode | 0o600 })
  }
}
