import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PathRows } from '../../src/build/path-rows.js'

const rowsOf = (paths: readonly string[], starts?: Uint32Array) =>
  new PathRows(paths.map((path) => `${path}\0`).join(''), paths.length, starts)

const startsOf = (paths: readonly string[]) =>
  Uint32Array.from(paths, (_, row) => paths.slice(0, row).reduce((sum, { length }) => sum + length + 1, 0))

/** Few letters, so that many paths begin or end as others do. */
const path = fc.oneof(fc.stringMatching(/^[ab/]{1,4}$/), fc.stringMatching(/^[aé€]{1,3}$/))

test('whatever is asked for, in whatever order: the row that a map would give', () => {
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 30 }), fc.array(path, { maxLength: 60 }), fc.boolean(), (paths, asked, known) => {
      const rows = rowsOf(paths, known ? startsOf(paths) : undefined)
      for (const one of [...asked, ...paths, ...asked]) {
        assert.is(rows.rowOf(one), paths.includes(one) ? paths.indexOf(one) : undefined, one)
      }
      assert.equal(rows.all(), paths)
      for (const one of ['a', ...asked])
        assert.equal(
          [...rows.below(one)],
          paths.filter((path) => path.startsWith(one)),
        )
    }),
  )
})

test('asked for all in a random order, as where a map is worth it', () => {
  const paths = Array.from({ length: 1000 }, (_, index) => `src/m${index}/file.ts`)
  const rows = rowsOf(paths)
  for (let step = 0; step < 3000; step++) {
    const row = (step * 7919) % 1000
    assert.is(rows.rowOf(`src/m${row}/file.ts`), row)
    assert.is(rows.rowOf(`src/m${row}/file.t`), undefined)
  }
})

test('none', () => {
  assert.is(rowsOf([]).rowOf('a'), undefined)
  assert.is(rowsOf([]).rowOf(''), undefined)
  assert.equal(rowsOf([]).all(), [])
})

test.run()
