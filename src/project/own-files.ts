/**
 * Where this package's own files lie: the entry modules that child processes and Coworksfiles load by path. They are looked
 * for from this module upwards, because the published package is bundled (`dist/*.js`, `dist/chunks/*.js`) and the tests run
 * unbundled.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

type OwnModule = 'artifacts-child' | 'build-child' | 'cws' | 'describe-child' | 'gateway-child' | 'service'

const UNBUNDLED: Record<OwnModule, string> = {
  'artifacts-child': 'affected/artifacts-child.js',
  'build-child': 'cli/build-child.js',
  cws: 'project/cws.js',
  'describe-child': 'project/describe-child.js',
  'gateway-child': 'gateway/gateway-child.js',
  service: 'service/index.js',
}

/** Absolute path of one of our entry modules. @throws Error when the package is damaged */
export function ownModule(name: OwnModule): string {
  for (const candidate of [join(here, `${name}.js`), join(here, '..', `${name}.js`), join(here, '..', UNBUNDLED[name])]) {
    if (existsSync(candidate)) return candidate
  }
  throw new Error(`coworks is damaged: ${name}.js is missing; install it again`)
}

/** The version in our own package.json. */
export function ownVersion(): string {
  return ownPackage().version
}

/**
 * What the package.json of a project in `folder` (absolute) asks for to get this very coworks: its version, or, where it runs from
 * a checkout and not from a node_modules, the way there.
 */
export function ownDependency(folder: string): string {
  const { dir, version } = ownPackage()
  return dir.split(sep).includes('node_modules') ? version : `file:${relative(folder, dir).split(sep).join('/')}`
}

/** Our own folder and package.json. @throws Error when the package is damaged */
function ownPackage(): { readonly dir: string; readonly version: string } {
  for (let dir = here; ; dir = dirname(dir)) {
    const file = join(dir, 'package.json')
    if (existsSync(file)) {
      const manifest = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string }
      if (manifest.name === 'coworks') return { dir, version: manifest.version ?? '0.0.0' }
    }
    if (dir === dirname(dir)) throw new Error('coworks is damaged: its package.json is missing; install it again')
  }
}
