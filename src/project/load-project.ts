/**
 * `loadProject`: a project as a program holds it. Each call opens the project anew, with a session, a snapshot and a lock of its
 * own, and closes it: a program that runs for hours sees the files as they are, and two projects share nothing. Prints nothing.
 */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { defaultJobs, type Listener } from '../build/index.js'
import { checkOptions } from '../util/options.js'
import { CoworksError, type Problem } from '../util/problem.js'
import type {
  Affected,
  AffectedEvent,
  AffectedSelection,
  BuildEvent,
  BuildResult,
  CallOptions,
  LoadOptions,
  MicroserviceInfo,
  Plan,
  Project,
  Run,
  Selection,
  Taints,
  WatchEvent,
  WatchOptions,
} from './api-types.js'
import { startRun } from './event-run.js'
import { ownModule } from './own-files.js'
import { Project as Inside } from './project.js'
import type { ProjectOptions, Wanted } from './project-types.js'
import { buildDocument, buildEvent, planResult } from './results.js'

const LOAD_OPTIONS = ['directory', 'file', 'variables', 'jobs', 'keepGoing', 'cache', 'terraformBin', 'name', 'signal'] as const
const CACHES = {
  'read-write': {},
  'read-only': { readonly: true },
  off: { disabled: true },
} as const

/**
 * Reads a project's Coworksfile. Prints nothing, and never ends the process.
 * @throws CoworksError with everything that is wrong with it
 */
export async function loadProject(options: LoadOptions = {}): Promise<Project> {
  checkOptions('loadProject', options, LOAD_OPTIONS)
  const { jobs = 1, cache = 'read-write' } = options
  const problems: Problem[] = []
  if (!Number.isInteger(jobs) || jobs < 1)
    problems.push({ where: 'loadProject', what: `\`jobs' must be a whole number from 1, not ${jobs}` })
  if (CACHES[cache] === undefined)
    problems.push({ where: 'loadProject', what: `unknown cache \`${cache}'`, hint: `known: ${Object.keys(CACHES).join(', ')}` })
  if (problems.length > 0) throw new CoworksError(problems)
  const inside = await open(options, options.signal, () => {})
  try {
    return new LoadedProject({ ...options, directory: inside.options.root }, inside)
  } finally {
    await inside.close()
  }
}

function open(options: LoadOptions, signal: AbortSignal | undefined, listen: Listener): Promise<Inside> {
  return Inside.load({ ...insideOptions(options), listen, ...(signal === undefined ? {} : { signal }) })
}

/** Plain data. @throws CoworksError where there is no such folder */
function insideOptions(options: LoadOptions): Omit<ProjectOptions, 'signal' | 'listen'> {
  const { directory = '.', file, variables = {}, jobs = defaultJobs(), keepGoing = false, cache = 'read-write' } = options
  const root = resolve(directory)
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) throw new CoworksError({ where: directory, what: 'no such folder' })
  return {
    root,
    file,
    variables,
    jobs,
    keepGoing,
    cache: CACHES[cache],
    terraformBin: options.terraformBin,
    command: options.name ?? 'a program',
  }
}

type WatchSettings = Parameters<typeof import('../watch/project-watch.js').watchProject>[0]

class LoadedProject implements Project {
  readonly root: string
  readonly microservices: readonly MicroserviceInfo[]
  readonly layers: readonly string[]
  private readonly closing = new AbortController()
  private readonly running = new Set<Promise<unknown>>()

  constructor(
    private readonly options: LoadOptions,
    { options: { root }, microservices, declarations }: Inside,
  ) {
    this.root = root
    this.microservices = microservices.map(({ name, stages, project }) => ({ name, stages, terraformDir: project.terraformDir }))
    this.layers = declarations.layers.map(({ file }) => file)
  }

  async plan(selection: Selection = {}): Promise<Plan> {
    const wanted = wantedOf(selection)
    return this.call(
      {},
      () => {},
      async (inside) => planResult(inside.plan(wanted)),
    )
  }

