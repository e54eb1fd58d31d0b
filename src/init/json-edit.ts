/**
 * Puts members into the text of a JSON document and leaves every other character as it is: indentation, line ends, the order of
 * keys and lists written on one line are their author's. It takes text that `JSON.parse` accepts, and does not know what a key means.
 */
import type { Json } from '../util/hash.js'

interface Member {
  readonly key: string
  readonly keyStart: number
  readonly valueStart: number
  readonly valueEnd: number
}

interface JsonObject {
  /** Of `{`. */
  readonly start: number
  readonly members: readonly Member[]
}

/** Adds `key` at the end of the object at `path`, which must be there and must not have it. */
export function insertMember(text: string, path: readonly string[], key: string, value: Json): string {
  const object = objectAt(text, path)
  const first = object.members[0]
  const last = object.members.at(-1)
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const unit = unitOf(text)
  if (first === undefined || last === undefined) {
    const outer = unit.repeat(path.length)
    const inside = `${eol}${outer}${unit}${JSON.stringify(key)}: ${laidOut(value, unit, outer + unit, eol)}${eol}${outer}`
    // What blanks stood between the braces stay, in front of the last of them.
    return put(text, object.start + 1, inside)
  }
  const gap = text.slice(object.start + 1, first.keyStart)
  const line = /\r?\n[ \t]*$/.exec(gap)?.[0]
  const member =
    line === undefined
      ? `,${gap === '' ? '' : ' '}${JSON.stringify(key)}: ${JSON.stringify(value)}`
      : `,${line}${JSON.stringify(key)}: ${laidOut(value, unit, line.replace(/^\r?\n/, ''), eol)}`
  return put(text, last.valueEnd, member)
}

/** Writes another value in the place of the one at `path`. */
export function replaceMember(text: string, path: readonly string[], value: Json): string {
  const member = objectAt(text, path.slice(0, -1)).members.findLast(({ key }) => key === path.at(-1))
  if (member === undefined) throw new Error(`no ${path.join('.')}`)
  return text.slice(0, member.valueStart) + JSON.stringify(value) + text.slice(member.valueEnd)
}

function put(text: string, at: number, inserted: string): string {
  return text.slice(0, at) + inserted + text.slice(at)
}

function laidOut(value: Json, unit: string, indent: string, eol: string): string {
  return JSON.stringify(value, null, unit).replaceAll('\n', `${eol}${indent}`)
}

/** The document's own step of indentation; two blanks where it shows none. */
function unitOf(text: string): string {
  return /^[^\S\n]*\{[^\S\n]*\r?\n([ \t]+)"/.exec(text.replace(/^\ufeff/, ''))?.[1] ?? '  '
}

/** Of a key that is there twice the last one counts, as it does for `JSON.parse`. */
function objectAt(text: string, path: readonly string[]): JsonObject {
  let at = blanks(text, text.startsWith('\ufeff') ? 1 : 0)
  let object = readObject(text, at)
  for (const key of path) {
    const member = object.members.findLast((one) => one.key === key)
    if (member === undefined) throw new Error(`no ${path.join('.')}`)
    at = member.valueStart
    object = readObject(text, at)
  }
  return object
}

function readObject(text: string, start: number): JsonObject {
  if (text[start] !== '{') throw new Error('no object')
  const members: Member[] = []
  let at = blanks(text, start + 1)
  while (text[at] !== '}') {
    const keyEnd = valueEnd(text, at)
    const valueStart = blanks(text, blanks(text, keyEnd) + 1) // behind the colon
    const end = valueEnd(text, valueStart)
    members.push({ key: JSON.parse(text.slice(at, keyEnd)) as string, keyStart: at, valueStart, valueEnd: end })
    at = blanks(text, end)
    if (text[at] === ',') at = blanks(text, at + 1)
  }
  return { start, members }
}

/** Where the value that begins at `at` ends. */
function valueEnd(text: string, at: number): number {
  let depth = 0
  let here = at
  do {
    const char = text[here] ?? ''
    if (char === '"') here = stringEnd(text, here)
    else if (char === '{' || char === '[') {
      depth++
      here++
    } else if (char === '}' || char === ']') {
      depth--
      here++
    } else if (/[\w.+-]/.test(char)) while (/[\w.+-]/.test(text[here] ?? '')) here++
    else if (char === '') throw new Error('the text ends in a value')
    else here++
  } while (depth > 0)
  return here
}

function stringEnd(text: string, at: number): number {
  let here = at + 1
  while (text[here] !== '"') {
    if (here >= text.length) throw new Error('the text ends in a string')
    here += text[here] === '\\' ? 2 : 1
  }
  return here + 1
}

function blanks(text: string, at: number): number {
  let here = at
  while (/[ \t\r\n]/.test(text[here] ?? '')) here++
  return here
}
