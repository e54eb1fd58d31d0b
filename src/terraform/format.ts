/**
 * What `terraform fmt` does to the spaces of a file: indents by brackets and aligns the equals signs of neighbours. It
 * knows tokens only so far as to tell brackets of the configuration from brackets in strings, comments and heredocs,
 * and leaves the spaces inside an expression as its template wrote them.
 * Source: hashicorp/hcl, hclwrite/format.go (formatIndent, linesForFormat, formatCells).
 */

interface Line {
  readonly text: string
  /** Opening brackets less closing ones. */
  readonly net: number
  /** Where the line's equals sign is. */
  readonly equals: number | undefined
  /** Whether the value ends on the same line: only then is it aligned with its neighbours. */
  readonly whole: boolean
  /** Inside a heredoc or a block comment: not ours to touch. */
  readonly verbatim: boolean
}

export function format(text: string): string {
  const indented = indent(scan(text.replaceAll('\r\n', '\n')))
  return `${align(indented).join('\n').replace(/\n+$/, '')}\n`
}

function scan(text: string): Line[] {
  const lines: Line[] = []
  let heredoc: string | undefined
  let comment = false
  for (const raw of text.split('\n')) {
    if (heredoc !== undefined || comment) {
      if (heredoc !== undefined && raw.trim() === heredoc) heredoc = undefined
      if (comment && raw.includes('*/')) comment = false
      lines.push({ text: raw, net: 0, equals: undefined, whole: false, verbatim: true })
      continue
    }
    const line = raw.trim()
    const seen = scanLine(line)
    heredoc = seen.heredoc
    comment = seen.comment
    lines.push({ text: line, net: seen.net, equals: seen.equals, whole: seen.whole, verbatim: false })
  }
  return lines
}

interface Scanned {
  readonly net: number
  readonly equals: number | undefined
  readonly whole: boolean
  readonly heredoc: string | undefined
  readonly comment: boolean
}

function scanLine(line: string): Scanned {
  let net = 0
  let atEquals: { at: number; net: number } | undefined
  // What encloses the current character: a string, or an interpolation inside one.
  const inside: ('string' | 'interpolation')[] = []
  for (let i = nextMark(line, 0, false); i >= 0; i = nextMark(line, i + 1, inside.at(-1) === 'string')) {
    const char = line[i]
    if (inside.at(-1) === 'string') {
      if (char === '\\') i++
      else if (char === '"') inside.pop()
      else if ((char === '$' || char === '%') && line[i + 1] === char && line[i + 2] === '{') i += 2
      else if ((char === '$' || char === '%') && line[i + 1] === '{') {
        inside.push('interpolation')
        i++
      }
      continue
    }
    if (char === '"') inside.push('string')
    else if (char === '}' && inside.at(-1) === 'interpolation') inside.pop()
    else if (inside.length > 0) continue
    else if (char === '#' || (char === '/' && line[i + 1] === '/')) break
    else if (char === '/' && line[i + 1] === '*') {
      const end = line.indexOf('*/', i + 2)
      if (end < 0) return { net, equals: undefined, whole: false, heredoc: undefined, comment: true }
      i = end + 1
    } else if (char === '<' && line[i + 1] === '<') {
      const tag = /^<<-?([A-Za-z_][\w-]*)$/.exec(line.slice(i))?.[1]
      if (tag !== undefined) return { net, equals: atEquals?.at, whole: false, heredoc: tag, comment: false }
    } else if (char === '{' || char === '[' || char === '(') net++
    else if (char === '}' || char === ']' || char === ')') net--
    else if (char === '=' && atEquals === undefined && i > 0 && !'=<>!'.includes(line[i - 1] ?? '') && !'=>'.includes(line[i + 1] ?? ' ')) {
      atEquals = { at: i, net }
    }
  }
  return { net, equals: atEquals?.at, whole: atEquals !== undefined && net === atEquals.net, heredoc: undefined, comment: false }
}

const MARKS = /["{}[\]()#/<=]/g
const MARKS_IN_STRING = /["\\$%]/g

/** Where the next character is that means anything: most do not, and V8 looks at them one by one faster than a loop that it has just read. */
function nextMark(line: string, from: number, inString: boolean): number {
  const marks = inString ? MARKS_IN_STRING : MARKS
  marks.lastIndex = from
  return marks.exec(line)?.index ?? -1
}

/** A line that opens more than it closes pushes one level, however many brackets: `jsonencode({` indents once. */
function indent(lines: readonly Line[]): Line[] {
  const levels: number[] = []
  return lines.map((line) => {
    if (line.verbatim || line.text === '') return line
    let depth = levels.length
    if (line.net > 0) {
      levels.push(line.net)
    } else if (line.net < 0) {
      let closed = -line.net
      while (closed > 0 && levels.length > 0) {
        const last = levels.at(-1) ?? 0
        if (closed >= last) {
          levels.pop()
          closed -= last
        } else {
          levels[levels.length - 1] = last - closed
          closed = 0
        }
      }
      depth = levels.length
    } else if (/^[}\])]/.test(line.text)) depth = Math.max(0, depth - 1) // `} else {`-like lines stand with their opener
    const margin = '  '.repeat(depth)
    return { ...line, text: margin + line.text, equals: line.equals === undefined ? undefined : line.equals + margin.length }
  })
}

function align(lines: readonly Line[]): string[] {
  const out: string[] = []
  let chain: { lead: string; rest: string }[] = []
  const close = (): void => {
    const width = Math.max(0, ...chain.map(({ lead }) => columns(lead)))
    for (const { lead, rest } of chain) out.push(`${lead}${' '.repeat(width - columns(lead))} ${rest}`)
    chain = []
  }
  for (const line of lines) {
    const part =
      line.equals === undefined ? undefined : { lead: line.text.slice(0, line.equals).trimEnd(), rest: line.text.slice(line.equals) }
    if (part !== undefined && line.whole) {
      chain.push(part)
      continue
    }
    close()
    out.push(part === undefined ? line.text : `${part.lead} ${part.rest}`)
  }
  close()
  return out
}

/** Made when it is needed: it takes Node 15 ms to read what it knows of all scripts, and hardly any text needs it. */
let graphemes: Intl.Segmenter | undefined

function columns(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return [...graphemes.segment(text)].length
}
