/**
 * What is built against what is deployed: which resources Terraform must be asked to replace. Pure; where either side
 * comes from is not known here. A resource is named only if it exists and differs, so a fresh checkout with the same state
 * names nothing, and a crash between a build and its taints loses none: the difference is there again the next time.
 *
 *     built ──┐                                   ┌─ not in the state ─────────► nothing
 *             ├─► compare hashes of each resource ┼─ the same hash ────────────► nothing
 *     state ──┘                                   ├─ another hash ─────────────► taint
 *                                                 └─ another hash, tainted ────► pending: asked for, not applied yet
 */
import { type DeployedResource, type DeployedState, layerAddress, type Staging, stageAddresses } from '../terraform/index.js'
import { addToList } from '../util/add-to-list.js'
import { byCodeUnit } from '../util/hash.js'
import { shellQuoted, shellWord } from '../util/quote.js'

/** One stage as it was built. */
export interface BuiltStage {
  readonly microservice: string
  readonly stage: string
  readonly redeploy: 'replace' | 'in-place'
  /** Where it is `workspace`, the state compared with is that of the stage's own. Default `suffix`. */
  readonly staging?: Staging
  /** The literal in `source_code_hash` of the function. */
  readonly codeHash: string
  /** The literal in `triggers.definition` of the deployment. */
  readonly definitionHash: string
  /** The layers of the stage, with the literal in their `source_code_hash`. */
  readonly layers: readonly { readonly name: string; readonly hash: string }[]
}

/** What there is to compare with. */
export type Deployed =
  | { readonly kind: 'state'; readonly state: DeployedState }
  /** Without a state: the hashes of the last build that was acknowledged, by address. */
  | { readonly kind: 'baseline'; readonly hashes: ReadonlyMap<string, string> }
  /** Nothing was ever deployed. */
  | { readonly kind: 'none' }

export interface Taint {
  readonly address: string
  readonly reason: string
  /** What the user types, from the project's folder. */
  readonly command: string
  /** The state has it tainted already: nothing to type, it waits for an apply. */
  readonly pending: boolean
}

/** The last push of `coworks update` to a function that ended well. */
export interface Pushed {
  /** The hash of the code that it left there, as `BuiltStage.codeHash`. */
  readonly content: string
  /** Lambda's own hash of that. */
  readonly codeSha256: string
  /** What the state said of the function then; null where it was not known. */
  readonly state: { readonly sourceCodeHash: string; readonly codeSha256: string; readonly lastModified: string } | null
}

/** By the address of the function. */
export type Pushes = ReadonlyMap<string, Pushed>

export interface TaintOptions {
  /** What was pushed without Terraform, which its state does not know. */
  readonly pushes?: Pushes
  /** Relative to the project's folder. Default `terraform`. */
  readonly terraformDir?: string
  /** The program in the commands. Default `terraform`. */
  readonly terraformBin?: string
  /** The workspace whose state is meant, where not the one that is chosen. */
  readonly workspace?: string | undefined
}

/** In the order of the stages given; of a stage its layers, its function and what hangs on it, its API. Each address once. */
export function taintsFor(built: readonly BuiltStage[], deployed: Deployed, options: TaintOptions = {}): readonly Taint[] {
  const found = new Map<string, Taint>()
  const note = (address: string, reason: string, pending: boolean): void => {
    found.set(address, { address, reason, command: taintCommand(address, options), pending })
  }
  if (deployed.kind === 'state') {
    const followers = new Followers(deployed.state)
    for (const stage of built) compareState(stage, deployed.state, options.pushes, followers, note)
  }
  if (deployed.kind === 'baseline') for (const stage of built) compareBaseline(stage, deployed.hashes, note)
  return [...found.values()]
}

type Note = (address: string, reason: string, pending: boolean) => void

function compareState(built: BuiltStage, { resources }: DeployedState, pushes: Pushes | undefined, followers: Followers, note: Note): void {
  const addresses = stageAddresses(built.microservice, built.stage, built.staging)
  for (const layer of built.layers) {
    const deployed = resources.get(layerAddress(layer.name, built.stage, built.staging))
    if (deployed !== undefined && deployed.attributes.source_code_hash !== layer.hash)
      note(deployed.address, 'layer changed', deployed.tainted)
  }
  const lambda = resources.get(addresses.function)
  if (lambda !== undefined && built.redeploy === 'replace' && runsOther(built, lambda, pushes)) {
    note(lambda.address, 'code changed', lambda.tainted)
    for (const follower of followers.of(lambda)) note(follower.address, 'its function is replaced', follower.tainted)
  }
  compareApi(built, addresses, resources, note)
}

