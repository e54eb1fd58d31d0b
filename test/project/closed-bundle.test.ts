import { type BuildOptions, build } from 'esbuild'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isClosedBundle } from '../../src/project/closed-bundle.js'

const BANNER = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);"

/** As a microservice is bundled, minified or not. */
async function closed(contents: string, options: BuildOptions = {}): Promise<boolean> {
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    minifyWhitespace: true,
    minifySyntax: true,
    packages: 'external',
    banner: { js: BANNER },
    logLevel: 'silent',
    ...options,
    write: false,
    metafile: true,
  })
  return isClosedBundle(metafile, outputFiles[0]?.contents ?? new Uint8Array())
}

const CLOSED = {
  'its own text': 'export const routes = ["a", "b"].map((name) => `/${name}`)',
  'the runtime': "import { TechMicroService } from 'coworks'; export class App extends TechMicroService {}",
  'modules that show nothing new':
    "import { createHash } from 'node:crypto'; import { join } from 'path'; export const a = [createHash, join]",
  'words that have parts in common with what is looked for':
    "const [interval, acquire, comport] = [1, 2, 3].map((n) => (x) => n + x); export const all = ['Dynamic', 'Builtins', 'binding', interval(1), acquire(2), comport(3)].map((x) => [x, interval(x), acquire(x), comport(x)])",
  'a module by a text': "export const load = () => import('node:url')",
}
for (const [what, code] of Object.entries(CLOSED))
  test(`closed: ${what}`, async () => {
    assert.ok(await closed(code))
    assert.ok(await closed(code, { minify: true }))
  })

const OPEN = {
  'the files of the project': "import { readFileSync } from 'node:fs'; export const routes = readFileSync('routes.json')",
  'the same without node:': "import { readFileSync } from 'fs'; export const routes = readFileSync('routes.json')",
  'the machine': "import { hostname } from 'node:os'; export const name = hostname()",
  'a process': "import { execSync } from 'node:child_process'; export const revision = execSync('git rev-parse HEAD')",
  'a package': "import { list } from 'some-package'; export const routes = list",
  'another entry of the runtime': "import { run } from 'coworks/api'; export const routes = run",
  'require of a text': "export const fs = require('node:fs')",
  'require of a name that is put together': "const name = ['f', 's'].join(''); export const fs = require(name)",
  'import of a name that is put together': "const name = ['f', 's'].join(''); export const fs = await import(name)",
  'import of a template': "const name = 's'; export const fs = await import(`node:f${name}`)",
  'a loader of its own': "import { createRequire } from 'node:module'; export const load = createRequire(import.meta.url)",
  'a built-in module by its name': "export const fs = process.getBuiltinModule('node:fs')",
  'a binding': "export const fs = process.binding('fs')",
  'eval, which sees the require of the bundle': 'export const fs = eval("require")("fs")',
}
for (const [what, code] of Object.entries(OPEN))
  test(`not closed: ${what}`, async () => {
    assert.not(await closed(code))
    assert.not(await closed(code, { minify: true }))
  })

test('not closed: a CommonJS module that is carried along and requires what it puts together', async () => {
  const plugin = {
    name: 'cjs',
    setup(setup: import('esbuild').PluginBuild) {
      setup.onResolve({ filter: /^old$/ }, () => ({ path: 'old', namespace: 'old' }))
      setup.onLoad({ filter: /.*/, namespace: 'old' }, () => ({ contents: "module.exports = (name) => require(name + '')", loader: 'js' }))
    },
  }
  for (const minify of [false, true]) {
    assert.not(await closed("import old from 'old'; export const load = old", { plugins: [plugin], packages: 'bundle', minify }))
    assert.not(
      await closed("import old from 'old'; export const load = old", { plugins: [plugin], packages: 'bundle', minify, banner: {} }),
    )
  }
})

test.run()
