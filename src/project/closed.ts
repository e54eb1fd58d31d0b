/**
 * Does a Coworksfile say the same whenever it is run? So it is where it cannot see anything but its own text, the words of the command line
 * and what `coworks/cws` shows it: no module of Node's, no package, no environment, no clock, no chance. Then it need not be run again to know.
 *
 * Told from the words of the compiled text, strings and comments among them: any that names a way out counts as one. A file that is not
 * closed is run at each build, which costs a few milliseconds; one that were taken for closed and is not would be a build that misses a change.
 */

/** Names of the language that see nothing outside. Every other name that this Node has globally is a way out. */
const HARMLESS = new Set(
  `Object Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Promise RegExp Error AggregateError EvalError
   RangeError ReferenceError SyntaxError TypeError URIError JSON Math Set Map BigInt WeakMap WeakSet decodeURI decodeURIComponent encodeURI
   encodeURIComponent escape unescape isFinite isNaN ArrayBuffer Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array
   Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array DataView Iterator`.split(/\s+/),
)

/** Members and words by which code could get out although no global name is written, or see chance, the machine or its own place. */
const WAYS_OUT = new Set(
  `require module exports import meta eval arguments caller callee constructor prototype __proto__ random stack with await localeCompare
   getPrototypeOf setPrototypeOf defineProperty captureStackTrace prepareStackTrace`.split(/\s+/),
)

/** esbuild puts every import of a module at the beginning of a line: what is imported, and from where. */
export const IMPORT = /^import (\{[^}]*\}|\* as [\w$]+|[\w$]+) from "([^"]+)";$/gm

/** @param cws the one module that may be imported, as it is written in the text */
export function isClosed(compiled: string, cws: string): boolean {
  const text = withoutMap(compiled).replace(IMPORT, (all, _, from: string) => (from === cws ? '' : all))
  const globals = new Set(Object.getOwnPropertyNames(globalThis))
  // A name can be put together, or written with escapes: whoever does that is run every time.
  if (text.includes('\\u') || text.includes('\\x')) return false
  for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) {
    if (WAYS_OUT.has(word) || /^toLocale/.test(word) || (globals.has(word) && !HARMLESS.has(word))) return false
  }
  return true
}

/** Words by which another module could be reached, or `Help` by another name. */
const WAYS_TO_HELP = /\b(?:Help|import|require|createRequire|getBuiltinModule|eval|Function|constructor)\b/

/**
 * May a Coworksfile call `Help()`, or have it called? Not where nothing in it is named so, and it imports nothing but names of `coworks/cws` and
 * modules of Node's. A package may call it, so one that imports a package may.
 */
export function mayCallHelp(compiled: string, cws: string): boolean {
  const text = withoutMap(compiled)
    // All of a namespace can be called by names that are put together.
    .replace(/^import \{([^}]*)\} from "([^"]+)";$/gm, (all, names: string, from: string) => (from === cws ? names : all))
    .replace(/^import (?:\{[^}]*\}|\* as \w+|\w+) from "node:(?!module"|vm")[^"]+";$/gm, '')
  return text.includes('\\u') || WAYS_TO_HELP.test(text)
}

/** The text without its source map. */
export function withoutMap(compiled: string): string {
  return compiled.replace(/^\/\/# sourceMappingURL=.*$/gm, '')
}
