/**
 * Updates against a stand-in for Lambda that is as strict as the real one: what comes of each, which calls were made, in which order. Requests and answers
 * are judged by AWS's own model of the service.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fingerprints } from '../../src/update/fingerprint.js'
import { CoworksError } from '../../src/util/problem.js'
import { broken, denied, expired, type Fault, LambdaService, modelMissing, throttled } from '../support/lambda-service.js'
import { builtFunction, problems, update, zip } from './support.js'

if (modelMissing !== undefined) console.log(`SKIPPED judging requests and answers by AWS's model of Lambda: ${modelMissing}`)

/** A service with one function, `app-test-dev`, of code `one` and a layer `layer-dev:1` of content `a`. */
async function deployed(work: (service: LambdaService) => Promise<void>): Promise<void> {
  const service = await LambdaService.start()
  try {
    const layer = service.publishLayer('layer-dev', zip('a'))
    service.deploy('app-test-dev', zip('one'), { layers: [layer], config: { Environment: { Variables: { TOKEN: 'secret' } } } })
    await work(service)
    assert.equal(service.violations, [])
  } finally {
    service.stop()
  }
}

const GET = 'GetFunctionConfiguration app-test-dev 200'

test('nothing differs: nothing but reading', async () => {
  await deployed(async (service) => {
    const updated = await update(service, [builtFunction('one', { layer: 'a' })])
    assert.is(updated.results[0]?.outcome, 'up-to-date')
    assert.equal(service.log(), [GET, 'GetLayerVersion layer-dev 200'])
    assert.equal(updated.ledger, [])
  })
})

test('code differs: one write, waited for and verified; the second update only reads', async () => {
  await deployed(async (service) => {
    const built = [builtFunction('two', { layer: 'a' })]
    const updated = await update(service, built)
    assert.is(updated.results[0]?.outcome, 'pushed')
    assert.is(service.sha256Of('app-test-dev'), built[0]?.code.sha256)
    assert.equal(service.log(), [GET, 'GetLayerVersion layer-dev 200', 'UpdateFunctionCode app-test-dev 200', `${GET} x2`])
    assert.equal(updated.steps, ['update-code app-test-dev'])
    service.calls.length = 0
    const again = await update(service, built)
    assert.is(again.results[0]?.outcome, 'up-to-date')
    assert.equal(service.log(), [GET, 'GetLayerVersion layer-dev 200'])
  })
})

test('a layer and the code differ: publish, layers, wait, code, wait, in this order; other layers stay in place', async () => {
  await deployed(async (service) => {
    const foreign = service.publishLayer('insights', zip('x'))
    service.change('app-test-dev', (found) => found.layers.unshift(foreign))
    const updated = await update(service, [builtFunction('two', { layer: 'b' })])
    assert.is(updated.results[0]?.outcome, 'pushed')
    assert.equal(service.log(), [
      GET,
      'GetLayerVersion layer-dev 200',
      'ListLayerVersions layer-dev 200',
      'GetLayerVersion layer-dev 200',
      'PublishLayerVersion layer-dev 201',
      'UpdateFunctionConfiguration app-test-dev 200',
      `${GET} x2`,
      'UpdateFunctionCode app-test-dev 200',
      `${GET} x2`,
    ])
    const [end] = updated.ledger.slice(-1)
    assert.equal(end, { ok: true, layers: [foreign, 'arn:aws:lambda:eu-west-1:123456789012:layer:layer-dev:2'], version: undefined })
  })
})

test('a version of the layer with this content is there already: it is used, not published again', async () => {
  await deployed(async (service) => {
    service.publishLayer('layer-dev', zip('b'))
    await update(service, [builtFunction('one', { layer: 'b' })])
    assert.is(service.layers.get('layer-dev')?.length, 2)
    assert.equal(service.functions.get('app-test-dev')?.layers, ['arn:aws:lambda:eu-west-1:123456789012:layer:layer-dev:2'])
  })
})

test('several functions share a layer: published once, a few functions at a time', async () => {
  await deployed(async (service) => {
    const names = ['a-one-dev', 'a-two-dev', 'a-three-dev', 'a-four-dev']
    for (const name of names) service.deploy(name, zip('one'), { layers: ['arn:aws:lambda:eu-west-1:123456789012:layer:layer-dev:1'] })
    const updated = await update(
      service,
      names.map((name) => builtFunction('two', { layer: 'b' }, { name })),
      { concurrency: 3 },
    )
    assert.equal(
      updated.results.map(({ built, outcome }) => `${built.name} ${outcome}`),
      names.map((name) => `${name} pushed`),
    )
    assert.is(service.layers.get('layer-dev')?.length, 2)
  })
})

