/**
 * The words of the engine as data: targets, their inputs and actions, and the trace that is kept of a run.
 *
 * Nothing here knows what is built: a target could as well be an object file. Paths are relative to the project's
 * folder, with `/`; a path that starts with `../` is a source that lies outside of it.
 */
import type { Digest, Json } from '../util/hash.js'
import type { HashedFile } from '../util/hashed-file.js'
import type { Problem } from '../util/problem.js'

/**
 * What a path was when it was looked at: `f:<sha256>`, `x:<sha256>` (executable), `missing`, `dir` for a folder; and of a path that
 * ends with `/`, `d:<48 bits of a sha256>` of what is in that folder: names, and what they are.
 */
export type FileSignature = string
export const MISSING: FileSignature = 'missing'
export const FOLDER: FileSignature = 'dir'

/** A folder's files, found anew at each build: a file that appears, goes or is renamed changes it. */
export interface FileSet {
  /** What identifies the set: folder, patterns and exclusions, canonically. */
  readonly key: string
  readonly dir: string
  /** The files themselves, sorted, where they are known already: then no folder is read. */
  readonly list?: readonly string[] | undefined
  /** Is this file (path from the project) in the set? Absent: every file is. */
  readonly matches?: ((path: string) => boolean) | undefined
  /** Folders (path from the project) that are not entered. */
  readonly skipDir?: ((path: string) => boolean) | undefined
  /** Whether a set whose folder is missing is empty (a set that must exist is an error). */
  readonly optional?: boolean | undefined
  /** Whether links may lead out of the project: only the packages of a layer do. */
  readonly outside?: boolean | undefined
}

export type Input =
  | { readonly kind: 'file'; readonly path: string; readonly optional?: boolean }
  | { readonly kind: 'set'; readonly set: FileSet }
  /** The names of a set only: what a bundler needs to notice that another file would now be found. */
  | { readonly kind: 'names'; readonly set: FileSet }
  | { readonly kind: 'value'; readonly name: string; readonly value: Json }
  /** An environment variable; unset is not empty. Only its digest is kept. */
  | { readonly kind: 'env'; readonly name: string }
  /** Another target's value. */
  | { readonly kind: 'target'; readonly id: string }

export interface Action {
  readonly name: string
  /** Changes whenever the same inputs would give other bytes. */
  readonly version: string
  readonly params: Json
  readonly run: (context: ActionContext) => Promise<ActionResult>
  /** Sources whose bytes it compares with their digest as it reads them: of the others, whether they changed meanwhile is asked after it ran. */
  readonly compares?: (path: string) => boolean
  /** False for an action whose outcome must not be taken from the action cache. */
  readonly cacheable?: boolean
  /** It may leave files of its own beside its outputs, as a program of a user's: then it is given a folder that is removed with all that is in it. */
  readonly strays?: boolean
  /** What a person reads when it runs: `zip terraform/tmp/app-test-dev.zip`. */
  readonly title: string
}

export interface ActionResult {
  /** What dependents see; the digest of the outputs where it is absent. */
  readonly value?: Digest
  /** Files that the action turned out to depend on; checked from then on like declared inputs. */
  readonly discovered?: readonly string[]
  /** Plain data kept in the trace: sizes, the imports of a bundle. */
  readonly info?: Json
  readonly warnings?: readonly Problem[]
  /** False where it turned out that the outcome may depend on what no key holds: then no other machine, and no clean build, is to have it from the action cache. */
  readonly cacheable?: boolean
  /** sha256 of outputs by their path, where the action knows what it wrote; the others are read again. */
  readonly written?: ReadonlyMap<string, Digest>
}

export interface ActionContext {
  readonly target: Target
  /** Absolute folder of the project. */
  readonly root: string
  /** Files of a declared set, as they were when hashed, sorted by path. */
  files(set: FileSet): readonly FileEntry[]
  /** The signature of any path, now. */
  look(path: string): FileSignature
  /** Bytes of a file, when it was hashed. */
  size(path: string): number
  /** Bytes of a declared file. @throws CoworksError when they are not the bytes that were hashed. */
  read(path: string): Uint8Array
  /** Files that another target will be found to be made of, and read as they are: where they are many, they are hashed meanwhile. */
  expect(paths: readonly string[]): void
  /** The value and info of a dependency. */
  dependency(id: string): { readonly value: Digest; readonly info: Json | undefined }
  /** What was recorded when the target was last made. Its outputs may have changed since: whoever reads them compares. */
  readonly before: Trace | undefined
  /** Absolute temporary path at which to write a declared output. */
  output(path: string): string
  /** Writes a declared output whole. */
  write(path: string, content: string | Uint8Array, mode?: number): void
  /** Text shown with the target, never in the middle of another's. */
  log(text: string): void
  readonly signal: AbortSignal
}

