/**
 * What an update needs of AWS Lambda, and the ways in which that fails. The implementation over the SDK is `aws.ts`; each call is sent
 * once and either answers or throws an `ApiFailure`: who waits, and who looks again before sending anything twice, is decided by the callers,
 * because only they know what a lost answer means.
 */
import type { CodeSha256, SeenAlias, SeenFunction, SeenLayerVersion, SeenVersion } from './model.js'

/** A zip as it is sent: its bytes, or, where it is too large for that, where they lie in S3. */
export type ZipSource =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 's3'; readonly bucket: string; readonly key: string }

export interface LambdaApi {
  /** The region that is asked. @throws ApiFailure where none is set */
  region(): Promise<string>
  /** Undefined where there is none of this name. */
  getFunction(name: string): Promise<SeenFunction | undefined>
  updateCode(name: string, zip: ZipSource, revisionId: string | undefined): Promise<void>
  updateLayers(name: string, layers: readonly string[], revisionId: string | undefined): Promise<void>
  /** Undefined where it was deleted; a function may still use it. */
  getLayerVersion(layer: string, version: number): Promise<SeenLayerVersion | undefined>
  /** The highest version number of a layer, undefined where it has none. */
  latestLayerVersion(layerName: string): Promise<number | undefined>
  publishLayer(layerName: string, zip: ZipSource): Promise<SeenLayerVersion>
  /** The version published last. */
  latestVersion(name: string): Promise<SeenVersion | undefined>
  publishVersion(name: string, codeSha256: CodeSha256, revisionId: string | undefined): Promise<string>
  getAlias(name: string, alias: string): Promise<SeenAlias | undefined>
  aliasNames(name: string): Promise<readonly string[]>
  createAlias(name: string, alias: string, version: string): Promise<void>
  moveAlias(name: string, alias: SeenAlias, version: string): Promise<void>
}

export type FailureKind =
  /** 429: not done, later it may be. */
  | 'throttled'
  /** 409: the function is busy with another update. Not done. */
  | 'conflict'
  /** 412: it is not the revision that was looked at. Not done. */
  | 'precondition'
  /** 5xx, a connection cut, a time limit: maybe done. */
  | 'lost'
  | 'not-found'
  /** AWS knows who asks, and refuses. */
  | 'denied'
  /** Nobody, or somebody whose time is up, asks. */
  | 'credentials'
  /** Anything else, which asking again does not mend. */
  | 'refused'

/** A call that failed. */
export class ApiFailure extends Error {
  constructor(
    readonly kind: FailureKind,
    /** As IAM names it: `lambda:UpdateFunctionCode`. */
    readonly permission: string,
    message: string,
    readonly more: { readonly hint?: string | undefined; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message)
    this.name = 'ApiFailure'
  }
}
