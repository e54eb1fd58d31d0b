/**
 * What `coworks update` pushed, and what has to be tainted then: nothing that runs already, everything that does not; and whatever is not known, as if nothing had been pushed.
 */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BuiltStage, type Deployed, type Pushed, pushedFunctions, taintsFor } from '../../src/taint/index.js'
import { parseState } from '../../src/terraform/index.js'

const address = 'aws_lambda_function.app-test_dev'

const built = (codeHash: string, redeploy: BuiltStage['redeploy'] = 'replace'): BuiltStage => ({
  microservice: 'app-test',
  stage: 'dev',
  redeploy,
  codeHash,
  definitionHash: 'd',
  layers: [],
})

interface Stated {
  readonly source_code_hash: string
  readonly code_sha256: string
  readonly last_modified: string
}

function deployed(attributes: Stated, status?: 'tainted'): Deployed {
  const instances = [{ ...(status === undefined ? {} : { status }), attributes }]
  const resources = [{ mode: 'managed', type: 'aws_lambda_function', name: 'app-test_dev', instances }]
  return { kind: 'state', state: parseState(JSON.stringify({ version: 4, serial: 1, lineage: 'l', resources })) }
}

const applied = (code: string, when = 'first'): Stated => ({ source_code_hash: code, code_sha256: `sha ${code}`, last_modified: when })

/** A push of `content` on what the state said then. */
function push(content: string, then: Stated | null = applied('old')): Map<string, Pushed> {
  const state =
    then === null ? null : { sourceCodeHash: then.source_code_hash, codeSha256: then.code_sha256, lastModified: then.last_modified }
  return new Map([[address, { content, codeSha256: `sha ${content}`, state }]])
}

const tainted = (stage: BuiltStage, state: Deployed, pushes: Map<string, Pushed>) =>
  taintsFor([stage], state, { pushes }).map((one) => one.address)
const said = (stage: BuiltStage, state: Deployed, pushes: Map<string, Pushed>) =>
  pushedFunctions([stage], state, pushes).map(({ runs }) => runs)

test('pushed and built are the same: no taint, whether the state was refreshed since or not', () => {
  assert.equal(tainted(built('new'), deployed(applied('old')), push('new')), [])
  assert.equal(said(built('new'), deployed(applied('old')), push('new')), ['built'])
  const refreshed = { ...applied('old'), code_sha256: 'sha new', last_modified: 'second' }
  assert.equal(tainted(built('new'), deployed(refreshed), push('new')), [])
})

test('another build since: tainted', () => {
  assert.equal(tainted(built('newer'), deployed(applied('old')), push('new')), [address])
  assert.equal(said(built('newer'), deployed(applied('old')), push('new')), [])
})

test('something was applied since the push: as if nothing had been pushed', () => {
  assert.equal(tainted(built('new'), deployed(applied('theirs', 'second')), push('new')), [address])
  // The same code as before, applied again.
  assert.equal(tainted(built('new'), deployed(applied('old', 'second')), push('new')), [address])
})

test('the state says anything else of the function than at the push: as if nothing had been pushed', () => {
  assert.equal(tainted(built('new'), deployed({ ...applied('old'), source_code_hash: 'theirs' }), push('new')), [address])
  assert.equal(tainted(built('new'), deployed({ ...applied('old'), code_sha256: 'sha theirs' }), push('new')), [address])
  assert.equal(tainted(built('new'), deployed({ ...applied('old'), last_modified: 'second' }), push('new')), [address])
})

test('of which functions the state does not say what they run', () => {
  const of = (stage: BuiltStage, state: Deployed, pushes = push('new')) => pushedFunctions([stage], state, pushes)
  assert.equal(of(built('new'), deployed(applied('old'))), [{ address, inPlace: false, runs: 'built' }])
  assert.equal(of(built('new', 'in-place'), deployed(applied('old'))), [{ address, inPlace: true, runs: 'built' }])
  assert.equal(of(built('old'), deployed(applied('old'))), [{ address, inPlace: false, runs: 'other' }])
  assert.equal(of(built('old'), deployed(applied('old')), new Map()), [], 'nothing was pushed')
  assert.equal(of(built('new'), deployed(applied('old'), 'tainted')), [], 'it is replaced anyway')
  assert.equal(of({ ...built('new'), stage: 'prod' }, deployed(applied('old'))), [], 'there is none')
  for (const kind of ['none', 'baseline'] as const)
    assert.equal(of(built('new'), { kind, hashes: new Map([[address, 'old']]) } as Deployed), [], 'there is no state')
})

test('the state was not known at the push, and is not refreshed: as if nothing had been pushed', () => {
  assert.equal(tainted(built('new'), deployed(applied('old')), push('new', null)), [address])
})

test('the build goes back to what Terraform applied, and Lambda runs what was pushed: Terraform would see no difference, so it is tainted', () => {
  assert.equal(tainted(built('old'), deployed(applied('old')), push('new')), [address])
  assert.equal(said(built('old'), deployed(applied('old')), push('new')), ['other'])
  // In place Terraform would do nothing: only `coworks update` brings it back.
  assert.equal(tainted(built('old', 'in-place'), deployed(applied('old')), push('new')), [])
  assert.equal(said(built('old', 'in-place'), deployed(applied('old')), push('new')), ['other'])
})

test('one that is tainted already stays pending, pushed or not', () => {
  const [one] = taintsFor([built('new')], deployed(applied('old'), 'tainted'), { pushes: push('new') })
  assert.equal([one?.address, one?.pending], [address, true])
})

test('rule: no taint of a stage that replaces means that the function runs what is built, or that the next apply puts it in place', () => {
  const code = fc.constantFrom('a', 'b', 'c')
  /** What happens, one after the other: an apply of a build, a push of a build (noted here, or by somebody elsewhere), a refresh of the state. */
  const event = fc.oneof(
    fc.record({ kind: fc.constant('apply' as const), code }),
    fc.record({ kind: fc.constant('push' as const), code, here: fc.boolean() }),
    fc.record({ kind: fc.constant('refresh' as const), code }),
  )
  fc.assert(
    fc.property(code, fc.array(event, { maxLength: 8 }), code, (first, events, last) => {
      let clock = 0
      let lambda = { code: first, modified: String(clock) }
      let state = applied(first, lambda.modified)
      let pushes = new Map<string, Pushed>()
      let othersPushed = false
      for (const one of events) {
        if (one.kind !== 'refresh') lambda = { code: one.code, modified: String(++clock) }
        if (one.kind === 'apply') state = applied(one.code, lambda.modified)
        if (one.kind === 'refresh') state = { ...state, code_sha256: `sha ${lambda.code}`, last_modified: lambda.modified }
        if (one.kind === 'push' && one.here) pushes = push(one.code, state)
        if (one.kind !== 'refresh') othersPushed = one.kind === 'push' && !one.here
      }
      if (tainted(built(last), deployed(state), pushes).length > 0) return
      const putInPlace = state.source_code_hash !== last
      // What was pushed elsewhere is noted elsewhere: only `coworks drift`, which asks Lambda, can know.
      assert.ok(lambda.code === last || putInPlace || othersPushed)
    }),
  )
})

test.run()
