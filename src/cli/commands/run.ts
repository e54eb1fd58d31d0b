/**
 * `coworks run`: builds, serves each stage asked for on a port of its own, and on every change of a source builds again. What
 * cannot be built changes nothing: what was built last is served on. Ends, with all it started, when interrupted.
 */
import { join } from 'node:path'
import {
  DEFAULT_HOST,
  DEFAULT_PORT,
  FunctionPool,
  type FunctionSettings,
  lambdaEnvironment,
  localApi,
  type Served,
  serve,
  TaskFolders,
} from '../../gateway/index.js'
import { ownModule } from '../../project/own-files.js'
import { CoworksError, problemsOf } from '../../util/problem.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'
import { problemText } from '../print-problems.js'
import { TextReport } from '../report-text.js'
import { type Built, buildForRun } from '../run-build.js'
import { type SourceWatch, watchSources } from '../source-watch.js'

interface Running {
  built: Built
  readonly pool: FunctionPool
  readonly served: Served
}

export async function run(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { targets } = request
  if (targets.length > 0) {
    const hint = 'coworks run microservice=… stage=…'
    throw new CoworksError(
      targets.map((word) => ({ where: 'command line', what: `\`coworks run' takes no targets, not \`${word}'`, hint })),
    )
  }
  const session = new RunSession(request, signal)
  try {
    return await session.run()
  } catch (error) {
    if (signal.aborted) return 0
    throw error
  } finally {
    await session.close()
  }
}

class RunSession {
  private readonly report: TextReport
  private readonly folders = new TaskFolders()
  private readonly running: Running[] = []
  private watch: SourceWatch | undefined
  /** Builds come one after the other, with the changes that came meanwhile taken together. */
  private building = false
  private pending = new Set<string>()

  constructor(
    private readonly request: Request,
    private readonly signal: AbortSignal,
  ) {
    this.report = new TextReport(request.options)
  }

  async run(): Promise<ExitStatus> {
    this.report.reading()
    const first = await buildForRun(this.request, this.signal, this.report)
    if (first.built === undefined) return 2
    for (const [at, built] of first.built.entries()) this.running.push(await this.start(built, at, first.built.length))
    this.watch = await watchSources(
      first.root,
      // The temporary folder may lie in the project.
      [...first.written.map((dir) => join(first.root, dir)), this.folders.root],
      (paths) => void this.changed(paths),
      (error) => this.complain(error),
    )
    // What changed between the build and the watch is found by building once more, which costs little where nothing did.
    await this.changed([])
    this.announce()
    await new Promise<void>((resolve) => {
      if (this.signal.aborted) resolve()
      else this.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    return 0
  }

  async close(): Promise<void> {
    await this.watch?.close()
    await Promise.all(this.running.flatMap(({ served, pool }) => [served.close(), pool.close()]))
    this.folders.remove()
  }

  private async start(built: Built, at: number, of: number): Promise<Running> {
    const { host = DEFAULT_HOST, port = DEFAULT_PORT } = this.request.options
    const api = localApi(built.microservice, built.description, built.stage)
    const pool = new FunctionPool(this.settings(built))
    const name = of === 1 ? '' : api.functionName
    try {
      const served = await serve({ api, lambda: pool, host, port: port === 0 ? 0 : port + at, name, log: (line) => this.say(line) })
      return { built, pool, served }
    } catch (error) {
      await pool.close()
      throw error
    }
  }

  private settings(built: Built): FunctionSettings {
    const { config, microservice, stage, variables } = built
    const functionName = `${microservice}-${stage}`
    const { taskRoot, layers } = this.folders.make(functionName, built.zip, built.layers)
    const passed = Object.fromEntries(
      (this.request.options.env ?? []).flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] ?? '']])),
    )
    return {
      functionName,
      taskRoot,
      module: 'index.mjs',
      env: lambdaEnvironment({ functionName, config, taskRoot, layers, variables, passed }),
      timeout: config.timeout,
      memorySize: config.memorySize,
      childModule: ownModule('gateway-child'),
      stdout: this.request.options.json ? 2 : 1,
    }
  }

  private announce(): void {
    const servers = this.running.map(({ built: { microservice, stage }, served: { url } }) => ({ microservice, stage, url }))
    if (this.request.options.json) process.stdout.write(`${JSON.stringify({ ok: true, servers }, null, 2)}\n`)
    else for (const { microservice, stage, url } of servers) this.say(`coworks: ${microservice} (${stage}) on ${url}`)
  }

  private async changed(paths: readonly string[]): Promise<void> {
    for (const path of paths) this.pending.add(path)
    if (this.building) return
    this.building = true
    try {
      do {
        const because = [...this.pending]
        this.pending.clear()
        await this.rebuild(because)
      } while (this.pending.size > 0 && !this.signal.aborted)
    } finally {
      this.building = false
    }
  }

  private async rebuild(because: readonly string[]): Promise<void> {
    try {
      const { built } = await buildForRun(this.request, this.signal, this.report)
      for (const running of built === undefined ? [] : this.running) {
        const next = built?.find(({ microservice, stage }) => microservice === running.built.microservice && stage === running.built.stage)
        if (next === undefined || next.key === running.built.key) continue
        running.pool.replace(this.settings(next))
        running.served.replace(localApi(next.microservice, next.description, next.stage))
        running.built = next
        this.say(
          `coworks: ${next.microservice} (${next.stage}) reloaded${because.length === 0 ? '' : `: ${because.slice(0, 3).join(', ')}`}`,
        )
      }
      if (built === undefined) this.say('coworks: what was built before is served on.')
    } catch (error) {
      if (this.signal.aborted) return
      this.complain(error)
      this.say('coworks: what was built before is served on.')
    }
  }

  private complain(error: unknown): void {
    process.stderr.write(
      problemsOf(error)
        .map((problem) => problemText(problem))
        .join(''),
    )
  }

  private say(line: string): void {
    const stream = this.request.options.json ? process.stderr : process.stdout
    if (!this.request.options.silent) stream.write(`${line}\n`)
  }
}
