/**
 * Whom a change concerns, in a project of which all was up to date: from the paths of files whose contents differ, to the microservices
 * whose targets may come out different. Pure: takes what is declared and what the traces mention. Whatever is a matter of everybody, or of
 * nobody that it knows, is answered with nothing: then everything must be looked at.
 */
import type { Trace } from '../build/index.js'
import { environmentId } from './environment.js'
import { inFolder, type Microservice, paths } from './microservice.js'

/** What the traces say, as they were when all was up to date. */
export interface Traces {
  /** Targets whose trace mentions a text. More than are meant, never fewer. */
  mentioning(text: string): readonly string[]
  trace(id: string): Pick<Trace, 'inputs' | 'discovered'> | undefined
}

export function concernedBy(
  changed: readonly string[],
  microservices: readonly Microservice[],
  traces: Traces,
): ReadonlySet<string> | undefined {
  const owners = new Owners(microservices)
  const names = new Set<string>()
  const add = (ids: readonly string[]): boolean =>
    ids.every((id) => {
      const owner = owners.of(id)
      if (owner !== undefined) names.add(owner)
      return owner !== undefined
    })
  for (const path of changed) {
    const owner = owners.of(path)
    if (owner !== undefined) names.add(owner)
    else if (owners.shared(path)) return undefined
    const ids = traces.mentioning(path)
    if (ids.length === 0 || !add(ids)) return undefined
  }
  // A set grows while it is gone through: what is added is asked about too.
  for (const name of names) {
    // Every output of a microservice has its name in its path: whoever is made from one mentions it.
    const ids = traces.mentioning(name)
    if (!add(ids)) return undefined
    // What it is made from must be in the graph with it.
    for (const id of ids) {
      if (owners.of(id) !== name) continue
      for (const path of madeFrom(traces.trace(id))) {
        const owner = owners.of(path)
        if (owner !== undefined) names.add(owner)
      }
    }
  }
  return names
}

function* madeFrom(trace: Pick<Trace, 'inputs' | 'discovered'> | undefined): Generator<string> {
  for (const { key, items } of trace?.inputs ?? []) {
    if (key.startsWith('file:') || key.startsWith('target:')) yield key.slice(key.indexOf(':') + 1)
    for (const [path] of items ?? []) yield path
  }
  for (const [path] of trace?.discovered ?? []) yield path
}

const INSIDE = '.coworks/build/'

/** Which microservice alone a target or an output belongs to. Hundreds have thousands of them, and few are asked for. */
class Owners {
  private readonly known = new Map<string, string | undefined>()
  private readonly names: ReadonlySet<string>
  private readonly folders = new Set<string>()

  constructor(private readonly microservices: readonly Microservice[]) {
    this.names = new Set(microservices.map(({ name }) => name))
    for (const { project } of microservices)
      for (const folder of [project.terraformDir, project.templatesDir]) this.folders.add(inFolder(folder, ''))
  }

  of(path: string): string | undefined {
    if (!this.known.has(path)) this.known.set(path, this.find(path))
    return this.known.get(path)
  }

  private find(path: string): string | undefined {
    // Its name is in each of them.
    if (this.inFolders(path) || path.includes(' of '))
      for (const ms of this.microservices) if (path.includes(ms.name) && ownedBy(ms).includes(path)) return ms.name
    if (!path.startsWith(INSIDE)) return undefined
    const name = /^[^/.]+/.exec(path.slice(INSIDE.length))?.[0]
    return name !== undefined && this.names.has(name) ? name : undefined
  }

  /** Does it lie where files count that no trace mentions: backends, providers, states, templates, what coworks itself keeps? */
  shared(path: string): boolean {
    return path.startsWith('.coworks/') || this.inFolders(path)
  }

  private inFolders(path: string): boolean {
    for (const folder of this.folders) if (path.startsWith(folder)) return true
    return false
  }
}

function ownedBy(ms: Microservice): readonly string[] {
  const ofStages = ms.stages.flatMap((stage) => [paths.zip(ms, stage), paths.stage(ms, stage), environmentId(ms.name, stage)])
  return [paths.api(ms), paths.description(ms.name), ...ofStages]
}
