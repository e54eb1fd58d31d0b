// The floor "esbuild": asked for a bundle of every module as coworks asks for it, all at once, and nothing done with what comes out. node bundle.mjs MODULE …
import { build } from 'esbuild'

await Promise.all(
  process.argv.slice(2).map((module) =>
    build({
      entryPoints: [module],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      minifyWhitespace: true,
      minifySyntax: true,
      logLevel: 'silent',
    }),
  ),
)
