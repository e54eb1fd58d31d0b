// The packages that a layer carries, as npm would have installed them: a manifest, code, types, maps, a licence. Pure.
import { REVISION } from './contents.mjs'
import { slice } from './pool.mjs'
import { randomFrom, sizeFrom } from './random.mjs'

const MEAN_BYTES = 2_600

export const packageNames = (count) =>
  Array.from({ length: count }, (_, index) => (index % 5 === 4 ? `@bench/part${index}` : `bench-part${index}`))

/** [path, text] of `count` packages of `files` files each, the manifest among them. */
export function* packageFiles({ count, files, seed }) {
  for (const [index, name] of packageNames(count).entries()) {
    const random = randomFrom(seed + 1_000_003 + index)
    yield [
      `node_modules/${name}/package.json`,
      `${JSON.stringify({ name, version: '1.0.0', main: 'dist/f001.js', license: 'MIT' }, null, 2)}\n`,
    ]
    for (let file = 1; file < files; file++) {
      const ending = ['js', 'js', 'd.ts', 'js.map', 'md'][file % 5]
      const dir = file % 3 === 0 ? 'dist/lib' : 'dist'
      const path = `node_modules/${name}/${dir}/f${String(file).padStart(3, '0')}.${ending}`
      yield [path, `// ${REVISION}\n${slice(random, sizeFrom(random, MEAN_BYTES))}\n`]
    }
  }
}
