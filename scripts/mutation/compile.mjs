// Run by Stryker in its copy of the sources, once, with every mutant in them: which one is active is said later, by the environment.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { TESTS } from './files.mjs'

await build({
  absWorkingDir: process.cwd(),
  entryPoints: TESTS.map((file) => `./${file}`),
  outdir: '.build/test',
  outbase: '.',
  // Each test is one file, packages and all, since it is loaded some hundred times.
  bundle: true,
  inject: [fileURLToPath(new URL('first-example.mjs', import.meta.url))],
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Some of the packages are CommonJS, and ask for modules of Node.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
})
