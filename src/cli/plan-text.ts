/**
 * A plan as a person reads it before saying yes: under each stage a line a resource, then what callers of it would see, and how
 * many of each kind. A change of routes is never cut short: it is what a promotion looks like.
 */
import type { FolderPlan } from '../project/deploy-phase.js'
import type { ApiDifference, ApiReview, ChangeAction, ReviewedChange } from '../project/plan-review.js'
import { ownerText } from '../project/stage-owner.js'
import { printable } from '../util/quote.js'

const ACTIONS: readonly ChangeAction[] = ['create', 'update', 'replace', 'destroy', 'forget']

/** Of a stage that is made, this many routes are named. */
const NAMED = 20

export function planText({ terraformDir, workspace, changes, apis }: FolderPlan): string {
  const counts = ACTIONS.flatMap((action) => {
    const count = changes.filter((change) => change.action === action).length
    return count === 0 ? [] : [`${count} to ${action}`]
  })
  const lines = [
    `coworks: Terraform's plan, in ${terraformDir}${workspace === undefined ? '' : `, workspace ${workspace}`}:`,
    ...changeLines(changes),
    ...apis.flatMap(apiLines),
    `coworks: ${counts.length === 0 ? 'outputs would change, and nothing else' : counts.join(', ')}.`,
  ]
  return lines.map((line) => `${printable(line)}\n`).join('')
}

function changeLines(changes: readonly ReviewedChange[]): string[] {
  const sections = new Map<string, ReviewedChange[]>()
  for (const change of changes) {
    const owner = change.owner === undefined ? 'not made by coworks' : ownerText(change.owner)
    sections.set(owner, [...(sections.get(owner) ?? []), change])
  }
  return [...sections].flatMap(([owner, theirs]) => [
    `  ${owner}`,
    ...theirs.map(({ action, address, reason }) => `    ${action.padEnd(7)}  ${address}${reason === null ? '' : `  # ${reason}`}`),
  ])
}

function apiLines({ microservice, stage, served, differences }: ApiReview): string[] {
  const shown = served ? differences : differences.slice(0, NAMED)
  const width = Math.min(40, Math.max(...shown.map((one) => nameOf(one).length)))
  return [
    served ? `  what callers of ${microservice} ${stage} will see` : `  what ${microservice} ${stage} will serve`,
    ...shown.map((one) => `    ${MARKS[kindOf(one)]} ${nameOf(one).padEnd(width)}  ${sides(one)}`),
    ...(shown.length === differences.length ? [] : [`    and ${differences.length - shown.length} more`]),
  ]
}

const MARKS = { new: '+', gone: '-', changed: '~' }

function kindOf({ before, after }: ApiDifference): keyof typeof MARKS {
  return before === null ? 'new' : after === null ? 'gone' : 'changed'
}

function nameOf({ aspect, name }: ApiDifference): string {
  return aspect === 'route' ? name : `${aspect} ${name}`
}

function sides({ before, after, from }: ApiDifference): string {
  const promoted = from.length === 0 ? '' : `  # promoted from ${from.join(', ')}`
  if (before === null || after === null) return `${before ?? after ?? ''}${promoted}`
  return `${before} -> ${after}`
}
