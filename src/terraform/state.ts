/**
 * What Terraform's state says is deployed, in the few attributes that a difference is made of. The rest is dropped while
 * reading: a state holds environment variables in clear, and what is not kept cannot be printed or logged.
 * Source: terraform, internal/states/statefile/version4.go. OpenTofu writes the same.
 */
import { CoworksError } from '../util/problem.js'

export interface DeployedResource {
  /** `aws_lambda_function.app-test_dev`, with its module and index where it has one. */
  readonly address: string
  readonly type: string
  /** Terraform will replace it at the next apply. */
  readonly tainted: boolean
  /** Those of `kept` below, as far as the resource has them. */
  readonly attributes: { readonly [name: string]: string }
  /** The `triggers` of a deployment or of a put. */
  readonly triggers: { readonly [name: string]: string }
  /** Addresses, without index, of what it depended on when it was last applied. */
  readonly dependencies: readonly string[]
}

export interface DeployedState {
  readonly serial: number
  readonly lineage: string
  readonly resources: ReadonlyMap<string, DeployedResource>
}

const kept = ['source_code_hash', 'code_sha256', 'last_modified', 'function_name', 'arn', 'id'] as const

type Loose = { readonly [key: string]: unknown }

/** @throws CoworksError where the text is no state of version 4. */
export function parseState(text: string): DeployedState {
  const refused = (what: string, hint?: string): CoworksError => new CoworksError({ where: "Terraform's state", what, hint })
  let state: Loose
  try {
    state = object(JSON.parse(text))
  } catch {
    // What JSON says of it shows a piece of the text, and a state holds secrets in clear.
    throw refused('is no JSON, or not all of it')
  }
  if (state.encrypted_data !== undefined)
    throw refused('is encrypted', 'it is read with `terraform state pull` (or `tofu`), not from its file')
  if (state.version !== 4)
    throw refused(`is of version ${String(state.version)}, not 4`, 'run `terraform apply` once with Terraform 0.12 or later')
  const resources = new Map<string, DeployedResource>()
  for (const resource of list(state.resources).map(object)) {
    if (resource.mode !== 'managed') continue
    const type = string(resource.type)
    const name = `${resource.module === undefined ? '' : `${string(resource.module)}.`}${type}.${string(resource.name)}`
    for (const instance of list(resource.instances).map(object)) {
      // An old object that create_before_destroy could not remove yet: nothing is served from it.
      if (instance.deposed !== undefined) continue
      const index = instance.index_key
      const address = index === undefined ? name : `${name}[${JSON.stringify(index)}]`
      const attributes = object(instance.attributes)
      resources.set(address, {
        address,
        type,
        tainted: instance.status === 'tainted',
        attributes: Object.fromEntries(kept.flatMap((key) => (typeof attributes[key] === 'string' ? [[key, attributes[key]]] : []))),
        triggers: Object.fromEntries(
          Object.entries(object(attributes.triggers)).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
        ),
        dependencies: list(instance.dependencies).map(string),
      })
    }
  }
  return { serial: typeof state.serial === 'number' ? state.serial : 0, lineage: string(state.lineage), resources }
}

function object(value: unknown): Loose {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Loose) : {}
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
