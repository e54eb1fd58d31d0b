// The declarations that are published: of those that the compiler writes for every source, the ones that the package's entries lead to.
//   node scripts/types.mjs DIR
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @returns whether the compiler was content; what it says it prints */
export function writeTypes(folder) {
  const types = resolve(folder)
  const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', types], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) return false
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const entries = Object.values(exports).flatMap(({ types: file }) => (file === undefined ? [] : [file.slice('./dist/types/'.length)]))
  const queue = entries.map((file) => join(types, file))
  const kept = new Set()
  for (const file of queue) {
    if (kept.has(file)) continue
    kept.add(file)
    for (const [, from] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.js['"]/g))
      queue.push(join(dirname(file), `${from}.d.ts`))
  }
  for (const entry of readdirSync(types, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !kept.has(path)) rmSync(path)
  }
  return true
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exit(writeTypes(process.argv[2] ?? 'dist/types') ? 0 : 1)
