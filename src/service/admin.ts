/** A blueprint that tells what a microservice is. Guarded as its service is, unless a subclass says otherwise; shows no environment. */
import { Blueprint } from './blueprint.js'
import { describe } from './describe.js'

export class Admin extends Blueprint {
  /** Every route with its signature. */
  get_routes() {
    return describe(this.service).routes.map(({ verb, path, signature, handler, authorizer }) => ({
      verb,
      path,
      signature,
      handler,
      authorizer,
    }))
  }

  /** What runs, and where. */
  get_context() {
    const { workspace, version, debug } = this.service.config
    const { context, requestId, stage } = this.request
    return {
      service: this.service.name,
      workspace,
      version,
      debug,
      stage,
      requestId,
      functionName: context.functionName ?? null,
      functionVersion: context.functionVersion ?? null,
      memoryLimitInMB: context.memoryLimitInMB ?? null,
      node: process.version,
    }
  }
}
