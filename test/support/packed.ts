/** The package as it would be published, for tests that install it elsewhere; or undefined after saying what is skipped. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { Folder } from './folder.js'

const REPO = process.env.COWORKS_REPO ?? process.cwd()

let made: string | undefined

/** Absolute path of the tarball. */
export function packed(): string | undefined {
  if (made !== undefined) return made
  const ping = spawnSync('npm', ['ping', '--fetch-retries=0', '--fetch-timeout=10000'], { cwd: REPO, encoding: 'utf8' })
  if (ping.status !== 0) {
    console.log('SKIPPED the packed package: no registry to install its dependencies from')
    return undefined
  }
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
