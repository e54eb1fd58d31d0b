/**
 * Where the zips of a stage go when they are not sent directly: a bucket, under keys that hold the hash of their bytes, so that an
 * unchanged zip is the same object and two stages with the same code share one. Decides names only; nothing is sent here.
 */

import { nearestHint } from '../util/nearest.js'
import { checkOptions } from '../util/options.js'
import { CoworksError } from '../util/problem.js'

export interface ArtifactsOptions {
  /** A bucket in the region of the functions; or one by stage: a stage without one sends its zips directly. */
  readonly bucket: string | { readonly [stage: string]: string }
  /** Before every key. Default `coworks/`. */
  readonly prefix?: string
}

export interface ArtifactsDeclaration {
  readonly bucket: string | ReadonlyMap<string, string>
  readonly prefix: string
}

export interface ObjectPlace {
  readonly bucket: string
  /** Before the hash. */
  readonly prefix: string
}

/** An object that a stage's files refer to, and the file that it is made from. */
export interface StoredObject extends ObjectName {
  /** `code`, or `layer <name>`. */
  readonly what: string
  /** From the project's folder. */
  readonly file: string
  /** Of the bytes, hex. */
  readonly sha256: string
  readonly size: number
}

interface ObjectName {
  readonly bucket: string
  readonly key: string
}

const HINT = "artifacts: { bucket: 'my-artifacts' }, or { bucket: { prod: 'prod-artifacts' } }"

/** @throws CoworksError for what cannot be meant, and for a stage that no microservice has */
export function artifactsOf(where: string, given: unknown, stages: ReadonlySet<string>): ArtifactsDeclaration | undefined {
  if (given === undefined) return undefined
  checkOptions(`${where}, artifacts`, given, ['bucket', 'prefix'])
  const { bucket, prefix = 'coworks/' } = given as ArtifactsOptions
  const problem = (what: string, hint: string | undefined = HINT) => new CoworksError({ where: `${where}, artifacts`, what, hint })
  if (typeof prefix !== 'string' || !/^[A-Za-z0-9!_.*'()/-]{0,512}$/.test(prefix))
    throw problem("`prefix` must be letters, digits and /!_.*'()-, at most 512", "prefix: 'coworks/'")
  if (typeof bucket === 'string') return { bucket: bucketName(bucket, problem), prefix }
  if (bucket === null || typeof bucket !== 'object' || Array.isArray(bucket)) throw problem('needs a bucket')
  const byStage = new Map(Object.entries(bucket).map(([stage, name]): [string, string] => [stage, bucketName(name, problem)]))
  for (const stage of byStage.keys()) if (!stages.has(stage)) throw problem(`unknown stage \`${stage}'`, nearestHint(stage, stages))
  return { bucket: byStage, prefix }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, for general purpose buckets. */
function bucketName(name: unknown, problem: (what: string, hint?: string) => CoworksError): string {
  if (typeof name === 'string' && /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..')) return name
  throw problem(`${JSON.stringify(name)} cannot be the name of a bucket`, 'lower-case letters, digits, . and -, 3 to 63')
}

/** Where the zips of `name`, a microservice or a layer, go in this stage. */
export function placeOf(artifacts: ArtifactsDeclaration | undefined, stage: string, name: string): ObjectPlace | undefined {
  const bucket = typeof artifacts?.bucket === 'string' ? artifacts.bucket : artifacts?.bucket.get(stage)
  return artifacts === undefined || bucket === undefined ? undefined : { bucket, prefix: `${artifacts.prefix}${name}/` }
}

export function keyOf({ prefix }: ObjectPlace, sha256: string): string {
  return `${prefix}${sha256}.zip`
}
