/** What a project is told when it is opened, what is wanted of it, and what it answers: the types of `project.ts`, and nothing that runs. */
import type { Graph, Listener, Planned, TargetReport } from '../build/index.js'
import type { Facts, Looks } from '../build/state.js'
import type { ServiceDescription } from '../service/description.js'
import type { Problem } from '../util/problem.js'
import type { Microservice, Selection } from './microservice.js'
import type { TaintReport } from './taint-phase.js'

export interface ProjectOptions {
  /** Absolute folder of the project. */
  readonly root: string
  readonly file?: string | undefined
  readonly variables?: Readonly<Record<string, string>>
  readonly jobs: number
  readonly keepGoing?: boolean
  readonly random?: boolean
  readonly cache?: {
    readonly disabled?: boolean
    readonly force?: boolean
    readonly readonly?: boolean
    /** Absolute: another folder than the Coworksfile says. */
    readonly dir?: string
  }
  readonly signal?: AbortSignal
  readonly listen?: Listener
  readonly command?: string
  /** Never starts terraform: the state is then only read where it is a local file. */
  readonly terraformBin?: string | undefined
  /** Files that are known to have changed: what they are likely to need is started while the state is read. */
  readonly changed?: readonly string[] | undefined
}

export interface Wanted extends Selection {
  /** Were microservices or stages named? If not, Default() counts. */
  readonly named: boolean
  /** Targets named one by one: then only these. */
  readonly targets: readonly string[]
}

export interface BuildOutcome {
  readonly reports: readonly TargetReport[]
  readonly taints: TaintReport
  readonly notices: readonly Problem[]
  readonly ms: number
  /** The microservices that were looked at, where it was known of all others that they are up to date. */
  readonly only?: ReadonlySet<string> | undefined
}

/** A build that would find nothing to do, and all that it would look at. */
export interface Rehearsal {
  readonly outcome: BuildOutcome
  readonly looks: Looks
  readonly env: Facts['env']
}

export interface PlanOutcome {
  readonly planned: readonly Planned[]
  readonly graph: Graph
  readonly wanted: readonly string[]
  /** Microservices that never said what they are: the layers they need, and the files of these, are not in the plan. */
  readonly undescribed: readonly string[]
  readonly reports: ReadonlyMap<string, { readonly title: string; readonly internal: boolean }>
}

export interface DescribedMicroservice {
  readonly microservice: Microservice
  /** `src/app.ts` */
  readonly module: string
  readonly description: ServiceDescription
}

export interface BuildSettings {
  /** False where Terraform's state is not to be looked at. */
  readonly taints?: boolean
  /** Of what is wanted, the stages of these microservices only. Taints are decided for all. */
  readonly only?: ReadonlySet<string> | undefined
  /** Files that look as they did when all was up to date. */
  readonly unchanged?: ((path: string) => boolean) | undefined
}
