/** `coworks build`: plan, build or clean what was asked for, and say so. */
import { type Drift, encodeWitness, factsWith, WitnessRows, writeWitness } from '../../build/state.js'
import type { Project } from '../../project/project.js'
import type { BuildOutcome, Wanted } from '../../project/project-types.js'
import { CoworksError, isRefusal, problemsOf } from '../../util/problem.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'
import type { Options } from '../options/index.js'
import { consoleOutput } from '../output.js'
import { Profile } from '../profile.js'
import { jsonReport } from '../report-json.js'
import { TextReport } from '../report-text.js'
import { type Reporters, reportersFor } from '../reporters/index.js'
import { writeStats } from '../stats.js'
import { treeText } from '../tree.js'

export async function build(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const reporters = reportersFor(request.options, 'coworks build')
  try {
    return await buildWith(reporters, request, signal)
  } catch (error) {
    if (error instanceof CoworksError && !signal.aborted) reporters.end({ problems: problemsOf(error) })
    throw error
  } finally {
    reporters.output.close()
  }
}

async function buildWith(reporters: Reporters, request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options } = request
  const report = new TextReport(options, reporters.output)
  report.reading()
  const profile = options.profile === undefined ? undefined : new Profile(options.profile)
  profile?.phase('start')
  const { project, wanted } = await openProject(request, signal, (event) => {
    profile?.event(event)
    report.event(event)
    reporters.event(event)
  })
  try {
    report.read()
    profile?.phase('load the Coworksfile and the state')
    if (options.clean) {
      report.cleaning()
      const removed = await project.clean(wanted, options.dryRun ?? false)
      report.cleaned(removed)
      if (options.json) process.stdout.write(`${JSON.stringify({ ok: true, removed }, null, 2)}\n`)
      return 0
    }
    if (options.question || options.dryRun) {
      const plan = project.plan(wanted)
      const work = plan.planned.some(({ state }) => state !== 'fresh')
      if (options.question) return work ? 1 : 0
      report.plan(plan)
      if (options.tree?.length) process.stdout.write(treeText(plan, options.tree))
      if (options.json) process.stdout.write(jsonReport.plan(plan))
      return 0
    }
    if (options.tree?.length && !options.json) process.stdout.write(treeText(project.plan(wanted), options.tree))
    report.building()
    const drift = options.json ? undefined : request.drift
    const rows = drift && new WitnessRows(drift)
    if (drift !== undefined && rows !== undefined) project.trust(rows, drift)
    const outcome = await project.build(wanted, drift === undefined || rows === undefined ? {} : project.concerned(wanted, rows, drift))
    profile?.phase('build, then compare with what is deployed')
    if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
    if (options.debug?.includes('json')) writeStats(project.options.root, outcome)
    if (options.json) process.stdout.write(jsonReport.build(outcome))
    else report.built(outcome, wanted, drift === undefined ? undefined : whatIsIn(drift))
    reporters.end({ outcome })
    const done = outcome.reports.every(({ outcome: one }) => one !== 'failed' && one !== 'skipped' && one !== 'cancelled')
    if (done) await leaveWitness(project, wanted, outcome, request, rows)
    if (done) request.keepCode?.()
    profile?.phase('leave a witness')
    profile?.write()
    return done ? 0 : 2
  } finally {
    await project.close()
  }
}

/** So that the next build of the same words need not find out again that there is nothing to do. */
async function leaveWitness(
  project: Project,
  wanted: Wanted,
  outcome: BuildOutcome,
  { options, words, drift }: Request,
  rows: WitnessRows | undefined,
): Promise<void> {
  // These show what a build did, and a witness did nothing.
  if (
    words === undefined ||
    (options.debug ?? []).some((one) => one !== 'explain') ||
    options.tree?.length ||
    options.reporter?.length ||
    options.profile !== undefined
  )
    return
  const { root } = project.options
  const patched =
    outcome.only === undefined || drift === undefined || rows === undefined
      ? undefined
      : await patch(project, wanted, outcome, drift, rows, options)
  if (patched !== undefined) {
    writeWitness(root, words, patched)
    return
  }
  const rehearsal = await project.rehearse(wanted).catch(unlessExpected)
  if (rehearsal === undefined) return
  const { looks, env } = rehearsal
  const said = options.json ? jsonReport.aroundMs(rehearsal.outcome) : [textOf(options, rehearsal.outcome, wanted)]
  const { missing, kinds, links } = looks
  writeWitness(root, words, encodeWitness(looks.rows, { request: words, missing, kinds, links, env, said }))
}

/** The witness by which most of the project was known to be up to date, with what this build looked at anew. */
async function patch(
  project: Project,
  wanted: Wanted,
  outcome: BuildOutcome,
  drift: Drift,
  rows: WitnessRows,
  options: Options,
): Promise<Buffer | undefined> {
  const { only, taints } = outcome
  if (only === undefined || taints.unknown.length > 0 || outcome.notices.length > 0) return undefined
  const looked = await project.rehearseOnly(wanted, only, outcome, rows).catch(unlessExpected)
  if (looked === undefined) return undefined
  const said = textOf(options, { reports: [], taints, notices: [], ms: 0 }, wanted, whatIsIn(drift))
  return rows.with(looked.looks, factsWith(drift.facts, looked.looks, looked.env, [said], rows))
}

/** What became wrong with the project since it was built is for the next build to say. */
function unlessExpected(error: unknown): undefined {
  if (!(error instanceof CoworksError) && !isRefusal(error)) throw error
}

/** What a witness said of what is up to date. */
function whatIsIn({ facts: { said } }: Drift): string | undefined {
  return /^coworks: (.+) up to date\.$/m.exec(said.join(''))?.[1]
}

/** All that would be said of such a build. */
function textOf(options: Options, outcome: BuildOutcome, wanted: Wanted, whatIs?: string): string {
  let text = ''
  const add = (more: string): void => {
    text += more
  }
  const report = new TextReport(options, { ...consoleOutput, out: add, log: (_, more) => add(more) })
  report.reading()
  report.read()
  report.building()
  report.built(outcome, wanted, whatIs)
  return text
}
