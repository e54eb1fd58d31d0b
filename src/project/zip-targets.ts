/**
 * The zips as targets: a layer from the files its contents target listed, a function from its bundle and the static files
 * of its folders. What dependents see is the manifest (names, modes, digests), so another zlib never redeploys anything.
 */
import { join } from 'node:path'
import { type Earlier, isNativeName, manifestDigest, type NativeFile, nativeFiles, writeZip, type ZipEntry } from '../archive/index.js'
import type { Action, ActionContext, FileEntry, FileSet, Input, Target } from '../build/index.js'
import { functionLimitProblems, largestPackages, layerLimitProblems } from '../layer/index.js'
import { type Digest, type Json, sha256 } from '../util/hash.js'
import { CoworksError } from '../util/problem.js'
import { type BudgetBytes, budgetProblems } from './budget.js'
import type { LayerDeclaration } from './declarations.js'
import type { ContentsFile } from './layer-contents.js'

export interface ZipInfo {
  readonly manifest: Digest
  /** Bytes of the zip. */
  readonly size: number
  readonly unzippedSize: number
  readonly entries: number
  /** What its contents were compressed by: another one's are not copied into the next zip. */
  readonly compressor: string
  readonly largest: readonly { readonly name: string; readonly size: number }[]
  /** Native code in it; absent where there is none. */
  readonly native?: readonly NativeFile[]
}

/** Every zip this tool writes begins like this: a local header dated 1980-01-01 00:00, or the end record of an empty one. */
export function recognisesZip(head: Uint8Array): boolean {
  const bytes = Buffer.from(head)
  if (bytes.length < 22) return false
  if (bytes.readUInt32LE(0) === 0x06054b50) return true
  return bytes.readUInt32LE(0) === 0x04034b50 && bytes.readUInt16LE(10) === 0 && bytes.readUInt16LE(12) === 0x0021
}

/** A layer of which it is not known yet what it holds: to be planned, not to be made. */
export function unsurveyedLayer({ file }: Pick<LayerDeclaration, 'file'>, contents: Target): Target {
  const action: Action = {
    name: 'layer-zip',
    version: '0',
    params: null,
    title: `zip ${file}`,
    run: () => Promise.reject(new Error(`what ${file} holds is not known`)),
  }
  return { id: file, outputs: [file], inputs: [{ kind: 'target', id: contents.id }], requires: [], action, recognises: recognisesZip }
}

/** `throughBucket`: it may be stored under the hash of its bytes, which dependents then must see. */
export function layerZipTarget(
  { file, budget }: Pick<LayerDeclaration, 'file' | 'budget'>,
  contents: Target,
  files: readonly ContentsFile[],
  throughBucket: boolean,
): Target {
  const set: FileSet = {
    key: `layer ${file}`,
    dir: '.',
    list: [...new Set(files.flatMap((one) => ('path' in one ? [one.path] : [])))].sort(),
  }
  const action: Action = {
    name: 'layer-zip',
    version: '1',
    params: { ...(throughBucket ? { throughBucket } : {}), ...budgetParams(budget) },
    title: `zip ${file}`,
    compares,
    run: async (context) => {
      const seen = new Map(context.files(set).map((entry) => [entry.path, entry]))
      const entries = files.map((one): ZipEntry => {
        if ('text' in one) return bytesEntry(one.name, Buffer.from(one.text, 'base64'))
        const entry = seen.get(one.path)
        if (entry === undefined) throw new CoworksError({ where: one.path, what: 'vanished during the build' })
        return fileEntry(context.root, one.name, entry)
      })
      const paths = new Map(files.flatMap((one) => ('path' in one ? [[one.name, one.path] as const] : [])))
      const limits: Limits = (sizes) => [...layerLimitProblems(sizes), ...budgetProblems(budget, sizes)]
      return zip(context, file, entries, throughBucket, limits, (name) => paths.get(name))
    },
  }
  return {
    id: file,
    outputs: [file],
    inputs: [
      { kind: 'target', id: contents.id },
      { kind: 'set', set },
    ],
    requires: [],
    action,
    recognises: recognisesZip,
  }
}

export interface FunctionZipRequest {
  readonly file: string
  readonly code: Target
  readonly sourceMap: boolean
  /** Static files, each set with the folder that its names are taken from. */
  readonly statics: readonly { readonly set: FileSet; readonly dir: string }[]
  readonly throughBucket: boolean
  readonly budget?: BudgetBytes | undefined
}

