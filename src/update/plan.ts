/**
 * What has to be pushed: what is built against what Lambda says it has. Pure; `survey.ts` asks Lambda, `push.ts` does what is planned. Only what differs is planned, so
 * that a second update plans nothing; and nothing is planned for a function that would then run half of what was built.
 *
 *     built layer ──► the version in use has this content ──► nothing
 *                 ├─► the newest version has it ────────────► set-layers
 *                 └─► none that was looked at ──────────────► publish, set-layers
 *     built code  ──► CodeSha256 is equal ──────────────────► nothing
 *                 └─► another ──────────────────────────────► update-code
 */
import { nearest } from '../util/nearest.js'
import type { Problem } from '../util/problem.js'
import {
  type BuiltFunction,
  type BuiltLayer,
  type BuiltZip,
  type CodeSha256,
  functionArn,
  layerVersionArn,
  type SeenAlias,
  type SeenFunction,
  type SeenLayerVersion,
  type SeenVersion,
} from './model.js'

export interface PlanOptions {
  readonly publish: boolean
  readonly alias: string | undefined
}

/** What was asked of Lambda about one function; the calls that a plan cannot need are not made. */
export interface Survey {
  readonly region: string
  /** Undefined: not deployed. */
  readonly seen: SeenFunction | undefined
  /** ARN of a layer version in use -> its content; one that was deleted is not in it. */
  readonly inUse: ReadonlyMap<string, SeenLayerVersion>
  /** `layer-dev` -> its newest version, of layers whose version in use differs. */
  readonly newest: ReadonlyMap<string, SeenLayerVersion>
  /** Asked for with --publish only. */
  readonly version?: SeenVersion | undefined
  /** Asked for with --alias only. */
  readonly alias?: SeenAlias | undefined
  /** The function's other aliases, where there is none of the name. */
  readonly aliasNames?: readonly string[]
}

/** A layer version as it will be once the plan's layers are published. */
export type LayerRef = { readonly kind: 'arn'; readonly arn: string } | { readonly kind: 'published'; readonly layerName: string }

export type Step =
  | { readonly kind: 'publish-layer'; readonly layer: BuiltLayer }
  | { readonly kind: 'set-layers'; readonly layers: readonly LayerRef[]; readonly changed: readonly string[] }
  | { readonly kind: 'update-code'; readonly code: BuiltZip; readonly from: CodeSha256 }
  | { readonly kind: 'publish-version' }
  /** `from` is null where the alias is made. */
  | { readonly kind: 'move-alias'; readonly alias: string; readonly from: string | null }

export interface FunctionPlan {
  readonly built: BuiltFunction
  readonly seen: SeenFunction | undefined
  /** Empty where all is up to date, or where problems say why nothing is done. */
  readonly steps: readonly Step[]
  readonly problems: readonly Problem[]
  /** Names of environment variables that Lambda has otherwise than the stage's file: only Terraform sets them. */
  readonly environment: readonly string[]
  /** The version and alias before. */
  readonly version: SeenVersion | undefined
  readonly alias: SeenAlias | undefined
}

/** Content by the sha256 of the zip that had it: what the pushes made here are known to have held. */
export type KnownContents = ReadonlyMap<CodeSha256, string>

export function planFunction(built: BuiltFunction, survey: Survey, options: PlanOptions, known: KnownContents = new Map()): FunctionPlan {
  const { seen, version, alias } = survey
  const common = { built, seen, version, alias }
  if (seen === undefined) return { ...common, steps: [], problems: [notDeployed(built, survey.region)], environment: [] }
  const environment = environmentDifferences(built, seen)
  const problems = refusals(built, survey, seen, options)
  if (problems.length > 0) return { ...common, steps: [], problems, environment }

  const layers = planLayers(built, survey, seen, known)
  const codeDiffers = !holds(seen.codeSha256, built.code, known)
  const steps: Step[] = [...layers]
  if (codeDiffers) steps.push({ kind: 'update-code', code: built.code, from: seen.codeSha256 })
  if (options.publish || options.alias !== undefined) {
    const publishes = steps.length > 0 || version === undefined || !isPublished(seen, version)
    if (publishes) steps.push({ kind: 'publish-version' })
    if (options.alias !== undefined && (publishes || alias?.version !== version?.version))
      steps.push({ kind: 'move-alias', alias: options.alias, from: alias?.version ?? null })
  }
  return { ...common, steps, problems: [], environment }
}

/** Is it what was built? Another zip of the same content is: what zipped it does not make it another thing. */
export function holds(sha256: CodeSha256 | undefined, built: BuiltZip, known: KnownContents): boolean {
  return sha256 !== undefined && (sha256 === built.sha256 || known.get(sha256) === built.content)
}

