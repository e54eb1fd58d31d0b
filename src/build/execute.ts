/**
 * Makes one target: journal "begin" → the cache or the action, into temporary files → check → rename into place →
 * journal "end". Killed anywhere in between, the outputs are old or new, never torn, and the next build makes it again.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errorCode } from '../util/error-code.js'
import { type Digest, digestOf, sha256 } from '../util/hash.js'
import { makeFolder } from '../util/make-folder.js'
import { CHANGED_DURING_BUILD, CoworksError } from '../util/problem.js'
import { actionKey, nameOf, outputsIntact, recipeOf, type Seen } from './decide.js'
import { TICK_MS } from './file-clock.js'
import type { Graph } from './graph.js'
import type { LookAhead } from './look-ahead.js'
import type {
  Action,
  ActionCache,
  ActionContext,
  ActionResult,
  CachedResult,
  FileSet,
  Outcome,
  OutputRecord,
  Target,
  Trace,
} from './model.js'
import { STATE_DIR, type World } from './world.js'

export interface Execution {
  readonly world: World
  readonly graph: Graph
  readonly signal: AbortSignal
  readonly cache?: ActionCache | undefined
  /** Results being made right now, by action key: an equal target waits and copies instead of doing the work twice. */
  readonly running: Map<string, Promise<Made>>
  readonly ahead?: LookAhead | undefined
}

/** Finished outputs and where they lie: in temporary files, then, moved, in their places. */
interface Made {
  readonly result: CachedResult
  readonly from: readonly string[]
  readonly places: readonly string[]
  /** Not made by this target's own action. */
  readonly reused: boolean
}

export interface Executed {
  readonly outcome: Extract<Outcome, 'built' | 'built-same' | 'cached'>
  readonly trace: Trace
  readonly log: string
}

let serial = 0

/** @throws CoworksError, or whatever the action throws */
export async function execute(execution: Execution, target: Target, action: Action, seen: Seen): Promise<Executed> {
  const { world } = execution
  world.journal.begin(target.id)
  const all = temporaryFolder(world)
  const own = `${process.pid}-${++serial}`
  // A folder for each of thousands of targets would cost more than what is written into them.
  const folder = action.strays ? join(all, own) : undefined
  if (folder !== undefined) mkdirSync(folder, { mode: 0o700 })
  const temporary = target.outputs.map((path, index) =>
    join(folder ?? all, folder === undefined ? `${own}-${index}-${basename(path)}` : `${index}-${basename(path)}`),
  )
  let moved = false
  try {
    const log: string[] = []
    const key = actionKey(target, seen.inputs)
    // What is always built must run: its command may look at what no key holds.
    const cacheable = action.cacheable !== false && !target.always
    const running = cacheable ? execution.running.get(key) : undefined
    const copied = running === undefined ? undefined : await copyOf(running, temporary)
    const work = copied ?? obtain(execution, target, action, cacheable ? key : undefined, temporary, seen, log)
    // Nothing is awaited before this where nobody was ahead: a target that is made alike, and starts at the same moment, must find it.
    if (cacheable && work instanceof Promise) {
      execution.running.set(key, work)
      // The one who waits hears of a failure itself; without this it would count as unhandled.
      work.catch(() => {}).finally(() => execution.running.delete(key))
    }
    const made = await work
    if (execution.signal.aborted) throw new CoworksError({ what: 'interrupted' })
    const executed = commit(execution, target, seen, made, log.join(''))
    moved = executed.outcome !== 'built-same'
    return executed
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    else if (!moved) for (const file of temporary) rmSync(file, { recursive: true, force: true })
  }
}

/** Worlds that have their folder: it is made once. */
const prepared = new WeakSet<World>()

function temporaryFolder(world: World): string {
  const folder = join(world.root, STATE_DIR, 'tmp')
  if (!prepared.has(world)) mkdirSync(folder, { recursive: true, mode: 0o700 })
  prepared.add(world)
  return folder
}

