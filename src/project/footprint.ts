/**
 * What a build looked at, turned round: from paths that may have changed to the microservices that could come out different.
 * Takes the graph and the traces of the last whole build. Decides nothing about content: an answer that names too much costs time,
 * so whatever is not known for certain is "everything".
 */
import { closureOf, type FileSignature, type Graph, type Trace } from '../build/index.js'
import type { SelectedStage } from './microservice.js'

export type Affected =
  /** Nothing that the build looked at is different. */
  | { readonly kind: 'nothing' }
  /** Only the contents of files that these microservices are made from. */
  | { readonly kind: 'microservices'; readonly names: ReadonlySet<string>; readonly paths: readonly string[] }
  /** `declared`: a file came, went, or is known to no target, so that the Coworksfile may say something else now. */
  | { readonly kind: 'everything'; readonly declared: boolean; readonly paths: readonly string[] }

/** What there is now: the traces of targets, and what paths are. */
export interface Now {
  trace(id: string): Trace | undefined
  signature(path: string): FileSignature
}

/** By trace: one that was not made again is not read again. */
const known = new WeakMap<Trace, ReadonlyMap<string, FileSignature>>()

export class Footprint {
  private microservices: ReadonlyMap<string, ReadonlySet<string>> | undefined

  constructor(
    private readonly graph: Graph,
    private readonly stages: readonly SelectedStage[],
  ) {}

  /** Finds out ahead what the next question will need. */
  prepare(): void {
    this.users()
  }

  /** Which microservices each target is made for. Found out when it is asked for: most builds are the only one of their process. */
  private users(): ReadonlyMap<string, ReadonlySet<string>> {
    if (this.microservices !== undefined) return this.microservices
    const { graph } = this
    const users = new Map<string, Set<string>>(graph.order.map((id) => [id, new Set()]))
    for (const name of new Set(this.stages.map(({ microservice }) => microservice.name))) {
      for (const id of closureOf(graph, graph.targets.has(name) ? [name] : [])) users.get(id)?.add(name)
    }
    this.microservices = users
    return users
  }

  affected(changed: readonly string[], now: Now): Affected {
    const names = new Set<string>()
    /** Those that differ, or that no target knows. */
    const paths: string[] = []
    let everything = false
    let declared = false
    for (const path of changed) {
      const signature = now.signature(path)
      let found = false
      let differs = false
      for (const [id, users] of this.users()) {
        const trace = now.trace(id)
        if (trace === undefined) continue
        const seen = pathsOf(trace).get(path)
        if (seen === undefined) continue
        found = true
        if (seen === signature) continue
        differs = true
        // What no microservice stands for (a Command, a layer named by itself) is only built with everything.
        if (users.size === 0) everything = true
        if (!isFile(seen) || !isFile(signature)) everything = declared = true
        for (const name of users) names.add(name)
      }
      if (!found) everything = declared = true
      if (!found || differs) paths.push(path)
    }
    if (everything) return { kind: 'everything', declared, paths }
    return names.size === 0 ? { kind: 'nothing' } : { kind: 'microservices', names, paths }
  }
}

function pathsOf(trace: Trace): ReadonlyMap<string, FileSignature> {
  const before = known.get(trace)
  if (before !== undefined) return before
  const found = new Map<string, FileSignature>()
  for (const { key, signature, items } of trace.inputs) {
    if (key.startsWith('file:')) found.set(key.slice('file:'.length), signature)
    for (const [path, one] of items ?? []) found.set(path, one)
  }
  for (const [path, signature] of trace.discovered) found.set(path, signature)
  for (const { path, signature } of trace.outputs) found.set(path, signature)
  known.set(trace, found)
  return found
}

function isFile(signature: FileSignature): boolean {
  return signature.startsWith('f:') || signature.startsWith('x:')
}
