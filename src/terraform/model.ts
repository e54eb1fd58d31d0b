/**
 * The data that templates are given, as plain JSON: a template decides only how it is written, never what there is.
 * Paths are relative to the Terraform folder, with `/`, so that no file says where the checkout lies. Nothing here is a
 * secret: of an environment file only the path is known, Terraform reads it when it plans.
 */
import type { ConfigDescription, PolicyStatement, ServiceDescription } from '../service/description.js'
import type { Digest, Json } from '../util/hash.js'

/**
 * Code as Lambda gets it. `hash` is written as a literal: `filebase64sha256()` of a zip that is not there fails the plan,
 * and a plan in another job than the build has no zip. Terraform only compares it, any text that changes with the content will do.
 */
export type Artifact =
  | { readonly kind: 'file'; readonly path: string; readonly hash: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly key: string; readonly hash: string }

/** What `renderStage` is given: all that one stage of one microservice owns. */
export interface StageModel {
  /** `app-test` */
  readonly microservice: string
  /** `dev` */
  readonly stage: string
  readonly zip: Artifact
  readonly service: ServiceDescription
  /** The stage's own of `service.configs`. */
  readonly config: ConfigDescription
  /** The layers, in the order in which Lambda unpacks them. Each is `aws_lambda_layer_version.<name>_<stage>`. */
  readonly layers: readonly { readonly name: string }[]
  readonly handler: string
  /** `../config/vars_dev.json`, or null. */
  readonly environmentFile: string | null
  /** What the API is called, where that is not the microservice's name. */
  readonly apiName?: string | undefined
}

/** What `renderApi` is given: what the stages of a microservice share. */
export interface ApiModel {
  readonly microservice: string
  /**
   * Every stage that is declared, in the order declared, and after them those that still have a file.
   * A stage takes part in the order of puts once its file exists, so a reference to nothing is never written.
   */
  readonly stages: readonly { readonly stage: string; readonly exists: boolean }[]
}

/** What `renderLayer` is given. */
export interface LayerModel {
  /** `layer`, the name of the `Layer` without `.zip`. */
  readonly layer: string
  readonly stage: string
  readonly zip: Artifact
  readonly runtimes: readonly string[]
  readonly architectures: readonly string[]
}

/** The API of one stage, and what a deployment of it is compared by. */
export interface Definition {
  /** OpenAPI 3.0.1. Where the gateway calls the function it says `INVOCATION`, whose account and region Terraform fills in. */
  readonly body: Json
  readonly hash: Digest
}

/** The context of `stage.tf.hbs`: the model, and what follows from it. */
export interface StageContext extends StageModel {
  /** `app-test-dev`: the function, its role and its schedules are called so. */
  readonly functionName: string
  readonly definition: Definition
  /** The config's, or null where it has none. */
  readonly tags: { readonly [key: string]: string } | null
  /** Whether any route of this stage asks an authorizer. */
  readonly authorized: boolean
  /** Environment variables that are known now: the config's own and `WORKSPACE`. */
  readonly variables: { readonly [name: string]: string }
  /** What the role may do beyond writing its own log. */
  readonly roleStatements: readonly PolicyStatement[]
}

/** The context of `api.tf.hbs`. */
export interface ApiContext extends ApiModel {
  /** For each stage, the stages whose definition must have been put and deployed before its own is put. */
  readonly order: readonly { readonly stage: string; readonly after: readonly string[] }[]
}

/** The context of `layer.tf.hbs`. */
export interface LayerContext extends LayerModel {
  /** `layer-dev` */
  readonly layerName: string
}

/** File name (`stage.tf.hbs`, `_function.hbs`) to text. A project overrides one by putting its own under the same name. */
export type Templates = ReadonlyMap<string, string>
