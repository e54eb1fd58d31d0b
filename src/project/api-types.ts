/**
 * What `coworks/api` takes and gives: the types that a program may rely on. They name nothing of the inside, so that the inside may
 * change; what a result holds is also what the command line prints with `--json`.
 */
import type { Problem } from '../util/problem.js'

export interface LoadOptions {
  /** Folder of the project; the one that the program runs in where it is left out. */
  readonly directory?: string | undefined
  /** The Coworksfile, where it has another name. */
  readonly file?: string | undefined
  /** `key=value` for the Coworksfile: its ARGUMENTS. */
  readonly variables?: Readonly<Record<string, string>> | undefined
  /** Targets made at the same time; two more than there are processors where it is left out. */
  readonly jobs?: number | undefined
  /** After a failure, go on with what does not depend on it. */
  readonly keepGoing?: boolean | undefined
  /** `read-write` where it is left out. */
  readonly cache?: 'read-write' | 'read-only' | 'off' | undefined
  /** The program that reads the state: `terraform` where it is left out, or `tofu`. */
  readonly terraformBin?: string | undefined
  /** What another process that waits for this one is told that it does. */
  readonly name?: string | undefined
  /** Ends everything that this project does. */
  readonly signal?: AbortSignal | undefined
}

/** What is meant: as on the command line, all microservices and the stage `dev` where nothing is said. */
export interface Selection {
  readonly microservices?: readonly string[] | 'all' | undefined
  readonly stages?: readonly string[] | 'all' | undefined
  /** Targets by name: a path, `app-test-dev`, an alias. Then only these. */
  readonly targets?: readonly string[] | undefined
}

export interface CallOptions {
  /** Ends this call. */
  readonly signal?: AbortSignal | undefined
}

/** Something that takes time: what happens meanwhile, and what comes of it. It has begun when it is returned. */
export interface Run<Event, Result> {
  /** Everything from the first event on, however late and however often it is iterated; ends when the run does. */
  readonly events: AsyncIterable<Event>
  readonly result: Promise<Result>
}

export type Outcome = 'fresh' | 'built' | 'built-same' | 'cached' | 'failed' | 'skipped' | 'cancelled'

export interface OutputFile {
  /** From the project's folder. */
  readonly path: string
  readonly sha256: string
  readonly size: number
}

export interface BuiltTarget {
  readonly id: string
  readonly outcome: Outcome
  /** Why it was not fresh, in words. */
  readonly reasons: readonly string[]
  readonly outputs: readonly OutputFile[]
  readonly ms: number
}

export interface FinishedTarget extends BuiltTarget {
  /** What a person reads: `zip layer.zip`. */
  readonly title: string
  /** What its command printed. */
  readonly log: string
  readonly warnings: readonly Problem[]
  readonly failures: readonly Problem[]
  /** A step on the way, such as a bundle: not among the targets of the result. */
  readonly internal: boolean
}

export type BuildEvent =
  /** Another process builds this project. */
  | { readonly type: 'waiting'; readonly holder: string }
  | { readonly type: 'warning'; readonly problem: Problem }
  | { readonly type: 'started'; readonly id: string; readonly title: string; readonly reasons: readonly string[] }
  /** `done` of `total` targets that there is work for. */
  | { readonly type: 'finished'; readonly target: FinishedTarget; readonly done: number; readonly total: number }

export interface Taint {
  /** `aws_lambda_function.app-test_dev` */
  readonly address: string
  readonly reason: string
  /** Tainted in the state already. */
  readonly pending: boolean
  readonly terraformDir: string
  /** The command that taints it, for a shell in the project's folder. */
  readonly command: string
}

export interface Taints {
  readonly taints: readonly Taint[]
  /** How they were decided, where there is something to know. */
  readonly notes: readonly string[]
}

export interface BuildResult extends Taints {
  /** Everything that was wanted is up to date. */
  readonly ok: boolean
  /** It was ended before it was done. */
  readonly cancelled: boolean
  readonly targets: readonly BuiltTarget[]
  readonly warnings: readonly Problem[]
  readonly failures: readonly Problem[]
  readonly ms: number
}

export type PlannedTarget =
  | { readonly id: string; readonly state: 'fresh' }
  | { readonly id: string; readonly state: 'stale'; readonly reasons: readonly string[] }
  /** Whether it is made depends on what comes out of these. */
  | { readonly id: string; readonly state: 'unsure'; readonly until: readonly string[] }

export interface Plan {
  readonly targets: readonly PlannedTarget[]
  /** Microservices that were never built here: which layers they need is not in the plan. */
  readonly undescribed: readonly string[]
}

export interface StageName {
  /** `app-test` */
  readonly microservice: string
  readonly stage: string
}

