/** Who is ahead, for every combination of what the three sides can say. */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { driftOf, driftText, inSync, type Sides } from '../../src/update/drift.js'

const push = { time: '2026-11-26T10:12:03.107Z', by: 'ada@laptop' }
const agreed: Sides = { lambdaIsBuilt: true, stateIsBuilt: true, stateSawLambda: true, push: undefined, modified: '2026-11-25' }
const said = (sides: Partial<Sides>) => driftText(driftOf({ ...agreed, ...sides }))

test('one line for each way of being apart', () => {
  assert.is(said({}), 'in sync')
  assert.is(said({ push }), 'in sync')
  assert.is(said({ stateIsBuilt: undefined, stateSawLambda: false }), "in sync with Lambda; Terraform's state is not known")
  assert.is(
    said({ stateIsBuilt: false, push }),
    "in sync: Lambda has what is built, because of the update of 2026-11-26 10:12 UTC by ada@laptop; Terraform's state is behind until the next apply",
  )
  assert.is(
    said({ stateIsBuilt: false }),
    "Terraform's state is behind: Lambda has what is built, pushed by somebody else; the next apply notes it",
  )
  const other = { lambdaIsBuilt: false }
  assert.is(
    said({ ...other, stateIsBuilt: false }),
    "built is ahead of Lambda and of Terraform's state: coworks update, or terraform apply",
  )
  assert.is(
    said({ ...other, stateIsBuilt: false, push }),
    'built is ahead of Lambda, which has the update of 2026-11-26 10:12 UTC by ada@laptop: coworks update',
  )
  assert.is(
    said({ ...other, push }),
    "Lambda is ahead of Terraform's state, because of the update of 2026-11-26 10:12 UTC by ada@laptop; what is built went back: coworks update",
  )
  assert.is(
    said({ ...other, stateIsBuilt: false, stateSawLambda: false }),
    'Lambda has what was not built or pushed here, changed last 2026-11-25',
  )
  assert.is(
    said({ ...other, modified: undefined }),
    "Lambda has what was not built or pushed here, though Terraform's state says it is what is built",
  )
})

test('rule: in sync only where Lambda has what is built, and the state agrees, is not known, or an update from here says why not', () => {
  const sides = fc.record({
    lambdaIsBuilt: fc.boolean(),
    stateIsBuilt: fc.constantFrom(true, false, undefined),
    stateSawLambda: fc.boolean(),
    push: fc.constantFrom(push, undefined),
    modified: fc.constant(undefined),
  })
  fc.assert(
    fc.property(sides, (one) => {
      const expected = one.lambdaIsBuilt && (one.stateIsBuilt !== false || one.push !== undefined)
      assert.is(inSync(driftOf(one)), expected)
    }),
  )
})

test.run()
