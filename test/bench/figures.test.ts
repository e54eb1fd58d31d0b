/** The figures of `npm run bench`: medians and spread, ratios against targets, the tables, and what of a page is replaced. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { REPO } from '../support/cli.js'

const load = (file: string) => import(pathToFileURL(join(REPO, 'bench', file)).href)
const { median, quantile, summary } = await load('measure/statistics.mjs')
const { evaluate } = await load('report/evaluate.mjs')
const { reportOf, verdict } = await load('report/report.mjs')
const { spread, time } = await load('report/figures.mjs')
const { textReport } = await load('report/text.mjs')
const { markdownReport } = await load('report/markdown.mjs')
const { BEGIN, END, withGenerated } = await load('report/page.mjs')

test('a quantile lies between the values around its place', () => {
  assert.is(median([3]), 3)
  assert.is(median([4, 1]), 2.5)
  assert.is(median([9, 1, 5]), 5)
  assert.is(quantile([1, 2, 3, 4, 5], 0.25), 2)
  assert.equal(summary([30, 10, 20]), { runs: 3, least: 10, median: 20, low: 15, high: 25 })
  assert.ok(Number.isNaN(median([])))
})

test('the order of the runs does not matter, and a quantile never leaves them', () => {
  const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, at) => {
      const found = quantile(list, at)
      assert.is(quantile([...list].reverse(), at), found)
      assert.ok(found >= Math.min(...list) - 1e-6 && found <= Math.max(...list) + 1e-6)
    }),
  )
})

test('times are written with three digits at most', () => {
  assert.equal([3.14, 66.4, 999.4, 1234, 12_345].map(time), ['3.1 ms', '66 ms', '999 ms', '1.23 s', '12.3 s'])
  assert.is(spread([10, 20, 30]), '20 ms (15 ms–25 ms, 3 runs)')
  assert.is(spread([42]), '42 ms (1 run)')
})

const group = { project: { microservices: 10, files: 100 } }
const larger = { project: { microservices: 100, files: 100 } }
const cold = { id: 'cold', title: 'cold', group, targets: [] }
const scenario = {
  id: 'null',
  title: 'a null `build`',
  group,
  targets: [{ against: 'ninja', most: 2 }, { against: 'scons', most: 0.1 }, { memory: 60 }],
}
const results = {
  cold: [
    { name: 'coworks', times: [1000], bytes: 99 },
    { name: 'zip6', times: [2000], bytes: 100 },
  ],
  null: [
    { name: 'coworks', times: [40, 50, 60], memory: 61 },
    { name: 'ninja', times: [20, 30, 25] },
    { name: 'scons', failure: 'it broke' },
  ],
}
const evaluated = (target: object, of: object = scenario, from: object = results) => {
  const { text, shown, met } = evaluate(target, of, from, (name: string) => name, [cold, scenario])
  return `${text}: ${shown}, ${met}`
}

test('a ratio is one of medians, and a limit itself is met', () => {
  assert.is(evaluated({ against: 'ninja', most: 2 }), '≤ 2 × ninja: 2.0 ×, true')
  assert.is(evaluated({ against: 'ninja', most: 1.9 }), '≤ 1.9 × ninja: 2.0 ×, false')
  assert.is(evaluated({ of: 'cold', most: 0.25 }), '≤ 0.25 × `cold`: 0.050 ×, true')
  assert.is(evaluated({ memory: 60 }), '≤ 60 MB: 61 MB, false')
  assert.is(evaluated({ smallerThan: 'zip6' }, cold), 'a smaller file than zip6: 0.9900 ×, true')
})

test('what was not measured is neither met nor missed', () => {
  assert.is(evaluated({ against: 'scons', most: 0.1 }), '≤ 0.1 × scons: not measured: scons, undefined')
  assert.is(evaluated({ against: 'ninja', most: 2 }, scenario, {}), '≤ 2 × ninja: not measured: coworks, undefined')
  assert.is(evaluated({ memory: 60 }, cold), '≤ 60 MB: not measured: memory, undefined')
})

test('time per file may fall, and rise by no more than the noise', () => {
  const sizes = [
    { id: 'small', group },
    { id: 'large', group: larger },
  ]
  const rises = (small: number, large: number) =>
    evaluate(
      { perFile: ['small', 'large'] },
      sizes[1],
      { small: [{ name: 'coworks', times: [small] }], large: [{ name: 'coworks', times: [large] }] },
      String,
      sizes,
    )
  assert.is(rises(30, 100).shown, '30 → 10 µs')
  assert.ok(rises(30, 100).met)
  assert.ok(rises(30, 310).met)
  assert.not(rises(30, 320).met)
})

const rows = reportOf({ scenarios: [cold, scenario], results: { null: results.null }, titles: { ninja: 'ninja + zip' } })

test('the text shows everyone who took part, failures, and each target', () => {
  assert.equal(verdict(rows), { met: 1, missed: 1, unknown: 1 })
  assert.is(
    textReport(rows, [{ title: 'nx', why: 'it is not there' }]),
    `a null build
               median  middle half  runs   peak  coworks is
  coworks       50 ms  45 ms–55 ms     3  61 MB
  ninja + zip   25 ms  23 ms–28 ms     3              2.0 ×
  scons        failed
  met    ≤ 2 × ninja + zip: 2.0 ×
  –      ≤ 0.1 × scons: not measured: scons
  MISSED ≤ 60 MB: 61 MB
  scons failed: it broke

SKIPPED nx: it is not there
targets: 1 met, 1 missed, 1 not measured
`,
  )
})

test('the page holds medians, targets and spread', () => {
  const machine = {
    cores: 2,
    processor: 'P',
    memoryGB: 24,
    kernel: '6.1',
    fileSystem: 'ext4',
    node: 'v20.1.0',
    date: '2026-01-02',
    loadBefore: 0.1,
  }
  const page = markdownReport(rows, {
    machine,
    versions: [['ninja + zip', '1.11']],
    skipped: [{ title: 'nx', why: 'no npm' }],
    seconds: 130,
  })
  assert.ok(
    page.includes('| scenario | coworks | ninja + zip | scons |\n|---|---|---|---|\n| `null` a null `build` | 0.05 | 0.025 | failed |'),
  )
  assert.ok(page.includes('| `null` | ≤ 2 × ninja + zip | 2.0 × | met |'))
  assert.ok(page.includes('| `null` | ≤ 60 MB | 61 MB | **MISSED** |'))
  assert.ok(page.includes('| `null` | coworks | 50 ms (45 ms–55 ms, 3 runs) | 40 ms | 61 |  |'))
  assert.ok(page.includes('Not taken part: nx, no npm.'))
  assert.ok(page.includes('**Targets: 1 met, 1 missed, 1 not measured.**'))
})

test('only what stands between the marks is replaced', () => {
  assert.is(withGenerated(`a\n${BEGIN}\nold\n${END}\nb\n`, 'new'), `a\n${BEGIN}\n\nnew\n\n${END}\nb\n`)
  assert.is(withGenerated(withGenerated(`a ${BEGIN}${END} b`, 'one'), 'two'), `a ${BEGIN}\n\ntwo\n\n${END} b`)
  for (const page of ['', BEGIN, `${END}${BEGIN}`, `${BEGIN}${BEGIN}${END}`])
    assert.throws(() => withGenerated(page, 'x'), 'lacks its two marks')
})

test.run()