/** What another target is making, or has just made, from the same. */
async function copyOf(running: Promise<Made>, to: readonly string[]): Promise<Made | undefined> {
  try {
    const { result, from, places } = await running
    for (const [index, file] of (from.every((file) => existsSync(file)) ? from : places).entries()) copyFileSync(file, to[index] ?? file)
    const same = result.outputs.every((output, index) => output.signature.slice(2) === sha256(readFileSync(to[index] ?? '')))
    return same ? { result, from: to, places: [], reused: true } : undefined
  } catch {
    return undefined // it failed there; do it here, and fail with this target's own name
  }
}

/** From the cache, else by running the action. */
async function obtain(
  execution: Execution,
  target: Target,
  action: Action,
  key: Digest | undefined,
  temporary: readonly string[],
  seen: Seen,
  log: string[],
): Promise<Made> {
  const places = target.outputs.map((path) => execution.world.snapshot.absolute(path))
  for (const candidate of key === undefined ? [] : (execution.cache?.candidates(key) ?? [])) {
    await execution.ahead?.arrived(candidate.discovered.map(([path]) => path))
    const same =
      candidate.outputs.length === temporary.length && candidate.discovered.every(([path, signature]) => seen.look(path) === signature)
    if (same && execution.cache?.fetch(candidate, temporary)) return { result: candidate, from: temporary, places, reused: true }
  }
  const { result, cacheable } = await make(execution, target, action, temporary, seen, log)
  if (key !== undefined && cacheable) execution.cache?.store(key, result, temporary)
  return { result, from: temporary, places, reused: false }
}

async function make(
  execution: Execution,
  target: Target,
  action: Action,
  temporary: readonly string[],
  seen: Seen,
  log: string[],
): Promise<{ readonly result: CachedResult; readonly cacheable: boolean }> {
  const { world } = execution
  for (let attempt = 1; ; attempt++) {
    const started = Date.now()
    const written = new Map<string, Digest>()
    const result = await action.run(contextFor(execution, target, temporary, log, written))
    refuseMoved(world, seen, action.compares)
    const discovered = [...new Set(result.discovered ?? [])].sort()
    const changed = discovered.filter((path) => changedSince(world, path, started))
    if (changed.length > 0) {
      // Perhaps written just before the action began: once more, now that the clock has ticked on. Otherwise it is still being written.
      if (attempt > 1)
        throw new CoworksError(changed.map((path) => ({ where: path, what: CHANGED_DURING_BUILD, hint: 'build again when it is at rest' })))
      for (const path of changed) world.snapshot.forget(path)
      log.length = 0
      await new Promise((resolve) => setTimeout(resolve, 2 * TICK_MS))
      continue
    }
    const outputs = target.outputs.map((path, index) =>
      recordOutput(target, path, temporary[index] ?? '', result.written?.get(path) ?? written.get(path)),
    )
    const signatures = discovered.map((path) => [path, world.snapshot.signature(path)] as const)
    return { result: finish(result, outputs, signatures), cacheable: result.cacheable !== false }
  }
}

function finish(result: ActionResult, outputs: readonly OutputRecord[], discovered: Trace['discovered']): CachedResult {
  return {
    discovered,
    outputs,
    value: result.value ?? digestOf(outputs.map((output) => output.signature)),
    ...(result.info === undefined ? {} : { info: result.info }),
    ...(result.warnings === undefined || result.warnings.length === 0 ? {} : { warnings: result.warnings }),
  }
}

/** `known`: sha256 of what was written, by who wrote it. */
function recordOutput(target: Target, path: string, file: string, known: Digest | undefined): OutputRecord {
  const stat = lstatSync(file, { throwIfNoEntry: false })
  if (stat === undefined) throw new CoworksError({ where: target.id, what: `was run but did not make \`${path}'` })
  if (!stat.isFile()) throw new CoworksError({ where: target.id, what: `made \`${path}', which is no plain file` })
  const kind = (stat.mode & 0o111) !== 0 ? 'x' : 'f'
  if (known !== undefined) return { path, signature: `${kind}:${known}`, size: stat.size }
  const bytes = readFileSync(file)
  return { path, signature: `${kind}:${sha256(bytes)}`, size: bytes.length }
}

/**
 * A program reads its sources itself: were they what was hashed to the end? Otherwise an output of other bytes would be recorded,
 * and cached, under the digest of these, and be taken for fresh once the source is changed back.
 */
