/**
 * What a build would do, without doing it: `-n`, `-q`, `--tree` and the explanations read this. Pure.
 *
 * Exact where it can be. Behind a target that is not built yet nobody knows whether its value will change; SCons
 * guesses that it does, this says "unsure until".
 */
import { decide, type Seen } from './decide.js'
import type { Graph } from './graph.js'
import type { Reason, Trace } from './model.js'

export type Planned =
  | { readonly id: string; readonly state: 'fresh' }
  | { readonly id: string; readonly state: 'stale'; readonly reasons: readonly Reason[] }
  /** `until`: the stale targets that decide it; `reasons`: why those are stale. */
  | { readonly id: string; readonly state: 'unsure'; readonly until: readonly string[]; readonly reasons: readonly Reason[] }

export interface Observer {
  trace(id: string): Trace | undefined
  /** What is seen of a target's inputs; `pending` are dependencies whose value is not known. */
  see(id: string, pending: ReadonlySet<string>): Seen
}

export function planBuild(graph: Graph, ids: readonly string[], observer: Observer): Planned[] {
  const pending = new Set<string>()
  const until = new Map<string, readonly string[]>()
  const stale = new Map<string, readonly Reason[]>()
  return ids.map((id): Planned => {
    const target = graph.targets.get(id)
    const dependencies = (graph.dependencies.get(id) ?? []).filter((dependency) => pending.has(dependency))
    if (target === undefined || target.action === undefined) {
      if (dependencies.length > 0) pending.add(id)
      until.set(id, [...new Set(dependencies.flatMap((dependency) => until.get(dependency) ?? [dependency]))])
      return { id, state: 'fresh' }
    }
    const seen = observer.see(id, pending)
    const reasons = decide(target, observer.trace(id), seen)
    if (reasons.length > 0) {
      pending.add(id)
      stale.set(id, reasons)
      return { id, state: 'stale', reasons }
    }
    if (seen.unknown.length === 0) return { id, state: 'fresh' }
    pending.add(id)
    const waits = [...new Set(dependencies.flatMap((dependency) => until.get(dependency) ?? [dependency]))]
    until.set(id, waits)
    return { id, state: 'unsure', until: waits, reasons: waits.flatMap((on) => stale.get(on) ?? []) }
  })
}
