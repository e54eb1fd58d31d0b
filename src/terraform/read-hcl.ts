/**
 * Reads Terraform files as data, as far as generated ones go: blocks, attributes, and expressions that are literals. What
 * has to be evaluated is kept as its text, the way Terraform's JSON syntax writes it (`"${aws_iam_role.x.arn}"`), so nothing here
 * can be wrong about what it means. Evaluates nothing, reads no file.
 * Source: the HCL native syntax specification.
 */
import type { Json } from '../util/hash.js'

export interface HclBlock {
  /** `resource` */
  readonly type: string
  readonly labels: readonly string[]
  readonly attributes: { readonly [name: string]: Json }
  readonly blocks: readonly HclBlock[]
}

/** A function's call as data. `jsonencode` of a value is the value. */
export interface HclCall {
  readonly $call: string
  readonly $args: readonly Json[]
}

/** The blocks of a file. @throws Error where it is no HCL that this reads */
export function readHcl(text: string): readonly HclBlock[] {
  const reader = new Reader(text)
  return reader.body(false).blocks
}

class Reader {
  private at = 0

  constructor(private readonly text: string) {}

  body(inner: boolean): Pick<HclBlock, 'attributes' | 'blocks'> {
    const attributes: Record<string, Json> = {}
    const blocks: HclBlock[] = []
    for (;;) {
      this.skip(true)
      if (this.at >= this.text.length) {
        if (inner) throw this.wrong('a block that is not closed')
        return { attributes, blocks }
      }
      if (inner && this.take('}')) return { attributes, blocks }
      const name = this.match(/[A-Za-z_][\w-]*/y) ?? this.fail('a name')
      this.skip(false)
      if (this.take('=')) {
        attributes[name] = this.expression()
        continue
      }
      const labels: string[] = []
      while (!this.take('{')) {
        labels.push(this.text[this.at] === '"' ? this.quoted() : (this.match(/[A-Za-z_][\w-]*/y) ?? this.fail('a label')))
        this.skip(false)
      }
      blocks.push({ type: name, labels, ...this.body(true) })
    }
  }

  private expression(): Json {
    this.skip(true)
    const from = this.at
    const value = this.literal()
    if (value !== undefined) {
      const end = this.at
      this.skip(false)
      // An operator, an index or a dot makes it more than the literal it begins with.
      if (this.at >= this.text.length || /[\n,\])}]/.test(this.text.charAt(this.at))) return value
      this.at = end
    }
    this.at = from
    return this.unevaluated()
  }

  private literal(): Json | undefined {
    const char = this.text.charAt(this.at)
    if (char === '"') return this.quoted()
    if (char === '[') return /\[\s*for\b/y.test(this.text.slice(this.at, this.at + 40)) ? undefined : this.list(']')
    if (char === '{') return /\{\s*for\b/y.test(this.text.slice(this.at, this.at + 40)) ? undefined : this.object()
    const number = this.match(/-?\d+(\.\d+)?([eE][+-]?\d+)?/y)
    if (number !== undefined) return Number(number)
    const word = this.match(/[A-Za-z_][\w-]*/y)
    if (word === 'true' || word === 'false') return word === 'true'
    if (word === 'null') return null
    if (word === undefined || !this.take('(')) return undefined
    const args = this.list(')')
    const [only] = args
    return word === 'jsonencode' && only !== undefined ? only : { $call: word, $args: args }
  }

  /** After its opening bracket, which a call has taken already. */
  private list(close: ']' | ')'): Json[] {
    if (close === ']') this.at++
    const items: Json[] = []
    for (;;) {
      this.skip(true)
      if (this.take(close)) return items
      items.push(this.expression())
      this.skip(true)
      this.take(',')
    }
  }

  private object(): Json {
    this.at++
    const members: Record<string, Json> = {}
    for (;;) {
      this.skip(true)
      if (this.take('}')) return members
      const key = this.text[this.at] === '"' ? this.quoted() : (this.match(/[A-Za-z_][\w-]*|\([^)\n]*\)/y) ?? this.fail('a key'))
      this.skip(false)
      if (!this.take('=') && !this.take(':')) this.fail('`=`')
      members[key] = this.expression()
      this.skip(true)
      this.take(',')
    }
  }

  /** To the end of the expression: a comma, a closing bracket or a line's end that are not inside of it. */
  private unevaluated(): string {
    const from = this.at
    let depth = 0
    for (; this.at < this.text.length; this.at++) {
      const char = this.text.charAt(this.at)
      if (char === '"') {
        this.quoted()
        this.at--
      } else if (char === '<' && this.heredoc()) this.at--
      else if ('([{'.includes(char)) depth++
      else if (')]}'.includes(char)) {
        if (depth === 0) break
        depth--
      } else if (depth === 0 && (char === '\n' || char === ',')) break
    }
    if (this.at === from) this.fail('a value')
    return `\${${this.text.slice(from, this.at).trim()}}`
  }

  private heredoc(): boolean {
    const mark = /<<-?([A-Za-z_]\w*)\n/y
    mark.lastIndex = this.at
    const name = mark.exec(this.text)?.[1]
    if (name === undefined) return false
    const end = new RegExp(`^\\s*${name}$`, 'gm')
    end.lastIndex = mark.lastIndex
    if (end.exec(this.text) === null) throw this.wrong('a heredoc that does not end')
    this.at = end.lastIndex
    return true
  }

  /** A string's text; an interpolation in it stays as it is written. */
  private quoted(): string {
    let out = ''
    for (this.at++; ; this.at++) {
      const char = this.text.charAt(this.at)
      if (char === '' || char === '\n') throw this.wrong('a string that is not closed')
      if (char === '"') {
        this.at++
        return out
      }
      const two = this.text.slice(this.at, this.at + 2)
      const three = this.text.slice(this.at, this.at + 3)
      if (three === '$${' || three === '%%{') {
        out += three.slice(1)
        this.at += 2
      } else if (two === '${' || two === '%{') out += this.interpolation()
      else if (char === '\\') out += this.escape()
      else out += char
    }
  }

  private interpolation(): string {
    const from = this.at
    let depth = 0
    for (this.at += 1; this.at < this.text.length; this.at++) {
      const char = this.text.charAt(this.at)
      if (char === '{') depth++
      else if (char === '"') {
        this.quoted()
        this.at--
      } else if (char === '}' && --depth === 0) return this.text.slice(from, this.at + 1)
    }
    throw this.wrong('an interpolation that is not closed')
  }

  private escape(): string {
    const char = this.text.charAt(++this.at)
    const digits = char === 'u' ? 4 : char === 'U' ? 8 : 0
    if (digits === 0) return { n: '\n', r: '\r', t: '\t' }[char] ?? char
    const code = Number.parseInt(this.text.slice(this.at + 1, this.at + 1 + digits), 16)
    this.at += digits
    return String.fromCodePoint(code)
  }

  private skip(lines: boolean): void {
    const blank = lines ? /(?:\s|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y : /(?:[ \t\r]|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y
    this.match(blank)
  }

  private take(char: string): boolean {
    if (this.text[this.at] !== char) return false
    this.at++
    return true
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    this.at += found?.length ?? 0
    return found
  }

  private fail(expected: string): never {
    throw this.wrong(`${JSON.stringify(this.text.slice(this.at, this.at + 20))} where ${expected} should be`)
  }

  private wrong(what: string): Error {
    return new Error(`line ${this.text.slice(0, this.at).split('\n').length}: ${what}`)
  }
}
