/** The stages of the shop: what they share is said once, a microservice adds what it needs. */
import { CORSConfig, Config } from 'coworks'

const SITES = {
  dev: '*',
  staging: 'https://staging.shop.example.com',
  prod: 'https://shop.example.com',
} as const

export type Stage = keyof typeof SITES

interface Needs {
  readonly layers?: readonly string[]
  readonly memorySize?: number
  readonly timeout?: number
}

/** One config a stage, in the order named. */
export function stages(names: readonly Stage[], needs: Needs = {}): Config[] {
  return names.map(
    (workspace) =>
      new Config({
        workspace,
        version: '1.0',
        cors: new CORSConfig({ allowOrigin: SITES[workspace], maxAge: 600 }),
        environmentVariablesFile: `config/vars_${workspace}.json`,
        layers: [...(needs.layers ?? ['layer'])],
        memorySize: needs.memorySize ?? 256,
        timeout: needs.timeout ?? 10,
        // Customers use prod while it is deployed: its functions are updated, never replaced.
        redeploy: workspace === 'prod' ? 'in-place' : 'replace',
        tags: { shop: workspace },
      }),
  )
}
