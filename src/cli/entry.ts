#!/usr/bin/env node
/**
 * The first file of the command, and for a good part of its calls the only one: it answers what needs no project, and leaves the
 * rest to `main`. Bundled on its own, as CommonJS, with nothing but modules of Node's: every call waits for it.
 */

/** Put in when the package is built. */
declare const __VERSION__: string

const argv = process.argv.slice(2)
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v') && !process.env.COWORKSFLAGS) {
  process.stdout.write(`coworks ${__VERSION__}\n`)
} else {
  import('./main.js').then(({ start }) => start(argv))
}
