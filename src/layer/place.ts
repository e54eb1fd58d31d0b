/**
 * Where each package lies in the layer, so that Node finds there the very package that its requirer found in the project.
 * Pure: installed packages and who needs whom come in, paths go out. A layer holds no links, so two versions of one package
 * are told apart by nesting, as npm does.
 *
 *     top        nodejs/node_modules/b            the version the project asks for, else the one most packages ask for
 *     nested     nodejs/node_modules/a/node_modules/b    any other version, below whoever asks for it
 *
 * One rule keeps it right: a place gets its nested packages before anything below it is looked at, and never later, so
 * nothing that was found is hidden afterwards.
 */
import { byCodeUnit } from '../util/hash.js'
import { CoworksError } from '../util/problem.js'

/** An arrow of the graph: the name asked for, and the folder it was found in. */
export interface Arrow {
  readonly name: string
  readonly dir: string
}

export interface Place {
  readonly name: string
  readonly dir: string
  /** Such as `nodejs/node_modules/a/node_modules/b`. */
  readonly layerPath: string
  /** The name of the package that made it come along; nothing where the project itself did. */
  readonly requiredBy: string | undefined
}

interface Spot {
  readonly name: string
  readonly dir: string
  readonly above: Spot | undefined
  readonly depth: number
  readonly path: string
  readonly requiredBy: string | undefined
  readonly nested: Map<string, Spot>
}

export const MODULES = 'nodejs/node_modules'
/** npm's deepest trees have some ten levels; versions that require each other in a circle would nest for ever. */
const DEEPEST = 40
const MOST = 20_000

/**
 * `needs`: the arrows of each folder, in an order that does not depend on the machine.
 * @throws CoworksError when the packages require each other's versions in a circle that only links could express.
 */
export function place(roots: readonly Arrow[], needs: ReadonlyMap<string, readonly Arrow[]>): Place[] {
  const top = topVersions(roots, needs)
  const root: Spot = { name: '', dir: '', above: undefined, depth: 0, path: 'nodejs', requiredBy: undefined, nested: new Map() }
  const queue: Spot[] = []
  const put = (into: Spot, arrow: Arrow, requiredBy: string | undefined) => {
    const path = `${into.path}/node_modules/${arrow.name}`
    const spot: Spot = { ...arrow, above: into, depth: into.depth + 1, path, requiredBy, nested: new Map() }
    if (spot.depth > DEEPEST || queue.length > MOST) {
      throw new CoworksError({
        where: arrow.name,
        what: 'cannot be put into a layer: versions of it and of others require each other in a circle',
        hint: 'bring them to one version each, with `overrides` in package.json',
      })
    }
    into.nested.set(arrow.name, spot)
    queue.push(spot)
  }
  for (const arrow of roots) if (!root.nested.has(arrow.name)) put(root, arrow, undefined)
  // The queue grows while it is walked.
  for (const spot of queue) {
    for (const arrow of needs.get(spot.dir) ?? []) {
      const found = seenFrom(spot, arrow.name)
      if (found?.dir === arrow.dir) continue
      put(found === undefined && top.get(arrow.name) === arrow.dir ? root : spot, arrow, spot.name)
    }
  }
  return queue
    .map(({ name, dir, path, requiredBy }) => ({ name, dir, layerPath: path, requiredBy }))
    .sort((a, b) => byCodeUnit(a.layerPath, b.layerPath))
}

/** Node's own walk: a package's own node_modules first, then those above. */
function seenFrom(spot: Spot, name: string): Spot | undefined {
  for (let at: Spot | undefined = spot; at !== undefined; at = at.above) {
    const found = at.nested.get(name)
    if (found !== undefined) return found
  }
  return undefined
}

function topVersions(roots: readonly Arrow[], needs: ReadonlyMap<string, readonly Arrow[]>): Map<string, string> {
  const counts = new Map<string, Map<string, number>>()
  for (const { name, dir } of [...needs.values()].flat()) {
    const ofName = counts.get(name) ?? new Map<string, number>()
    ofName.set(dir, (ofName.get(dir) ?? 0) + 1)
    counts.set(name, ofName)
  }
  const top = new Map<string, string>()
  for (const [name, ofName] of counts) {
    let most = 0
    for (const [dir, count] of ofName) {
      if (count <= most) continue // the first of equals, so that the order of `needs` decides and not a path
      most = count
      top.set(name, dir)
    }
  }
  for (const { name, dir } of roots) top.set(name, dir)
  return top
}
