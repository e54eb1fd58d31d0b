/**
 * `coworks affected`: the stages whose artifacts differ between a revision and what is here, as lines, as JSON, or as the matrix of a CI
 * service. Those are all that stdout holds: what is done meanwhile goes to stderr.
 */
import { affectedRequest, affected as findAffected } from '../../affected/affected.js'
import { matrixNote, matrixText } from '../../affected/matrix.js'
import type { Affected, AffectedReason } from '../../project/api-types.js'
import { CoworksError, problemLine } from '../../util/problem.js'
import { printable } from '../../util/quote.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'

export async function affected(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options, targets, microservices, stages, stagesGiven } = request
  const { since } = options
  if (targets.length > 0)
    throw new CoworksError({ where: targets.join(' '), what: "`coworks affected' takes no targets", hint: 'microservice=… stage=…' })
  if (since === undefined) throw new CoworksError({ what: 'compared with which revision?', hint: 'coworks affected --since=origin/main' })
  if (options.json && options.matrix !== undefined) throw new CoworksError({ what: '--json and --matrix exclude each other' })
  const say = (line: string): void => {
    if (!options.silent) process.stderr.write(`coworks: ${printable(line)}\n`)
  }
  const { project } = await openProject(request, signal, () => {})
  await project.close()
  // Of a stage nobody is building in particular, `dev' is no more likely than another: all are meant where none is named.
  const selection = { since, microservices, stages: stagesGiven ? stages : ('all' as const) }
  const found = await findAffected(affectedRequest(project, selection), signal, (event) => {
    if (event.type === 'building')
      say(event.what === 'now' ? 'building what is here ...' : `building ${since} (${event.commit.slice(0, 12)}) aside ...`)
    else if (event.type === 'waiting') say(`waiting for ${event.holder}`)
  })
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: true, ...found }, null, 2)}\n`)
  else if (options.matrix !== undefined) process.stdout.write(matrixText(options.matrix, found))
  else process.stdout.write(affectedText(found))
  for (const problem of found.problems) say(`${since} could not be built, so everything counts as affected: ${problemLine(problem)}`)
  for (const note of found.notes) say(note)
  const note = options.matrix === undefined ? undefined : matrixNote(options.matrix, found)
  if (note !== undefined) say(`warning: ${note}`)
  if (found.affected.length === 0 && !options.json && options.matrix === undefined) say(`no stage is affected since ${since}.`)
  return 0
}

/** A line for each stage, its two names first, so that `while read microservice stage why` takes it. */
function affectedText({ affected, removed, targets, terraform }: Affected): string {
  const lines = [
    ...affected.map(({ microservice, stage, reasons }) => [microservice, stage, ...reasonTexts(reasons)]),
    ...removed.map(({ microservice, stage }) => [microservice, stage, 'removed']),
    ...[...targets, ...terraform].map(({ path, change }) => ['-', '-', `${path} ${change}`]),
  ]
  return lines.map(([microservice = '', stage = '', ...why]) => `${printable(`${microservice} ${stage} ${why.join(', ')}`)}\n`).join('')
}

function reasonTexts(reasons: readonly AffectedReason[]): string[] {
  return reasons.map((reason) => {
    if (reason.part === 'stage') return 'new'
    if (reason.part === 'unknown') return 'could not be built then'
    return `${reason.path} ${reason.change}`
  })
}
