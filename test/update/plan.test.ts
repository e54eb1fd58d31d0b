/** Planning takes two sides as data and returns steps: tested as such, and by rules that hold for all sides there are. */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { changesOf } from '../../src/update/changes.js'
import type { BuiltFunction, BuiltLayer, SeenFunction } from '../../src/update/model.js'
import { planFunction, type Step, type Survey } from '../../src/update/plan.js'

const ACCOUNT = '123456789012'
const arnOf = (layer: string, version: number, account = ACCOUNT) => `arn:aws:lambda:eu-west-1:${account}:layer:${layer}:${version}`
const zipOf = (content: string) => ({ file: 'x.zip', sha256: `sha ${content}`, content, size: 1 })
const layerOf = (layer: string, content: string): BuiltLayer => ({ ...zipOf(content), layer, layerName: `${layer}-dev` })

function builtOf(code: string, layers: readonly BuiltLayer[] = [], more: Partial<BuiltFunction> = {}): BuiltFunction {
  const common = { microservice: 'app-test', stage: 'dev', name: 'app-test-dev', environment: undefined, deployedArn: undefined }
  return { ...common, code: zipOf(code), layers, ...more }
}

function seenOf(code: string, layers: readonly string[] = [], more: Partial<SeenFunction> = {}): SeenFunction {
  return {
    name: 'app-test-dev',
    arn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:app-test-dev`,
    codeSha256: `sha ${code}`,
    revisionId: 'r',
    lastModified: 'then',
    layers,
    packageType: 'Zip',
    busy: false,
    failure: undefined,
    environment: new Map(),
    settings: new Map(),
    ...more,
  }
}

/** Every version of every layer, by ARN: what a survey would find. */
type Store = ReadonlyMap<string, string>

function surveyOf(seen: SeenFunction | undefined, store: Store = new Map(), more: Partial<Survey> = {}): Survey {
  const versions = [...store].map(([arn, content]) => ({ arn, codeSha256: `sha ${content}` }))
  const newest = new Map(versions.map((version) => [version.arn.split(':').at(-2) ?? '', version]))
  return { region: 'eu-west-1', seen, inUse: new Map(versions.map((version) => [version.arn, version])), newest, ...more }
}

const none = { publish: false, alias: undefined }
const kinds = (steps: readonly Step[]) => steps.map(({ kind }) => kind)

test('equal code and layers: nothing', () => {
  const store = new Map([[arnOf('layer-dev', 1), 'a']])
  const plan = planFunction(builtOf('one', [layerOf('layer', 'a')]), surveyOf(seenOf('one', [arnOf('layer-dev', 1)]), store), none)
  assert.equal([plan.steps, plan.problems], [[], []])
})

test('another zip of the same content, known from a push made here: nothing', () => {
  const known = new Map([['sha other zip', 'one']])
  assert.equal(planFunction(builtOf('one'), surveyOf(seenOf('other zip')), none, known).steps, [])
  assert.equal(kinds(planFunction(builtOf('two'), surveyOf(seenOf('other zip')), none, known).steps), ['update-code'])
})

test('a layer of the same name in another account is not ours', () => {
  const foreign = arnOf('layer-dev', 1, '999999999999')
  const plan = planFunction(builtOf('one', [layerOf('layer', 'b')]), surveyOf(seenOf('one', [foreign]), new Map([[foreign, 'a']])), none)
  assert.match(plan.problems[0]?.what ?? '', /needs the layer `layer'/)
  assert.equal(plan.steps, [])
})

test('a layer version that was deleted while it is in use: published anew', () => {
  const plan = planFunction(builtOf('one', [layerOf('layer', 'a')]), surveyOf(seenOf('one', [arnOf('layer-dev', 1)])), none)
  assert.equal(kinds(plan.steps), ['publish-layer', 'set-layers'])
})

test('an image is not ours to push to', () => {
  const plan = planFunction(builtOf('two'), surveyOf(seenOf('one', [], { packageType: 'Image' })), none)
  assert.match(plan.problems[0]?.what ?? '', /is deployed as Image/)
  assert.equal(plan.steps, [])
})

test('environment variables: those of the file that Lambda has otherwise; where either side is not known, none', () => {
  const seen = seenOf('one', [], { environment: new Map(Object.entries({ A: '1', B: '2', MORE: '3' })) })
  const named = (environment: BuiltFunction['environment'], of = seen) =>
    planFunction(builtOf('one', [], { environment }), surveyOf(of), none).environment
  assert.equal(named(new Map(Object.entries({ A: '1', B: 'other', C: '4' }))), ['B', 'C'])
  assert.equal(named(undefined), [])
  assert.equal(named(new Map([['A', '1']]), seenOf('one', [], { environment: undefined })), [])
})

