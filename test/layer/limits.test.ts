import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { functionLimitProblems, largestPackages, layerLimitProblems, UNZIPPED_LIMIT, ZIPPED_LIMIT } from '../../src/layer/index.js'
import { problemLine } from '../../src/util/problem.js'

const MB = 1024 * 1024
const entries = [
  { name: 'nodejs/node_modules/big/a.node', size: 200 * MB },
  { name: 'nodejs/node_modules/big/node_modules/@s/in/x', size: 3 * MB },
  { name: 'nodejs/node_modules/@s/in/x', size: 60 * MB },
  { name: 'nodejs/node_modules/big/b', size: MB },
]

test('sizes by package, the largest first, a nested version apart', () => {
  assert.equal(largestPackages(entries), [
    { name: 'big', size: 201 * MB },
    { name: '@s/in', size: 60 * MB },
    { name: '@s/in in big', size: 3 * MB },
  ])
  assert.equal(largestPackages(entries, 1).length, 1)
  assert.equal(largestPackages([{ name: 'src/x.js', size: 1 }]), [{ name: 'src', size: 1 }])
})

test('at the limit nothing is said, above it who takes the room', () => {
  const at = { where: 'layer.zip', zippedSize: ZIPPED_LIMIT, unzippedSize: UNZIPPED_LIMIT, entries }
  assert.equal(layerLimitProblems(at), [])
  const above = layerLimitProblems({ ...at, zippedSize: ZIPPED_LIMIT + MB, unzippedSize: 264 * MB }).map(problemLine)
  assert.is(above.length, 2)
  assert.match(
    above[0] ?? '',
    /^layer\.zip · 264\.0 MB unzipped, and Lambda takes 250 MB for a layer · the largest: big 201\.0 MB, @s\/in 60\.0 MB, /,
  )
  assert.match(above[1] ?? '', /^layer\.zip · 51\.0 MB zipped, .* · upload it through S3/)
})

test('the layers of a function count against its limit', () => {
  const sizes = { where: 'app-test', zippedSize: 1, unzippedSize: 100 * MB, entries: [{ name: 'index.mjs', size: 100 * MB }] }
  assert.equal(functionLimitProblems({ ...sizes, layersUnzippedSize: 150 * MB }), [])
  const [problem] = functionLimitProblems({ ...sizes, layersUnzippedSize: 151 * MB }).map(problemLine)
  assert.match(
    problem ?? '',
    /251\.0 MB unzipped, .* for a function with its layers · the largest: index\.mjs 100\.0 MB; its layers: 151\.0 MB/,
  )
})

test.run()
