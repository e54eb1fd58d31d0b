/** What Depends, Requires, AlwaysBuild, NoClean and Alias say, added to the targets they speak of. Pure; refuses names of nothing. */
import type { Input, Target } from '../build/index.js'
import { nearestHint } from '../util/nearest.js'
import { CoworksError, type Problem } from '../util/problem.js'
import { sourceInput } from './command-target.js'
import type { Declarations } from './declarations.js'

export interface Relations {
  readonly targets: ReadonlyMap<string, Target>
  readonly aliases: ReadonlyMap<string, ReadonlySet<string>>
  /** Names of targets that this build does not need, and so are not in the graph. */
  readonly elsewhere: (name: string) => boolean
}

/** @throws CoworksError with every name that is none */
export function relate({ depends, requires, always, noClean }: Declarations, { targets, aliases, elsewhere }: Relations): Target[] {
  const problems: Problem[] = []
  const names = [...targets.values()].flatMap((target) => (target.internal ? [] : [target.id])).concat(...aliases.keys())
  const owner = (where: string, name: string): string | undefined => {
    const found = targets.has(name) ? name : [...targets.values()].find((target) => target.outputs.includes(name))?.id
    if (found === undefined && !aliases.has(name) && !elsewhere(name))
      problems.push({ where, what: `unknown target \`${name}'`, hint: nearestHint(name, names) })
    return found
  }
  const extraInputs = new Map<string, Input[]>()
  const extraRequires = new Map<string, string[]>()
  for (const { target, on } of depends) {
    for (const id of aliases.get(target) ?? [owner(`Depends('${target}')`, target)]) {
      if (id !== undefined) extraInputs.set(id, [...(extraInputs.get(id) ?? []), ...on.map(sourceInput)])
    }
  }
  for (const { target, on } of requires) {
    const where = `Requires('${target}')`
    for (const id of aliases.get(target) ?? [owner(where, target)]) {
      const first = on.map((name) => (aliases.has(name) ? name : owner(where, name))).filter((name) => name !== undefined)
      if (id !== undefined) extraRequires.set(id, [...(extraRequires.get(id) ?? []), ...first])
    }
  }
  for (const name of always) owner('AlwaysBuild', name)
  for (const name of noClean) owner('NoClean', name)
  for (const name of aliases.keys())
    if (targets.has(name)) problems.push({ where: `Alias('${name}')`, what: 'is the name of a target already' })
  if (problems.length > 0) throw new CoworksError(problems)

  const marked = (set: ReadonlySet<string>, target: Target) => [target.id, ...target.outputs].some((name) => set.has(name))
  const related = [...targets.values()].map(
    (target): Target => ({
      ...target,
      inputs: [...target.inputs, ...(extraInputs.get(target.id) ?? [])],
      requires: [...target.requires, ...(extraRequires.get(target.id) ?? [])],
      always: (target.always ?? false) || marked(always, target),
      noClean: (target.noClean ?? false) || marked(noClean, target),
    }),
  )
  const known = (name: string) => targets.has(name) || aliases.has(name)
  return [...related, ...[...aliases].map(([id, on]): Target => ({ id, outputs: [], inputs: [], requires: [...on].filter(known) }))]
}
