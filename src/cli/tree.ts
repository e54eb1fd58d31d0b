/** `--tree`: what is wanted and what it is made from, drawn as SCons draws it. */
import { keyOf } from '../build/world.js'
import type { PlanOutcome } from '../project/project-types.js'
import { printableLine } from '../util/quote.js'

export function treeText(plan: PlanOutcome, kinds: readonly string[]): string {
  const derived = kinds.includes('derived')
  const prune = kinds.includes('prune')
  const status = kinds.includes('status')
  const states = new Map(plan.planned.map(({ id, state }) => [id, state]))
  const printed = new Set<string>()
  const lines: string[] = []
  if (status) lines.push('fresh: up to date; stale: would be built; unsure: depends on what is not built yet')

  const children = (id: string): string[] => {
    const target = plan.graph.targets.get(id)
    if (target === undefined) return []
    // A user does not know the targets inside: what they are made from stands in their place.
    const below = (plan.graph.dependencies.get(id) ?? []).flatMap((one) => (plan.graph.targets.get(one)?.internal ? children(one) : [one]))
    const targets = [...new Set(below)]
    if (derived) return targets
    const sources = target.inputs
      .filter((input) => input.kind === 'file' || input.kind === 'set' || input.kind === 'env')
      .filter((input) => input.kind !== 'file' || (!input.optional && !plan.graph.producers.has(input.path)))
      .map((input) =>
        input.kind === 'set'
          ? `${input.set.dir}/ (files)`
          : keyOf(input)
              .replace(/^file:/, '')
              .replace(/^env:/, '$'),
      )
    return [...new Set([...targets, ...sources])]
  }
  const draw = (id: string, indent: string, last: boolean): void => {
    const again = prune && printed.has(id) && children(id).length > 0
    const mark = status ? `${(states.get(id) ?? '').padEnd(7)}` : ''
    lines.push(`${mark}${indent}+-${again ? `[${printableLine(id)}]` : printableLine(id)}`)
    if (again) return
    printed.add(id)
    const below = children(id)
    for (const [index, child] of below.entries()) draw(child, `${indent}${last ? '  ' : '| '}`, index === below.length - 1)
  }
  for (const id of plan.wanted) draw(id, '', true)
  return `${lines.join('\n')}\n`
}