function refuseMoved(world: World, { inputs }: Seen, compares: Action['compares']): void {
  const declared = inputs.flatMap(
    ({ key, signature, items }) => items ?? (key.startsWith('file:') ? [[nameOf(key), signature] as const] : []),
  )
  const moved = declared.filter(([path, signature]) => {
    if (compares?.(path) || !world.snapshot.movedOn(path)) return false
    world.snapshot.forget(path)
    return world.snapshot.signature(path) !== signature // touched only, it is what it was
  })
  if (moved.length === 0) return
  throw new CoworksError(moved.map(([path]) => ({ where: path, what: CHANGED_DURING_BUILD, hint: 'build again when it is at rest' })))
}

/** A file that an action read by itself: was it written after the action began, or since it was hashed? */
function changedSince({ snapshot }: World, path: string, started: number): boolean {
  const hashed = snapshot.hashedNow(path)
  // Hashed only now, after it was read: what its stat was then tells whether it was written meanwhile.
  if (hashed !== undefined) return hashed.ctimeMs >= started - TICK_MS
  const stat = statSync(snapshot.absolute(path), { throwIfNoEntry: false })
  if (stat === undefined) return snapshot.signature(path) !== 'missing'
  return stat.ctimeMs >= started - TICK_MS || snapshot.movedOn(path, stat)
}

function commit(execution: Execution, target: Target, seen: Seen, made: Made, log: string): Executed {
  const { world } = execution
  const before = world.journal.trace(target.id)
  const look = (path: string) => {
    world.snapshot.forget(path)
    return world.snapshot.signature(path)
  }
  const records = made.result.outputs.map((output, index) => ({ ...output, path: target.outputs[index] ?? output.path }))
  const same =
    before !== undefined &&
    before.value === made.result.value &&
    before.outputs.length === records.length &&
    before.outputs.every((output, index) => output.path === records[index]?.path) &&
    outputsIntact(before.outputs, look)
  const outputs = same ? before.outputs : records
  if (!same)
    for (const [index, output] of records.entries()) moveIntoPlace(made.from[index] ?? '', world.snapshot.absolute(output.path), output)
  const trace: Trace = { recipe: recipeOf(target), inputs: seen.inputs, ...made.result, outputs }
  world.journal.end(target.id, trace)
  for (const output of target.outputs) world.snapshot.wrote(output)
  return { outcome: same ? 'built-same' : made.reused ? 'cached' : 'built', trace, log }
}

function moveIntoPlace(from: string, to: string, output: OutputRecord): void {
  makeFolder(dirname(to))
  if (output.signature.startsWith('x:')) chmodSync(from, 0o755)
  try {
    renameSync(from, to)
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error
    // Another file system: copied beside its place first, so that the rename stays atomic.
    const beside = `${to}.${process.pid}.tmp`
    copyFileSync(from, beside)
    renameSync(beside, to)
  }
}

function contextFor(
  execution: Execution,
  target: Target,
  temporary: readonly string[],
  log: string[],
  written: Map<string, Digest>,
): ActionContext {
  const { world, graph, signal, ahead } = execution
  const output = (path: string): string => {
    const index = target.outputs.indexOf(path)
    const file = temporary[index]
    if (file === undefined) throw new Error(`${target.id} does not declare the output ${path}`)
    return file
  }
  return {
    target,
    root: world.root,
    signal,
    files: (set: FileSet) => world.setNames(graph, target, set).map((path) => world.snapshot.file(path)),
    look: (path) => world.snapshot.signature(path),
    size: (path) => world.snapshot.file(path).size,
    read: (path) => {
      const bytes = readFileSync(world.snapshot.absolute(path))
      if (sha256(bytes) !== world.snapshot.file(path).digest) {
        throw new CoworksError({ where: path, what: CHANGED_DURING_BUILD, hint: 'build again when it is at rest' })
      }
      return bytes
    },
    expect: (paths) => ahead?.expect(world.snapshot, paths, 'compared'),
    before: world.trace(target.id),
    dependency: (id) => ({ value: world.value(graph, id), info: world.info(id) }),
    output,
    write: (path, content, mode = 0o644) => {
      writeFileSync(output(path), content, { mode })
      written.set(path, sha256(content))
    },
    log: (text) => log.push(text),
  }
}
