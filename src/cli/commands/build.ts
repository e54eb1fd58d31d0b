/** `coworks build`: plan, build or clean what was asked for, and say so. */
import { writeWitness } from '../../build/state.js'
import type { BuildOutcome, Project, Wanted } from '../../project/project.js'
import { CoworksError, isRefusal, problemsOf } from '../../util/problem.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'
import type { Options } from '../options.js'
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
    const outcome = await project.build(wanted)
    profile?.phase('build, then compare with what is deployed')
    if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
    if (options.debug?.includes('json')) writeStats(project.options.root, outcome)
    if (options.json) process.stdout.write(jsonReport.build(outcome))
    else report.built(outcome, wanted)
    reporters.end({ outcome })
    const done = outcome.reports.every(({ outcome: one }) => one !== 'failed' && one !== 'skipped' && one !== 'cancelled')
    if (done) await leaveWitness(project, wanted, request)
    profile?.phase('leave a witness')
    profile?.write()
    return done ? 0 : 2
  } finally {
    await project.close()
  }
}

/** So that the next build of the same words need not find out again that there is nothing to do. */
async function leaveWitness(project: Project, wanted: Wanted, { options, words }: Request): Promise<void> {
  // These show what a build did, and a witness did nothing.
  if (
    words === undefined ||
    (options.debug ?? []).some((one) => one !== 'explain') ||
    options.tree?.length ||
    options.reporter?.length ||
    options.profile !== undefined
  )
    return
  const rehearsal = await project.rehearse(wanted).catch((error: unknown) => {
    // The build is done. What became wrong with the project since is for the next one to say.
    if (error instanceof CoworksError || isRefusal(error)) return undefined
    throw error
  })
  if (rehearsal === undefined) return
  const { outcome, looks, env } = rehearsal
  const said = options.json ? jsonReport.aroundMs(outcome) : [textOf(options, outcome, wanted)]
  writeWitness(project.options.root, looks.rows, {
    request: words,
    missing: looks.missing,
    kinds: looks.kinds,
    links: looks.links,
    env,
    said,
  })
}

/** All that would be said of such a build. */
function textOf(options: Options, outcome: BuildOutcome, wanted: Wanted): string {
  let text = ''
  const add = (more: string): void => {
    text += more
  }
  const report = new TextReport(options, { ...consoleOutput, out: add, log: (_, more) => add(more) })
  report.reading()
  report.read()
  report.building()
  report.built(outcome, wanted)
  return text
}
