/**
 * What a layer holds of coworks itself: the runtime that a microservice imports, one file that stands alone. The build
 * tools and everything they depend on stay at home.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CoworksError } from '../util/problem.js'
import type { ClosurePackage } from './closure.js'
import type { LayerFile } from './walk.js'

/** The package's own name. */
export const RUNTIME = 'coworks'

/**
 * `package.json` with nothing but the way to the runtime, and the runtime.
 * @throws CoworksError when the installed coworks has none, as a checkout that was not built.
 */
export function runtimeFiles(pkg: ClosurePackage): LayerFile[] {
  const file = join(pkg.dir, 'dist', 'service.js')
  if (!existsSync(file)) {
    throw new CoworksError({ where: pkg.dir, what: 'is coworks without its runtime dist/service.js', hint: 'run: npm run build, there' })
  }
  const exports = { '.': './service.js', './package.json': './package.json' }
  const manifest = { name: RUNTIME, version: pkg.version, type: 'module', main: './service.js', exports }
  return [
    {
      name: `${pkg.layerPath}/package.json`,
      source: { bytes: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) },
    },
    { name: `${pkg.layerPath}/service.js`, source: { file } },
  ]
}
