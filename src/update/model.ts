/**
 * The two sides that an update compares, as data: what was built of a function and its layers, and what Lambda says it has. Neither knows
 * where it comes from. `CodeSha256` is Lambda's own measure: the sha256 of a zip, in base64.
 */

/** sha256 of a zip's bytes, base64: what Lambda calls `CodeSha256`. */
export type CodeSha256 = string

export interface BuiltZip {
  /** From the project's folder. */
  readonly file: string
  readonly sha256: CodeSha256
  /** What is in it, whatever zipped it: the literal that Terraform compares. */
  readonly content: string
  readonly size: number
  /** Where it goes first, where the project sends its zips through a bucket. */
  readonly object?: { readonly bucket: string; readonly key: string } | undefined
}

export interface BuiltLayer extends BuiltZip {
  /** `layer` */
  readonly layer: string
  /** `layer-dev`, as Terraform calls it. */
  readonly layerName: string
}

export interface BuiltFunction {
  readonly microservice: string
  readonly stage: string
  /** `app-test-dev` */
  readonly name: string
  readonly code: BuiltZip
  /** In the order of the stage's Config. */
  readonly layers: readonly BuiltLayer[]
  /** Name -> fingerprint of the variables that the stage's environment file sets; undefined where it cannot be read. */
  readonly environment: ReadonlyMap<string, string> | undefined
  /** The function that Terraform's state knows, where there is a state. */
  readonly deployedArn: string | undefined
}

/** A function as Lambda answers for it. */
export interface SeenFunction {
  readonly name: string
  readonly arn: string
  readonly codeSha256: CodeSha256
  /** Absent where the endpoint keeps none (an emulator). */
  readonly revisionId: string | undefined
  readonly lastModified: string
  /** ARNs of layer versions, in order. */
  readonly layers: readonly string[]
  readonly packageType: string
  /** An update is under way, or the function is being made. */
  readonly busy: boolean
  /** Why the last update, or the function itself, failed. */
  readonly failure: string | undefined
  /** Name -> fingerprint; undefined where AWS cannot decrypt them for whoever asks. */
  readonly environment: ReadonlyMap<string, string> | undefined
  /** Every other setting, by AWS's name, as text. */
  readonly settings: ReadonlyMap<string, string>
}

export interface SeenVersion extends SeenFunction {
  readonly version: string
}

export interface SeenLayerVersion {
  readonly arn: string
  readonly codeSha256: CodeSha256
}

export interface SeenAlias {
  readonly name: string
  readonly version: string
  readonly revisionId: string | undefined
  /** Part of the calls go to another version: somebody is in the middle of a deployment. */
  readonly weighted: boolean
}

/** `arn:aws:lambda:eu-west-1:123456789012:layer:layer-dev:7` in its parts; undefined for any other text. */
export function layerVersionArn(
  arn: string,
): { readonly region: string; readonly account: string; readonly layerName: string; readonly version: number } | undefined {
  const match = /^arn:[^:]+:lambda:([^:]*):([^:]*):layer:([^:]+):(\d+)$/.exec(arn)
  if (match === null) return undefined
  const [, region = '', account = '', layerName = '', version = ''] = match
  return { region, account, layerName, version: Number(version) }
}

/** Region and account of a function's ARN. */
export function functionArn(arn: string): { readonly region: string; readonly account: string } {
  const [, , , region = '', account = ''] = arn.split(':')
  return { region, account }
}
