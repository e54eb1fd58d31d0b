/**
 * `coworks update`: builds, and pushes what differs from what Lambda has. With -n nothing is built either: what is up to date is compared, and of the rest it
 * is said on what it depends.
 */

import { paths, selectStages } from '../../project/microservice.js'
import type { Project } from '../../project/project.js'
import type { Wanted } from '../../project/project-types.js'
import type { StageArtifacts } from '../../project/stage-artifacts.js'
import { functionName } from '../../terraform/index.js'
import { CoworksError } from '../../util/problem.js'
import { printable } from '../../util/quote.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'
import { problemText } from '../print-problems.js'
import { jsonReport } from '../report-json.js'
import { TextReport } from '../report-text.js'
import { resultText, stepText, terraformText, type Undecided, undecidedText, updateJson } from '../report-update.js'
import { type Update, updateStages } from '../update-stages.js'

export async function update(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options, targets } = request
  if (targets.length > 0)
    throw new CoworksError({ where: targets.join(' '), what: "`coworks update' takes no targets", hint: 'microservice=… stage=…' })
  const started = performance.now()
  const report = new TextReport(options)
  report.reading()
  const { project, wanted } = await openProject(request, signal, (event) => report.event(event))
  try {
    report.read()
    const all: Wanted = { ...wanted, named: true }
    if (selectStages(project.microservices, all).length === 0)
      throw new CoworksError({ what: 'no microservice to update', hint: 'name one: coworks update microservice=… stage=…' })
    if (options.dryRun) {
      const { ready, undecided } = readyStages(project, all)
      const planned = await updateStages(project, ready, options, signal, () => {})
      return tell(request, planned, undecided, () => updateJson(undefined, planned, undecided, performance.now() - started))
    }
    report.building()
    const built = await project.build(all, { taints: false })
    if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
    if (built.reports.some(({ outcome }) => outcome === 'failed' || outcome === 'skipped' || outcome === 'cancelled')) {
      if (options.json) process.stdout.write(jsonReport.build(built))
      else report.built(built, all)
      return 2
    }
    report.finished()
    const artifacts = project.stageArtifacts(all)
    project.release() // pushing takes a while, and changes nothing that another build looks at
    const quiet = options.json || options.silent
    const pushed = await updateStages(project, artifacts, options, signal, (event) => {
      if (event.type === 'step' && !quiet) process.stdout.write(`${printable(stepText(event.function, event.step))}\n`)
    })
    const status = tell(request, pushed, [], () => updateJson(built, pushed, [], performance.now() - started))
    if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
    return status
  } finally {
    await project.close()
  }
}

/** Of what was built before, what is still up to date; and of the rest, what would have to be built first. */
function readyStages(
  project: Project,
  wanted: Wanted,
): { readonly ready: readonly StageArtifacts[]; readonly undecided: readonly Undecided[] } {
  const states = new Map(project.plan(wanted).planned.map(({ id, state }) => [id, state]))
  const artifacts = project.stageArtifacts(wanted)
  const ready: StageArtifacts[] = []
  const undecided: Undecided[] = []
  for (const { microservice, stage } of selectStages(project.microservices, wanted)) {
    const one = artifacts.find((each) => each.microservice.name === microservice.name && each.stage === stage)
    const zips = [paths.zip(microservice, stage), ...(one?.layers.map(({ file }) => file) ?? [])].filter(
      (file) => states.get(file) !== 'fresh',
    )
    // The stage's file changes with its zips; alone it matters, since it says which layers there are.
    const file = paths.stage(microservice, stage)
    const until = zips.length > 0 || states.get(file) === 'fresh' ? zips : [file]
    if (one !== undefined && until.length === 0) ready.push(one)
    else undecided.push({ function: functionName(microservice.name, stage), until })
  }
  return { ready, undecided }
}

function tell({ options }: Request, { stages, notes }: Update, undecided: readonly Undecided[], json: () => string): ExitStatus {
  if (options.json) process.stdout.write(json())
  else {
    const out = (line: string) => process.stdout.write(`${line}\n`)
    process.stderr.write(stages.flatMap(({ result }) => result.problems.map((problem) => problemText(problem, options.color))).join(''))
    if (!options.silent) {
      for (const note of notes) process.stderr.write(`coworks: ${printable(note)}\n`)
      for (const { result } of stages) {
        const text = resultText(result)
        if (text !== undefined) out(text)
      }
      for (const one of undecided) out(undecidedText(one))
      for (const line of terraformText(stages)) out(line)
    }
  }
  return stages.every(({ result }) => result.outcome !== 'failed' && result.outcome !== 'not-attempted') ? 0 : 2
}
