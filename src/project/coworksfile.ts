/**
 * Finds, compiles and runs a Coworksfile. It is compiled by esbuild together with what it imports from the project, and
 * kept by the content of all of that, so that esbuild is not even loaded while nothing changed. Packages stay packages,
 * and `coworks/cws` is always that of the running command: a second copy would record into nowhere.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BuildResult, PluginBuild } from 'esbuild'
import { MISSING, type Snapshot } from '../build/state.js'
import { errorCode } from '../util/error-code.js'
import { sha256 } from '../util/hash.js'
import { importModule } from '../util/import-module.js'
import { nearestHint } from '../util/nearest.js'
import { CoworksError, type Problem } from '../util/problem.js'
import { thrownText } from '../util/thrown.js'
import { isClosed, mayCallHelp } from './closed.js'
import { closedScript } from './closed-script.js'
import { COWORKSFILES, type Compiled, RECORD, readRecord, recordText, VERSION } from './coworksfile-record.js'
import { type Declarations, newRecorder, type Recorder, recordAtOnce, recordInto } from './declarations.js'
import { esbuild } from './esbuild.js'
import { esbuildProblems } from './esbuild-problems.js'
import { ownModule } from './own-files.js'
import { sameNames } from './resource-names.js'
import { stackPlace, withoutRoot } from './stack.js'
import { unknownVariables } from './variables.js'

let loads = 0

/** The Coworksfile of a folder. @throws CoworksError where there is none */
export function findCoworksfile(root: string, given?: string): string {
  if (given !== undefined) {
    const stat = statSync(join(root, given), { throwIfNoEntry: false })
    if (stat?.isFile()) return given
    throw new CoworksError({ where: given, what: stat === undefined ? 'no such file' : 'is not a file' })
  }
  const found = COWORKSFILES.find((name) => existsSync(join(root, name)))
  if (found === undefined) {
    throw new CoworksError({
      what: 'No Coworksfile found',
      hint: `write a ${COWORKSFILES[0]} here, or name one with -f FILE or its folder with -C DIR`,
    })
  }
  if (!statSync(join(root, found)).isFile()) throw new CoworksError({ where: found, what: 'is not a file' })
  return found
}

/** Files that would be taken before this one: that they are missing is part of what was found. */
export function namesBefore(file: string): readonly string[] {
  return COWORKSFILES.slice(0, Math.max(0, COWORKSFILES.indexOf(file)))
}

export interface LoadedCoworksfile {
  readonly declarations: Declarations
  /** The compiled file that was run. */
  readonly code: string
  /** Does it say the same whenever it is run, as long as what was looked at is the same? */
  readonly closed: boolean
  /** Files that it was compiled from. */
  readonly inputs: readonly string[]
}

/**
 * @param before what came of it in this process: taken again where the file and what it imports are the same
 * @throws CoworksError: syntax errors, unknown keys, and whatever the file itself throws, with its own file and line
 */
export async function loadCoworksfile(
  snapshot: Snapshot,
  file: string,
  values: Readonly<Record<string, string>>,
  before?: LoadedCoworksfile,
): Promise<LoadedCoworksfile> {
  const { root } = snapshot
  const state = join(root, '.coworks')
  const compiled = readCompiled(snapshot, file) ?? (await compile(snapshot, state, file))
  if (compiled.code === before?.code) return before
  const recorder = newRecorder(snapshot, values)
  // A fresh query: Node runs a module once per URL, and a second project or a reload must run it again.
  const url = `${pathToFileURL(compiled.code).href}?load=${++loads}`
  try {
    await run(compiled, url, recorder)
  } catch (error) {
    const thrown = error instanceof CoworksError ? withFile(error.problems, file) : [await thrownProblem(error, compiled.code, root, file)]
    throw new CoworksError([...withFile(recorder.problems, file), ...thrown], { cause: error })
  }
  const problems = [
    ...withFile([...recorder.problems, ...sameNames(recorder.declarations)], file),
    ...unknownVariables(recorder.declarations, values),
  ]
  if (problems.length > 0) throw new CoworksError(problems)
  const inputs = compiled.inputs.map(([path]) => path)
  return { declarations: recorder.declarations, code: compiled.code, closed: compiled.closed, inputs }
}

async function run({ closed, cws, code }: Compiled, url: string, recorder: Recorder): Promise<void> {
  const script = closed ? closedScript(readFileSync(code, 'utf8'), cws, await import('./cws.js'), url) : undefined
  if (script === undefined) await recordInto(recorder, () => importModule(url))
  else recordAtOnce(recorder, script)
}

