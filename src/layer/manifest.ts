/** A `package.json`, reduced to what decides a layer: its name, its version, and the packages it needs at run time. */
import { readFileSync } from 'node:fs'
import { byCodeUnit } from '../util/hash.js'
import { parseJsonObject, recordOf, stringsOf } from '../util/json-object.js'

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly needs: readonly Need[]
  /** The fields as they are, for the few that only one reader wants. */
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Need {
  /** The name it is imported by, which for an alias (`npm:other@1`) is not the package's own. */
  readonly name: string
  readonly range: string
  /** `required` must be there; `optional` may be missing; `peer` is taken along if somebody installed it. */
  readonly kind: 'required' | 'optional' | 'peer'
}

/**
 * Reads `file`. `shown`: how messages name it.
 * @throws CoworksError when it is no JSON object; the error of the file system when it cannot be read.
 */
export function readManifest(file: string, shown: string): Manifest {
  const fields = parseJsonObject(readFileSync(file, 'utf8'), shown)
  return {
    name: typeof fields.name === 'string' ? fields.name : '',
    version: typeof fields.version === 'string' ? fields.version : '',
    needs: needsOf(fields),
    fields,
  }
}

function needsOf(fields: Readonly<Record<string, unknown>>): Need[] {
  const needs = new Map<string, Need>()
  const optionalPeers = recordOf(fields.peerDependenciesMeta)
  for (const [name, range] of Object.entries(stringsOf(fields.peerDependencies))) {
    const meta = recordOf(optionalPeers[name])
    if (meta.optional !== true) needs.set(name, { name, range, kind: 'peer' })
  }
  // What a package brings along in its own node_modules is often left out of its `dependencies`.
  const bundled = fields.bundleDependencies ?? fields.bundledDependencies
  for (const name of Array.isArray(bundled) ? bundled.filter((item) => typeof item === 'string') : []) {
    needs.set(name, { name, range: '*', kind: 'optional' })
  }
  for (const [name, range] of Object.entries(stringsOf(fields.dependencies))) needs.set(name, { name, range, kind: 'required' })
  // As npm has it: a package in both lists is optional.
  for (const [name, range] of Object.entries(stringsOf(fields.optionalDependencies))) needs.set(name, { name, range, kind: 'optional' })
  return [...needs.values()].sort((a, b) => byCodeUnit(a.name, b.name))
}

/** `name` or `@scope/name`, and nothing that would walk out of node_modules. */
export function isPackageName(name: string): boolean {
  return /^(@[^/\\@]+\/)?[^/\\@.][^/\\]*$/.test(name) && !name.includes('..')
}
