/**
 * `coworks diff`: what differs between two stages as they are built (`--with`), or between what is built and what is deployed.
 * Like diff(1), the exit status is 1 where something does. Builds nothing.
 */
import { diffWithDeployed, diffWithStage, type StageDiff } from '../../project/diff-phase.js'
import { type Microservice, paths, type SelectedStage, selectStages } from '../../project/microservice.js'
import type { Project } from '../../project/project.js'
import { CoworksError } from '../../util/problem.js'
import { printable } from '../../util/quote.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'

export async function diff(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options } = request
  const { project, wanted } = await openProject(request, signal, () => {})
  try {
    const other = options.with
    const selected = selectStages(project.microservices, wanted)
    const pairs = other === undefined ? selected : comparable(project, selected, other)
    if (pairs.length === 0) throw new CoworksError({ what: 'no stage to compare', hint: 'coworks diff stage=… --with=…' })
    const settings = { root: project.options.root, layers: project.declarations.layers, terraformBin: options.terraformBin, signal }
    const found: StageDiff[] = []
    for (const { microservice, stage } of pairs) {
      const one =
        other === undefined ? await diffWithDeployed(settings, microservice, stage) : diffWithStage(settings, microservice, stage, other)
      found.push({ ...one, notes: [...one.notes, ...outdated(project, microservice, other === undefined ? [stage] : [stage, other])] })
    }
    const same = found.every(({ differences }) => differences.length === 0)
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: true, same, compared: found }, null, 2)}\n`)
    else {
      process.stderr.write(found.flatMap(({ notes }) => notes.map((note) => `coworks: ${printable(note)}\n`)).join(''))
      process.stdout.write(found.map(diffText).join(''))
    }
    return same ? 0 : 1
  } finally {
    await project.close()
  }
}

/** @throws CoworksError where none of the microservices has the stage, or it would be compared with itself */
function comparable(project: Project, selected: readonly SelectedStage[], other: string): readonly SelectedStage[] {
  selectStages(project.microservices, { microservices: 'all', stages: [other] })
  if (selected.every(({ stage }) => stage === other))
    throw new CoworksError({ where: `--with=${other}`, what: 'compares the stage with itself', hint: 'name another one with stage=' })
  return selected.filter(({ microservice, stage }) => stage !== other && microservice.stages.includes(other))
}

/** What is compared is what was built: said where a build would change it. */
export function outdated(project: Project, microservice: Microservice, stages: readonly string[]): string[] {
  return stages.flatMap((stage) => {
    const file = paths.stage(microservice, stage)
    try {
      const wanted = { microservices: [microservice.name], stages: [stage], named: true, targets: [] }
      const fresh = project.plan(wanted).planned.every(({ id, state }) => id !== file || state === 'fresh')
      return fresh ? [] : [`${file} is not up to date: compared is what was built last.`]
    } catch (error) {
      if (error instanceof CoworksError) return [] // what is wrong with the sources is for the build to say
      throw error
    }
  })
}

function diffText({ microservice, left, right, differences }: StageDiff): string {
  const head = `${microservice}: ${left} | ${right}`
  if (differences.length === 0) return `${head}: no difference\n`
  const names = differences.map(({ aspect, name }) => (aspect === 'code' ? 'code' : `${aspect} ${name}`))
  const width = Math.min(40, Math.max(...names.map((name) => name.length)))
  return [head, ...differences.map((one, index) => `  ${printable(names[index] ?? '').padEnd(width)}  ${sides(one)}`)]
    .map((line) => `${line}\n`)
    .join('')
}

/** Hashes tell a person nothing. */
function sides({ aspect, left, right }: StageDiff['differences'][number]): string {
  if ((aspect === 'code' || aspect === 'layer') && left !== null && right !== null) return 'differs'
  const shown = (side: string | null): string => (side === null ? '-' : aspect === 'layer' || aspect === 'code' ? 'there' : printable(side))
  return `${shown(left)} | ${shown(right)}`
}
