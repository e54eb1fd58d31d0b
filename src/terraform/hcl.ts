/**
 * Data written as HCL expressions. Every value of a user's reaches a Terraform file through here, and none can end its
 * string, start an interpolation or a directive, or begin a new line.
 * Source: the HCL native syntax specification, "Quoted template expressions" and "Template literals".
 */
import type { Json } from '../util/hash.js'

/** A string's text as it stands between double quotes. */
export function hclText(value: string): string {
  let out = ''
  let last: string | undefined
  for (const char of wellFormed(value)) {
    if (char === '"' || char === '\\') out += `\\${char}`
    else if (char === '\n') out += '\\n'
    else if (char === '\r') out += '\\r'
    else if (char === '\t') out += '\\t'
    // `$` and `%` before `{` are doubled; after another of themselves that would be read differently, so they are named by number.
    else if (char === '{' && (last === '$' || last === '%')) {
      const before = out.slice(0, -1)
      out = before.endsWith(last) ? `${before}\\u00${last === '$' ? '24' : '25'}{` : `${before}${last}${last}{`
    } else if (isHidden(char)) out += unicodeEscape(char)
    else out += char
    last = char
  }
  return out
}

/**
 * Control characters, line separators that some readers break at, and marks that reorder what a reviewer sees. Ranges, not
 * Unicode classes: those grow with the version of Node, and the file's bytes would with them.
 */
const hidden = '\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb'
const isHidden = RegExp.prototype.test.bind(new RegExp(`[${hidden}]`))

/** Half a surrogate pair has no UTF-8: Terraform would refuse the whole file. */
function wellFormed(value: string): string {
  return value.replace(/\p{Surrogate}/gu, '\ufffd')
}

function unicodeEscape(char: string): string {
  const code = char.codePointAt(0) ?? 0
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

export function hclString(value: string): string {
  return `"${hclText(value)}"`
}

/** Words that mean something where a key may stand: `{ for = 1 }` is read as a loop. */
const keywords = new Set(['for', 'if', 'in', 'true', 'false', 'null', 'else', 'endif', 'endfor'])

function hclKey(key: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) && !keywords.has(key)) return key
  // Wide characters are named by number in keys only, where `terraform fmt` counts columns to align the equals signs.
  const text = hclText(key)
  return `"${text.replace(/[^\x20-\x7e\u00c0-\u024f]/gu, unicodeEscape)}"`
}

/**
 * Any data as an expression, over several lines where it is an object. `special` may take over a value: it is how the
 * parts that Terraform fills in get into a definition that is otherwise data.
 */
export function hclValue(value: Json | undefined, special: (key: string, value: Json) => string | undefined = () => undefined): string {
  return write(value, '', special)
}

type Special = (key: string, value: Json) => string | undefined

function write(value: Json | undefined, key: string, special: Special): string {
  if (value === undefined || value === null) return 'null'
  const taken = special(key, value)
  if (taken !== undefined) return taken
  if (typeof value === 'string') return hclString(value)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`${value} has no HCL`)
    return String(value) // -0 is written as 0
  }
  if (Array.isArray(value)) return writeList(value as readonly Json[], key, special)
  const members = Object.entries(value as { readonly [key: string]: Json | undefined }).filter(([, item]) => item !== undefined)
  if (members.length === 0) return '{}'
  const lines = members.map(([name, item]) => `${hclKey(name)} = ${write(item, name, special)}`)
  const [only = ''] = lines
  if (lines.length === 1 && only.length <= 60 && !only.includes('\n')) return `{ ${only} }`
  return `{\n${lines.join('\n')}\n}`
}

const shortEnough = 100

function writeList(items: readonly Json[], key: string, special: Special): string {
  if (items.length === 0) return '[]'
  const parts = items.map((item) => write(item, key, special))
  const short = `[${parts.join(', ')}]`
  if (!short.includes('\n') && short.length <= shortEnough) return short
  return `[\n${parts.map((part) => `${part},`).join('\n')}\n]`
}

/** One line of a comment: a newline in a name must not end it and start configuration. */
export function hclComment(value: string): string {
  return wellFormed(value).replace(new RegExp(`[${hidden}]+`, 'gu'), ' ')
}
