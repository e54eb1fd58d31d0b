/**
 * Targets -> a checked graph. Decides who depends on whom; refuses two targets with one output, unknown names and
 * cycles, all of them at once. Knows no disk.
 */
import { byCodeUnit } from '../util/hash.js'
import { nearestHint } from '../util/nearest.js'
import { CoworksError, type Problem } from '../util/problem.js'
import type { FileSet, Target } from './model.js'

export interface Graph {
  readonly targets: ReadonlyMap<string, Target>
  /** Which target makes this path. */
  readonly producers: ReadonlyMap<string, string>
  /** Which of these paths a set of files would find. */
  readonly made: { inSet(set: FileSet): readonly string[] }
  /** Every target after all it depends on; otherwise in the order of their ids. */
  readonly order: readonly string[]
  /** Direct dependencies (values and order-only), sorted. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>
}

/** @throws CoworksError with every problem found. */
export function makeGraph(targets: Iterable<Target>): Graph {
  const problems: Problem[] = []
  const byId = new Map<string, Target>()
  const producers = new Map<string, string>()
  for (const target of targets) {
    const twin = byId.has(target.id)
    if (twin) {
      const word = target.outputs.includes(target.id) ? 'output' : 'name'
      problems.push({ where: target.id, what: `two targets have this ${word}`, hint: `give one of them another ${word}` })
    }
    byId.set(target.id, target)
    for (const path of target.outputs) {
      const other = producers.get(path)
      // A target is named by its first output: two of one name have been told already.
      if (other !== undefined && !(twin && other === target.id)) {
        problems.push({
          where: path,
          what: `two targets have this output: ${other} and ${target.id}`,
          hint: 'give one of them another path',
        })
      }
      producers.set(path, target.id)
    }
  }
  for (const path of producers.keys()) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      const folder = path.slice(0, at)
      if (producers.has(folder)) problems.push({ where: path, what: `lies inside \`${folder}', which is a file that another target makes` })
    }
  }
  const dependencies = new Map<string, readonly string[]>()
  const made = new Made(producers)
  for (const target of byId.values()) {
    const found = new Set<string>()
    for (const input of target.inputs) {
      if (input.kind === 'target') found.add(input.id)
      else if (input.kind === 'file') {
        const producer = producers.get(input.path)
        if (producer !== undefined) found.add(producer)
      } else if (input.kind === 'set' || input.kind === 'names') {
        for (const path of made.inSet(input.set)) {
          const producer = producers.get(path)
          if (producer !== undefined && producer !== target.id) found.add(producer)
        }
      }
    }
    for (const id of target.requires) found.add(id)
    for (const id of found) {
      if (!byId.has(id))
        problems.push({ where: target.id, what: `depends on an unknown target \`${id}'`, hint: nearestHint(id, byId.keys()) })
    }
    dependencies.set(target.id, [...found].filter((id) => byId.has(id)).sort(byCodeUnit))
  }
  const order = topological([...byId.keys()].sort(byCodeUnit), dependencies, problems)
  if (problems.length > 0) throw new CoworksError(problems)
  return { targets: byId, producers, made, order, dependencies }
}

/** The paths that targets make, to be asked which of them a set would find, once for each set. */
class Made {
  private readonly sorted: readonly string[]
  private readonly known = new Map<string, readonly string[]>()

  constructor(private readonly producers: ReadonlyMap<string, string>) {
    this.sorted = [...producers.keys()].sort(byCodeUnit)
  }

  inSet(set: FileSet): readonly string[] {
    const known = this.known.get(set.key)
    if (known !== undefined) return known
    const found =
      set.list !== undefined ? set.list.filter((path) => this.producers.has(path)) : this.below(set.dir).filter((path) => inSet(path, set))
    this.known.set(set.key, found)
    return found
  }

  /** A project has hundreds of sets and thousands of outputs: only those in the folder of a set are looked at. */
  private below(dir: string): readonly string[] {
    if (dir === '.') return this.sorted
    const first = lowerBound(this.sorted, `${dir}/`)
    let last = first
    while (this.sorted[last]?.startsWith(`${dir}/`)) last++
    return this.sorted.slice(first, last)
  }
}

function lowerBound(sorted: readonly string[], value: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? '') < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Would this path, which a target makes, be found by the set? */
function inSet(path: string, set: FileSet): boolean {
  const prefix = set.dir === '.' ? '' : `${set.dir}/`
  if (!path.startsWith(prefix)) return false
  for (let at = path.indexOf('/', prefix.length); at >= 0; at = path.indexOf('/', at + 1)) {
    if (set.skipDir?.(path.slice(0, at))) return false
  }
  return set.matches === undefined || set.matches(path)
}

function topological(ids: readonly string[], dependencies: ReadonlyMap<string, readonly string[]>, problems: Problem[]): string[] {
  const state = new Map<string, 'open' | 'done'>()
  const order: string[] = []
  // An explicit stack: a chain of ten thousand Commands must not overflow the call stack.
  for (const root of ids) {
    const stack: { id: string; next: number }[] = state.has(root) ? [] : [{ id: root, next: 0 }]
    if (stack.length > 0) state.set(root, 'open')
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const dependency = (dependencies.get(top.id) ?? [])[top.next++]
      if (dependency === undefined) {
        state.set(top.id, 'done')
        order.push(top.id)
        stack.pop()
      } else if (!state.has(dependency)) {
        state.set(dependency, 'open')
        stack.push({ id: dependency, next: 0 })
      } else if (state.get(dependency) === 'open') {
        const cycle = stack.map((frame) => frame.id)
        problems.push({ what: `dependency cycle: ${[...cycle.slice(cycle.indexOf(dependency)), dependency].join(' -> ')}` })
      }
    }
  }
  return order
}

/** The targets wanted and all they need, in the graph's order. */
export function closureOf(graph: Graph, wanted: Iterable<string>): string[] {
  const needed = new Set<string>()
  const stack = [...wanted]
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (needed.has(id)) continue
    needed.add(id)
    stack.push(...(graph.dependencies.get(id) ?? []))
  }
  return graph.order.filter((id) => needed.has(id))
}

/**
 * Ids for what a user named: a target, an alias, an output, or a folder of outputs.
 * @throws CoworksError naming each unknown one with the nearest name.
 */
export function selectTargets(graph: Graph, names: readonly string[]): string[] {
  const problems: Problem[] = []
  const selected = new Set<string>()
  for (const given of names) {
    const name = given.replace(/^\.\//, '').replace(/\/+$/, '') || '.'
    const producer = graph.targets.has(name) ? name : graph.producers.get(name)
    if (producer !== undefined) {
      selected.add(producer)
      continue
    }
    const below = [...graph.producers].filter(([path]) => name === '.' || path.startsWith(`${name}/`))
    if (below.length === 0) {
      const known = [...graph.targets.values()].filter((target) => !target.internal).map((target) => target.id)
      problems.push({ what: `unknown target \`${given}'`, hint: nearestHint(name, known) })
    }
    for (const [, id] of below) selected.add(id)
  }
  if (problems.length > 0) throw new CoworksError(problems)
  return [...selected].sort(byCodeUnit)
}
