/** What a rebuild was for and what came of it, in one line for a person. Pure: data in, text out. */
import type { TargetReport } from '../build/index.js'
import type { BuildResult } from '../watch/index.js'

type Built = Extract<BuildResult, { kind: 'built' }>

/** More than so many are counted instead of named. */
const NAMED = 4

/**
 * The sources that really were different, by the reasons of what was built; where the reasons name none (a new Coworksfile gives new
 * targets), what was told of as changed.
 */
export function changedNames({ reports }: Pick<Built, 'reports'>, told: readonly string[]): readonly string[] {
  const made = new Set(reports.flatMap(({ id, outputs, reasons }) => [id, ...outputs.map(({ path }) => path), ...lost(reasons)]))
  const names = reports.flatMap(({ reasons }) => reasons.flatMap((reason) => ('name' in reason ? [reason.name] : [])))
  const sources = [...new Set(names)].filter((name) => !made.has(name) && /[./]/.test(name) && !name.startsWith('.coworks/'))
  return (sources.length > 0 ? sources : told.filter((path) => path !== '.' && !made.has(path))).toSorted()
}

function lost(reasons: TargetReport['reasons']): string[] {
  return reasons.flatMap((reason) => (reason.kind === 'output-missing' || reason.kind === 'output-edited' ? [reason.name] : []))
}

/** `src/app.ts, src/b.ts and 3 more` */
export function namedFiles(names: readonly string[]): string {
  if (names.length <= NAMED) return names.join(', ')
  return `${names.slice(0, NAMED - 1).join(', ')} and ${names.length - NAMED + 1} more`
}

/** `app-test-dev zip, dev.tf`: the files that differ now, those of a stage together; many are counted. */
export function madeText(reports: readonly TargetReport[]): string {
  const made = reports.filter(({ internal, title, outcome }) => !internal && title !== '' && (outcome === 'built' || outcome === 'cached'))
  const zips = made.flatMap(({ id }) => /(?:^|\/)tmp\/([^/]+)\.zip$/.exec(id)?.[1] ?? [])
  const left = new Set(made.map(({ id }) => id).filter((id) => !/(?:^|\/)tmp\/[^/]+\.zip$/.test(id)))
  const parts: string[] = zips.map((name) => {
    const file = [...left].find((id) => /([^/]+)\.([^/.]+)\.tf$/.exec(id)?.slice(1).join('-') === name)
    if (file === undefined) return `${name} zip`
    left.delete(file)
    return `${name} zip, ${/([^/.]+\.tf)$/.exec(file)?.[1]}`
  })
  parts.push(...[...left].map((id) => (id.endsWith('.tf') ? id.slice(id.lastIndexOf('/') + 1) : id)))
  if (parts.length <= NAMED) return parts.join('; ').replaceAll('; ', zips.length > 1 ? '; ' : ', ')
  const files = made.filter(({ id }) => id.endsWith('.tf')).length
  return [count(zips.length, 'zip'), count(files, 'Terraform file'), count(made.length - zips.length - files, 'other file')]
    .filter((text) => text !== '')
    .join(', ')
}

function count(number: number, what: string): string {
  return number === 0 ? '' : `${number} ${what}${number === 1 ? '' : 's'}`
}

/** The line without its clock. */
export function rebuiltText(result: Built, told: readonly string[], first: boolean): string {
  // Where it failed, what was saved says more than what is still broken.
  const because = first ? 'first build' : namedFiles(result.ok || told.length === 0 ? changedNames(result, told) : told)
  const made = madeText(result.reports)
  const open = result.taints.taints.filter(({ pending }) => !pending).length
  const came = !result.ok ? 'failed' : made !== '' ? made : first ? 'up to date' : 'nothing new'
  const taints = !result.ok || open === 0 ? '' : ` · ${open} to taint`
  return `${because === '' ? '' : `${because} → `}${came} · ${duration(result.ms)}${taints}`
}

export function duration(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
