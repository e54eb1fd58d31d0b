/** The package as it would be published, for tests that look into it or install it elsewhere. */
import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { Folder } from './folder.js'

const REPO = process.env.COWORKS_REPO ?? process.cwd()

let made: string | undefined

/** Absolute path of the tarball. */
export function packed(): string {
  if (made !== undefined) return made
  const folder = new Folder()
  // A copy: what is in dist/ was just built, but for the types, which no other test needs.
  for (const name of ['package.json', 'README.md', 'LICENSE', 'dist']) cpSync(join(REPO, name), folder.at(name), { recursive: true })
  folder.remove('dist/types')
  run(process.execPath, [join(REPO, 'scripts/types.mjs'), folder.at('dist/types')], REPO)
  const stdout = run('npm', ['pack', '--ignore-scripts', '--json'], folder.path)
  const parsed = JSON.parse(stdout) as { filename: string }[] | Record<string, { filename: string }>
  const [report] = Object.values(parsed)
  made = folder.at(report?.filename ?? '')
  return made
}

function run(program: string, words: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

/** False after saying what is skipped. */
export function hasRegistry(what: string): boolean {
  const { status } = spawnSync('npm', ['ping', '--fetch-retries=0', '--fetch-timeout=10000'], { cwd: REPO })
  if (status !== 0) console.log(`SKIPPED ${what}: no registry to install from`)
  return status === 0
}
