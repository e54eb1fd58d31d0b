/**
 * Publishes layers, each once in a run however many functions use it. A publication whose answer was lost is looked for before it is sent again:
 * a layer's versions are counted, and nobody wants two of one content.
 */
import { CoworksError } from '../util/problem.js'
import { ApiFailure, type LambdaApi, type ZipSource } from './api.js'
import type { BuiltLayer, BuiltZip, SeenLayerVersion } from './model.js'
import type { LayerVersions } from './survey.js'
import { ATTEMPTS, backOff, type Waits } from './waiting.js'

export type ReadZip = (zip: BuiltZip) => Promise<ZipSource>

export class LayerPublisher {
  private readonly published = new Map<string, Promise<SeenLayerVersion>>()

  constructor(
    private readonly api: LambdaApi,
    private readonly waits: Waits,
    private readonly versions: LayerVersions,
    private readonly readZip: ReadZip,
  ) {}

  /** @throws ApiFailure, CoworksError */
  publish(layer: BuiltLayer): Promise<SeenLayerVersion> {
    const found = this.published.get(layer.layerName) ?? this.send(layer)
    this.published.set(layer.layerName, found)
    return found
  }

  private async send(layer: BuiltLayer): Promise<SeenLayerVersion> {
    const { waits } = this
    const zip = await this.readZip(layer)
    for (let attempt = 0; ; attempt++) {
      waits.signal.throwIfAborted()
      try {
        return verified(layer, await this.api.publishLayer(layer.layerName, zip))
      } catch (error) {
        if (!(error instanceof ApiFailure) || (error.kind !== 'throttled' && error.kind !== 'lost')) throw error
        await backOff(waits, attempt, error)
        const newest = error.kind === 'lost' ? await this.versions.newestNow(layer.layerName) : undefined
        if (newest?.codeSha256 === layer.sha256) return newest
        if (attempt + 1 >= ATTEMPTS) throw error
      }
    }
  }
}

function verified(layer: BuiltLayer, version: SeenLayerVersion): SeenLayerVersion {
  if (version.codeSha256 === layer.sha256) return version
  throw new CoworksError({
    where: `layer ${layer.layerName}`,
    what: `Lambda has stored ${version.arn} with another content than ${layer.file}`,
    hint: 'update again',
  })
}