/** One that is tainted is replaced, whatever it runs: then only what the state says counts. */
function runsOther({ codeHash }: BuiltStage, lambda: DeployedResource, pushes: Pushes | undefined): boolean {
  return (lambda.tainted ? lambda.attributes.source_code_hash : codeRunning(lambda, pushes?.get(lambda.address))) !== codeHash
}

/**
 * The hash of the code that a function runs, as far as it is known here: what was pushed to it, if nothing was applied since, else what the state says. "Nothing since" is
 * sure where a refresh of the state has seen the push, or the state says of the function what it said then. Where it is wrong all the same (somebody pushed from another
 * machine), no code is lost: the literal in the file differs from the state's, and the next apply puts it in place without replacing the function.
 */
function codeRunning(lambda: DeployedResource, push: Pushed | undefined): string | undefined {
  const { source_code_hash, code_sha256, last_modified } = lambda.attributes
  if (push === undefined) return source_code_hash
  const { state } = push
  const asThen =
    state !== null && state.sourceCodeHash === source_code_hash && state.codeSha256 === code_sha256 && state.lastModified === last_modified
  return asThen || code_sha256 === push.codeSha256 ? push.content : source_code_hash
}

/**
 * The stages of which something is not deployed as it is built although nothing is to be replaced for it: by the address of the function.
 * `new`: the state does not know it. `in-place`: the next apply puts its code in place.
 */
export interface WaitingFunction {
  readonly address: string
  readonly waits: 'new' | 'in-place'
}

/** Functions that an apply makes or updates without being asked to replace anything. */
export function waitingFunctions(built: readonly BuiltStage[], deployed: Deployed, pushes: Pushes): readonly WaitingFunction[] {
  if (deployed.kind !== 'state') return []
  return built.flatMap((stage): WaitingFunction[] => {
    const address = stageAddresses(stage.microservice, stage.stage, stage.staging).function
    const lambda = deployed.state.resources.get(address)
    if (lambda === undefined) return [{ address, waits: 'new' }]
    return stage.redeploy === 'in-place' && runsOther(stage, lambda, pushes) ? [{ address, waits: 'in-place' }] : []
  })
}

export interface PushedFunction {
  readonly address: string
  /** `built`: it runs what is built, and the state does not know. `other`: Terraform takes it for what is built, and it runs something else. */
  readonly runs: 'built' | 'other'
  /** The stage is updated without replacing anything. */
  readonly inPlace: boolean
}

/** Functions of which the state does not say what they run, because of a push. */
export function pushedFunctions(built: readonly BuiltStage[], deployed: Deployed, pushes: Pushes): readonly PushedFunction[] {
  if (deployed.kind !== 'state' || pushes.size === 0) return []
  return built.flatMap(({ microservice, stage, staging, codeHash, redeploy }): PushedFunction[] => {
    const lambda = deployed.state.resources.get(stageAddresses(microservice, stage, staging).function)
    if (lambda === undefined || lambda.tainted) return []
    const { address } = lambda
    const [stated, running] = [lambda.attributes.source_code_hash, codeRunning(lambda, pushes.get(address))]
    const inPlace = redeploy === 'in-place'
    if (running === codeHash && stated !== codeHash) return [{ address, inPlace, runs: 'built' }]
    return running !== codeHash && stated === codeHash ? [{ address, inPlace, runs: 'other' }] : []
  })
}

/**
 * A deployment takes whatever definition was put last, maybe by another stage. So one that will be made anew although the
 * stage's own put will not (it was tainted by hand, or an apply failed between the two) takes the put with it.
 */
