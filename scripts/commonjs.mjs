// What esbuild cut into chunks as ES modules, as CommonJS: Node compiles that without a cache as an ES module, but our own loader need not. What is
// imported by its path from outside, the entries, keeps an ES module of its name, which hands on what the other exports.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative, resolve } from 'node:path'
import { transform } from 'esbuild'

/** `result`: of a build that wrote nothing, into the folder `out`. */
export async function asCommonJs({ outputFiles, metafile }, out) {
  mkdirSync(join(out, 'chunks'), { recursive: true })
  const files = new Map(outputFiles.map(({ path, text }) => [relative(resolve(out), path), text]))
  await Promise.all(
    [...files].map(async ([path, text]) => {
      const { imports, entryPoint, exports } = metafile.outputs[join(out, path)]
      writeFileSync(join(out, renamed(path)), await converted(path, text, imports, out))
      if (entryPoint === undefined || dirname(path) !== '.') return
      const names = exports.map((name) => `export const ${name} = all.${name}\n`).join('')
      writeFileSync(
        join(out, path),
        `${REQUIRED.includes(path) ? required(renamed(path)) : `import all from './${renamed(path)}'\n`}${names}`,
      )
    }),
  )
}

/** Puts the modules that a build needs into one file, from which `src/cli/load.ts` takes them: those of these entries, and all that they import at once. */
export function packModules({ metafile }, out, entries, others) {
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [relative(out, path), output]))
  const wanted = new Set([...outputs].filter(([, { entryPoint }]) => entries.includes(entryPoint)).map(([path]) => path))
  if (wanted.size < entries.length) throw new Error(`not all of these are entries: ${entries.join(', ')}`)
  for (const path of wanted)
    for (const { kind, path: other, external } of outputs.get(path).imports)
      if (kind === 'import-statement' && !external) wanted.add(relative(out, other))
  const modules = [...[...wanted].map(renamed), ...others]
    .map((path) => [path, readFileSync(join(out, path), 'utf8')])
    // Of these none can be made by anybody but Node.
    .filter(([, text]) => !text.includes('import('))
    .map(([path, text]) => `${JSON.stringify(path)}: function (exports, require, module, __filename, __dirname) {${text}\n}`)
  const pack = `({\n${modules.join(',\n')}\n})\n`
  const [strange] = /[^\0-\x7f]/.exec(pack) ?? []
  if (strange !== undefined) throw new Error(`it is read as ASCII, and holds ${strange}`)
  writeFileSync(join(out, 'build-pack.cjs'), pack)
}

// Every build of a project imports it. Node reads all of a CommonJS module that is imported for what it may export, which takes a few milliseconds; of
// one that is required it does not. No others, as a bundler of a user's would not find them.
const REQUIRED = ['cws.js']

const required = (path) => `import { createRequire } from 'node:module'\nconst all = createRequire(import.meta.url)('./${path}')\n`

// Modules of Node's that take it a millisecond or two to load, and that most builds need not: loaded where they are first used.
const LATE = ['child_process', 'fs/promises', 'os', 'timers/promises', 'worker_threads']

function late(cjs) {
  const declared = new RegExp(`^var (import_\\w+) = require\\("node:(${LATE.join('|')})"\\);$`, 'gm')
  const locals = [...cjs.matchAll(declared)].map(([, local]) => local)
  return locals.reduce(
    // Of a getter, and not a function: behind `new` a call would be taken for the constructor's.
    (text, local) => text.replace(new RegExp(`\\b${local}\\.`, 'g'), `${local}.late.`),
    cjs.replace(declared, 'const $1 = { get late() { return require("node:$2"); } };'),
  )
}

const renamed = (path) => path.replace(/\.js$/, '.cjs')

async function converted(path, text, imports, out) {
  let esm = text
  const others = imports.filter(({ external }) => !external).map((one) => ({ ...one, spelled: spelled(path, relative(out, one.path)) }))
  for (const { kind, spelled: name } of others) {
    // An `import()` of a user's file stays one, and so does one of a package: those may be ES modules.
    if (kind === 'dynamic-import') esm = esm.replaceAll(`import("${name}")`, `Promise.resolve().then(() => require("${name}"))`)
  }
  const { code } = await transform(esm, {
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    sourcefile: path,
    define: { 'import.meta.url': '__here' },
  })
  let cjs = code
  for (const { spelled: name } of others) cjs = cjs.replaceAll(`require("${name}")`, `require("${renamed(name)}")`)
  const here = cjs.includes('__here') ? 'const __here = require("node:url").pathToFileURL(__filename).href;\n' : ''
  // As an ES module is, whether or not esbuild saw a reason to say so.
  return `"use strict";\n${here}${late(cjs.replace(/^"use strict";\n/, ''))}`
}

/** As esbuild writes the way from one output to another. */
function spelled(from, to) {
  const way = posix.relative(posix.dirname(from), to)
  return way.startsWith('.') ? way : `./${way}`
}
