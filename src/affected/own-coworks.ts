/** Which coworks a project has installed, by content: two revisions built by different ones cannot be compared by building both with one. */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { digestOf, sha256 } from '../util/hash.js'

/** Version and digest; nothing where none is installed. */
export function installedCoworks(root: string): { readonly version: string; readonly digest: string } | undefined {
  for (let dir = root; ; dir = dirname(dir)) {
    const manifest = join(dir, 'node_modules/coworks/package.json')
    if (existsSync(manifest)) return digestOfPackage(realpathSync(dirname(manifest)))
    if (dir === dirname(dir)) return undefined
  }
}

function digestOfPackage(dir: string): { version: string; digest: string } {
  const { version = '' } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { version?: string }
  const files: string[] = []
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(dir, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (entry.name !== 'types') walk(path)
      } else files.push(path)
    }
  }
  if (existsSync(join(dir, 'dist'))) walk('dist')
  return { version, digest: digestOf(files.sort().map((path) => [path, sha256(readFileSync(join(dir, path)))])) }
}
