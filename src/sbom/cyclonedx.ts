/**
 * What an artifact is made of -> a CycloneDX 1.6 document. The same artifact gives the same bytes on every machine: no time, no
 * serial number, no path but those in the artifact. Pure.
 * Source: https://cyclonedx.org/docs/1.6/json/
 */
import { byCodeUnit } from '../util/hash.js'
import { licenceOf } from './licence.js'

/** A package, as far as it is in an artifact. */
export interface Shipped {
  /** Its own name, not the one it is imported by. */
  readonly name: string
  readonly version: string
  /** Where it lies, which decides what it finds: `nodejs/node_modules/a/node_modules/b`. Not told. */
  readonly path: string
  /** Names it imports at run time. */
  readonly needs: readonly string[]
  /** `license` of its package.json. */
  readonly licence: unknown
  readonly description: string | undefined
  /** Of the archive it came in, as lockfiles have it: `sha512-…`. */
  readonly integrity: string | undefined
}

export interface Artifact {
  /** `app-test-dev`, `layer` */
  readonly name: string
  readonly kind: 'function' | 'layer'
  readonly version: string | undefined
  /** From the project's folder. */
  readonly file: string
  readonly sha256: string
  readonly packages: readonly Shipped[]
  /** Where the project's own code lies among the paths of the packages: `nodejs`, or `` for the project's folder. */
  readonly root: string
  /** What the project itself asks for. */
  readonly needs: readonly string[]
  /** Of coworks. */
  readonly tool: string
}

export function cycloneDx(artifact: Artifact): string {
  const { name, kind, version, file, sha256, packages, tool } = artifact
  // The same version in two places is one component.
  const components = new Map(packages.map((one) => [purlOf(one), one]))
  const places = new Map(packages.map((one) => [one.path, purlOf(one)]))
  const refs = [...components.keys()].sort(byCodeUnit)
  const ref = `${kind}:${name}`
  const depends = new Map<string, Set<string>>(refs.map((purl) => [purl, new Set()]))
  for (const one of packages) {
    for (const need of one.needs) {
      const found = findFrom(places, need, one.path)
      if (found !== undefined) depends.get(purlOf(one))?.add(found)
    }
  }
  const direct = artifact.needs.map((need) => findFrom(places, need, artifact.root)).filter((one) => one !== undefined)
  const reached = new Set([...direct, ...[...depends.values()].flatMap((ones) => [...ones])])
  // What nothing here asks for is there because the project's own code imports it.
  const own = [...new Set([...direct, ...refs.filter((purl) => !reached.has(purl))])].sort(byCodeUnit)
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      tools: { components: [{ type: 'application', name: 'coworks', version: tool }] },
      component: {
        type: kind === 'function' ? 'application' : 'library',
        'bom-ref': ref,
        name,
        ...(version === undefined ? {} : { version }),
        hashes: [{ alg: 'SHA-256', content: sha256 }],
        properties: [
          { name: 'coworks:kind', value: kind },
          { name: 'coworks:file', value: file },
        ],
      },
    },
    components: refs.map((purl) => componentOf(purl, components.get(purl) as Shipped)),
    dependencies: [
      { ref, dependsOn: own },
      ...refs.map((purl) => ({ ref: purl, dependsOn: [...(depends.get(purl) ?? [])].sort(byCodeUnit) })),
    ],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** https://github.com/package-url/purl-spec: a scope is a namespace, with its `@` encoded. */
export function purlOf({ name, version }: Pick<Shipped, 'name' | 'version'>): string {
  const encoded = name
    .split('/')
    .map((part) => encodeURIComponent(part))
    .join('/')
  return `pkg:npm/${encoded}@${encodeURIComponent(version)}`
}

function componentOf(purl: string, { name, version, licence, description, integrity }: Shipped): object {
  const [scope, own = ''] = name.startsWith('@') && name.includes('/') ? name.split('/') : [undefined, name]
  const hashes = hashesOf(integrity)
  const licences = licenceOf(licence)
  return {
    type: 'library',
    'bom-ref': purl,
    ...(scope === undefined ? {} : { group: scope }),
    name: own,
    version,
    ...(description === undefined ? {} : { description }),
    ...(hashes.length === 0 ? {} : { hashes }),
    ...(licences === undefined ? {} : { licenses: [licences] }),
    purl,
  }
}

const ALGORITHMS: Readonly<Record<string, { readonly alg: string; readonly bytes: number }>> = {
  sha1: { alg: 'SHA-1', bytes: 20 },
  sha256: { alg: 'SHA-256', bytes: 32 },
  sha384: { alg: 'SHA-384', bytes: 48 },
  sha512: { alg: 'SHA-512', bytes: 64 },
}

/** Base64 of a lockfile -> hex of CycloneDX. */
function hashesOf(integrity: string | undefined): { readonly alg: string; readonly content: string }[] {
  return (integrity ?? '').split(/\s+/).flatMap((one) => {
    const [, name = '', text = ''] = /^(\w+)-([A-Za-z0-9+/=]+)$/.exec(one) ?? []
    const algorithm = ALGORITHMS[name]
    const bytes = Buffer.from(text, 'base64')
    return algorithm === undefined || bytes.length !== algorithm.bytes ? [] : [{ alg: algorithm.alg, content: bytes.toString('hex') }]
  })
}

/** As Node looks for it: in the package's own node_modules, then in those above. */
function findFrom(places: ReadonlyMap<string, string>, name: string, from: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const found = places.get(at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`)
    if (found !== undefined || at === '') return found
  }
}
