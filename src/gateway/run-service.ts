/**
 * `app.run()`: the microservice of this very process behind the gateway's rules, with the environment of its stage. Nothing
 * is built and nothing reloaded; a debugger stops in the user's own files.
 */
import { HANDLE } from '../service/brand.js'
import { describe } from '../service/describe.js'
import type { RunOptions } from '../service/run.js'
import type { TechMicroService } from '../service/service.js'
import { localApi } from './api.js'
import { environmentVariables } from './environment-file.js'
import type { Invocation, LambdaFunction } from './gateway.js'
import { DEFAULT_HOST, DEFAULT_PORT } from './limits.js'
import { type Served, serve } from './serve.js'

/** @returns the running gateway, once it listens @throws CoworksError */
export async function runService(service: TechMicroService, options: RunOptions = {}): Promise<Served> {
  const description = describe(service)
  const workspace = options.workspace ?? (process.env.WORKSPACE || description.configs[0]?.workspace || 'dev')
  const api = localApi(service.name, description, workspace)
  Object.assign(process.env, environmentVariables(process.cwd(), api.config), { WORKSPACE: workspace })
  const served = await serve({
    api,
    lambda: new OwnProcess(service, api.functionName),
    host: options.host ?? DEFAULT_HOST,
    port: options.port ?? DEFAULT_PORT,
    name: '',
    log: (line) => console.log(line),
  })
  console.log(`coworks: ${service.name} (${workspace}) on ${served.url}`)
  return served
}

class OwnProcess implements LambdaFunction {
  constructor(
    private readonly service: TechMicroService,
    private readonly functionName: string,
  ) {}

  async invoke(event: unknown, awsRequestId: string): Promise<Invocation> {
    try {
      const answer = await this.service[HANDLE](event, { awsRequestId, functionName: this.functionName, functionVersion: '$LATEST' })
      return { ok: true, payload: JSON.parse(JSON.stringify(answer) ?? 'null') }
    } catch (error) {
      return { ok: false, message: error instanceof Error ? error.message : String(error) }
    }
  }
}
