// limit: 300 s
/**
 * Every call of an update meets every way in which an answer can fail to be one: reset, silence, half of it, a page of somebody between. The connections are real, the
 * clock between two attempts only counts. Once is always mended; for ever is said in a line, and claims nothing.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Broken, LambdaService, layerArn, sha256 } from '../support/lambda-service.js'
import { builtFunction, problems, type Updated, update, zip } from './support.js'

const READS = ['GetFunctionConfiguration', 'GetLayerVersion', 'ListLayerVersions', 'ListVersionsByFunction', 'GetAlias', 'ListAliases']
const WRITES = ['PublishLayerVersion', 'UpdateFunctionConfiguration', 'UpdateFunctionCode', 'PublishVersion', 'CreateAlias', 'UpdateAlias']
const HOWS: readonly Broken['how'][] = ['reset', 'silence', 'stops', 'ends', 'endless', 'slow', 'page', 'empty', 'object', 'bad gateway']

/** What a person is told of them. */
const WHYS = [
  /^(ECONNRESET: )?(read ECONNRESET|socket hang up|aborted)$/,
  /^nothing was sent or received for 0.15 s$/,
  /^not all of it within 0\.4 s$/,
  /^what came is not an answer of AWS's, or not all of one$/,
]

/** Everything that can be pushed: a layer, code, a version, an alias. */
async function pushed(alias: 'made' | 'moved', befall: (service: LambdaService) => void) {
  const service = await LambdaService.start()
  try {
    service.deploy('app-test-dev', zip('one'), { layers: [service.publishLayer('layer-dev', zip('a'))] })
    if (alias === 'moved')
      service.change('app-test-dev', ({ aliases, versions, code, config }) => {
        versions.push({ code, config, layers: [] })
        aliases.set('live', { version: '1', revision: 1 })
      })
    befall(service)
    const built = [builtFunction('two', { layer: 'b' })]
    const options = { alias: 'live', idle: 150, whole: 400 }
    const first = await update(service, built, options)
    const left = service.calm()
    return { service, first, left, next: () => update(service, built, options), versions: alias === 'made' ? 1 : 2 }
  } catch (error) {
    service.stop()
    throw error
  }
}

function whatIsThere(service: LambdaService) {
  const found = service.functions.get('app-test-dev')
  const layer = service.layers.get('layer-dev')?.map((content) => content.toString())
  return {
    code: found?.code.toString(),
    layers: found?.layers,
    published: layer,
    versions: found?.versions.length,
    alias: found?.aliases.get('live')?.version,
  }
}

const there = (versions: number) => ({
  code: 'PK two',
  layers: [layerArn('layer-dev', 2)],
  published: ['PK a', 'PK b'],
  versions,
  alias: String(versions),
})

/** What the ledger says of an update, where it says something. */
const ends = ({ ledger }: Updated) => ledger.flatMap((line) => ('ok' in line ? [line.ok] : []))

for (const operation of [...READS, ...WRITES]) {
  test(`${operation}: what is no answer is asked for again, and nothing is done twice`, async () => {
    for (const how of HOWS) {
      for (const done of WRITES.includes(operation) ? [false, true] : [true]) {
        const alias = operation === 'UpdateAlias' ? 'moved' : 'made'
        const { service, first, left, next, versions } = await pushed(alias, (one) => one.befall(operation, { kind: 'broken', how, done }))
        const which = `${how}, ${done ? 'done' : 'not done'}`
        try {
          assert.not.ok(left, `${which}: no such call`)
          assert.equal(problems(first), [], which)
          assert.equal(whatIsThere(service), there(versions), which)
          assert.equal(ends(first), [true], which)
          assert.is((await next()).results[0]?.outcome, 'up-to-date', which)
        } finally {
          service.stop()
        }
      }
    }
  })
}

test('for ever: given up, said in a line, nothing is claimed; and the next update goes on', async () => {
  const unclear: string[] = []
  for (const how of HOWS.filter((one) => one !== 'slow')) {
    for (const operation of ['GetFunctionConfiguration', 'PublishLayerVersion', 'UpdateFunctionCode', 'PublishVersion', 'CreateAlias']) {
      const forEver = Array.from({ length: 40 }, (): Broken => ({ kind: 'broken', how, done: false }))
      const { service, first, next, versions } = await pushed('made', (one) => one.befall(operation, ...forEver))
      const which = `${operation}, ${how}`
      try {
        const [result] = first.results
        assert.is(result?.outcome, 'failed', which)
        const [said] = problems(first)
        const line = new RegExp(`^function app-test-dev · no answer from AWS to lambda:${operation}: (.*) · see what arrived with`)
        const [, why = ''] = line.exec(said ?? '') ?? []
        if (!WHYS.some((one) => one.test(why))) unclear.push(`${which}: ${said}`)
        const begun = operation === 'GetFunctionConfiguration' ? [] : [false]
        assert.equal(ends(first), begun, which)
        await next()
        assert.equal(whatIsThere(service), there(versions), which)
      } finally {
        service.stop()
      }
    }
  }
  assert.equal(unclear, [])
})

test('nobody listens: refused connections are asked again, and then said', async () => {
  const service = await LambdaService.start()
  service.stop()
  const updated = await update(service, [builtFunction('two')])
  assert.is(updated.results[0]?.outcome, 'failed')
  assert.match(problems(updated)[0] ?? '', /^function app-test-dev · no answer from AWS to lambda:GetFunctionConfiguration: .*ECONNREFUSED/)
  assert.equal(updated.ledger, [])
})

test('what was sent before the answers stopped is not claimed, though it is there', async () => {
  const service = await LambdaService.start()
  try {
    service.deploy('app-test-dev', zip('one'))
    service.befall('UpdateFunctionCode', { kind: 'meanwhile', act: () => setImmediate(() => service.stop()) })
    const updated = await update(service, [builtFunction('two')])
    assert.is(service.sha256Of('app-test-dev'), sha256(zip('two')))
    assert.is(updated.results[0]?.outcome, 'failed')
    assert.equal(ends(updated), [false])
    await service.back()
    assert.is((await update(service, [builtFunction('two')])).results[0]?.outcome, 'up-to-date')
  } finally {
    service.stop()
  }
})

test.run()
