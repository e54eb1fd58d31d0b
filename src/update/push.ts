/**
 * Does what is planned for one function, step after step: layers, then code, then version and alias. What was begun and how it ended is noted in the ledger, the beginning
 * before anything is sent; and where it ends in the middle, the result says what is done and what is not.
 */
import { CoworksError, type Problem } from '../util/problem.js'
import { unreachable } from '../util/unreachable.js'
import { ApiFailure, type LambdaApi } from './api.js'
import { failureProblem } from './failures.js'
import type { LayerPublisher, ReadZip } from './layers.js'
import type { BuiltFunction, SeenFunction } from './model.js'
import type { FunctionPlan, Step } from './plan.js'
import { pointAlias, publishVersion } from './versions.js'
import type { Waits } from './waiting.js'
import { write } from './write.js'

/** What the ledger keeps of a push before anything of it is sent. */
export interface PushBegun {
  readonly built: BuiltFunction
  readonly seen: SeenFunction
  readonly steps: readonly Step[]
}

export interface PushEnded {
  readonly ok: boolean
  /** What came of each layer that is used now: ARNs. */
  readonly layers: readonly string[]
  readonly version?: string | undefined
  readonly why?: string | undefined
}

export interface Ledger {
  /** @throws CoworksError where it cannot be written: then nothing is pushed. */
  begin(push: PushBegun): (end: PushEnded) => void
}

export interface PushSettings {
  readonly api: LambdaApi
  readonly waits: Waits
  readonly publisher: LayerPublisher
  readonly readZip: ReadZip
  readonly ledger: Ledger
  /** Called when a step begins. */
  readonly step: (built: BuiltFunction, step: Step) => void
}

export interface PushResult {
  readonly ok: boolean
  readonly done: readonly Step[]
  readonly now: SeenFunction
  /** The version that `--publish` gave, or `--alias` points to. */
  readonly version: string | undefined
  readonly problems: readonly Problem[]
  /** What went wrong would go wrong for every function. */
  readonly fatal: boolean
}

/** @param plan one with steps */
export async function pushFunction(settings: PushSettings, plan: FunctionPlan, seen: SeenFunction): Promise<PushResult> {
  const { built, steps } = plan
  const run = new Push(settings, plan, seen)
  let end: ((end: PushEnded) => void) | undefined
  try {
    end = settings.ledger.begin({ built, seen, steps })
    await run.all()
    const { now, version } = run
    const problems = noted(end, { ok: true, layers: now.layers, version })
    return { ok: problems.length === 0, done: steps, now, version, problems, fatal: false }
  } catch (error) {
    const { done, now, version } = run
    const problems = [...problemsFor(error, `function ${built.name}`), ...partial(run, steps)]
    problems.push(...noted(end, { ok: false, layers: now.layers, version, why: problems[0]?.what }))
    const fatal = error instanceof ApiFailure && (error.kind === 'credentials' || error.kind === 'denied')
    return { ok: false, done, now, version, problems, fatal }
  }
}

/** A ledger that cannot be written to the end must not hide what was pushed. */
function noted(end: ((end: PushEnded) => void) | undefined, how: PushEnded): readonly Problem[] {
  try {
    end?.(how)
    return []
  } catch (error) {
    if (error instanceof CoworksError) return error.problems
    throw error
  }
}

export function problemsFor(error: unknown, where: string): readonly Problem[] {
  if (error instanceof ApiFailure) return [failureProblem(error, where)]
  if (error instanceof CoworksError) return error.problems
  throw error
}

class Push {
  readonly done: Step[] = []
  /** Sent, and not yet seen to be there. */
  sent: Step | undefined
  now: SeenFunction
  version: string | undefined
  private readonly published = new Map<string, string>()

  constructor(
    private readonly settings: PushSettings,
    private readonly plan: FunctionPlan,
    seen: SeenFunction,
  ) {
    this.now = seen
    this.version = plan.version?.version
  }

  async all(): Promise<void> {
    for (const step of this.plan.steps) {
      this.settings.waits.signal.throwIfAborted()
      this.settings.step(this.plan.built, step)
      await this.one(step)
      this.sent = undefined
      this.done.push(step)
    }
  }

  private async one(step: Step): Promise<void> {
    const { api, waits, publisher, readZip } = this.settings
    const { name } = this.now
    const sent = () => {
      this.sent = step
    }
    switch (step.kind) {
      case 'publish-layer':
        this.published.set(step.layer.layerName, (await publisher.publish(step.layer)).arn)
        return
      case 'set-layers': {
        const arns = step.layers.map((ref) => (ref.kind === 'arn' ? ref.arn : (this.published.get(ref.layerName) ?? '')))
        const wanted = arns.join()
        this.now = await write(api, waits, this.now, {
          part: 'layers',
          send: (revisionId) => api.updateLayers(name, arns, revisionId),
          arrived: ({ layers }) => layers.join() === wanted,
          sent,
        })
        return
      }
      case 'update-code': {
        const zip = await readZip(step.code)
        this.now = await write(api, waits, this.now, {
          part: 'code',
          send: (revisionId) => api.updateCode(name, zip, revisionId),
          arrived: ({ codeSha256 }) => codeSha256 === step.code.sha256,
          sent,
        })
        return
      }
      case 'publish-version':
        this.version = await publishVersion(api, waits, this.now, this.now.codeSha256)
        return
      case 'move-alias':
        if (this.version === undefined) throw new Error('an alias needs a version')
        await pointAlias(api, waits, name, step.alias, this.plan.alias, this.version)
        return
      default:
        unreachable(step)
    }
  }
}

/** Nothing that is done in part goes unseen. */
function partial({ done, sent }: Push, steps: readonly Step[]): Problem[] {
  const changing = [...done, ...(sent === undefined ? [] : [sent])].filter(({ kind }) => kind !== 'publish-layer')
  if (changing.length === 0) return []
  const rest = steps.filter((step) => !changing.includes(step) && step.kind !== 'publish-layer')
  const said = [
    ...done.filter(({ kind }) => kind !== 'publish-layer').map((step) => `${partOf(step)} done`),
    ...(sent === undefined ? [] : [`${partOf(sent)} sent but not verified`]),
    ...rest.map((step) => `${partOf(step)} not done`),
  ]
  return [{ what: `updated in part: ${said.join(', ')}`, hint: 'updating again goes on from there' }]
}

function partOf({ kind }: Step): string {
  switch (kind) {
    case 'publish-layer':
      return 'publication of the layer'
    case 'set-layers':
      return 'layers'
    case 'update-code':
      return 'code'
    case 'publish-version':
      return 'version'
    case 'move-alias':
      return 'alias'
  }
}
