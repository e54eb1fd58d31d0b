/**
 * `coworks affected`: what is here is built, the revision is built aside, and what came out is compared. Where the revision cannot
 * be built, everything counts as affected, and the user is told why.
 */
import { existsSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Affected, AffectedEvent, AffectedSelection, StageName } from '../project/api-types.js'
import { paths, selectStages } from '../project/microservice.js'
import type { Project } from '../project/project.js'
import type { ProjectOptions } from '../project/project-types.js'
import { buildEvent } from '../project/results.js'
import { CoworksError, type Problem } from '../util/problem.js'
import { buildSide } from './build-side.js'
import { type BuiltProject, compare, type Then } from './compare.js'
import { git, names } from './git.js'
import { installedCoworks } from './own-coworks.js'
import { copyInstalled, howToInstall, install, installFacts } from './packages.js'
import { commitOf, putAside, type Repository, repositoryOf } from './revision.js'
import { buildRevision } from './revision-build.js'

export interface AffectedRequest {
  readonly options: ProjectOptions
  /** Where the project's results are kept, absolute. */
  readonly cacheDir: string
  readonly since: string
  /** The stages meant, of those declared now. */
  readonly stages: readonly StageName[]
  /** Files of the other stages of these microservices, from the project's folder. */
  readonly others: readonly string[]
  /** Whether a stage that is no longer declared was meant. */
  readonly meant: (stage: StageName) => boolean
  /** Nothing was named: what Commands make is compared as well. */
  readonly everything: boolean
}

/** @throws CoworksError where there is no such revision, or what is here cannot be built */
export async function affected(request: AffectedRequest, signal: AbortSignal, emit: (event: AffectedEvent) => void): Promise<Affected> {
  const started = performance.now()
  const root = realpathSync(request.options.root)
  const repository = await repositoryOf(root, signal)
  const commit = await commitOf(repository, request.since, signal)
  const notes: string[] = []

  emit({ type: 'building', what: 'now' })
  const now = await buildNow(request, signal, emit)
  let then: Then
  if (commit === undefined) then = { problems: [{ what: 'there is no commit before: everything is new' }] }
  else {
    emit({ type: 'building', what: 'then', commit })
    then = await buildThen(request, { root, repository, commit, now, signal, notes })
  }
  if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
  return {
    since: { revision: request.since, commit: commit ?? null },
    ...compare(then, now, request.meant),
    problems: 'problems' in then ? then.problems : [],
    notes,
    ms: Math.round(performance.now() - started),
  }
}

async function buildNow(request: AffectedRequest, signal: AbortSignal, emit: (event: AffectedEvent) => void): Promise<BuiltProject> {
  const options: ProjectOptions = {
    ...request.options,
    signal,
    listen: (event) => {
      const shown = buildEvent(event)
      if (shown !== undefined) emit(shown)
    },
  }
  const side = { options, wanted: () => request.stages, everything: request.everything, alone: false, untracked: true }
  const now = await buildSide(side, signal)
  const problems = now.stages.flatMap((stage) => stage.problems)
  if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
  if (problems.length > 0) throw new CoworksError(unique(problems))
  return now
}

interface Revision {
  readonly root: string
  readonly repository: Repository
  readonly commit: string
  readonly now: BuiltProject
  readonly signal: AbortSignal
  readonly notes: string[]
}

