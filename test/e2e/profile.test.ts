/** `--profile FILE`: a trace that a viewer opens, of the build that was made; every time it is asked for. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built, smallProject } from '../support/built.js'

interface Span {
  readonly name: string
  readonly cat: string
  readonly ph: string
  readonly ts: number
  readonly dur: number
  readonly tid: number
  readonly args: { readonly id?: string; readonly outcome?: string; readonly name?: string }
}

const spans = (project: Built) => (JSON.parse(project.read('trace.json')) as { readonly traceEvents: readonly Span[] }).traceEvents

test('phases follow each other, targets lie in rows without overlapping, each with its outcome', () => {
  const project = new Built(smallProject())
  project.build(['stage=all', '-j2', '--profile', 'trace.json'])
  const all = spans(project)
  const phases = all.filter(({ cat }) => cat === 'phase')
  assert.ok(phases.length >= 3)
  for (const [index, phase] of phases.entries()) assert.is(phase.tid, 0, String(index))
  const targets = all.filter(({ cat }) => cat === 'target')
  assert.ok(targets.some(({ args }) => args.id === 'terraform/tmp/app-test-dev.zip' && args.outcome === 'built'))
  for (const tid of new Set(targets.map((span) => span.tid))) {
    const row = targets.filter((span) => span.tid === tid).sort((a, b) => a.ts - b.ts)
    for (const [index, span] of row.entries()) {
      const next = row[index + 1]
      assert.ok(next === undefined || span.ts + span.dur <= next.ts + 1, span.name)
    }
    assert.ok(all.some((span) => span.ph === 'M' && span.tid === tid))
  }
})

test('a build that has nothing to do writes one too, whatever witness there is', () => {
  const project = new Built(smallProject())
  project.build(['stage=all', '--profile=trace.json'])
  for (let times = 0; times < 2; times++) {
    project.remove('trace.json')
    project.build(['stage=all', '--profile=trace.json'])
    assert.equal(
      spans(project).filter(({ cat }) => cat === 'target'),
      [],
    )
  }
})

test('a file that cannot be written is an error', () => {
  const project = new Built(smallProject())
  const { status, stderr } = project.run(['stage=all', '--profile=nowhere/trace.json'])
  assert.is(status, 2)
  assert.match(stderr, /^coworks: \*\*\* nowhere\/trace\.json · cannot be written: /m)
})

test.run()
