/** The local gateway of each stage that is served, on a port of its own; a stage that was built anew takes the place of what it was. */
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
} from '../gateway/index.js'
import { ownModule } from '../project/own-files.js'
import type { Options } from './options/index.js'
import type { Built } from './run-build.js'

interface Running {
  built: Built
  readonly pool: FunctionPool
  readonly served: Served
}

export interface Server {
  readonly microservice: string
  readonly stage: string
  readonly url: string
}

export class LocalServers {
  private readonly folders = new TaskFolders()
  private readonly running: Running[] = []

  constructor(
    private readonly options: Options,
    /** A line of the log. */
    private readonly say: (line: string) => void,
  ) {}

  /** Where what is served is unpacked; the temporary folder may lie in the project. */
  get folder(): string {
    return this.folders.root
  }

  get servers(): readonly Server[] {
    return this.running.map(({ built: { microservice, stage }, served: { url } }) => ({ microservice, stage, url }))
  }

  /** @throws CoworksError where a port is taken */
  async start(all: readonly Built[]): Promise<void> {
    for (const [at, built] of all.entries()) this.running.push(await this.startOne(built, at, all.length))
  }

  /** Serves these from now on, where they differ. Returns those that did. */
  replace(all: readonly Built[]): readonly Built[] {
    return this.running.flatMap((running) => {
      const next = all.find(({ microservice, stage }) => microservice === running.built.microservice && stage === running.built.stage)
      if (next === undefined || next.key === running.built.key) return []
      running.pool.replace(this.settings(next))
      running.served.replace(localApi(next.microservice, next.description, next.stage))
      running.built = next
      return [next]
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.running.flatMap(({ served, pool }) => [served.close(), pool.close()]))
    this.folders.remove()
  }

  private async startOne(built: Built, at: number, of: number): Promise<Running> {
    const { host = DEFAULT_HOST, port = DEFAULT_PORT } = this.options
    const api = localApi(built.microservice, built.description, built.stage)
    const pool = new FunctionPool(this.settings(built))
    const name = of === 1 ? '' : api.functionName
    try {
      const served = await serve({ api, lambda: pool, host, port: port === 0 ? 0 : port + at, name, log: this.say })
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
      (this.options.env ?? []).flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] ?? '']])),
    )
    return {
      functionName,
      taskRoot,
      module: 'index.mjs',
      env: lambdaEnvironment({ functionName, config, taskRoot, layers, variables, passed }),
      timeout: config.timeout,
      memorySize: config.memorySize,
      childModule: ownModule('gateway-child'),
      stdout: this.options.json ? 2 : 1,
    }
  }
}
