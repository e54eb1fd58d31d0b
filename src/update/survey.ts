/**
 * Asks Lambda what it has of one function: as few calls as the plan can do with, and only such as read. A function that is being
 * updated by somebody else is waited for: what it will have is not known before.
 */
import type { LambdaApi } from './api.js'
import { type BuiltFunction, layerVersionArn, type SeenFunction, type SeenLayerVersion } from './model.js'
import { holds, type KnownContents, type PlanOptions, type Survey, versionInUse } from './plan.js'
import { pollUntil, read, type Waits } from './waiting.js'

/** Layer versions never change: each is asked for once, whichever function uses it. */
export class LayerVersions {
  private readonly known = new Map<string, Promise<SeenLayerVersion | undefined>>()
  private readonly newestOf = new Map<string, Promise<SeenLayerVersion | undefined>>()

  constructor(
    private readonly api: LambdaApi,
    private readonly waits: Waits,
  ) {}

  get(arn: string): Promise<SeenLayerVersion | undefined> {
    const parts = layerVersionArn(arn)
    if (parts === undefined) return Promise.resolve(undefined)
    return once(this.known, arn, () => read(this.waits, () => this.api.getLayerVersion(arn.slice(0, arn.lastIndexOf(':')), parts.version)))
  }

  newest(layerName: string): Promise<SeenLayerVersion | undefined> {
    return once(this.newestOf, layerName, () => this.newestNow(layerName))
  }

  /** Asked again, whatever was answered before. */
  async newestNow(layerName: string): Promise<SeenLayerVersion | undefined> {
    const version = await read(this.waits, () => this.api.latestLayerVersion(layerName))
    return version === undefined ? undefined : await read(this.waits, () => this.api.getLayerVersion(layerName, version))
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? ask()
  known.set(key, found)
  return found
}

/** The function when no update of it is under way. */
export function settled(api: LambdaApi, waits: Waits, name: string): Promise<SeenFunction | undefined> {
  return pollUntil(
    waits,
    `function ${name}`,
    () => api.getFunction(name),
    (seen) => seen === undefined || !seen.busy,
  )
}

/** @throws ApiFailure */
export async function survey(
  api: LambdaApi,
  waits: Waits,
  versions: LayerVersions,
  built: BuiltFunction,
  options: PlanOptions,
  known: KnownContents,
): Promise<Survey> {
  const region = await api.region()
  const seen = await settled(api, waits, built.name)
  if (seen === undefined) return { region, seen, inUse: new Map(), newest: new Map() }
  const inUse = new Map<string, SeenLayerVersion>()
  const newest = new Map<string, SeenLayerVersion>()
  for (const layer of built.layers) {
    const arn = versionInUse(seen, layer.layerName)
    if (arn === undefined) continue
    const used = await versions.get(arn)
    if (used !== undefined) inUse.set(arn, used)
    if (holds(used?.codeSha256, layer, known)) continue
    const last = await versions.newest(layer.layerName)
    if (last !== undefined) newest.set(layer.layerName, last)
  }
  if (!options.publish && options.alias === undefined) return { region, seen, inUse, newest }
  const version = await read(waits, () => api.latestVersion(built.name))
  if (options.alias === undefined) return { region, seen, inUse, newest, version }
  const { alias: wanted } = options
  const alias = await read(waits, () => api.getAlias(built.name, wanted))
  const aliasNames = alias === undefined ? await read(waits, () => api.aliasNames(built.name)) : []
  return { region, seen, inUse, newest, version, alias, aliasNames }
}