export interface AffectedSelection {
  /** A revision as git names one: a branch, a tag, a hash; `main...` is where this branch left main. */
  readonly since: string
  readonly microservices?: readonly string[] | 'all' | undefined
  /** All of them where it is left out. */
  readonly stages?: readonly string[] | 'all' | undefined
}

export interface ChangedFile {
  /** From the project's folder. */
  readonly path: string
  readonly change: 'added' | 'changed' | 'removed'
}

export type AffectedReason =
  /** Something that the stage consists of: its code, a layer, a Terraform file, the environment file that this one reads. */
  | ({ readonly part: 'code' | 'layer' | 'terraform' | 'environment' } & ChangedFile)
  /** The revision has no such stage. */
  | { readonly part: 'stage'; readonly change: 'added' }
  /** The stage could not be built as it was then, so nothing is known of it. */
  | { readonly part: 'unknown'; readonly problems: readonly Problem[] }

export interface AffectedStage extends StageName {
  readonly reasons: readonly AffectedReason[]
}

export interface Affected {
  /** `commit` is null where there is none: the zeros that a CI service gives for the first push of a branch. */
  readonly since: { readonly revision: string; readonly commit: string | null }
  readonly affected: readonly AffectedStage[]
  readonly unaffected: readonly StageName[]
  /** Declared then, and no longer. */
  readonly removed: readonly StageName[]
  /** What Commands make, and layers where there is no microservice; empty where microservices or stages are named. */
  readonly targets: readonly ChangedFile[]
  /** Files in the Terraform folders that coworks did not make. */
  readonly terraform: readonly ChangedFile[]
  /** Why nothing of the revision is known; then everything is affected. */
  readonly problems: readonly Problem[]
  /** What was taken for granted: lines of text. */
  readonly notes: readonly string[]
  readonly ms: number
}

export type AffectedEvent =
  | BuildEvent
  | { readonly type: 'building'; readonly what: 'now' }
  | { readonly type: 'building'; readonly what: 'then'; readonly commit: string }

export interface WatchOptions extends CallOptions {
  /** Look at files again and again instead of being told: for network folders and virtual machines. */
  readonly poll?: boolean | undefined
}

export type WatchEvent =
  /** All folders are watched from here on. */
  | { readonly type: 'watching' }
  /** Something that the watch itself met: a folder that cannot be watched. It goes on. */
  | { readonly type: 'warning'; readonly problem: Problem }
  /**
   * What came of a build that had something to do, the first one at the start. `changed`: paths that were told of, from the project's folder. The
   * targets are those that were not fresh.
   */
  | { readonly type: 'built'; readonly changed: readonly string[]; readonly result: Omit<BuildResult, 'cancelled'> }

export interface MicroserviceInfo {
  /** `app-test` */
  readonly name: string
  readonly stages: readonly string[]
  readonly terraformDir: string
}

/**
 * A project. Its Coworksfile was read when it was loaded; each call reads it, and all files, as they are at that moment. Calls of one
 * project that write wait for each other.
 */
export interface Project {
  /** Absolute. */
  readonly root: string
  readonly microservices: readonly MicroserviceInfo[]
  /** Paths of the layers' zips, from the project's folder. */
  readonly layers: readonly string[]
  /** What a build would do. Makes nothing. @throws CoworksError */
  plan(selection?: Selection): Promise<Plan>
  /** Brings what is meant up to date. The result is there for a build that fails, too: `failures` says why. */
  build(selection?: Selection, options?: CallOptions): Run<BuildEvent, BuildResult>
  /** What Terraform must replace for what was built last. Builds nothing. @throws CoworksError */
  taints(selection?: Selection, options?: CallOptions): Promise<Taints>
  /**
   * Which stages consist of something else now than at a revision: builds both, the revision in a folder of its own, and compares what came out.
   * The result is rejected with a CoworksError where there is no such revision, or what is here cannot be built.
   */
  affected(selection: AffectedSelection, options?: CallOptions): Run<AffectedEvent, Affected>
  /**
   * Builds what is meant, and builds again what each change concerns, in a process of its own. It begins when it is iterated, and ends when the
   * iteration is left, by `break` or by an error, or by a signal. The next build waits until the event of the last one was dealt with.
   * @throws CoworksError from the iteration, where what is meant is not there, or the project's folder is gone
   */
  watch(selection?: Selection, options?: WatchOptions): AsyncIterable<WatchEvent>
  /** Ends what is running, and waits for its end. A closed project takes no calls. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A microservice that is served on localhost. */
export interface RunningService {
  /** `http://127.0.0.1:5000/dev/` */
  readonly url: string
  readonly port: number
  close(): Promise<void>
}
