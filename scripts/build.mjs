// Makes dist/: the entry of the command, one bundle per other entry with shared chunks, and the types. Packages are bundled into chunks
// of their own that are loaded when they are needed, which halves what they cost; esbuild, which has a program of its own beside it, stays a package.
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { asCommonJs, packModules } from './commonjs.mjs'
import { noticesOf } from './notices.mjs'
import { writeTypes } from './types.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)

// Built aside and swapped in, so that a command running meanwhile never meets half a dist/.
const out = '.build/dist'
rmSync(out, { recursive: true, force: true })
const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  legalComments: 'none', // the notices of what is bundled are in a file of their own
  logLevel: 'warning',
  metafile: true,
}
const main = await build({
  ...shared,
  entryPoints: {
    main: 'src/cli/main.ts',
    cws: 'src/project/cws.ts',
    api: 'src/project/api.ts',
    'artifacts-child': 'src/affected/artifacts-child.ts',
    'describe-child': 'src/project/describe-child.ts',
    'build-child': 'src/cli/build-child.ts',
    'zip-worker': 'src/archive/zip-worker.ts',
    'gateway-child': 'src/gateway/gateway-child.ts',
    'import-module': 'src/util/import-module.ts',
  },
  outdir: out,
  write: false,
  splitting: true,
  format: 'esm',
  external: ['esbuild'],
  // ES modules first: of AWS's SDK only what is used is then bundled.
  mainFields: ['module', 'main'],
  chunkNames: 'chunks/[name]-[hash]',
})
// Cut into chunks as ES modules, which esbuild does for no other kind, and then made CommonJS: of that V8's code can be kept.
await asCommonJs(main, out)
// Node loads these for itself, in a thread of their own.
const registering = await build({
  ...shared,
  entryPoints: { register: 'src/register/register.ts', 'register-hooks': 'src/register/hooks.ts' },
  outdir: out,
  splitting: true,
  format: 'esm',
  external: ['esbuild'],
  chunkNames: 'chunks/[name]-[hash]',
})
// The runtime stands alone: it is what a layer carries.
await build({
  ...shared,
  entryPoints: { service: 'src/service/index.ts' },
  outdir: out,
  format: 'esm',
  packages: 'external',
})
// Loaded by whoever needs them, and by nobody else: files of their own, which a late `require` finds.
const late = await build({
  ...shared,
  entryPoints: { handlebars: 'handlebars', picomatch: 'picomatch' },
  outdir: out,
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
})
// Most projects render with the package's own templates: these are compiled here, and rendering loads a fifth of Handlebars.
const templates = new Map(
  readdirSync('src/terraform/templates').map((name) => [name, readFileSync(join('src/terraform/templates', name), 'utf8')]),
)
const compiler = join(root, '.build/template-compiler.mjs')
await build({
  ...shared,
  entryPoints: { 'template-compiler': 'src/terraform/template.ts' },
  outdir: '.build',
  outExtension: { '.js': '.mjs' },
  format: 'esm',
  packages: 'external',
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
})
const { precompiled } = await import(pathToFileURL(compiler).href)
const ready = precompiled(templates).map(
  ({ file, text, places, spec }) =>
    `${JSON.stringify(file)}: { text: ${JSON.stringify(text)}, places: ${JSON.stringify(places)}, spec: ${spec} }`,
)
const rendering = await build({
  ...shared,
  stdin: {
    contents: `exports.runtime = require('handlebars/runtime')\nexports.templates = {\n${ready.join(',\n')}\n}\n`,
    resolveDir: root,
    sourcefile: 'rendering.js',
  },
  minify: true,
  outfile: join(out, 'rendering.cjs'),
  format: 'cjs',
})
packModules(main, out, ['src/cli/main.ts', 'src/cli/commands/build.ts', 'src/project/cws.ts'], ['rendering.cjs'])
// Laying out a page of help takes yargs longer than Node takes to start: they are laid out here.
const pages = join(root, '.build/help-pages.mjs')
await build({
  ...shared,
  entryPoints: { 'help-pages': 'src/cli/help.ts' },
  outdir: '.build',
  outExtension: { '.js': '.mjs' },
  format: 'esm',
  packages: 'external',
})
mkdirSync(join(out, 'help'))
for (const [file, text] of await (await import(pathToFileURL(pages).href)).helpPages()) writeFileSync(join(out, file), text)
cpSync('src/terraform/templates', join(out, 'templates'), { recursive: true })
cpSync('src/init/templates', join(out, 'new-project'), { recursive: true })
writeFileSync(
  join(out, 'THIRD-PARTY-NOTICES.txt'),
  noticesOf({
    inputs: { ...main.metafile.inputs, ...registering.metafile.inputs, ...late.metafile.inputs, ...rendering.metafile.inputs },
  }),
)

// How the rest is loaded, where there is more to do than the entry can.
await build({ ...shared, entryPoints: { load: 'src/cli/load.ts' }, outdir: out, outExtension: { '.js': '.cjs' }, format: 'cjs' })
// The entry is CommonJS: Node starts it 4 ms sooner than an ES module. It knows which build it belongs to, so that nothing that another build
// remembered is taken for its own.
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
await build({
  ...shared,
  entryPoints: { coworks: 'src/cli/entry.ts' },
  outdir: out,
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  external: ['./load.cjs'],
  define: { __VERSION__: JSON.stringify(version), __BUILD__: JSON.stringify(digestOfFolder(out)) },
})
writeFileSync(
  join(out, 'coworks.js'),
  "#!/usr/bin/env node\nimport { createRequire } from 'node:module'\ncreateRequire(import.meta.url)('./coworks.cjs')\n",
)
for (const name of ['coworks.cjs', 'coworks.js']) chmodSync(join(out, name), 0o755)

if (!process.argv.includes('--no-types')) {
  if (!writeTypes(join(out, 'types'))) process.exit(1)
} else if (existsSync('dist/types')) cpSync('dist/types', `${out}/types`, { recursive: true })

mkdirSync('.build', { recursive: true })
rmSync('.build/old-dist', { recursive: true, force: true })
if (existsSync('dist')) renameSync('dist', '.build/old-dist')
renameSync(out, 'dist')
rmSync('.build/old-dist', { recursive: true, force: true })

/** One digest for all files of a folder, by their names and bytes. */
function digestOfFolder(folder) {
  const hash = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    const bytes = readFileSync(path)
    hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex').slice(0, 32)
}
