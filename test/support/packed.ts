/** The package as it would be published, for tests that look into it or install it elsewhere. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { Folder } from './folder.js'

const REPO = process.env.COWORKS_REPO ?? process.cwd()

let made: string | undefined

/** Absolute path of the tarball. */
export function packed(): string {
  if (made !== undefined) return made
  const folder = new Folder()
  // What is in dist/ was just built, and a build in the middle of other tests would pull it away under them.
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder.path], {
    cwd: REPO,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`npm pack: ${stderr}`)
  const parsed = JSON.parse(stdout) as { filename: string }[] | Record<string, { filename: string }>
  const [report] = Object.values(parsed)
  made = join(folder.path, report?.filename ?? '')
  return made
}

/** False after saying what is skipped. */
export function hasRegistry(what: string): boolean {
  const { status } = spawnSync('npm', ['ping', '--fetch-retries=0', '--fetch-timeout=10000'], { cwd: REPO })
  if (status !== 0) console.log(`SKIPPED ${what}: no registry to install from`)
  return status === 0
}
