/** `app.run()`: hands the service to the local gateway, which is not part of what ships to Lambda. */
import { DefinitionError } from './definition-error.js'
import type { Model } from './model.js'
import type { TechMicroService } from './service.js'

export interface RunOptions {
  /** The stage to be. Default: `WORKSPACE`, else the first config's. */
  readonly workspace?: string
  /** Default 5000. */
  readonly port?: number
  /** Default `127.0.0.1`. */
  readonly host?: string
}

interface Gateway {
  runService(service: TechMicroService, options: RunOptions): Promise<unknown>
}

/** @throws DefinitionError for an unknown workspace, or where only the runtime is installed. */
export async function runLocally(service: TechMicroService, model: Model, options: RunOptions): Promise<unknown> {
  if (options.workspace !== undefined) model.config(options.workspace)
  const gateway: string = 'coworks/api' // not a literal import: a bundler would look for it where only the runtime is
  let api: Gateway
  try {
    api = (await import(gateway)) as Gateway
  } catch (error) {
    const hint = "`run()' is for development: install the whole coworks package"
    throw new DefinitionError({ where: `microservice ${model.name}`, what: `the local gateway cannot be loaded (${String(error)})`, hint })
  }
  return api.runService(service, options)
}
