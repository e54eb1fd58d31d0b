/**
 * An update of several functions: looks at all of them, plans, and, unless only the plan is wanted, pushes, a few functions at a time. Prints nothing; what happens is
 * told to a listener, what came of it is the result.
 */
import type { Problem } from '../util/problem.js'
import type { LambdaApi } from './api.js'
import { LayerPublisher, type ReadZip } from './layers.js'
import type { BuiltFunction, SeenFunction } from './model.js'
import { type FunctionPlan, type KnownContents, type PlanOptions, planFunction, type Step } from './plan.js'
import { type Ledger, problemsFor, pushFunction } from './push.js'
import { LayerVersions, survey } from './survey.js'
import type { Waits } from './waiting.js'

export interface UpdateSettings extends PlanOptions {
  readonly api: LambdaApi
  readonly waits: Waits
  readonly readZip: ReadZip
  readonly ledger: Ledger
  readonly known: KnownContents
  /** Functions at a time. */
  readonly concurrency: number
  readonly dryRun: boolean
  readonly listen: (event: UpdateEvent) => void
}

export type UpdateEvent =
  | { readonly type: 'step'; readonly function: string; readonly step: Step }
  | { readonly type: 'finished'; readonly result: FunctionResult }

/** `not-attempted`: something that concerns every function had gone wrong before. */
export type UpdateOutcome = 'up-to-date' | 'planned' | 'pushed' | 'failed' | 'not-attempted'

export interface FunctionResult {
  readonly built: BuiltFunction
  readonly outcome: UpdateOutcome
  /** What would be done, or was to be done. */
  readonly steps: readonly Step[]
  readonly done: readonly Step[]
  readonly before: SeenFunction | undefined
  readonly after: SeenFunction | undefined
  readonly version: string | undefined
  /** Names of environment variables that Lambda has otherwise. */
  readonly environment: readonly string[]
  readonly problems: readonly Problem[]
}

/** In the order given. */
export async function updateFunctions(functions: readonly BuiltFunction[], settings: UpdateSettings): Promise<readonly FunctionResult[]> {
  const { api, waits, readZip, concurrency, listen } = settings
  const versions = new LayerVersions(api, waits)
  const publisher = new LayerPublisher(api, waits, versions, readZip)
  const stop: Stop = { fatal: false }
  return eachOf(functions, concurrency, async (built) => {
    const result = await updateOne(built, settings, versions, publisher, stop)
    listen({ type: 'finished', result })
    return result
  })
}

interface Stop {
  fatal: boolean
}

async function updateOne(
  built: BuiltFunction,
  settings: UpdateSettings,
  versions: LayerVersions,
  publisher: LayerPublisher,
  stop: Stop,
): Promise<FunctionResult> {
  const nothing = { built, steps: [], done: [], before: undefined, after: undefined, version: undefined, environment: [], problems: [] }
  if (stop.fatal || settings.waits.signal.aborted) return { ...nothing, outcome: 'not-attempted' }
  let plan: FunctionPlan
  try {
    plan = planFunction(
      built,
      await survey(settings.api, settings.waits, versions, built, settings, settings.known),
      settings,
      settings.known,
    )
  } catch (error) {
    stop.fatal = true // it could not even be looked at: without rights, credentials or a connection the others cannot be, either
    return { ...nothing, outcome: 'failed', problems: problemsFor(error, `function ${built.name}`) }
  }
  const { seen, steps, environment, problems } = plan
  const known = { built, steps, done: [], before: seen, after: seen, version: plan.version?.version, environment, problems }
  if (problems.length > 0 || seen === undefined) return { ...known, outcome: 'failed' }
  if (steps.length === 0) return { ...known, outcome: 'up-to-date' }
  if (settings.dryRun) return { ...known, outcome: 'planned' }
  const pushed = await pushFunction(
    { ...settings, publisher, step: (of, step) => settings.listen({ type: 'step', function: of.name, step }) },
    plan,
    seen,
  )
  if (pushed.fatal) stop.fatal = true
  const { done, now, version } = pushed
  return { ...known, outcome: pushed.ok ? 'pushed' : 'failed', done, after: now, version, problems: pushed.problems }
}

/** `map` with at most `most` at once, results in order. */
async function eachOf<T, R>(items: readonly T[], most: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++
      results[at] = await work(items[at] as T)
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker))
  return results
}
