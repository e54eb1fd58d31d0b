/**
 * Reads a method's parameters from its source text: which come from the path, which keys from query or body. This is
 * what makes `get_product(id, { page = '1' } = {})` a declaration. It knows nothing of routes and never runs the text.
 * Comments, strings, templates, regular expressions and nested brackets are skipped as wholes.
 */

export interface Parameters {
  /** Names of the required parameters, in order. */
  readonly positional: readonly string[]
  /** Name of a rest parameter: all further segments of the path. */
  readonly rest: string | null
  /** Keys of the object with a default; null when the method has none. */
  readonly keys: readonly string[] | null
  /** The object takes every key: `{ ...others } = {}` or `options = {}`. */
  readonly anyKey: boolean
  readonly generator: boolean
  /** For people: `(id, { page = '1' })`. */
  readonly text: string
}

/** @returns the parameters, or what API Gateway could not express about them. */
export function parametersOf(source: string): Parameters | { readonly problem: string } {
  const head = headOf(source)
  if (head === undefined) return { problem: 'its parameters cannot be read (a bound or native function?)' }
  const positional: string[] = []
  const shown: string[] = []
  let rest: string | null = null
  let keys: string[] | null = null
  let anyKey = false
  for (const part of split(head.list)) {
    if (keys !== null || rest !== null) return { problem: `\`${part}' comes after what must be the last parameter` }
    if (part.startsWith('...')) {
      rest = part.slice(3).trim()
      if (!NAME.test(rest)) return { problem: `\`${part}' must be a plain rest parameter` }
      shown.push(`...${rest}`)
    } else if (part.startsWith('{')) {
      const end = skip(part, 0)
      if (!/^\s*=/.test(part.slice(end))) {
        return { problem: `the object \`${part}' needs a default: write \`${part} = {}'` }
      }
      const pattern = keysOf(part.slice(1, end - 1))
      if ('problem' in pattern) return pattern
      keys = [...pattern.keys]
      anyKey = pattern.anyKey
      shown.push(pattern.text)
    } else if (part.startsWith('[')) {
      return { problem: `\`${part}' takes a list apart: a path parameter is one string` }
    } else {
      const [, written = '', given] = PARAMETER.exec(part) ?? []
      const name = unescaped(written)
      if (name === '') return { problem: `\`${part}' cannot be read` }
      if (given === undefined) {
        positional.push(name)
        shown.push(name)
      } else if (/^\{\s*\}$/.test(given)) {
        keys = []
        anyKey = true
        shown.push(`{ ...${name} }`)
      } else {
        return {
          problem: `\`${part}' has a default, but a path parameter is always there: write \`{ ${part} } = {}' to take it from query or body`,
        }
      }
    }
  }
  const twice = keys?.find((key, at) => keys?.indexOf(key) !== at)
  if (twice !== undefined) return { problem: `key \`${twice}' is named twice` }
  return { positional, rest, keys, anyKey, generator: head.generator, text: `(${shown.join(', ')})` }
}

// A bundler that keeps to ASCII writes `na\u00EFve` for `naïve`.
const IDENTIFIER = '(?:[\\p{ID_Continue}$]|\\\\u[0-9A-Fa-f]{4}|\\\\u\\{[0-9A-Fa-f]+\\})+'
const NAME = new RegExp(`^${IDENTIFIER}$`, 'u')
const PARAMETER = new RegExp(`^(${IDENTIFIER})\\s*(?:=\\s*([\\s\\S]*))?$`, 'u')
const KEY = new RegExp(`^(?:(${IDENTIFIER})|("(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'))\\s*([\\s\\S]*)$`, 'u')

function unescaped(text = ''): string {
  return text.replace(/\\(?:u\{([0-9A-Fa-f]+)\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))/g, (_, long, four, two, char) =>
    char === undefined ? String.fromCodePoint(Number.parseInt(long ?? four ?? two, 16)) : char,
  )
}

/** The text between a function's parentheses, or its one bare arrow parameter. */
function headOf(source: string): { readonly list: string; readonly generator: boolean } | undefined {
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) return undefined
  let generator = false
  let before = ''
  for (let at = 0; at < source.length; ) {
    const end = skip(source, at)
    const token = source.slice(at, end)
    if (token.startsWith('(')) return { list: token.slice(1, -1), generator }
    if (token === '*') generator = true
    if (token === '=' && source[end] === '>') return { list: before.replace(/^async\s+/, ''), generator }
    if (!isComment(token)) before += token
    at = end
  }
  return undefined
}

