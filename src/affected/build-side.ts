/** Builds the stages of one side, then or now, and says what came out: the same for both, so that both are asked the same. */
import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { TargetReport } from '../build/index.js'
import type { StageName } from '../project/api-types.js'
import { Project } from '../project/project.js'
import type { ProjectOptions } from '../project/project-types.js'
import { recognisesTerraform } from '../project/rendered-file.js'
import { sha256 } from '../util/hash.js'
import { CoworksError } from '../util/problem.js'
import { stageArtifacts } from './artifacts.js'
import type { BuiltProject } from './compare.js'
import { git, names } from './git.js'

export interface Side {
  readonly options: ProjectOptions
  /** Which of the stages that the Coworksfile declares are built. */
  readonly wanted: (declared: readonly StageName[]) => readonly StageName[]
  /** What Commands make, and layers where there is no microservice, as well. */
  readonly everything: boolean
  /** One after the other where all together cannot be built, so that one that cannot hides nothing of the others. */
  readonly alone: boolean
  /** Files that git does not track belong to it. */
  readonly untracked: boolean
}

/** @throws CoworksError where the project cannot be loaded */
export async function buildSide(side: Side, signal: AbortSignal): Promise<BuiltProject> {
  const project = await Project.load(side.options)
  try {
    const { root } = project.options
    const { layers, commands } = project.declarations
    const declared = project.microservices.flatMap(({ name, stages }) => stages.map((stage) => ({ microservice: name, stage })))
    const wanted = side.wanted(declared)
    const files = side.everything
      ? [...commands.map(({ targets }) => targets[0] ?? ''), ...(declared.length === 0 ? layers.map(({ file }) => file) : [])]
      : []
    const ids = wanted.map(idOf)
    let reports = await build(project, [...ids, ...files])
    if (side.alone && failed(reports)) {
      const of = (name: string) => wanted.filter(({ microservice }) => microservice === name)
      const groups = [...new Set(wanted.map(({ microservice }) => microservice))].map((name) => of(name).map(idOf))
      // Opened anew each time: what the one before has written must be seen.
      project.release()
      for (const targets of [...groups, ...files.map((file) => [file])])
        reports = new Map([...reports, ...(await buildAlone(side, targets))])
    }
    const microservices = new Map(project.microservices.map((one) => [one.name, one]))
    return {
      declared,
      stages: wanted.flatMap(({ microservice: name, stage }) => {
        const microservice = microservices.get(name)
        if (microservice === undefined) return []
        return stageArtifacts({ microservice, stage }, reports, layers, (path) => digestOfFile(join(root, path)))
      }),
      targets: Object.fromEntries(
        files.flatMap((id) => (reports.get(id)?.outputs ?? []).map(({ path, signature }) => [path, signature] as const)),
      ),
      terraform: await ownFiles(root, new Set(project.microservices.map((one) => one.project.terraformDir)), side.untracked, signal),
    }
  } finally {
    await project.close()
  }
}

function idOf({ microservice, stage }: StageName): string {
  return `${microservice}-${stage}`
}

async function buildAlone({ options }: Side, targets: readonly string[]): Promise<Map<string, TargetReport>> {
  const project = await Project.load(options)
  try {
    return await build(project, targets)
  } finally {
    await project.close()
  }
}

async function build(project: Project, targets: readonly string[]): Promise<Map<string, TargetReport>> {
  if (targets.length === 0) return new Map()
  try {
    const { reports } = await project.build({ microservices: 'all', stages: 'all', named: false, targets }, { taints: false })
    return new Map(reports.map((report) => [report.id, report]))
  } catch (error) {
    if (!(error instanceof CoworksError)) throw error
    // What stops all of it is told of whatever was asked for.
    const report = {
      id: 'build',
      outcome: 'failed',
      reasons: [],
      outputs: [],
      ms: 0,
      warnings: [],
      problems: error.problems,
      log: '',
      internal: true,
      title: '',
    } as const
    return new Map([[`build ${targets.join(' ')}`, report]])
  }
}

export function failed(reports: ReadonlyMap<string, TargetReport>): boolean {
  return [...reports.values()].some(({ outcome }) => outcome === 'failed' || outcome === 'skipped' || outcome === 'cancelled')
}

/** What lies in the Terraform folders and is the user's own: Terraform reads it when it plans. */
async function ownFiles(root: string, dirs: ReadonlySet<string>, untracked: boolean, signal: AbortSignal): Promise<Record<string, string>> {
  const words = ['ls-files', '-z', '--cached', ...(untracked ? ['--others', '--exclude-standard'] : []), '--', ...dirs]
  if (dirs.size === 0) return {}
  const found = names(await git(words, { cwd: root, signal }))
  return Object.fromEntries(
    [...new Set(found)].flatMap((path): [string, string][] => {
      if (/(^|\/)(\.terraform\/|tmp\/[^/]+\.zip$|[^/]*\.tfstate)/.test(path)) return []
      const stat = lstatSync(join(root, path), { throwIfNoEntry: false })
      if (stat?.isSymbolicLink()) return [[path, `link to ${readlinkSync(join(root, path))}`]]
      if (!stat?.isFile()) return []
      const bytes = readFileSync(join(root, path))
      return path.endsWith('.tf') && recognisesTerraform(bytes.subarray(0, 512)) ? [] : [[path, sha256(bytes)]]
    }),
  )
}

function digestOfFile(file: string): string {
  try {
    return sha256(readFileSync(file))
  } catch {
    return 'unreadable'
  }
}