function compareApi(
  built: BuiltStage,
  addresses: ReturnType<typeof stageAddresses>,
  resources: DeployedState['resources'],
  note: Note,
): void {
  const put = resources.get(addresses.put)
  const deployment = resources.get(addresses.deployment)
  const differs = deployment !== undefined && deployment.triggers.definition !== built.definitionHash
  if (put !== undefined && !put.tainted && put.triggers.definition === built.definitionHash) {
    if (deployment === undefined) note(put.address, 'its deployment is missing and would take the definition of another stage', false)
    else if (differs || deployment.tainted)
      note(put.address, 'its deployment is replaced and would take the definition of another stage', false)
  }
  if (differs) note(deployment.address, 'routes, CORS or authorizer changed', deployment.tainted)
}

/** What goes with a function that is replaced, and would be missed: by what it depended on, or by the function it names. */
const followingTypes = new Set([
  'aws_lambda_permission',
  'aws_lambda_alias',
  'aws_lambda_event_source_mapping',
  'aws_lambda_function_event_invoke_config',
  'aws_lambda_function_url',
  'aws_lambda_provisioned_concurrency_config',
])

/** What follows which function, looked through once: where a layer changed, every function of a project is replaced. */
class Followers {
  private readonly byDependency = new Map<string, DeployedResource[]>()
  private readonly byName = new Map<string | undefined, DeployedResource[]>()

  constructor({ resources }: DeployedState) {
    for (const resource of resources.values()) {
      if (!followingTypes.has(resource.type)) continue
      for (const address of resource.dependencies) addToList(this.byDependency, address, resource)
      addToList(this.byName, resource.attributes.function_name, resource)
    }
  }

  of({ address, attributes: { function_name, arn } }: DeployedResource): DeployedResource[] {
    // Not its id: an id of another kind of resource may read the same. Its name and arn are what others name it by.
    const names = [function_name, arn].filter((name) => name !== undefined)
    const found = [this.byDependency.get(address), ...names.map((name) => this.byName.get(name))].flatMap((some) => some ?? [])
    return [...new Set(found)].sort((one, other) => byCodeUnit(one.address, other.address))
  }
}

function compareBaseline(built: BuiltStage, hashes: ReadonlyMap<string, string>, note: Note): void {
  const addresses = stageAddresses(built.microservice, built.stage, built.staging)
  const differs = (address: string, hash: string): boolean => hashes.has(address) && hashes.get(address) !== hash
  for (const layer of built.layers) {
    const address = layerAddress(layer.name, built.stage, built.staging)
    if (differs(address, layer.hash)) note(address, 'layer changed', false)
  }
  if (built.redeploy === 'replace' && differs(addresses.function, built.codeHash)) {
    note(addresses.function, 'code changed', false)
    // Whether they exist is not known; the command does not mind if they do not.
    for (const address of [addresses.permission, addresses.authorizerPermission]) note(address, 'its function is replaced', false)
  }
  if (differs(addresses.deployment, built.definitionHash)) note(addresses.deployment, 'routes, CORS or authorizer changed', false)
}

/** The hashes to keep as baseline once the user says that what is built is deployed. */
export function baselineOf(built: readonly BuiltStage[]): ReadonlyMap<string, string> {
  return new Map(
    built.flatMap((stage): [string, string][] => {
      const addresses = stageAddresses(stage.microservice, stage.stage, stage.staging)
      return [
        ...stage.layers.map(({ name, hash }): [string, string] => [layerAddress(name, stage.stage, stage.staging), hash]),
        [addresses.function, stage.codeHash],
        [addresses.deployment, stage.definitionHash],
      ]
    }),
  )
}

/** `terraform -chdir=terraform taint -allow-missing 'aws_lambda_function.app-test_dev'` */
export function taintCommand(
  address: string,
  { terraformDir = 'terraform', terraformBin = 'terraform', workspace }: TaintOptions = {},
): string {
  const chdir = terraformDir === '.' ? '' : ` -chdir=${shellWord(terraformDir)}`
  const within = workspace === undefined ? '' : `TF_WORKSPACE=${shellWord(workspace)} `
  return `${within}${shellWord(terraformBin)}${chdir} taint -allow-missing ${shellQuoted(address)}`
}

/** `-replace='aws_lambda_function.app-test_dev'`, one each, for `terraform plan` or `apply`. */
export function replaceArguments(taints: readonly Pick<Taint, 'address'>[]): readonly string[] {
  return taints.map(({ address }) => `-replace=${shellQuoted(address)}`)
}
