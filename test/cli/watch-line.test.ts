import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TargetReport } from '../../src/build/index.js'
import { changedNames, duration, madeText, namedFiles, rebuiltText } from '../../src/cli/watch-line.js'
import type { BuildResult } from '../../src/watch/index.js'

type Built = Extract<BuildResult, { kind: 'built' }>

const report = (id: string, more: Partial<TargetReport> = {}): TargetReport => ({
  id,
  outcome: 'built',
  reasons: [],
  outputs: [{ path: id, signature: 'f:0', size: 1 }],
  ms: 1,
  warnings: [],
  problems: [],
  log: '',
  internal: false,
  title: `make ${id}`,
  ...more,
})

const built = (reports: readonly TargetReport[], more: Partial<Built> = {}): Built => ({
  kind: 'built',
  ok: true,
  changed: [],
  reports,
  taints: { taints: [], notes: [], unknown: [] },
  notices: [],
  served: [],
  ms: 84.4,
  ...more,
})

const quickstart = [
  report('.coworks/build/app-test.mjs', { internal: true, reasons: [{ kind: 'changed', name: 'src/app.ts' }] }),
  report('terraform/tmp/app-test-dev.zip', { reasons: [{ kind: 'changed', name: 'src/app.ts' }] }),
  report('terraform/app-test.dev.tf', { reasons: [{ kind: 'changed', name: 'terraform/tmp/app-test-dev.zip' }] }),
]

test('one line: what changed, what was made, how long, how many taints', () => {
  const taint = (pending: boolean) => ({ address: 'a', reason: 'r', command: 'c', pending, terraformDir: 'terraform' })
  const taints = { taints: [taint(false), taint(false), taint(true)], notes: [] } as unknown as Built['taints']
  assert.is(rebuiltText(built(quickstart, { taints }), ['src/app.ts'], false), 'src/app.ts → app-test-dev zip, dev.tf · 84 ms · 2 to taint')
  assert.is(rebuiltText(built(quickstart), [], true), 'first build → app-test-dev zip, dev.tf · 84 ms')
  assert.is(rebuiltText(built([]), [], true), 'first build → up to date · 84 ms')
  assert.is(rebuiltText(built(quickstart.slice(0, 1)), ['src/app.ts'], false), 'src/app.ts → nothing new · 84 ms')
  assert.is(rebuiltText(built(quickstart, { ok: false, taints }), ['x.json'], false), 'x.json → failed · 84 ms')
})

test('what changed is what really was different, not what was told', () => {
  assert.equal(changedNames(built(quickstart), ['src/touched.ts', 'terraform/tmp/app-test-dev.zip']), ['src/app.ts'])
  assert.equal(changedNames(built([report('x.zip')]), ['Coworksfile.ts', 'x.zip', '.']), ['Coworksfile.ts'])
  const edited = [report('terraform/a.tf', { reasons: [{ kind: 'output-missing', name: 'terraform/a.tf' }] })]
  assert.equal(changedNames(built(edited), []), [])
  assert.is(namedFiles(['a', 'b', 'c', 'd']), 'a, b, c, d')
  assert.is(namedFiles(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 more')
})

test('what was made: the files of a stage together, unchanged ones left out, many counted', () => {
  assert.is(
    madeText([...quickstart, report('layer.zip'), report('terraform/app-test.tf')]),
    'app-test-dev zip, dev.tf, layer.zip, app-test.tf',
  )
  const prod = [report('terraform/tmp/app-test-prod.zip', { outcome: 'cached' }), report('terraform/app-test.prod.tf')]
  assert.is(madeText([...quickstart, ...prod]), 'app-test-dev zip, dev.tf; app-test-prod zip, prod.tf')
  assert.is(madeText([report('terraform/tmp/app-test-dev.zip', { outcome: 'built-same' }), report('out/notes.txt')]), 'out/notes.txt')
  const many = Array.from({ length: 5 }, (_, at) => [report(`terraform/tmp/m${at}-api-dev.zip`), report(`terraform/m${at}-api.dev.tf`)])
  assert.is(madeText([...many.flat(), report('notes.txt')]), '5 zips, 5 Terraform files, 1 other file')
})

test('times', () => {
  assert.is(duration(12.6), '13 ms')
  assert.is(duration(12_345), '12.3 s')
})

test.run()
