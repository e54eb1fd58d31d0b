/**
 * Whose a resource is: a stage's of a microservice, a stage's version of a layer, an API that stages share, or nobody's that
 * coworks knows (the user's own). Decided from the file that declares it, else from its name, so that one which no file declares
 * any more is still its stage's. Pure.
 */
export type Owner =
  | { readonly kind: 'stage'; readonly microservice: string; readonly stage: string }
  | { readonly kind: 'layer'; readonly layer: string; readonly stage: string }
  | { readonly kind: 'api'; readonly microservice: string }

export interface KnownOwners {
  readonly microservices: readonly { readonly name: string; readonly stages: readonly string[] }[]
  readonly layers: readonly string[]
  /** Address -> whose generated file declares it. */
  readonly declared: ReadonlyMap<string, Owner>
  /** In a state of its own, that of a workspace, everything is of one stage, and no name says so. */
  readonly workspace?: string | undefined
}

/** Undefined for what is none of ours: a resource of the user's own files or modules. */
export function ownerOf(address: string, { microservices, layers, declared, workspace }: KnownOwners): Owner | undefined {
  const plain = address.replace(/\[.*\]$/s, '')
  const known = declared.get(plain)
  if (known !== undefined) return known
  const [type = '', label = '', ...more] = plain.split('.')
  // `module.x.aws_…`, `data.aws_…`
  if (more.length > 0 || !(type.startsWith('aws_') || type === 'terraform_data')) return undefined
  if (workspace !== undefined) {
    const microservice = longest(
      microservices.map(({ name }) => name),
      (name) => begins(label, name),
    )
    return microservice === undefined ? undefined : { kind: 'stage', microservice, stage: workspace }
  }
  const api = type === 'aws_api_gateway_rest_api' ? microservices.find(({ name }) => name === label) : undefined
  if (api !== undefined) return { kind: 'api', microservice: api.name }
  if (type === 'aws_lambda_layer_version') {
    const layer = longest(layers, (name) => label.startsWith(`${name}_`))
    if (layer !== undefined) return { kind: 'layer', layer, stage: label.slice(layer.length + 1) }
  }
  // `app-test_dev_authorizer`. Of several readings the one that explains most of the label is meant.
  const pairs = microservices.flatMap(({ name, stages }) =>
    stages.map((stage) => ({ microservice: name, stage, label: `${name}_${stage}` })),
  )
  const pair = pairs.filter((one) => begins(label, one.label)).sort((a, b) => b.label.length - a.label.length)[0]
  if (pair !== undefined) return { kind: 'stage', microservice: pair.microservice, stage: pair.stage }
  const microservice = longest(
    microservices.map(({ name }) => name),
    (name) => label.startsWith(`${name}_`),
  )
  // A stage that nobody declares any more: all that is left of the label stands for it.
  return microservice === undefined ? undefined : { kind: 'stage', microservice, stage: label.slice(microservice.length + 1) }
}

function begins(label: string, start: string): boolean {
  return label === start || label.startsWith(`${start}_`)
}

function longest(names: readonly string[], fits: (name: string) => boolean): string | undefined {
  return names.filter(fits).sort((a, b) => b.length - a.length)[0]
}

/** `app-test dev`, `layer layer dev`, `app-test` */
export function ownerText(owner: Owner): string {
  if (owner.kind === 'api') return owner.microservice
  return owner.kind === 'layer' ? `layer ${owner.layer} ${owner.stage}` : `${owner.microservice} ${owner.stage}`
}
