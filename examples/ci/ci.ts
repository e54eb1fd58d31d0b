/**
 * A CI job as a program: builds every stage, holds a budget for what Lambda must load, and says what the change affects and what Terraform
 * will replace. It uses `coworks/api` and nothing else of coworks.
 *
 *     node ci.ts origin/main        (Node 22.18 or later runs TypeScript as it is)
 */
import { type Affected, type BuildResult, CoworksError, loadProject, type OutputFile, type Problem, type Project } from 'coworks/api'

/** Bytes of one zip. */
const BUDGET = 5_000_000

async function main(since: string): Promise<number> {
  await using project = await loadProject({ name: 'the CI job', keepGoing: true })
  const result = await build(project)
  if (!result.ok) {
    tell(result.failures)
    return 2
  }
  const affected = await project.affected({ since }).result
  for (const line of report(result, affected)) console.log(line)
  const heavy = zips(result).filter(({ size }) => size > BUDGET)
  for (const { path, size } of heavy) console.error(`${path} is ${size} bytes, ${size - BUDGET} more than its budget`)
  return heavy.length > 0 ? 1 : 0
}

async function build(project: Project): Promise<BuildResult> {
  const run = project.build({ stages: 'all' }, { signal: AbortSignal.timeout(10 * 60_000) })
  for await (const event of run.events) {
    if (event.type === 'waiting') console.log(`waiting for ${event.holder}`)
    if (event.type === 'finished' && !event.target.internal) console.log(`[${event.done}/${event.total}] ${event.target.title}`)
  }
  return run.result
}

function report({ taints }: BuildResult, { affected, removed, problems, since }: Affected): string[] {
  return [
    ...problems.map(({ what }) => `nothing is known of ${since.revision}: ${what}`),
    ...affected.map(
      ({ microservice, stage, reasons }) =>
        `affected: ${microservice} ${stage} (${[...new Set(reasons.map(({ part }) => part))].join(', ')})`,
    ),
    ...removed.map(({ microservice, stage }) => `no longer declared: ${microservice} ${stage}`),
    ...taints.filter(({ pending }) => !pending).map(({ address, reason }) => `to be replaced: ${address} (${reason})`),
  ]
}

function zips({ targets }: BuildResult): OutputFile[] {
  return targets.flatMap(({ outputs }) => outputs).filter(({ path }) => path.endsWith('.zip'))
}

function tell(problems: readonly Problem[]): void {
  for (const { where, what, hint } of problems) console.error([where, what, hint].filter(Boolean).join(' · '))
}

try {
  process.exitCode = await main(process.argv[2] ?? 'origin/main')
} catch (error) {
  if (!(error instanceof CoworksError)) throw error
  tell(error.problems)
  process.exitCode = 2
}
