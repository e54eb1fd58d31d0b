/**
 * What a plan would do, out of the JSON that `terraform show` prints of it: to which resource, which of its arguments, and what
 * callers of an API would see before and after. Names only: a plan holds environment variables in clear, and what is not kept cannot be
 * printed or logged. Pure.
 * Source: Terraform's documentation, "JSON Output Format", plan representation. OpenTofu writes the same.
 */
import type { Json } from '../util/hash.js'
import { type ApiView, apiView } from './api-view.js'

export interface PlannedChange {
  readonly address: string
  /** `no-op`, `create`, `read`, `update`, `delete`, `forget`; a replacement is two of them. */
  readonly actions: readonly string[]
  /** The arguments that differ, or those for which it has to be replaced; empty where something else is the reason. */
  readonly names: readonly string[]
  /** Why it is replaced, where it is not for its arguments. */
  readonly cause: 'tainted' | 'follows' | null
  /** An old object that an apply which stopped left behind. */
  readonly deposed: boolean
}

/** An API's definition, as it was put last and as it would be; null where there is none, undefined where only an apply can tell. */
export interface PlannedDefinition {
  readonly before: ApiView | null
  readonly after: ApiView | null | undefined
}

export interface Plan {
  readonly changes: readonly PlannedChange[]
  /** By the address of the put, of every stage in the folder. */
  readonly definitions: ReadonlyMap<string, PlannedDefinition>
}

type Loose = { readonly [key: string]: Json | undefined }

const CAUSES: Readonly<Record<string, PlannedChange['cause']>> = { replace_because_tainted: 'tainted', replace_by_triggers: 'follows' }

/** @throws SyntaxError where the text is no JSON */
export function readPlan(text: string): Plan {
  const plan = object(JSON.parse(text) as Json)
  const configured = new Map(
    list(object(object(plan.configuration).root_module).resources).map((one) => {
      const { address, expressions } = object(one)
      return [String(address), new Set(Object.keys(object(expressions)))]
    }),
  )
  const changes: PlannedChange[] = []
  const definitions = new Map<string, PlannedDefinition>()
  for (const one of list(plan.resource_changes).map(object)) {
    const address = String(one.address)
    const change = object(one.change)
    changes.push({
      address,
      actions: list(change.actions).map(String),
      names: changedNames(change, configured.get(address.replace(/\[.*\]$/s, ''))),
      cause: CAUSES[String(one.action_reason)] ?? null,
      deposed: one.deposed !== undefined,
    })
    if (one.type === 'aws_api_gateway_rest_api_put' && one.deposed === undefined) definitions.set(address, definitionsOf(change))
  }
  return { changes, definitions }
}

/** Of an update what differs, without what only AWS decides (`last_modified`); of a replacement what asks for it. */
function changedNames({ before, after, after_unknown, replace_paths }: Loose, configured: ReadonlySet<string> | undefined): string[] {
  const forcing = list(replace_paths).map((path) => String(list(path)[0]))
  if (forcing.length > 0) return [...new Set(forcing)].sort()
  if (before === null || before === undefined || after === null || after === undefined) return []
  const [left, right, unknown] = [object(before), object(after), object(after_unknown)]
  return [...new Set([...Object.keys(left), ...Object.keys(right), ...Object.keys(unknown)])]
    .filter((name) => JSON.stringify(left[name]) !== JSON.stringify(right[name]) || !isKnown(unknown[name]))
    .filter((name) => configured === undefined || configured.has(name))
    .sort()
}

function definitionsOf({ before, after, after_unknown }: Loose): PlannedDefinition {
  return {
    before: viewOf(object(before).body) ?? null,
    after: after === null ? null : isKnown(object(after_unknown).body) ? (viewOf(object(after).body) ?? null) : undefined,
  }
}

function viewOf(body: Json | undefined): ApiView | undefined {
  if (typeof body !== 'string') return undefined
  try {
    return apiView(JSON.parse(body) as Json)
  } catch {
    return undefined // YAML, from a template of the user's
  }
}

/** `after_unknown` says true for what is not known, or holds it somewhere inside. */
function isKnown(unknown: Json | undefined): boolean {
  if (unknown === true) return false
  if (unknown === null || typeof unknown !== 'object') return true
  return Object.values(unknown).every(isKnown)
}

function object(value: Json | undefined): Loose {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Loose) : {}
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}