test('--dry-run: the plan, and nothing but reading', async () => {
  await deployed(async (service) => {
    const updated = await update(service, [builtFunction('two', { layer: 'b' })], { dryRun: true })
    assert.is(updated.results[0]?.outcome, 'planned')
    assert.equal(
      updated.results[0]?.steps.map(({ kind }) => kind),
      ['publish-layer', 'set-layers', 'update-code'],
    )
    assert.not.ok(service.calls.some(({ operation }) => /^(Update|Publish)/.test(operation)))
  })
})

test('somebody is updating it: waited for before it is looked at', async () => {
  await deployed(async (service) => {
    service.change('app-test-dev', (found) => {
      found.lastUpdate = 'InProgress'
      found.busyFor = 3
    })
    const updated = await update(service, [builtFunction('two', { layer: 'a' })])
    assert.is(updated.results[0]?.outcome, 'pushed')
    assert.equal(service.log(), [`${GET} x3`, 'GetLayerVersion layer-dev 200', 'UpdateFunctionCode app-test-dev 200', `${GET} x2`])
  })
})

test('429: waited as long as AWS says, sent again', async () => {
  await deployed(async (service) => {
    service.befall('GetFunctionConfiguration', throttled)
    service.befall('UpdateFunctionCode', throttled, throttled)
    const updated = await update(service, [builtFunction('two', { layer: 'a' })])
    assert.is(updated.results[0]?.outcome, 'pushed')
    assert.equal(service.log(), [
      'GetFunctionConfiguration app-test-dev 429',
      GET,
      'GetLayerVersion layer-dev 200',
      'UpdateFunctionCode app-test-dev 429 x2',
      'UpdateFunctionCode app-test-dev 200',
      `${GET} x2`,
    ])
    assert.ok(updated.waited >= 6000, String(updated.waited))
  })
})

test('429 for ever: given up, and said', async () => {
  await deployed(async (service) => {
    service.befall('UpdateFunctionCode', ...Array.from({ length: 20 }, () => throttled))
    const updated = await update(service, [builtFunction('two', { layer: 'a' })])
    assert.is(updated.results[0]?.outcome, 'failed')
    assert.equal(problems(updated), [
      'function app-test-dev · AWS refuses lambda:UpdateFunctionCode as too many requests, however long it is waited · repeat later',
    ])
    assert.is(service.calls.filter(({ operation }) => operation === 'UpdateFunctionCode').length, 8)
  })
})

test('409, and it is as it was when the other update is done: sent again with the new revision', async () => {
  await deployed(async (service) => {
    const busy: Fault = {
      kind: 'meanwhile',
      act: (one) =>
        one.change('app-test-dev', (found) => {
          found.lastUpdate = 'InProgress'
          found.busyFor = 2
        }),
    }
    service.befall('UpdateFunctionCode', busy)
    const updated = await update(service, [builtFunction('two', { layer: 'a' })])
    assert.is(updated.results[0]?.outcome, 'pushed')
    assert.equal(service.log().slice(2), [
      'UpdateFunctionCode app-test-dev 409',
      `${GET} x2`,
      'UpdateFunctionCode app-test-dev 200',
      `${GET} x2`,
    ])
  })
})

const otherCode: Fault = {
  kind: 'meanwhile',
  act: (service) =>
    service.change('app-test-dev', (found) => {
      found.code = zip('theirs')
      found.config = { ...found.config, MemorySize: 256, Environment: { Variables: { TOKEN: 'other', NEW: '1' } } }
    }),
}

