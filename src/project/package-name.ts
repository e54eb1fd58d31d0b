/** `@scope/name/sub/path` -> `@scope/name`. */
import { isBuiltin } from 'node:module'

/** The package of an import specifier; nothing for a path, a URL, an alias (`#x`) or a module of Node's own. */
export function packageOf(specifier: string): string | undefined {
  if (/^(?:[./#]|[a-z]+:)/.test(specifier) || isBuiltin(specifier)) return undefined
  const [first = '', second = ''] = specifier.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}
