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

interface Word {
  readonly word: string
  /** Where its least frequent letter is: seven letters from there on are searched for, which Buffer does by the first of them, and ten times as fast. */
  readonly from: number
}

/** Ways to a module that no import names. Found in strings, too: whatever looks like one counts as one. */
const OTHER_WAYS: readonly Word[] = [
  { word: 'Dynamic require of', from: 0 }, // what esbuild puts in the place of a `require` of CommonJS says that
  { word: 'getBuiltinModule', from: 3 },
  { word: 'process.binding', from: 8 },
  { word: 'eval(', from: 1 },
]
/**
 * Followed by anything but a text, as esbuild writes it, the name of the module is put together. Not spelled with the bracket: a file of the
 * package with `import` and a bracket in it is taken for one that imports, and compiled anew by each process (see load.ts).
 */
const CALLS: readonly Word[] = [
  { word: `${'import'}(`, from: 1 },
  { word: 'require(', from: 2 },
]
const QUOTE = 0x22

/** @param code of the bundle, as esbuild writes it */
export function isClosedBundle({ outputs }: Pick<Metafile, 'outputs'>, code: Uint8Array): boolean {
  const imports = Object.values(outputs).flatMap((output) => output.imports)
  const known = imports.every(({ path, external }) => !external || path === 'coworks' || HARMLESS.has(path.replace(/^node:/, '')))
  if (!known) return false
  // Not as a string: for hundreds of bundles that would take as long as hashing them.
  const text = Buffer.from(code.buffer, code.byteOffset, code.byteLength)
  return (
    OTHER_WAYS.every((way) => ends(text, way).length === 0) && CALLS.every((call) => ends(text, call).every((at) => text[at] === QUOTE))
  )
}

/** Where a word ends in a text, each time. */
function ends(text: Buffer, { word, from }: Word): number[] {
  const found: number[] = []
  const part = word.slice(from, from + 7)
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    const end = at - from + word.length
    if (text.toString('latin1', Math.max(0, at - from), end) === word) found.push(end)
  }
  return found
}
