/** What this package depends on, held against docs/dependencies.md and its rules. Reads files only. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const REPO = process.env.COWORKS_REPO ?? process.cwd()
const read = (file: string): string => readFileSync(join(REPO, file), 'utf8')

interface Locked {
  version?: string
  link?: boolean
  resolved?: string
  integrity?: string
  license?: string
  hasInstallScript?: boolean
  inBundle?: boolean
}

const manifest = JSON.parse(read('package.json')) as { dependencies: Record<string, string>; devDependencies: Record<string, string> }
const lock = JSON.parse(read('package-lock.json')) as { lockfileVersion: number; packages: Record<string, Locked> }
/** Without the project itself, its links, and the folders that these stand for. */
const packages = Object.entries(lock.packages).filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
const document = read('docs/dependencies.md')

function listed(heading: string): string[] {
  const section = document.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...section.matchAll(/^\| `([^`]+)` \| \S/gm)].map(([, name = '']) => name)
}

const names = { installed: listed('Installed with coworks'), bundled: listed('Bundled into it'), development: listed('To develop it') }

test('the lists are those of package.json, each in its order', () => {
  assert.equal(names.installed, Object.keys(manifest.dependencies))
  assert.equal([...names.bundled, ...names.development].sort(), Object.keys(manifest.devDependencies).sort())
  for (const list of Object.values(names)) assert.equal(list, [...list].sort())
})

test('what is bundled is listed as bundled', () => {
  const notices = join(REPO, 'dist/THIRD-PARTY-NOTICES.txt')
  assert.ok(existsSync(notices), 'npm run build')
  const found = [...readFileSync(notices, 'utf8').matchAll(/^(\S+) \S+, licence /gm)].map(([, name = '']) => name)
  assert.ok(found.length > 10)
  assert.equal(
    names.development.filter((name) => found.includes(name)),
    [],
  )
})

test('versions are exact', () => {
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
    assert.ok(/^\d+\.\d+\.\d+$/.test(version) || version.startsWith('file:'), `${name} ${version}`)
})

test('every package of the lockfile has a hash, and comes from nowhere but a registry', () => {
  assert.is(lock.lockfileVersion, 3)
  assert.ok(packages.length > 100)
  for (const [path, { integrity = '', resolved, version }] of packages) {
    assert.match(integrity, /^sha512-[A-Za-z0-9+/]{86}==$/, path)
    assert.match(version ?? '', /^\d+\.\d+\.\d+/, path)
    assert.not.match(resolved ?? '', /^(git|file|http:)|\.git(#|$)|codeload/, path)
  }
})

test('only esbuild has an install script', () => {
  assert.equal(
    packages.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path),
    ['node_modules/esbuild'],
  )
})

test('licences are those that the page allows', () => {
  const list = /one of the licences ([\s\S]*?)\.\n/.exec(document)?.[1] ?? ''
  const allowed = new Set(list.split(/,\s+|\s+and\s+/))
  assert.ok(allowed.has('MIT') && allowed.has('Python-2.0'), list)
  const may = (licence: string): boolean =>
    licence
      .replace(/[()]/g, '')
      .split(' OR ')
      .some((one) => one.split(' AND ').every((part) => allowed.has(part)))
  assert.equal(
    packages.filter(([, { license = 'none' }]) => !may(license)).map(([path, { license }]) => `${path}: ${license}`),
    [],
  )
})

test('no package is installed that the lockfile does not know', () => {
  const installed = JSON.parse(read('node_modules/.package-lock.json')) as { packages: Record<string, Locked> }
  const strangers = Object.entries(installed.packages).filter(([path, { link, integrity }]) => {
    const locked = lock.packages[path]
    return link !== true && path.includes('node_modules/') && locked?.integrity !== integrity
  })
  assert.equal(
    strangers.map(([path]) => path),
    [],
  )
})

test.run()