test('412: what somebody changed is said, nothing of theirs is overwritten, no value of a variable is shown', async () => {
  await deployed(async (service) => {
    service.befall('UpdateFunctionCode', otherCode)
    const updated = await update(service, [builtFunction('two', { layer: 'a' })])
    assert.is(updated.results[0]?.outcome, 'failed')
    assert.is(service.functions.get('app-test-dev')?.code.toString(), zip('theirs').toString())
    assert.equal(service.log().slice(2), ['UpdateFunctionCode app-test-dev 412', GET])
    const [said = ''] = problems(updated)
    assert.match(
      said,
      /^function app-test-dev · somebody changed it meanwhile \(2026-11-26T00:00:01\.000\+0000\): code \(\S{8} -> \S{8}\), MemorySize 128 -> 256, environment variable NEW, environment variable TOKEN · look with `coworks drift'/,
    )
    assert.not.match(JSON.stringify(updated), /secret|other"/)
  })
})

test('412 without anything changed (a permission was added): sent again', async () => {
  await deployed(async (service) => {
    service.befall('UpdateFunctionCode', { kind: 'meanwhile', act: (one) => one.change('app-test-dev', () => {}) })
    const updated = await update(service, [builtFunction('two', { layer: 'a' })])
    assert.is(updated.results[0]?.outcome, 'pushed')
    assert.equal(service.log().slice(2), ['UpdateFunctionCode app-test-dev 412', GET, 'UpdateFunctionCode app-test-dev 200', `${GET} x2`])
  })
})

test('somebody pushes between our layers and our code: found, though the revision is read anew after the wait', async () => {
  await deployed(async (service) => {
    service.slowness = 1
    // The first look after the layers were set.
    service.befall('GetFunctionConfiguration', { kind: 'meanwhile', act: () => {} }, otherCode)
    const updated = await update(service, [builtFunction('two', { layer: 'b' })])
    assert.is(updated.results[0]?.outcome, 'failed')
    assert.is(service.functions.get('app-test-dev')?.code.toString(), zip('theirs').toString())
    const said = problems(updated)
    assert.match(said[0] ?? '', /somebody changed it meanwhile/)
    assert.is(said[1], 'updated in part: layers sent but not verified, code not done · updating again goes on from there')
  })
})

for (const [what, fault, calls] of [
  [
    'a connection cut before anything arrived',
    { kind: 'cut-before' },
    ['UpdateFunctionCode app-test-dev cut', GET, 'UpdateFunctionCode app-test-dev 200', `${GET} x2`],
  ],
  ['a connection cut after the update was taken', { kind: 'cut-after' }, ['UpdateFunctionCode app-test-dev cut', `${GET} x3`]],
  ['a connection cut in the middle of the answer', { kind: 'cut-middle' }, ['UpdateFunctionCode app-test-dev cut', `${GET} x3`]],
  ['500', broken, ['UpdateFunctionCode app-test-dev 500', GET, 'UpdateFunctionCode app-test-dev 200', `${GET} x2`]],
] as const satisfies readonly (readonly [string, Fault, readonly string[]])[]) {
  test(`${what}: looked at before it is sent again`, async () => {
    await deployed(async (service) => {
      service.befall('UpdateFunctionCode', fault)
      const updated = await update(service, [builtFunction('two', { layer: 'a' })])
      assert.is(updated.results[0]?.outcome, 'pushed', problems(updated).join())
      assert.equal(service.log().slice(2), calls)
      assert.is(service.functions.get('app-test-dev')?.code.toString(), zip('two').toString())
    })
  })
}

test('no answer within the time limit: as a connection that is cut', async () => {
  await deployed(async (service) => {
    service.befall('UpdateFunctionCode', { kind: 'hang' })
    const updated = await update(service, [builtFunction('two', { layer: 'a' })], { idle: 300 })
    assert.is(updated.results[0]?.outcome, 'pushed', problems(updated).join())
    assert.equal(service.log().slice(2), ['UpdateFunctionCode app-test-dev cut', GET, 'UpdateFunctionCode app-test-dev 200', `${GET} x2`])
  })
})

test('a layer whose publication was not answered is looked for, not published twice', async () => {
  await deployed(async (service) => {
    service.befall('PublishLayerVersion', { kind: 'cut-after' })
    const updated = await update(service, [builtFunction('one', { layer: 'b' })])
    assert.is(updated.results[0]?.outcome, 'pushed', problems(updated).join())
    assert.is(service.layers.get('layer-dev')?.length, 2)
    assert.is(service.calls.filter(({ operation }) => operation === 'PublishLayerVersion').length, 1)
  })
})

test('the update fails in Lambda: its reason, and what is done of it', async () => {
  await deployed(async (service) => {
    service.befall('UpdateFunctionCode', { kind: 'update-fails', reason: 'The zip cannot be read', code: 'InvalidZipFileException' })
    const updated = await update(service, [builtFunction('two', { layer: 'b' })])
    assert.is(updated.results[0]?.outcome, 'failed')
    assert.equal(problems(updated), [
      'function app-test-dev · Lambda could not bring the update of its code about: The zip cannot be read (InvalidZipFileException) · mend that and update again',
      'updated in part: layers done, code sent but not verified · updating again goes on from there',
    ])
    assert.is((updated.ledger.at(-1) as { ok: boolean }).ok, false)
    // A failed update is no reason not to push again.
    const again = await update(service, [builtFunction('three', { layer: 'b' })])
    assert.is(again.results[0]?.outcome, 'pushed', problems(again).join())
  })
})

test('a right that is missing is named, and nobody goes on with the others', async () => {
  await deployed(async (service) => {
    service.deploy('other-dev', zip('one'))
    service.befall('UpdateFunctionCode', denied('lambda:UpdateFunctionCode'))
    const updated = await update(service, [builtFunction('two', { layer: 'a' }), builtFunction('two', {}, { name: 'other-dev' })])
    assert.equal(
      updated.results.map(({ outcome }) => outcome),
      ['failed', 'not-attempted'],
    )
    assert.equal(problems(updated), [
      'function app-test-dev · AWS denies lambda:UpdateFunctionCode · allow it in the policy of whoever runs this',
    ])
  })
  await deployed(async (service) => {
    service.befall('GetFunctionConfiguration', denied('lambda:GetFunctionConfiguration'))
    const updated = await update(service, [builtFunction('two', { layer: 'a' })])
    assert.match(problems(updated)[0] ?? '', /AWS denies lambda:GetFunctionConfiguration/)
    assert.equal(service.log(), ['GetFunctionConfiguration app-test-dev 403'])
  })
})

test('a right that is missing while waiting is an error at once', async () => {
  await deployed(async (service) => {
    service.befall('GetFunctionConfiguration', { kind: 'meanwhile', act: () => {} }, denied('lambda:GetFunctionConfiguration'))
    const updated = await update(service, [builtFunction('two', { layer: 'a' })])
    assert.equal(problems(updated), [
      'function app-test-dev · AWS denies lambda:GetFunctionConfiguration · allow it in the policy of whoever runs this',
      'updated in part: code sent but not verified · updating again goes on from there',
    ])
  })
})

test('credentials whose time is up: said, with what to do', async () => {
  await deployed(async (service) => {
    service.befall('GetFunctionConfiguration', expired)
    const updated = await update(service, [builtFunction('two', { layer: 'a' })])
    assert.equal(problems(updated), [
      'AWS credentials · the security token included in the request is expired · they are temporary: sign in again (aws sso login), or get new ones, and repeat',
    ])
    assert.equal(service.log(), ['GetFunctionConfiguration app-test-dev 403'])
  })
})

test('not deployed, in another region, in another account, without the layer: refused before anything is written', async () => {
  const arn = (region: string, account: string) => `arn:aws:lambda:${region}:${account}:function:`
  const cases: [ReturnType<typeof builtFunction>, RegExp][] = [
    [builtFunction('two', {}, { name: 'none-dev' }), /^function none-dev · is not deployed in eu-west-1 · deploy it once: coworks deploy/],
    [
      builtFunction('two', {}, { name: 'none-dev', deployedArn: `${arn('us-east-1', '123456789012')}none-dev` }),
      /is not deployed in eu-west-1; Terraform deployed it in us-east-1 · --region=us-east-1/,
    ],
    [
      builtFunction('two', {}, { deployedArn: `${arn('eu-west-1', '999999999999')}app-test-dev` }),
      /but Terraform deployed \S+999999999999\S+ · use credentials of account 999999999999/,
    ],
    [
      builtFunction('two', { other: 'a' }),
      /needs the layer `other', which the deployed function does not have · only Terraform can add it/,
    ],
  ]
  for (const [built, says] of cases) {
    await deployed(async (service) => {
      const updated = await update(service, [built])
      assert.is(updated.results[0]?.outcome, 'failed')
      assert.match(problems(updated)[0] ?? '', says)
      assert.not.ok(service.calls.some(({ operation }) => /^(Update|Publish)/.test(operation)))
    })
  }
})

test('--publish: a version of what was pushed; none where the last one is it', async () => {
  await deployed(async (service) => {
    const first = await update(service, [builtFunction('two', { layer: 'a' })], { publish: true })
    assert.is(first.results[0]?.version, '1')
    assert.equal(service.log().slice(-4), [
      'ListVersionsByFunction app-test-dev 200',
      'UpdateFunctionCode app-test-dev 200',
      `${GET} x2`,
      'PublishVersion app-test-dev 201',
    ])
    service.calls.length = 0
    const second = await update(service, [builtFunction('two', { layer: 'a' })], { publish: true })
    assert.equal([second.results[0]?.outcome, second.results[0]?.version], ['up-to-date', '1'])
    assert.equal(service.log(), [GET, 'GetLayerVersion layer-dev 200', 'ListVersionsByFunction app-test-dev 200'])
  })
})

test('--publish whose answer was lost is asked for again, and makes one version', async () => {
  await deployed(async (service) => {
    service.befall('PublishVersion', { kind: 'cut-after' })
    const updated = await update(service, [builtFunction('two', { layer: 'a' })], { publish: true })
    assert.is(updated.results[0]?.version, '1')
    assert.is(service.functions.get('app-test-dev')?.versions.length, 1)
  })
})

test('--alias: made the first time, moved later, left when it is there', async () => {
  await deployed(async (service) => {
    const alias = () => service.functions.get('app-test-dev')?.aliases.get('live')?.version
    const first = await update(service, [builtFunction('two', { layer: 'a' })], { alias: 'live' })
    assert.equal([first.results[0]?.outcome, alias()], ['pushed', '1'])
    service.befall('UpdateAlias', { kind: 'cut-after' })
    const second = await update(service, [builtFunction('three', { layer: 'a' })], { alias: 'live' })
    assert.equal([second.results[0]?.outcome, alias()], ['pushed', '2'], problems(second).join())
    service.calls.length = 0
    const third = await update(service, [builtFunction('three', { layer: 'a' })], { alias: 'live' })
    assert.is(third.results[0]?.outcome, 'up-to-date')
    assert.not.ok(service.calls.some(({ operation }) => /^(Update|Publish|Create)/.test(operation)))
  })
})

test('--alias: one that is nearly another, one in the middle of a deployment, one that somebody moves', async () => {
  await deployed(async (service) => {
    service.functions.get('app-test-dev')?.aliases.set('live', { version: '1', revision: 1 })
    const near = await update(service, [builtFunction('two', { layer: 'a' })], { alias: 'lvie' })
    assert.equal(problems(near), ["function app-test-dev · has no alias `lvie' · did you mean `live'?"])
    service.befall('UpdateAlias', {
      kind: 'meanwhile',
      act: (one) => one.functions.get('app-test-dev')?.aliases.set('live', { version: '7', revision: 9 }),
    })
    const moved = await update(service, [builtFunction('two', { layer: 'a' })], { alias: 'live' })
    assert.equal(problems(moved), [
      "function app-test-dev · somebody moved its alias `live' meanwhile: 1 -> 7 · look who, then update again",
      'updated in part: code done, version done, alias not done · updating again goes on from there',
    ])
    service.functions.get('app-test-dev')?.aliases.set('live', { version: '1', revision: 1, weights: { '2': 0.1 } })
    const weighted = await update(service, [builtFunction('four', { layer: 'a' })], { alias: 'live' })
    assert.match(problems(weighted)[0] ?? '', /sends a part of the calls to another version/)
  })
})

test('interrupted while it waits: nothing more is sent, and what was sent is said', async () => {
  await deployed(async (service) => {
    const stop = new AbortController()
    const updated = await update(service, [builtFunction('two', { layer: 'b' }), builtFunction('two', {}, { name: 'other-dev' })], {
      signal: stop.signal,
      onSleep: () => stop.abort(new CoworksError({ what: 'interrupted' })),
    })
    assert.equal(
      updated.results.map(({ outcome }) => outcome),
      ['failed', 'not-attempted'],
    )
    assert.equal(problems(updated), [
      'interrupted',
      'updated in part: layers sent but not verified, code not done · updating again goes on from there',
    ])
    assert.equal(service.log().slice(-2), ['UpdateFunctionConfiguration app-test-dev 200', GET])
  })
})

test('environment variables that differ are named: Terraform sets them', async () => {
  await deployed(async (service) => {
    const environment = fingerprints({ TOKEN: 'changed', NEW: 'x' })
    const updated = await update(service, [builtFunction('one', { layer: 'a' }, { environment })])
    assert.equal([updated.results[0]?.outcome, updated.results[0]?.environment], ['up-to-date', ['NEW', 'TOKEN']])
  })
})

test.run()