  async taints(selection: Selection = {}, options: CallOptions = {}): Promise<Taints> {
    const wanted = wantedOf(selection)
    return this.call(
      options,
      () => {},
      async (inside) => {
        const { taints, notes } = await inside.taints(wanted)
        return { taints, notes }
      },
    )
  }

  build(selection: Selection = {}, options: CallOptions = {}): Run<BuildEvent, BuildResult> {
    const wanted = wantedOf(selection)
    const signal = this.signal(options)
    return startRun(async (emit) => {
      const listen: Listener = (event) => {
        const shown = buildEvent(event)
        if (shown !== undefined) emit(shown)
      }
      try {
        const document = await this.call(options, listen, async (inside) => buildDocument(await inside.build(wanted)))
        return { ...document, cancelled: !document.ok && signal.aborted }
      } catch (error) {
        if (!(error instanceof CoworksError)) throw error
        return { ok: false, cancelled: signal.aborted, targets: [], taints: [], notes: [], warnings: [], failures: error.problems, ms: 0 }
      }
    })
  }

  affected(selection: AffectedSelection, options: CallOptions = {}): Run<AffectedEvent, Affected> {
    checkOptions('selection', selection, ['since', 'microservices', 'stages'])
    if (typeof selection.since !== 'string') throw new CoworksError({ where: 'affected', what: "`since' must name a revision" })
    return startRun(async (emit) => {
      const { affected, affectedRequest } = await import('../affected/affected.js')
      const request = await this.call(
        options,
        () => {},
        async (inside) => affectedRequest(inside, selection),
      )
      return this.track(affected(request, this.signal(options), emit))
    })
  }

  watch(selection: Selection = {}, options: WatchOptions = {}): AsyncIterable<WatchEvent> {
    checkOptions('watch', options, ['signal', 'poll'])
    const order = { options: insideOptions(this.options), wanted: wantedOf(selection), taints: true, serve: false }
    const settings = { order, module: ownModule('build-child'), stdout: 1, poll: options.poll ?? false, except: [] } as const
    return { [Symbol.asyncIterator]: () => this.watched(settings, this.signal(options)) }
  }

  private async *watched(settings: WatchSettings, signal: AbortSignal): AsyncGenerator<WatchEvent, void, void> {
    if (this.closing.signal.aborted) throw new CoworksError({ what: 'the project was closed' })
    const { watchProject } = await import('../watch/project-watch.js')
    yield* watchProject(settings, signal, (ended) => void this.track(ended))
  }

  async close(): Promise<void> {
    this.closing.abort(new CoworksError({ what: 'the project was closed' }))
    await Promise.allSettled(this.running)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private signal({ signal }: CallOptions): AbortSignal {
    return AbortSignal.any([this.closing.signal, this.options.signal, signal].filter((one) => one !== undefined))
  }

  private call<T>(options: CallOptions, listen: Listener, work: (inside: Inside) => Promise<T>): Promise<T> {
    const signal = this.signal(options)
    const run = async (): Promise<T> => {
      if (this.closing.signal.aborted) throw new CoworksError({ what: 'the project was closed' })
      if (signal.aborted) throw new CoworksError({ what: 'interrupted' })
      const inside = await open(this.options, signal, listen)
      try {
        return await work(inside)
      } finally {
        await inside.close()
      }
    }
    return this.track(run())
  }

  private track<T>(running: Promise<T>): Promise<T> {
    this.running.add(running)
    const over = (): void => void this.running.delete(running)
    running.then(over, over)
    return running
  }
}

/** @throws CoworksError for a key that there is not: a misspelt `stage` would build something else than was meant */
function wantedOf(selection: Selection): Wanted {
  checkOptions('selection', selection, ['microservices', 'stages', 'targets'])
  const { microservices = 'all', stages, targets = [] } = selection
  return { microservices, stages: stages ?? ['dev'], named: stages !== undefined || microservices !== 'all', targets }
}
