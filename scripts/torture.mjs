// The long form of every search for faults by chance: `npm run torture [-- part-of-a-path …] [--minutes N]`. Divides the time (an hour where
// nothing is said) among the test files that search, runs each for its share with a seed of its own, and prints what was tried.
// Stops by itself. COWORKS_SEED repeats a run.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const words = process.argv.slice(2)
const minutesAt = words.indexOf('--minutes')
const minutes = minutesAt < 0 ? 60 : Number(words.splice(minutesAt, 2)[1])
if (!(minutes > 0)) {
  console.error('--minutes takes a number')
  process.exit(2)
}
// How many searches a file has: each gets the same time.
const searches = readdirSync('test', { recursive: true })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .filter((file) => words.length === 0 || words.some((part) => file.includes(part)))
  .map((file) => ({ file, count: [...readFileSync(file, 'utf8').matchAll(/\bsearch\('/g)].length }))
  .filter(({ count }) => count > 0)
const all = searches.reduce((sum, { count }) => sum + count, 0)
if (all === 0) {
  console.error(`no test file that searches matches ${words.join(' ')}`)
  process.exit(2)
}
const seconds = Math.max(1, Math.floor((minutes * 60) / all))
console.log(`${all} searches in ${searches.length} files, ${seconds} s each`)
// One at a time: what is searched for is faults, and among them those of memory and of time.
const run = spawnSync(process.execPath, ['scripts/test.mjs', '--jobs', '1', ...searches.map(({ file }) => file)], {
  stdio: 'inherit',
  env: { ...process.env, COWORKS_TORTURE_SECONDS: String(seconds) },
})
process.exit(run.status ?? 1)