async function buildThen(request: AffectedRequest, { root, repository, commit, now, signal, notes }: Revision): Promise<Then> {
  const { toplevel, prefix } = repository
  // Outside of the repository: nothing that is looked for upwards may be found in the working tree.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'coworks-affected-')))
  const aside = join(folder, 'then')
  const there = join(aside, prefix)
  try {
    await putAside(toplevel, commit, aside, signal)
    if (!statSync(there, { throwIfNoEntry: false })?.isDirectory())
      return { problems: [{ what: `the project's folder was not there then: everything is new` }] }
    const unknown = await putPackages({ toplevel, aside, root, there }, signal, notes)
    if (unknown !== undefined) return { problems: [unknown] }
    const [own, thenOwn] = [installedCoworks(root), installedCoworks(there)]
    if (own !== undefined && thenOwn !== undefined && own.digest !== thenOwn.digest) {
      const versions = own.version === thenOwn.version ? `another build of ${own.version}` : `${thenOwn.version} then, ${own.version} now`
      return { problems: [{ what: `coworks itself differs: ${versions}` }] }
    }
    const carried = await secretFiles(root, now, signal)
    for (const path of carried) notes.push(`${path} is not in git: taken to be the same then as now.`)
    const { file, variables = {}, jobs, cache = {} } = request.options
    const answer = await buildRevision(
      {
        root: there,
        file,
        variables,
        jobs,
        cache: { ...cache, dir: request.cacheDir },
        stages: request.stages,
        everything: request.everything,
        standing: request.others.filter((path) => existsSync(join(root, path))),
        carried: { from: root, paths: carried },
      },
      signal,
    )
    return 'built' in answer ? answer.built : { problems: answer.problems.map((problem) => withoutFolder(problem, there)) }
  } catch (error) {
    if (signal.aborted || !(error instanceof CoworksError)) throw error
    return { problems: error.problems.map((problem) => withoutFolder(problem, aside)) }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

interface Trees {
  readonly toplevel: string
  readonly aside: string
  readonly root: string
  readonly there: string
}

/** Why it cannot be known which packages the revision had; nothing where they are in place. @throws CoworksError */
async function putPackages({ toplevel, aside, root, there }: Trees, signal: AbortSignal, notes: string[]): Promise<Problem | undefined> {
  const then = await installFacts(aside, there, signal)
  const how = howToInstall(then, await installFacts(toplevel, root, signal))
  switch (how.kind) {
    case 'unknown':
      return { what: how.why }
    case 'copy':
      if (how.note !== undefined) notes.push(how.note)
      await copyInstalled(toplevel, aside, signal)
      return undefined
    case 'install':
      notes.push(`the packages of the revision were installed anew: ${how.why}.`)
      await install(join(aside, then.root), how.words, signal)
      return undefined
  }
}

/** Environment files of the stages that git does not track: no revision can have them. */
async function secretFiles(root: string, now: BuiltProject, signal: AbortSignal): Promise<string[]> {
  const files = new Set(
    now.stages.flatMap(({ artifacts }) => artifacts.filter(({ part }) => part === 'environment').map(({ path }) => path)),
  )
  if (files.size === 0) return []
  const tracked = new Set(names(await git(['ls-files', '-z', '--', ...files], { cwd: root, signal })))
  return [...files].filter((path) => !tracked.has(path)).sort()
}

function withoutFolder(problem: Problem, folder: string): Problem {
  const short = (text: string | undefined) => text?.replaceAll(`${folder}/`, '')
  return { ...problem, where: short(problem.where), what: short(problem.what) ?? '', detail: short(problem.detail) }
}

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()]
}

/** What is meant by a selection of a loaded project: all stages where none is named. @throws CoworksError for unknown names */
export function affectedRequest(
  { options, declarations, microservices }: Project,
  { since, microservices: named = 'all', stages = 'all' }: AffectedSelection,
): AffectedRequest {
  const has = (list: readonly string[] | 'all', name: string) => list === 'all' || list.includes(name)
  const selected = selectStages(microservices, { microservices: named, stages })
  const asked = new Set(selected.map(({ microservice, stage }) => paths.stage(microservice, stage)))
  const all = [...new Set(selected.map(({ microservice }) => microservice))].flatMap((one) =>
    one.stages.map((stage) => paths.stage(one, stage)),
  )
  return {
    options,
    others: all.filter((path) => !asked.has(path)),
    cacheDir: resolve(options.root, declarations.cacheDir ?? join('.coworks', 'cache')),
    since,
    stages: selected.map(({ microservice: { name }, stage }) => ({ microservice: name, stage })),
    meant: ({ microservice, stage }) => has(named, microservice) && has(stages, stage),
    everything: named === 'all' && stages === 'all',
  }
}
