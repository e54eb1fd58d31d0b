/**
 * Runs a closed Coworksfile (closed.ts) without Node's loader of ES modules, which takes longer to come up than most builds of an edit take
 * for anything else. Such a file imports nothing but `coworks/cws`, so it is a script once that import is handed to it.
 *
 * What a script might take for something else than a module does is left to the loader: an export, work that goes on after the last line,
 * comments as HTML has them.
 */
import { Script } from 'node:vm'
import { IMPORT, withoutMap } from './closed.js'

/** Names as `coworks/cws` exports them. */
export type Exports = Readonly<Record<string, unknown>>

/**
 * @param compiled text of a closed file, as esbuild writes an ES module
 * @param cws the one module that it imports, as it is written in the text, and what that exports
 * @param url by which errors name it
 * @returns what runs it; nothing where the loader must
 */
export function closedScript(compiled: string, cws: string, exports: Exports, url: string): (() => void) | undefined {
  const handed: string[] = []
  let all = true
  const text = withoutMap(compiled)
  const template = text.indexOf('`')
  // In the place of each import as many lines, so that an error's place stays its place.
  const body = text.replace(IMPORT, (line: string, what: string, from: string, at: number) => {
    // Behind a backtick it may be the text of a template.
    const bound = from === cws && (template < 0 || at < template) ? binding(what, exports) : undefined
    if (bound === undefined) all = false
    else handed.push(bound)
    return line.replace(/[^\n]/g, '')
  })
  if (!all || /^\s*(?:import|export)\b/m.test(body) || /\b(?:async|Promise)\b|<!--|-->/.test(body)) return undefined
  const head = `(function (cws) { "use strict"; ${handed.join(' ')} `
  try {
    const run = new Script(`${head}${body}\n})`, { filename: url, columnOffset: -head.length }).runInThisContext() as (cws: Exports) => void
    return () => run(exports)
  } catch {
    return undefined // names that a script cannot have: what is wrong with it is said by the loader
  }
}

/** `{ Layer, Glob as Glob2 }` or `* as cws`, as a declaration; nothing where a name is not exported. */
function binding(what: string, exports: Exports): string | undefined {
  const namespace = /^\* as (\S+)$/.exec(what)?.[1]
  if (namespace !== undefined) return namespace === 'cws' ? '' : `const ${namespace} = cws;`
  const names = /^\{([^}]*)\}$/
    .exec(what)?.[1]
    ?.split(',')
    .map((one) => one.trim().split(/\s+as\s+/))
  if (names === undefined || !names.every(([name = '']) => name in exports)) return undefined
  return `const { ${names.map(([name, local = name]) => `${name}: ${local}`).join(', ')} } = cws;`
}