function planLayers(built: BuiltFunction, { inUse, newest }: Survey, seen: SeenFunction, known: KnownContents): Step[] {
  const publish: Step[] = []
  const changed = new Map<string, LayerRef>()
  for (const layer of built.layers) {
    const arn = versionInUse(seen, layer.layerName)
    if (arn === undefined || holds(inUse.get(arn)?.codeSha256, layer, known)) continue
    const last = newest.get(layer.layerName)
    if (last !== undefined && holds(last.codeSha256, layer, known)) changed.set(arn, { kind: 'arn', arn: last.arn })
    else {
      publish.push({ kind: 'publish-layer', layer })
      changed.set(arn, { kind: 'published', layerName: layer.layerName })
    }
  }
  if (changed.size === 0) return []
  // Layers that coworks did not declare stay where they are: a template of the user's has put them there.
  const layers = seen.layers.map((arn): LayerRef => changed.get(arn) ?? { kind: 'arn', arn })
  return [...publish, { kind: 'set-layers', layers, changed: [...changed.keys()].map((arn) => layerVersionArn(arn)?.layerName ?? arn) }]
}

/** The version of a layer that a function uses, of the function's own account. */
export function versionInUse(seen: SeenFunction, layerName: string): string | undefined {
  const { account } = functionArn(seen.arn)
  return seen.layers.find((arn) => {
    const parts = layerVersionArn(arn)
    return parts?.layerName === layerName && parts.account === account
  })
}

function notDeployed({ name, microservice, stage, deployedArn }: BuiltFunction, region: string): Problem {
  const where = `function ${name}`
  if (deployedArn !== undefined && functionArn(deployedArn).region !== region) {
    const there = functionArn(deployedArn).region
    return {
      where,
      what: `is not deployed in ${region}; Terraform deployed it in ${there}`,
      hint: `--region=${there}, or AWS_REGION=${there}`,
    }
  }
  if (deployedArn !== undefined) {
    const what = `is not there (${region}), though Terraform's state has it in account ${functionArn(deployedArn).account}`
    return { where, what, hint: "other credentials, or `terraform apply' to make it again" }
  }
  return {
    where,
    what: `is not deployed in ${region}`,
    hint: `deploy it once: coworks deploy microservice=${microservice} stage=${stage}`,
  }
}

/** Why nothing may be done: each would end in a function that runs half of what was built, or in the wrong function. */
function refusals(built: BuiltFunction, survey: Survey, seen: SeenFunction, { alias }: PlanOptions): Problem[] {
  const where = `function ${built.name}`
  const problems: Problem[] = []
  if (built.deployedArn !== undefined && built.deployedArn !== seen.arn) {
    const [there, here] = [functionArn(built.deployedArn), functionArn(seen.arn)]
    const what = `is ${seen.arn}, but Terraform deployed ${built.deployedArn}`
    problems.push({
      where,
      what,
      hint: there.account === here.account ? `--region=${there.region}` : `use credentials of account ${there.account}`,
    })
  }
  if (seen.packageType !== 'Zip')
    problems.push({ where, what: `is deployed as ${seen.packageType}, not as a zip`, hint: 'it is not one that coworks deploys' })
  for (const { layer, layerName } of built.layers) {
    if (versionInUse(seen, layerName) !== undefined) continue
    problems.push({
      where,
      what: `needs the layer \`${layer}', which the deployed function does not have`,
      hint: 'only Terraform can add it: terraform apply',
    })
  }
  problems.push(...aliasProblems(where, survey, alias))
  return problems
}

function aliasProblems(where: string, { alias, aliasNames = [] }: Survey, wanted: string | undefined): Problem[] {
  if (wanted === undefined) return []
  if (alias?.weighted === true)
    return [{ where, what: `its alias \`${wanted}' sends a part of the calls to another version`, hint: 'end that deployment first' }]
  // A slip of the fingers must not become an alias of its own.
  const near = alias === undefined ? nearest(wanted, aliasNames) : undefined
  return near === undefined ? [] : [{ where, what: `has no alias \`${wanted}'`, hint: `did you mean \`${near}'?` }]
}

/** Would publishing answer with this very version? Lambda makes none where nothing changed since the last. */
function isPublished(seen: SeenFunction, version: SeenVersion): boolean {
  const same = (a: ReadonlyMap<string, string> | undefined, b: ReadonlyMap<string, string> | undefined) =>
    a !== undefined && b !== undefined && a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
  return (
    seen.codeSha256 === version.codeSha256 &&
    seen.layers.join() === version.layers.join() &&
    same(seen.settings, version.settings) &&
    same(seen.environment, version.environment)
  )
}

function environmentDifferences({ environment }: BuiltFunction, seen: SeenFunction): string[] {
  const deployed = seen.environment
  if (environment === undefined || deployed === undefined) return []
  return [...environment]
    .filter(([name, value]) => deployed.get(name) !== value)
    .map(([name]) => name)
    .sort()
}
