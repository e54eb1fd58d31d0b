/** Budgets: sizes as people write them, and who is over. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { budgetOf, budgetProblems } from '../../src/project/budget.js'
import { problemLine } from '../../src/util/problem.js'

test('sizes', () => {
  assert.equal(budgetOf('x', { zipped: 10, unzipped: '2 kB' }), { zipped: 10, unzipped: 2048 })
  assert.equal(budgetOf('x', { zipped: '1.5MB' }), { zipped: 1_572_864 })
  assert.equal(budgetOf('x', { zipped: '7 B' }), { zipped: 7 })
  assert.is(budgetOf('x', undefined), undefined)
  for (const size of ['', '1 GB', '-1', 'a MB', 0, -1, Number.NaN, null, '1 kB more'])
    assert.throws(() => budgetOf('x', { zipped: size }), `x, budget.zipped · \`${size}' is no size · bytes, or '800 kB', or '1.5 MB'`)
  assert.throws(() => budgetOf('x', { ziped: 1 }), "x, budget · unknown option `ziped' · did you mean `zipped'?")
})

test('at the budget nothing is said, above it who takes the room', () => {
  const zip = { where: 'layer.zip', zippedSize: 1024, unzippedSize: 4096, entries: [{ name: 'nodejs/node_modules/a/x', size: 4096 }] }
  assert.equal(budgetProblems({ zipped: 1024, unzipped: 4096 }, zip), [])
  assert.equal(budgetProblems(undefined, zip), [])
  assert.equal(budgetProblems({ zipped: 1023, unzipped: 4095 }, zip).map(problemLine), [
    'layer.zip · 1.0 kB zipped, and its budget is 1.0 kB · the largest: a 4.0 kB',
    'layer.zip · 4.0 kB unzipped, and its budget is 4.0 kB · the largest: a 4.0 kB',
  ])
})

test.run()
