/** Git's index as git itself writes it, in each of its versions, against what git says of it. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { trackedPaths } from '../../src/util/git-index.js'
import { Folder } from '../support/folder.js'
import { search } from '../support/search.js'

function git(folder: Folder, ...words: string[]): string {
  return execFileSync('git', words, { cwd: folder.path, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

const NAMES = [
  'a',
  'config',
  'config.secret.json',
  'x.secret.json',
  'deep/er/x.secret.json',
  'with space',
  'é.secret.json',
  `${'n'.repeat(200)}.json`,
]

for (const version of ['2', '3', '4'])
  test(`version ${version}: exactly what git tracks`, () => {
    for (const { random } of search(`git's index, version ${version}`, 12).rounds()) {
      const folder = new Folder()
      git(folder, 'init', '-q')
      const all = NAMES.flatMap((name) => ['', 'one/', 'one/two/', 'zz/'].map((dir) => `${dir}in/${name}`))
      const tracked = random.some(all, 0.6)
      for (const file of tracked) folder.write(file, file)
      git(folder, 'add', '-A')
      // Version 3 is written where an entry needs it only.
      if (version === '3' && tracked[0] !== undefined) {
        folder.write('later', '')
        git(folder, 'add', '-N', 'later')
      } else git(folder, 'update-index', '--index-version', version)
      const index = tracked.length === 0 ? Buffer.alloc(0) : readFileSync(folder.at('.git/index'))
      if (tracked.length > 0) assert.is(index.readUInt32BE(4), Number(version))
      assert.equal(trackedPaths(index, new Set(all)).sort(), tracked.sort())
      // Damaged, cut off: whatever it says, it ends.
      for (let at = 0; at < index.length; at += 1 + random.below(40)) {
        trackedPaths(index.subarray(0, at), new Set(all))
        const damaged = Buffer.from(index)
        damaged[at] = random.below(256)
        trackedPaths(damaged, new Set(all))
      }
    }
  })

test('what is no index tracks nothing', () => {
  for (const bytes of ['', 'DIRC', 'DIRC\0\0\0\u0009\0\0\0\u0001', 'x'.repeat(100)])
    assert.equal(trackedPaths(Buffer.from(bytes), new Set(['x'])), [])
})

test.run()
