// limit: 300 s
/** The package as it is published: what is in it, whether others can import it, and whether it works installed elsewhere. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Folder } from '../support/folder.js'
import { hasRegistry, packed } from '../support/packed.js'

const REPO = process.env.COWORKS_REPO ?? process.cwd()

function run(folder: string, program: string, words: readonly string[]): string {
  const { NODE_OPTIONS: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: folder, encoding: 'utf8', env: { ...env, NO_COLOR: '1' } })
  assert.is(status, 0, `${program} ${words.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

const tarball = packed()
const unpacked = new Folder()
run(unpacked.path, 'tar', ['-xzf', tarball])
const root = unpacked.at('package')
const files = (readdirSync(root, { recursive: true }) as string[]).filter((path) => statSync(join(root, path)).isFile()).sort()
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>

test('what is published is the build, the README and the licence', () => {
  assert.equal(
    files.filter((path) => !path.startsWith('dist/')),
    ['LICENSE', 'README.md', 'package.json'],
  )
  const kinds = new Set(files.map((path) => /(\.d\.ts|\.[^.]+)$/.exec(path)?.[1] ?? path))
  assert.equal([...kinds].sort(), ['.cjs', '.d.ts', '.hbs', '.js', '.json', '.md', '.txt', 'LICENSE'])
})

test('nothing of this machine is in it', () => {
  for (const path of files) assert.not.match(readFileSync(join(root, path), 'utf8'), REPO, path)
})

test('package.json says all that a reader of it looks for', () => {
  for (const field of [
    'name',
    'version',
    'description',
    'license',
    'type',
    'engines',
    'bin',
    'exports',
    'files',
    'keywords',
    'sideEffects',
    'types',
  ])
    assert.ok(manifest[field] !== undefined, field)
})

test('publint finds nothing', async () => {
  const { messages } = await publint({ pkgDir: root, strict: true, pack: false })
  assert.equal(
    messages.map((message) => formatMessage(message, manifest, { color: false })),
    [],
  )
})

test('types are found by everyone who can import an ES module', async () => {
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(tarball)), {})
  assert.ok(analysis.types !== false)
  const entries = Object.keys(analysis.entrypoints)
  for (const entry of ['.', './cws', './api', './register']) assert.ok(entries.includes(entry), entry)
  const told = analysis.problems.filter((one) => {
    // There is no CommonJS of it, and `moduleResolution: node10` knows no `exports`.
    if (one.kind === 'CJSResolvesToESM') return false
    return !('resolutionKind' in one && (one.resolutionKind === 'node10' || one.resolutionKind === 'node16-cjs'))
  })
  assert.equal(told, [])
})

test('published types are those of the entries, and import nothing that is not installed with them', () => {
  const { dependencies = {} } = manifest as { dependencies?: Record<string, string> }
  const entries = Object.values(manifest.exports as Record<string, { types?: string } | string>).flatMap((one) =>
    typeof one === 'object' && one.types !== undefined ? [one.types] : [],
  )
  const queue = entries.map((path) => join(root, path))
  const seen = new Set<string>()
  const strangers: string[] = []
  for (const file of queue) {
    if (seen.has(file)) continue
    seen.add(file)
    assert.ok(existsSync(file), file)
    for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)) {
      if (from.startsWith('.')) queue.push(join(dirname(file), from.replace(/\.js$/, '.d.ts')))
      else if (!from.startsWith('node:') && dependencies[from] === undefined) strangers.push(`${relative(root, file)}: ${from}`)
    }
  }
  assert.equal(strangers, [])
  assert.equal(
    files.filter((path) => path.endsWith('.d.ts')),
    [...seen].map((file) => relative(root, file)).sort(),
  )
})

test('installed into an empty folder, the quickstart builds', () => {
  if (!hasRegistry('the quickstart on an installed package')) return
  const names = ['Coworksfile.ts', 'src/app.ts', 'config/vars_dev.json', 'config/vars_prod.secret.json']
  const project = new Folder({
    ...Object.fromEntries(names.map((name) => [name, readFileSync(join(REPO, 'examples/quickstart', name), 'utf8')])),
    'package.json': JSON.stringify({ name: 'quickstart', version: '1.0.0', type: 'module', dependencies: { coworks: `file:${tarball}` } }),
  })
  run(project.path, 'npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'])
  const { packages } = JSON.parse(project.read('package-lock.json')) as { packages: Record<string, object> }
  const beside = Object.keys(packages).filter((path) => !/^$|coworks$|esbuild$|@esbuild\//.test(path))
  assert.equal(beside, [], 'one package comes with it, and the programs of that one')
  assert.is(run(project.path, 'npx', ['--no-install', 'coworks', '--version']), `coworks ${String(manifest.version)}\n`)
  run(project.path, 'npx', ['--no-install', 'coworks', 'build', 'microservice=app-test', 'stage=dev'])
  for (const path of ['layer.zip', 'terraform/tmp/app-test-dev.zip', 'terraform/app-test.dev.tf'])
    assert.ok(existsSync(project.at(path)), path)
  assert.match(run(project.path, 'npx', ['--no-install', 'coworks', 'microservice=app-test', 'stage=dev', '-Q']), 'is up to date')
})

test.run()
