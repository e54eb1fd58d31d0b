// What a tool cannot go below: Node's own start, git's look at the same files, one walk with lstat in Node, the same files read and compressed, or bundled, and no more.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { version as esbuildVersion } from 'esbuild'

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

/** A program of this folder's, given where the files are. */
const onFiles = (script) => (tree) => [
  process.execPath,
  fileURLToPath(new URL(script, import.meta.url)),
  tree.shape.variant === 'layer' ? 'node_modules' : 'src',
]

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
  floor('walk', 'walk + lstat', onFiles('walk.mjs'), () => process.version.slice(1)),
  floor('pack', 'read + deflate in Node', onFiles('pack.mjs'), () => process.version.slice(1)),
  floor(
    'esbuild',
    'esbuild alone',
    (tree) => [process.execPath, fileURLToPath(new URL('bundle.mjs', import.meta.url)), ...tree.modules.map((one) => `src/${one}.ts`)],
    () => esbuildVersion,
  ),
]
