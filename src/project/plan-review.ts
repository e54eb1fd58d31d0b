/**
 * What Terraform plans, before anybody says yes: what is done to each resource and why, whose it is, what callers of a stage would
 * see of it, and what belongs to a stage that was not named. Takes a plan as data and returns what to show and what to refuse; it runs
 * nothing.
 */
import { apiAspects, type Plan, type PlannedChange, type StageView, stageAddresses } from '../terraform/index.js'
import { byCodeUnit } from '../util/hash.js'
import type { Problem } from '../util/problem.js'
import { diffAspect } from './stage-diff.js'
import { type KnownOwners, type Owner, ownerOf, ownerText } from './stage-owner.js'

export type ChangeAction = 'create' | 'update' | 'replace' | 'destroy' | 'forget'

export interface ReviewedChange {
  readonly address: string
  readonly action: ChangeAction
  /** Undefined for a resource of the user's own. */
  readonly owner: Owner | undefined
  readonly reason: string | null
}

export interface NamedStage {
  readonly microservice: string
  readonly stage: string
}

/** By owner, then in the order of their addresses; what changes nothing is left out. `reasons` are those of the taints, by address. */
export function reviewedChanges(
  changes: readonly PlannedChange[],
  reasons: ReadonlyMap<string, string>,
  known: KnownOwners,
): readonly ReviewedChange[] {
  const text = ({ owner }: ReviewedChange): string => (owner === undefined ? '\uffff' : ownerText(owner))
  return changes
    .flatMap((change): ReviewedChange[] => {
      const { address } = change
      const action = actionOf(change.actions)
      return action === undefined ? [] : [{ address, action, owner: ownerOf(address, known), reason: reasonOf(action, change, reasons) }]
    })
    .sort((a, b) => byCodeUnit(text(a), text(b)) || byCodeUnit(a.address, b.address))
}

function actionOf(actions: readonly string[]): ChangeAction | undefined {
  const has = (action: string): boolean => actions.includes(action)
  if (has('create') && has('delete')) return 'replace'
  if (has('create')) return 'create'
  if (has('update')) return 'update'
  if (has('delete')) return 'destroy'
  // Any action that is not known must be seen; only these two change nothing.
  return actions.every((action) => action === 'no-op' || action === 'read') ? undefined : 'forget'
}

function reasonOf(action: ChangeAction, change: PlannedChange, reasons: ReadonlyMap<string, string>): string | null {
  if (change.deposed) return 'an old one that an apply left behind'
  if (action !== 'replace' && action !== 'update') return null
  const names = change.names.length === 0 ? null : change.names.join(', ')
  if (action === 'update') return names
  const asked = reasons.get(change.address)
  if (asked !== undefined) return asked
  if (change.cause === 'tainted') return 'it is tainted'
  if (change.cause === 'follows') return 'what it follows is replaced'
  // The arguments of a put are the definition and its hash.
  return change.address.startsWith('aws_api_gateway_rest_api_put.') && names !== null ? 'the definition changed' : names
}

/** What callers of a stage see now, and would see. */
export interface ApiDifference {
  readonly aspect: 'route' | 'authorizer' | 'cors'
  readonly name: string
  readonly before: string | null
  readonly after: string | null
  /** Of a route that is new here: the stages that have it already. It is promoted from there. */
  readonly from: readonly string[]
}

export interface ApiReview extends NamedStage {
  /** Whether it serves anything yet. */
  readonly served: boolean
  readonly differences: readonly ApiDifference[]
}

const SEEN = ['route', 'authorizer', 'cors'] as const

type Seen = Pick<StageView['aspects'], (typeof SEEN)[number]>

const NOTHING: Seen = { route: new Map(), authorizer: new Map(), cors: new Map() }

/** For each stage named what its plan would do to its API. `built` stands in where the plan itself cannot tell yet. */
export function reviewedApis(
  { definitions }: Plan,
  named: readonly NamedStage[],
  known: KnownOwners,
  built: (stage: NamedStage) => Seen | undefined,
): readonly ApiReview[] {
  return named.flatMap((one): ApiReview[] => {
    const staging = known.workspace === undefined ? 'suffix' : 'workspace'
    const put = (stage: string) => definitions.get(stageAddresses(one.microservice, stage, staging).put)
    const planned = put(one.stage)
    // One that goes altogether is seen in what is destroyed.
    if (planned === undefined || planned.after === null) return []
    const now = planned.before === null ? NOTHING : apiAspects(planned.before)
    const then = planned.after === undefined ? (built(one) ?? NOTHING) : apiAspects(planned.after)
    const others = known.microservices.find(({ name }) => name === one.microservice)?.stages.filter((stage) => stage !== one.stage) ?? []
    const served = (stage: string) => put(stage)?.before?.routes
    const differences = SEEN.flatMap((aspect) =>
      diffAspect(aspect, now[aspect], then[aspect]).map(({ name, left, right }) => ({
        aspect,
        name,
        before: left,
        after: right,
        from: aspect === 'route' && left === null ? others.filter((stage) => served(stage)?.has(name)) : [],
      })),
    )
    return differences.length === 0 ? [] : [{ ...one, served: planned.before !== null, differences }]
  })
}

/** One problem for each stage that the plan would touch although it was not named; none where the plan may be applied. */
export function foreignChanges(changes: readonly ReviewedChange[], named: readonly NamedStage[], command: string): readonly Problem[] {
  const touched = new Map<string, { readonly owner: Owner; readonly changes: ReviewedChange[] }>()
  for (const change of changes) {
    const { owner } = change
    if (owner === undefined || isNamed(owner, named)) continue
    const text = ownerText(owner)
    touched.set(text, { owner, changes: [...(touched.get(text)?.changes ?? []), change] })
  }
  return [...touched].map(([text, { owner, changes: theirs }]) => ({
    where: owner.kind === 'api' ? `microservice ${text}` : owner.kind === 'layer' ? text : `stage ${text}`,
    what: `was not named, and ${theirs.length} of its resources would change`,
    hint:
      owner.kind === 'stage'
        ? `look with \`coworks diff microservice=${owner.microservice} stage=${owner.stage}\`, then name it too: coworks ${command} …`
        : `name the stage or microservice that uses it too: coworks ${command} …`,
    detail: theirs.map(({ action, address, reason }) => `${action} ${address}${reason === null ? '' : `  # ${reason}`}`).join('\n'),
  }))
}

function isNamed(owner: Owner, named: readonly NamedStage[]): boolean {
  switch (owner.kind) {
    case 'stage':
      return named.some(({ microservice, stage }) => microservice === owner.microservice && stage === owner.stage)
    case 'layer':
      return named.some(({ stage }) => stage === owner.stage)
    case 'api':
      return named.some(({ microservice }) => microservice === owner.microservice)
  }
}