test('--publish: also where a setting changed since the last version; --alias: moved only where it points elsewhere', () => {
  const version = { ...seenOf('one'), version: '3' }
  const publish = { publish: true, alias: undefined }
  assert.equal(kinds(planFunction(builtOf('one'), surveyOf(seenOf('one'), new Map(), { version }), publish).steps), [])
  const larger = seenOf('one', [], { settings: new Map([['MemorySize', '256']]) })
  assert.equal(kinds(planFunction(builtOf('one'), surveyOf(larger, new Map(), { version }), publish).steps), ['publish-version'])
  const alias = (points: string) => ({ version, alias: { name: 'live', version: points, revisionId: 'r', weighted: false } })
  const wanted = { publish: false, alias: 'live' }
  assert.equal(kinds(planFunction(builtOf('one'), surveyOf(seenOf('one'), new Map(), alias('3')), wanted).steps), [])
  assert.equal(kinds(planFunction(builtOf('one'), surveyOf(seenOf('one'), new Map(), alias('2')), wanted).steps), ['move-alias'])
})

const content = fc.constantFrom('a', 'b', 'c')
const world = fc.record({
  code: content,
  deployedCode: content,
  /** Layers that are built, with what they hold. */
  layers: fc.dictionary(fc.constantFrom('x', 'y', 'z'), content, { maxKeys: 3 }),
  /** Published before, oldest first. */
  published: fc.dictionary(fc.constantFrom('x-dev', 'y-dev', 'z-dev'), fc.array(content, { minLength: 1, maxLength: 3 }), { maxKeys: 3 }),
  uses: fc.array(fc.nat(2), { minLength: 3, maxLength: 3 }),
  foreign: fc.nat(2),
})

test('rule: doing what is planned leaves nothing to plan, changes nothing else, and plans nothing that was equal', () => {
  fc.assert(
    fc.property(world, ({ code, deployedCode, layers, published, uses, foreign }) => {
      const store = new Map(
        Object.entries(published).flatMap(([name, contents]) =>
          contents.map((one, index): [string, string] => [arnOf(name, index + 1), one]),
        ),
      )
      const used = Object.entries(published).map(([name, contents], index) => arnOf(name, ((uses[index] ?? 0) % contents.length) + 1))
      const others = arnOf('insights', 5, '999999999999')
      const seen = seenOf(deployedCode, [...used.slice(0, foreign), others, ...used.slice(foreign)])
      const built = builtOf(
        code,
        Object.entries(layers)
          .filter(([name]) => published[`${name}-dev`] !== undefined)
          .map(([name, one]) => layerOf(name, one)),
      )
      const { steps } = planFunction(built, surveyOf(seen, store), none)
      // Done as `push.ts` does it.
      let now = seen
      const publishedNow = new Map<string, string>()
      for (const step of steps) {
        if (step.kind === 'publish-layer') {
          const versions = [...store.keys()].filter((arn) => arn.includes(`:${step.layer.layerName}:`)).length
          const arn = arnOf(step.layer.layerName, versions + 1)
          store.set(arn, step.layer.content)
          publishedNow.set(step.layer.layerName, arn)
        }
        if (step.kind === 'set-layers')
          now = { ...now, layers: step.layers.map((ref) => (ref.kind === 'arn' ? ref.arn : (publishedNow.get(ref.layerName) ?? ''))) }
        if (step.kind === 'update-code') now = { ...now, codeSha256: step.code.sha256 }
      }
      assert.equal(planFunction(built, surveyOf(now, store), none).steps, [])
      const place = (arn: string) => arn.replace(/:\d+$/, '')
      assert.equal(now.layers.map(place), seen.layers.map(place))
      assert.is(now.layers.includes(others), true)
      assert.is(
        steps.some(({ kind }) => kind === 'update-code'),
        code !== deployedCode,
      )
      for (const layer of built.layers) {
        const before = seen.layers.find((arn) => arn.includes(`:${layer.layerName}:`)) ?? ''
        const same = store.get(before) === layer.content
        assert.is(now.layers.includes(before), same)
      }
    }),
  )
})

test('rule: two looks at one thing show no change, and any other change of it is seen', () => {
  const settings = fc.dictionary(fc.constantFrom('MemorySize', 'Timeout'), content)
  const looks = fc.record({ code: content, settings, environment: settings, layers: fc.uniqueArray(content) })
  fc.assert(
    fc.property(looks, looks, (a, b) => {
      const look = ({ code, settings, environment, layers }: typeof a) =>
        seenOf(
          code,
          layers.map((one) => arnOf(one, 1)),
          { settings: new Map(Object.entries(settings)), environment: new Map(Object.entries(environment)) },
        )
      assert.equal(changesOf(look(a), look(a)), [])
      const canonical = ({ code, settings, environment, layers }: typeof a) =>
        JSON.stringify([code, layers, Object.entries(settings).sort(), Object.entries(environment).sort()])
      assert.is(changesOf(look(a), look(b)).length === 0, canonical(a) === canonical(b))
    }),
  )
})

test.run()
