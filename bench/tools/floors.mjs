// What a tool cannot go below: Node's own start, git's look at the same files, and one walk with lstat in Node.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const floor = (name, title, words, version, needs = []) => ({
  name,
  title,
  needs,
  version,
  setUp() {},
  clear() {},
  words,
  made: () => [],
  zips: () => [],
})

export const floors = [
  floor(
    'git',
    '`git status`',
    () => ['git', 'status', '--porcelain'],
    () => execFileSync('git', ['--version'], { encoding: 'utf8' }).trim().split(' ')[2],
    ['git'],
  ),
  floor(
    'node',
    '`node -e 0`',
    () => [process.execPath, '-e', '0'],
    () => process.version.slice(1),
  ),
  floor(
    'walk',
    'walk + lstat',
    (tree) => [
      process.execPath,
      fileURLToPath(new URL('walk.mjs', import.meta.url)),
      tree.shape.variant === 'layer' ? 'node_modules' : 'src',
    ],
    () => process.version.slice(1),
  ),
]
