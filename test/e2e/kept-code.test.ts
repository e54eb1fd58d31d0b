/** What V8 compiled of the package is kept in the project: it is used where it fits, and nothing but time is lost where it does not. */
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built, smallProject } from '../support/built.js'

const CODE = '.coworks/code'

/** Which scripts were given compiled code, how many of them it did not fit, and the bytes of modules that Node compiled by itself. */
const HOOK = `const vm = require('node:vm')
const { statSync, writeFileSync } = require('node:fs')
const { basename, dirname, join } = require('node:path')
const counts = { given: [], rejected: 0, others: 0 }
const scripts = new Set([__filename])
const { Script } = vm
vm.Script = class extends Script {
  constructor(text, options) {
    super(text, options)
    const file = options.filename
    scripts.add(file)
    if (basename(file) === 'build-pack.cjs')
      for (const [, path] of text.matchAll(/^"([^"]+)": function \\(exports, /gm)) scripts.add(join(dirname(file), path))
    if (options.cachedData === undefined) return
    counts.given.push(basename(file))
    if (this.cachedDataRejected) counts.rejected++
  }
}
process.on('exit', () => {
  const others = Object.keys(require.cache).filter((file) => !scripts.has(file) && !['coworks.cjs', 'load.cjs'].includes(basename(file)))
  for (const file of others) counts.others += statSync(file).size
  writeFileSync(__filename + '.json', JSON.stringify(counts))
})
`

interface Edited {
  readonly given: readonly string[]
  readonly rejected: number
  readonly others: number
  readonly outcomes: string[]
}

function project(): { built: Built; edited: (nodeOptions?: readonly string[]) => Edited } {
  const built = new Built(smallProject())
  built.write('hook.cjs', HOOK)
  const file = 'src/static/kept.txt'
  let edits = 0
  const edited = (nodeOptions: readonly string[] = []) => {
    built.write(file, `edit ${++edits}`)
    built.build(['stage=all'], { nodeOptions: ['--require', built.at('hook.cjs'), ...nodeOptions] })
    const outcomes = built.json(['stage=all']).targets.map(({ outcome = '' }) => outcome)
    return { ...(JSON.parse(built.read('hook.cjs.json')) as Omit<Edited, 'outcomes'>), outcomes: [...new Set(outcomes)] }
  }
  return { built, edited }
}

test('the first build keeps it, for its user alone, and the next one takes all of it', () => {
  const { built, edited } = project()
  assert.equal(edited().given, [])
  assert.is(statSync(built.at(CODE)).mode & 0o777, 0o600)
  const { given, rejected, others, outcomes } = edited()
  // One file has all that every build needs; this one has a pattern too, and makes a small zip.
  const names = given.map((name) => name.replace(/-[0-9A-Z]{8}\.cjs$/, '.cjs'))
  assert.equal(names, ['build-pack.cjs', 'picomatch.cjs', 'archiver.cjs'])
  assert.is(rejected, 0)
  // What imports cannot be kept: it is in a small file of its own.
  assert.ok(others < 2000, `${others} bytes of modules are compiled anew`)
  assert.equal(outcomes, ['fresh'])
})

for (const [what, damage] of [
  ['empty', (file: string) => truncateSync(file, 0)],
  ['cut short', (file: string) => truncateSync(file, statSync(file).size >> 1)],
  [
    'changed in one bit',
    (file: string) => {
      const bytes = readFileSync(file)
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 4
      writeFileSync(file, bytes)
    },
  ],
  ['of another build of the package', (file: string) => writeFileSync(file, otherBuild(readFileSync(file)))],
] as const) {
  test(`where it is ${what}, all is compiled again, and kept again`, () => {
    const { built, edited } = project()
    edited()
    damage(built.at(CODE))
    const { given, rejected, outcomes } = edited()
    assert.equal([given, rejected, outcomes], [[], 0, ['fresh']])
    assert.ok(edited().given.includes('build-pack.cjs'))
  })
}

test('where V8 says that it does not fit, all is compiled again', () => {
  const { edited } = project()
  edited()
  const { given, rejected, outcomes } = edited(['--no-opt'])
  assert.ok(given.includes('build-pack.cjs'))
  assert.is(rejected, given.length)
  assert.equal(outcomes, ['fresh'])
})

/** The same file, by another package, in every other respect sound. */
function otherBuild(bytes: Buffer): Buffer {
  const { crc32 } = process.getBuiltinModule('node:zlib')
  const at = bytes.indexOf('"by":"') + 6
  bytes[at] = bytes[at] === 0x30 ? 0x31 : 0x30
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4)
  return bytes
}

test.run()
