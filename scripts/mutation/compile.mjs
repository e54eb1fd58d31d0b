// Run by Stryker in its copy of the sources, once, with every mutant in them: which one is active is said later, when they run.
import { build } from 'esbuild'
import { TESTS } from './files.mjs'

await build({
  absWorkingDir: process.cwd(),
  entryPoints: TESTS.map((file) => `./${file}`),
  outdir: '.build/test',
  outbase: '.',
  // Each test is one file with all that is mutated in it, so that loading it anew loads that anew; packages are loaded once.
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
})