function withFile(problems: readonly Problem[], file: string): Problem[] {
  return problems.map((problem) => ({ ...problem, where: problem.where === undefined ? file : `${file}, ${problem.where}` }))
}

async function thrownProblem(error: unknown, code: string, root: string, file: string): Promise<Problem> {
  const where = stackPlace(error, code, root) ?? file
  const what = withoutRoot(thrownText(error), root)
  const missing = /Cannot find package '([^']+)'/.exec(what)?.[1]
  if (missing !== undefined)
    return { where, what: `imports \`${missing}', which is not installed`, hint: 'install the dependencies of the project (npm ci)' }
  const [, module, name] = /The requested module '([^']+)' does not provide an export named '([^']+)'/.exec(what) ?? []
  const cws = pathToFileURL(ownModule('cws')).href
  if (module !== cws || name === undefined) return { where, what }
  return { where, what: `\`coworks/cws' exports no \`${name}'`, hint: nearestHint(name, Object.keys(await importModule(cws))) }
}

function readCompiled(snapshot: Snapshot, file: string): (Compiled & { code: string }) | undefined {
  try {
    const compiled = readRecord(snapshot.bytes(RECORD).toString('utf8'), sha256)
    if (compiled?.file !== file || compiled.cws !== pathToFileURL(ownModule('cws')).href) return undefined
    const code = `.coworks/${compiled.code}`
    // The compiled code is an input too: someone may have cut it short.
    if (snapshot.signature(code) !== `f:${compiled.code.slice('coworksfile-'.length, -'.mjs'.length)}`) return undefined
    const same = compiled.inputs.every(([path, signature]) => snapshot.signature(path) === signature)
    return same ? { ...compiled, code: join(snapshot.root, code) } : undefined
  } catch {
    return undefined
  }
}

async function compile(snapshot: Snapshot, state: string, file: string): Promise<Compiled & { code: string }> {
  const { root } = snapshot
  const cws = pathToFileURL(ownModule('cws')).href
  let result: BuildResult
  try {
    result = await esbuild({
      absWorkingDir: root,
      entryPoints: [file],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      packages: 'external',
      sourcemap: 'inline',
      sourcesContent: false,
      logLevel: 'silent',
      outfile: join(state, 'coworksfile.mjs'),
      plugins: [
        {
          name: 'coworks',
          setup: (setup: PluginBuild) => setup.onResolve({ filter: /^coworks\/cws$/ }, () => ({ path: cws, external: true })),
        },
      ],
    })
  } catch (error) {
    throw new CoworksError(esbuildProblems(error))
  }
  const text = result.outputFiles?.[0]?.contents ?? new Uint8Array()
  const inputs = Object.keys(result.metafile?.inputs ?? {}).map((path) => relative(root, join(root, path)))
  const name = `coworksfile-${sha256(text)}.mjs`
  makeFolder(state)
  replace(join(state, name), text)
  const said = Buffer.from(text).toString('utf8')
  const record: Compiled = {
    version: VERSION,
    file,
    inputs: [...inputs, 'tsconfig.json'].map((path) => [path, safeSignature(snapshot, path)] as const),
    code: name,
    cws,
    closed: isClosed(said, cws),
    helps: mayCallHelp(said, cws),
  }
  replace(join(root, RECORD), recordText(record, sha256))
  for (const path of [RECORD, `.coworks/${name}`]) snapshot.wrote(path)
  removeOld(state, name)
  return { ...record, code: join(state, name) }
}

/** Versions of the code that are kept: another build may have read the record of one a moment ago, and be about to run it. */
const KEPT = 8
/** Ours, and what a killed build left of one. */
const CODE = /^coworksfile-[0-9a-f]{64}\.mjs(?:\.\d+\.tmp)?$/

/** Removes the code of versions that were compiled long before this one. What cannot be removed is left for the next time. */
function removeOld(state: string, newest: string): void {
  try {
    const others = readdirSync(state).filter((name) => CODE.test(name) && name !== newest)
    if (others.length < KEPT) return
    const byAge = others.map((name) => ({ name, at: statSync(join(state, name)).mtimeMs })).sort((a, b) => b.at - a.at)
    for (const { name } of byAge.slice(KEPT - 1)) rmSync(join(state, name), { force: true })
  } catch {} // another build removes them, too
}

function safeSignature(snapshot: Snapshot, path: string): string {
  try {
    return snapshot.signature(path)
  } catch {
    return MISSING
  }
}

/** In the project's folder, which is there. Not `recursive`: that says "no such file or directory" of a disk that is read-only. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

/** Never half written: another process may load it at this moment. */
function replace(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, content, { mode: 0o600 })
  renameSync(temporary, file)
}
