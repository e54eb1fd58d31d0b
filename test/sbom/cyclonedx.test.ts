/** Every document is valid by CycloneDX's own schema, and the same for the same artifact. */
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Artifact, cycloneDx, purlOf, type Shipped } from '../../src/sbom/cyclonedx.js'
import { licenceOf } from '../../src/sbom/licence.js'

const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6)

interface Document {
  components: { purl: string; hashes?: { alg: string; content: string }[]; group?: string; name: string }[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

const shipped = (name: string, version: string, more: Partial<Shipped> = {}): Shipped => ({
  name,
  version,
  path: `nodejs/node_modules/${name}`,
  needs: [],
  licence: 'MIT',
  description: undefined,
  integrity: undefined,
  ...more,
})

const artifact = (packages: readonly Shipped[], needs: readonly string[] = []): Artifact => ({
  name: 'layer',
  kind: 'layer',
  version: undefined,
  file: 'layer.zip',
  sha256: 'a'.repeat(64),
  packages,
  root: 'nodejs',
  needs,
  tool: '1.2.3',
})

async function valid(text: string): Promise<Document> {
  assert.is(await validator.validate(text), null)
  return JSON.parse(text) as Document
}

test('the validator refuses what is no CycloneDX', async () => {
  assert.ok((await validator.validate(cycloneDx(artifact([])).replace('"version": 1', '"version": "1"'))) !== null)
})

test('two versions of one package: each is found by whoever sees it', async () => {
  const { components, dependencies } = await valid(
    cycloneDx(
      artifact(
        [
          shipped('a', '1.0.0', { needs: ['b', 'gone'] }),
          shipped('b', '2.0.0', { path: 'nodejs/node_modules/a/node_modules/b', needs: ['@s/c'] }),
          shipped('b', '1.0.0'),
          shipped('@s/c', '3.0.0+build'),
          shipped('left', '0.0.1'),
        ],
        ['a', 'b'],
      ),
    ),
  )
  assert.equal(
    components.map(({ purl }) => purl),
    ['pkg:npm/%40s/c@3.0.0%2Bbuild', 'pkg:npm/a@1.0.0', 'pkg:npm/b@1.0.0', 'pkg:npm/b@2.0.0', 'pkg:npm/left@0.0.1'],
  )
  assert.equal(dependencies, [
    { ref: 'layer:layer', dependsOn: ['pkg:npm/a@1.0.0', 'pkg:npm/b@1.0.0', 'pkg:npm/left@0.0.1'] },
    { ref: 'pkg:npm/%40s/c@3.0.0%2Bbuild', dependsOn: [] },
    { ref: 'pkg:npm/a@1.0.0', dependsOn: ['pkg:npm/b@2.0.0'] },
    { ref: 'pkg:npm/b@1.0.0', dependsOn: [] },
    { ref: 'pkg:npm/b@2.0.0', dependsOn: ['pkg:npm/%40s/c@3.0.0%2Bbuild'] },
    { ref: 'pkg:npm/left@0.0.1', dependsOn: [] },
  ])
})

test('the hash of a lockfile, and one that is none', async () => {
  const sha512 = `sha512-${Buffer.alloc(64, 7).toString('base64')}`
  const { components } = await valid(
    cycloneDx(
      artifact([shipped('a', '1.0.0', { integrity: `${sha512} sha512-AAAA md5-AAAA` }), shipped('b', '1.0.0', { integrity: 'x' })]),
    ),
  )
  assert.equal(
    components.map(({ hashes }) => hashes),
    [[{ alg: 'SHA-512', content: '07'.repeat(64) }], undefined],
  )
})

test('licences as packages say them', () => {
  for (const [given, told] of [
    ['MIT', { license: { id: 'MIT' } }],
    ['(MIT OR Apache-2.0)', { expression: '(MIT OR Apache-2.0)' }],
    ['EUPL-1.2', { expression: 'EUPL-1.2' }],
    ['GPL-2.0-or-later WITH Bison-exception-2.2', { expression: 'GPL-2.0-or-later WITH Bison-exception-2.2' }],
    ['SEE LICENSE IN LICENSE.txt', { license: { name: 'SEE LICENSE IN LICENSE.txt' } }],
    ['UNLICENSED', { license: { name: 'UNLICENSED' } }],
    ['(MIT OR', { license: { name: '(MIT OR' } }],
    [{ type: 'BSD', url: 'x' }, { license: { name: 'BSD' } }],
    [[{ type: 'MIT' }, { type: 'ISC' }], { expression: '(MIT OR ISC)' }],
    ['', undefined],
    [undefined, undefined],
    [7, undefined],
  ] as const)
    assert.equal(licenceOf(given), told === undefined ? undefined : JSON.parse(JSON.stringify(told)), JSON.stringify(given))
})

const name = fc.oneof(fc.stringMatching(/^[a-z][a-z0-9._-]{0,8}$/), fc.stringMatching(/^@[a-z]{1,4}\/[a-z]{1,4}$/))
const anyPackage = fc
  .record({
    name,
    version: fc.stringMatching(/^\d\.\d\.\d(-[a-z]{1,3})?(\+\w{1,3})?$/),
    above: fc.option(name),
    needs: fc.array(name, { maxLength: 3 }),
  })
  .chain(({ above, ...one }) =>
    fc
      .record({
        licence: fc.oneof(fc.constantFrom('MIT', 'ISC', '(MIT OR ISC)', 'Custom'), fc.string(), fc.jsonValue({ maxDepth: 1 })),
        description: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
        integrity: fc.option(fc.string(), { nil: undefined }),
      })
      .map(
        (rest): Shipped => ({ ...one, ...rest, path: `nodejs/node_modules/${above === null ? '' : `${above}/node_modules/`}${one.name}` }),
      ),
  )

test('whatever the packages and whatever they say: valid, and the same in any order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(anyPackage, { selector: purlOf, maxLength: 8 }),
      fc.array(name, { maxLength: 3 }),
      async (packages, needs) => {
        const places = new Set(packages.map(({ path }) => path))
        fc.pre(places.size === packages.length)
        const text = cycloneDx(artifact(packages, needs))
        const { components, dependencies } = await valid(text)
        assert.is(cycloneDx(artifact([...packages].reverse(), [...needs].reverse())), text)
        // Everything that is there can be reached from the artifact, or is in a circle that something in it asks for.
        const refs = new Set(components.map(({ purl }) => purl))
        assert.ok(dependencies.every(({ dependsOn }) => dependsOn.every((one) => refs.has(one))))
        assert.is(dependencies.length, components.length + 1)
      },
    ),
    { numRuns: 60 },
  )
})

test.run()
