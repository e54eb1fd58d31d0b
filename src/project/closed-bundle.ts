/**
 * Does what a bundle says of itself depend on nothing but its text and the runtime? Then a description of it holds on every machine. Packages
 * that it imports are known by their versions only, and modules of Node's that read files, the network or the machine may show it anything.
 */
import type { Metafile } from 'esbuild'

/** Modules of Node's from which nothing is learnt that was not put in. */
const HARMLESS = new Set(
  `assert assert/strict async_hooks buffer crypto events path path/posix querystring stream stream/promises string_decoder
   timers timers/promises url util util/types zlib`.split(/\s+/),
)

/** Ways to a module that no import names. Found in strings, too: whatever looks like one counts as one. */
const OTHER_WAYS = ['Dynamic require of', 'getBuiltinModule', 'process.binding', 'eval(']
/**
 * Followed by anything but a text, as esbuild writes it, the name of the module is put together. Not spelled with the bracket: a file of the
 * package with `import` and a bracket in it is taken for one that imports, and compiled anew by each process (see load.ts).
 */
const CALLS = ['import', 'require'].map((word) => `${word}(`)
const QUOTE = 0x22

/** @param code of the bundle, as esbuild writes it */
export function isClosedBundle({ outputs }: Pick<Metafile, 'outputs'>, code: Uint8Array): boolean {
  const imports = Object.values(outputs).flatMap((output) => output.imports)
  const known = imports.every(({ path, external }) => !external || path === 'coworks' || HARMLESS.has(path.replace(/^node:/, '')))
  if (!known) return false
  // Not as a string, which for hundreds of bundles would take as long as hashing them.
  const text = Buffer.from(code.buffer, code.byteOffset, code.byteLength)
  if (OTHER_WAYS.some((way) => text.includes(way))) return false
  return CALLS.every((call) => {
    for (let at = text.indexOf(call); at >= 0; at = text.indexOf(call, at + 1)) if (text[at + call.length] !== QUOTE) return false
    return true
  })
}