function keysOf(
  pattern: string,
): { readonly keys: readonly string[]; readonly anyKey: boolean; readonly text: string } | { readonly problem: string } {
  const keys: string[] = []
  const shown: string[] = []
  let anyKey = false
  for (const part of split(pattern)) {
    if (part.startsWith('...')) {
      anyKey = true
      shown.push(part)
      continue
    }
    if (part.startsWith('[')) return { problem: `the key \`${part}' is computed: name it` }
    const [, name, quoted, rest = ''] = KEY.exec(part) ?? []
    const key = unescaped(name ?? quoted?.slice(1, -1))
    if (key === '' || (rest !== '' && !/^[:=]/.test(rest))) return { problem: `the key \`${part}' cannot be read` }
    keys.push(key)
    const given = rest.startsWith('=') ? rest.slice(1).trim() : defaultIn(rest)
    shown.push(`${key}${given === undefined ? '' : ` = ${given.replace(/\s+/g, ' ')}`}`)
  }
  return { keys, anyKey, text: shown.length === 0 ? '{}' : `{ ${shown.join(', ')} }` }
}

/** The default in `: local = default`. */
function defaultIn(rest: string): string | undefined {
  for (let at = 0; at < rest.length; at = skip(rest, at)) {
    if (rest[at] === '=') return rest.slice(at + 1).trim()
  }
  return undefined
}

/** Parts between the commas of the outermost level, without comments. */
function split(list: string): string[] {
  const parts: string[] = []
  let part = ''
  for (let at = 0; at < list.length; ) {
    const end = skip(list, at)
    const token = list.slice(at, end)
    if (token === ',') {
      parts.push(part.trim())
      part = ''
    } else {
      part += isComment(token) ? ' ' : /^[{[(]/.test(token) ? withoutComments(token) : token
    }
    at = end
  }
  parts.push(part.trim())
  return parts.filter((text) => text !== '') // a trailing comma
}

function withoutComments(group: string): string {
  let text = group[0] ?? ''
  for (let at = 1; at < group.length; ) {
    const end = skip(group, at)
    const token = group.slice(at, end)
    text += isComment(token) ? ' ' : token.length > 1 && /^[{[(]/.test(token) ? withoutComments(token) : token
    at = end
  }
  return text
}

function isComment(token: string): boolean {
  return token.startsWith('//') || token.startsWith('/*')
}

/** Where the token that starts at `at` ends: a string, template, comment, regular expression or bracketed group is one token. */
function skip(text: string, at: number): number {
  const char = text[at] ?? ''
  if (char === '"' || char === "'") return endOfQuoted(text, at, char)
  if (char === '`') return endOfTemplate(text, at)
  if (char === '/' && text[at + 1] === '/') return endAt(text, text.indexOf('\n', at), 0)
  if (char === '/' && text[at + 1] === '*') return endAt(text, text.indexOf('*/', at + 2), 2)
  // A slash where a value is due opens a regular expression; anywhere else it divides.
  if (char === '/' && /(?:^|[=(,:[!&|?{}+*%^~<>;-]|return|typeof)\s*$/.test(text.slice(0, at))) return endOfPattern(text, at)
  if (char === '(' || char === '[' || char === '{') {
    let end = at + 1
    while (end < text.length && !')]}'.includes(text[end] ?? '')) end = skip(text, end)
    return Math.min(end + 1, text.length)
  }
  return at + 1
}

function endAt(text: string, index: number, length: number): number {
  return index < 0 ? text.length : index + length
}

function endOfQuoted(text: string, at: number, quote: string): number {
  let end = at + 1
  while (end < text.length && text[end] !== quote) end += text[end] === '\\' ? 2 : 1
  return Math.min(end + 1, text.length)
}

function endOfTemplate(text: string, at: number): number {
  let end = at + 1
  while (end < text.length && text[end] !== '`') {
    if (text[end] === '\\') end += 2
    else if (text[end] === '$' && text[end + 1] === '{') end = skip(text, end + 1)
    else end++
  }
  return Math.min(end + 1, text.length)
}

function endOfPattern(text: string, at: number): number {
  let end = at + 1
  let inClass = false
  while (end < text.length && (inClass || text[end] !== '/')) {
    if (text[end] === '\\') end++
    else if (text[end] === '[') inClass = true
    else if (text[end] === ']') inClass = false
    end++
  }
  return Math.min(end + 1, text.length)
}