export interface FileEntry {
  readonly path: string
  readonly exec: boolean
  readonly digest: Digest
  readonly size: number
}

/**
 * Hashes many files at once, in their order; nothing for one that it leaves to the engine. @param compared whether they are read by an action that
 * compares what it reads
 */
export type HashMany = (absolute: readonly string[], compared: boolean, signal: AbortSignal) => Promise<readonly (HashedFile | undefined)[]>

/** The same for whoever need not know when to stop: what cannot be hashed so, all of it where need be, is left out. Throws nothing. */
export type HashFiles = (absolute: readonly string[], compared: boolean) => ReturnType<HashMany>

export interface Target {
  /** The path of its first output, or the name of an alias. */
  readonly id: string
  /** None for an alias and for an action that is only run. */
  readonly outputs: readonly string[]
  readonly inputs: readonly Input[]
  /** Targets that come first, without their value mattering. */
  readonly requires: readonly string[]
  /** None for an alias. */
  readonly action?: Action | undefined
  readonly always?: boolean
  readonly noClean?: boolean
  /** An internal target: made when needed, left out of trees and summaries. */
  readonly internal?: boolean
  /**
   * Tells from the first bytes of a file whether an output that no trace knows was made by this tool, and may be replaced or
   * removed. Absent: it may (the user named it as an output).
   */
  readonly recognises?: (head: Uint8Array) => boolean
}

/** Output as it was made: path, mode bits that count, digest, size in bytes. */
export interface OutputRecord {
  readonly path: string
  readonly signature: FileSignature
  readonly size: number
}

/** An input as it was seen: its key, its signature, and for a set its files. */
export interface SeenInput {
  readonly key: string
  readonly signature: string
  readonly items?: readonly (readonly [path: string, signature: FileSignature])[]
}

/** What was recorded when a target was last made. */
export interface Trace {
  readonly recipe: Digest
  readonly inputs: readonly SeenInput[]
  readonly discovered: readonly (readonly [path: string, signature: FileSignature])[]
  readonly outputs: readonly OutputRecord[]
  readonly value: Digest
  readonly info?: Json
  readonly warnings?: readonly Problem[]
}

export type Outcome = 'fresh' | 'built' | 'built-same' | 'cached' | 'failed' | 'skipped' | 'cancelled'

/** Why a target is not fresh. Recorded while deciding, rendered later. */
export type Reason =
  | { readonly kind: 'new' }
  | { readonly kind: 'always' }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'action' }
  | { readonly kind: 'changed'; readonly name: string }
  | { readonly kind: 'mode'; readonly name: string }
  | { readonly kind: 'added'; readonly name: string }
  | { readonly kind: 'gone'; readonly name: string }
  | { readonly kind: 'output-missing'; readonly name: string }
  | { readonly kind: 'output-edited'; readonly name: string }

/** Keeps what actions made, by what they were made from. */
export interface ActionCache {
  /** Was there nothing in it that can be had, when it was opened? */
  readonly empty: boolean
  /** What was made before from the same recipe and declared inputs; each holds only if its discovered files look the same. */
  candidates(key: Digest): readonly CachedResult[]
  /** Copies the outputs to the paths given. False when a blob is missing or damaged: then nothing may be used. */
  fetch(result: CachedResult, to: readonly string[]): boolean
  store(key: Digest, result: CachedResult, from: readonly string[]): void
  /** Writes what may have been held back of what was stored: to be called where a build ends, however it ends. */
  flush(): void
}

export interface CachedResult {
  readonly discovered: Trace['discovered']
  readonly outputs: readonly OutputRecord[]
  readonly value: Digest
  readonly info?: Json
  readonly warnings?: readonly Problem[]
}
