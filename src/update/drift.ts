/**
 * Three sides of one thing, code or a layer: what is built here, what Terraform's state says, what Lambda has; and, from the ledger, what was pushed from here. Says which of
 * them is ahead. Pure.
 *
 *     Lambda has what is built ─┬─ the state says so, or is not known ─────► in-sync
 *                               ├─ it does not, and the ledger knows why ──► updated (nothing is lost track of)
 *                               └─ it does not, and nobody here knows why ─► state-behind
 *     Lambda has something else ┬─ what was pushed from here ──────────────► built-ahead, or lambda-ahead where the state has what is built
 *                               ├─ what Terraform has seen there ──────────► built-ahead, unless the state says it is what is built
 *                               └─ neither ────────────────────────────────► unknown
 */
import { unreachable } from '../util/unreachable.js'

export interface KnownPush {
  /** ISO 8601, UTC. */
  readonly time: string
  readonly by: string
}

export interface Sides {
  /** Does Lambda have the content that is built? */
  readonly lambdaIsBuilt: boolean
  /** The same of the state; undefined where it is not known. */
  readonly stateIsBuilt: boolean | undefined
  /** Did the state's last refresh see what Lambda has now? */
  readonly stateSawLambda: boolean
  /** The last push from here that put there what Lambda has. */
  readonly push: KnownPush | undefined
  /** When Lambda was changed last, where it says so. */
  readonly modified: string | undefined
}

export type Drift =
  | { readonly kind: 'in-sync'; readonly stateKnown: boolean }
  | { readonly kind: 'updated'; readonly push: KnownPush }
  | { readonly kind: 'state-behind' }
  | { readonly kind: 'built-ahead'; readonly push: KnownPush | undefined }
  | { readonly kind: 'lambda-ahead'; readonly push: KnownPush }
  | { readonly kind: 'unknown'; readonly modified: string | undefined; readonly stateIsBuilt: boolean }
  /** In Terraform's state, and not in Lambda. */
  | { readonly kind: 'gone' }
  /** In neither. */
  | { readonly kind: 'not-deployed' }
  /** In Lambda, and not in the state that is known. */
  | { readonly kind: 'not-in-state' }
  /** What only Terraform deploys, and has not: by name. */
  | { readonly kind: 'terraform'; readonly names: readonly string[] }

export function driftOf({ lambdaIsBuilt, stateIsBuilt, stateSawLambda, push, modified }: Sides): Drift {
  if (lambdaIsBuilt) {
    if (stateIsBuilt !== false) return { kind: 'in-sync', stateKnown: stateIsBuilt !== undefined }
    return push === undefined ? { kind: 'state-behind' } : { kind: 'updated', push }
  }
  if (push !== undefined) return stateIsBuilt === true ? { kind: 'lambda-ahead', push } : { kind: 'built-ahead', push }
  if (stateSawLambda && stateIsBuilt === false) return { kind: 'built-ahead', push: undefined }
  return { kind: 'unknown', modified, stateIsBuilt: stateIsBuilt === true }
}

/** Does everybody agree, or is it known why not? */
export function inSync({ kind }: Drift): boolean {
  return kind === 'in-sync' || kind === 'updated'
}

export function driftText(drift: Drift): string {
  switch (drift.kind) {
    case 'in-sync':
      return drift.stateKnown ? 'in sync' : "in sync with Lambda; Terraform's state is not known"
    case 'updated':
      return `in sync: Lambda has what is built, because of the update ${of(drift.push)}; Terraform's state is behind until the next apply`
    case 'state-behind':
      return "Terraform's state is behind: Lambda has what is built, pushed by somebody else; the next apply notes it"
    case 'built-ahead':
      return drift.push === undefined
        ? "built is ahead of Lambda and of Terraform's state: coworks update, or terraform apply"
        : `built is ahead of Lambda, which has the update ${of(drift.push)}: coworks update`
    case 'lambda-ahead':
      return `Lambda is ahead of Terraform's state, because of the update ${of(drift.push)}; what is built went back: coworks update`
    case 'unknown': {
      const when = drift.modified === undefined ? '' : `, changed last ${drift.modified}`
      const though = drift.stateIsBuilt ? ", though Terraform's state says it is what is built" : ''
      return `Lambda has what was not built or pushed here${when}${though}`
    }
    case 'gone':
      return "in Terraform's state, and not in Lambda: terraform apply makes it again"
    case 'not-deployed':
      return 'built, and not deployed: coworks deploy'
    case 'not-in-state':
      return "in Lambda, and not in Terraform's state: is it another state's?"
    case 'terraform':
      return `built is ahead of Terraform's state: ${drift.names.join(', ')}; terraform apply`
    default:
      return unreachable(drift)
  }
}

function of({ time, by }: KnownPush): string {
  return `of ${time.slice(0, 16).replace('T', ' ')} UTC by ${by}`
}