export function functionZipTarget(request: FunctionZipRequest): Target {
  const { file, code, statics, sourceMap, throughBucket, budget } = request
  const inputs: Input[] = [{ kind: 'target', id: code.id }, ...statics.map(({ set }): Input => ({ kind: 'set', set }))]
  const action: Action = {
    name: 'function-zip',
    version: '1',
    params: { sourceMap, dirs: statics.map(({ dir }) => dir), ...(throughBucket ? { throughBucket } : {}), ...budgetParams(budget) },
    title: `zip ${file}`,
    compares,
    run: (context) => {
      const entries: ZipEntry[] = codeEntries(context, code, sourceMap)
      const paths = new Map<string, string>()
      for (const { set, dir } of statics) {
        for (const entry of context.files(set)) {
          const name = dir === '.' ? entry.path : entry.path.slice(dir.length + 1)
          paths.set(name, entry.path)
          entries.push(fileEntry(context.root, name, entry))
        }
      }
      const limits: Limits = (sizes) => [...functionLimitProblems(sizes), ...budgetProblems(budget, sizes)]
      return zip(context, file, uniqueEntries(entries), throughBucket, limits, (name) => paths.get(name))
    },
  }
  return { id: file, outputs: [file], inputs, requires: [], action, recognises: recognisesZip }
}

/** Outputs of the code target by their place in the zip: `.coworks/build/app-test.mjs` -> `index.mjs`. */
function codeEntries(context: ActionContext, code: Target, sourceMap: boolean): ZipEntry[] {
  if (code.id.endsWith('/tree.json')) {
    const files = JSON.parse(Buffer.from(context.read(code.id)).toString('utf8')) as readonly { name: string; text: string }[]
    return files.map(({ name, text }) => bytesEntry(name, Buffer.from(text)))
  }
  return code.outputs
    .filter((path) => sourceMap || !path.endsWith('.map'))
    .map((path) => {
      const signature = context.look(path)
      return fileEntry(context.root, path.endsWith('.map') ? 'index.mjs.map' : 'index.mjs', {
        path,
        exec: false,
        digest: signature.slice(2),
        size: context.size(path),
      })
    })
}

/** Not joined, ten thousand times: paths of the project are normal. */
function fileEntry(root: string, name: string, { path, exec, digest, size }: FileEntry): ZipEntry {
  return { name, mode: exec ? 0o755 : 0o644, digest, size, source: { file: `${root}/${path}` } }
}

function bytesEntry(name: string, bytes: Uint8Array): ZipEntry {
  return { name, mode: 0o644, digest: sha256(bytes), size: bytes.length, source: { bytes } }
}

/** The same file found by two overlapping AllFiles is one file. */
function uniqueEntries(entries: readonly ZipEntry[]): ZipEntry[] {
  const seen = new Set<string>()
  return entries.filter((entry) => {
    const key = JSON.stringify([entry.name, entry.mode, entry.digest])
    return seen.has(key) ? false : seen.add(key) !== undefined
  })
}

/** Part of how a zip is made: one that is over a new budget must be looked at again. */
function budgetParams(budget: BudgetBytes | undefined): { readonly budget?: { readonly [key: string]: number } } {
  return budget === undefined ? {} : { budget: { ...budget } }
}

type Limits = (sizes: {
  where: string
  zippedSize: number
  unzippedSize: number
  entries: readonly ZipEntry[]
  throughBucket: boolean
}) => ReturnType<typeof layerLimitProblems>

/** Every content is hashed as it is written; for which machine native code is, is read from the file. */
const compares = (path: string): boolean => !isNativeName(path)

/** The zip that lies there, if it is what was made last. `pathOf`: where the content of a name came from, as far as is known now. */
function earlierZip({ before, root }: ActionContext, file: string, pathOf: (name: string) => string | undefined): Earlier | undefined {
  const output = before?.outputs[0]
  const info = before?.info as unknown as ZipInfo | undefined
  if (output?.path !== file || info?.compressor === undefined) return undefined
  const were = new Map(before?.inputs.flatMap(({ items }) => items ?? []))
  return {
    file: join(root, file),
    sha256: output.signature.slice(2),
    manifest: info.manifest,
    compressor: info.compressor,
    digestOf: (name) => were.get(pathOf(name) ?? '')?.slice(2),
  }
}

async function zip(
  context: ActionContext,
  file: string,
  entries: readonly ZipEntry[],
  throughBucket: boolean,
  limits: Limits,
  pathOf: (name: string) => string | undefined,
) {
  const earlier = earlierZip(context, file, pathOf)
  const written = await writeZip(entries, context.output(file), { signal: context.signal, earlier, where: file })
  const over = limits({ where: file, zippedSize: written.size, unzippedSize: written.unzippedSize, entries, throughBucket })
  if (over.length > 0) throw new CoworksError(over)
  const manifest = manifestDigest(entries)
  const native = nativeFiles(entries)
  const info: ZipInfo = {
    manifest,
    size: written.size,
    unzippedSize: written.unzippedSize,
    entries: entries.length,
    compressor: written.compressor,
    largest: largestPackages(entries),
    ...(native.length === 0 ? {} : { native }),
  }
  // Another zlib gives other bytes for the same manifest: no business of dependents, unless they name the bytes.
  return {
    value: throughBucket ? `${manifest} ${written.sha256}` : manifest,
    info: info as unknown as Json,
    written: new Map([[file, written.sha256]]),
  }
}
