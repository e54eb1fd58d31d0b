// `npm run mutation [-- part-of-a-source …]`: changes the pure core in one place after another, and says which changes no test notices. Stryker does it;
// it is installed on demand, pinned, into a folder that git ignores, since it has more packages than all the rest here.
// Prints a table for docs/reliability.md, and every survivor with its place.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SOURCES } from './mutation/files.mjs'
import { runByOwnNode } from './own-node.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)
runByOwnNode(root)
const folder = '.build/mutation'
// The last line that runs on Node 20.
const manifest = `${JSON.stringify({ name: 'mutation', private: true, dependencies: { '@stryker-mutator/core': '9.6.1' } }, null, 2)}\n`

const wanted = process.argv.slice(2)
const mutate = Object.keys(SOURCES).filter((source) => wanted.length === 0 || wanted.some((part) => source.includes(part)))
if (mutate.length === 0) {
  console.error(`none of the sources that are mutated matches ${wanted.join(' ')}: ${Object.keys(SOURCES).join(', ')}`)
  process.exit(2)
}

if (!existsSync(join(folder, 'installed')) || readFileSync(join(folder, 'package.json'), 'utf8') !== manifest) {
  console.log('installing Stryker')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), manifest)
  const words = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-progress']
  const { status } = spawnSync('npm', words, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) process.exit(1)
  writeFileSync(join(folder, 'installed'), '')
}

const report = join(folder, 'report.json')
const config = {
  mutate,
  // What the tests need, and no more: it is copied.
  ignorePatterns: ['**', '!src/**/*', '!test/**/*', '!package.json'],
  symlinkNodeModules: false,
  disableTypeChecks: false,
  tempDirName: join(folder, 'copy'),
  plugins: [join(root, 'scripts/mutation/uvu-runner.mjs')],
  testRunner: 'uvu',
  coverageAnalysis: 'perTest',
  // Not `node`: of those in node_modules/.bin it would be the first.
  buildCommand: `${process.execPath} ${join(root, 'scripts/mutation/compile.mjs')}`,
  // One at a time, so that the limit of a mutant's time means something.
  concurrency: 1,
  timeoutMS: 15_000,
  timeoutFactor: 3,
  reporters: ['progress-append-only', 'json'],
  jsonReporter: { fileName: report },
  allowConsoleColors: false,
}
writeFileSync(join(folder, 'stryker.json'), JSON.stringify(config, null, 2))
const stryker = join(folder, 'node_modules/@stryker-mutator/core/bin/stryker.js')
const run = spawnSync(process.execPath, [stryker, 'run', join(folder, 'stryker.json')], {
  stdio: 'inherit',
  env: { ...process.env, MUTATION_SOURCES: mutate.join(',') },
})
if (run.status !== 0) process.exit(1)

const { files } = JSON.parse(readFileSync(report, 'utf8'))
const rows = Object.entries(files)
  .map(([file, { mutants }]) => {
    const count = (...states) => mutants.filter(({ status }) => states.includes(status)).length
    return { file, mutants, all: mutants.length, found: count('Killed'), late: count('Timeout'), missed: count('Survived', 'NoCoverage') }
  })
  .sort((a, b) => (a.file < b.file ? -1 : 1))
for (const { file, mutants } of rows) {
  const { source } = files[file]
  const offset = ({ line, column }) =>
    source
      .split('\n')
      .slice(0, line - 1)
      .reduce((sum, { length }) => sum + length + 1, column - 1)
  for (const { status, location, mutatorName, replacement } of mutants) {
    if (status === 'Killed' || status === 'Timeout') continue
    const before = source.slice(offset(location.start), offset(location.end))
    const short = (text) => text.replace(/\s+/g, ' ').slice(0, 120)
    console.log(
      `${status} ${file}:${location.start.line}:${location.start.column} ${mutatorName}\n    - ${short(before)}\n    + ${short(replacement ?? '')}`,
    )
  }
}
const sum = (key) => rows.reduce((total, row) => total + row[key], 0)
const line = ({ file, all, found, late, missed }) =>
  `| ${file} | ${all} | ${found} | ${late} | ${missed} | ${(((found + late) / (found + late + missed)) * 100).toFixed(1)} % |`
console.log('\n| source | mutants | a test fails | no end | not noticed | score |\n|---|---|---|---|---|---|')
for (const row of rows) console.log(line(row))
console.log(line({ file: 'all', all: sum('all'), found: sum('found'), late: sum('late'), missed: sum('missed') }))
