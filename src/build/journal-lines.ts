/**
 * The text of a journal: the first line is `coworks journal <format>`; each other one is
 * `<B|E|D|S> <id as JSON>[ <payload as JSON>] <crc32, 8 hex>`. JSON holds no raw newline. The crc32 is of all that the file holds before it:
 * where the last one is right, the whole is, which one call says. Pure; a text is handled as `latin1`, a character for each byte.
 */
import { crc32 } from 'node:zlib'

/** 1 held the files of a set in each trace, 2 a crc32 of each line by itself. What is of another format is read as nothing. */
const FORMAT = 3
export const HEADER = `coworks journal ${FORMAT}\n`
export const HEADER_CRC = crc32(HEADER)

/** Where in the text a payload lies. */
export interface Slice {
  readonly from: number
  readonly to: number
}

export type Kind = 'B' | 'E' | 'D' | 'S'

/** A line behind what has the checksum `before`, and the checksum of all with it. */
export function lineOf(before: number, kind: Kind, id: string, payload?: string): { readonly line: Buffer; readonly crc: number } {
  const body = Buffer.from(`${kind} ${JSON.stringify(id)}${payload === undefined ? '' : ` ${payload}`} `, 'utf8')
  const at = crc32(body, before)
  const end = Buffer.from(`${at.toString(16).padStart(8, '0')}\n`)
  return { line: Buffer.concat([body, end]), crc: crc32(end, at) }
}

/** A checksum, and the blank before it. */
const CRC = 9

/** How far every checksum of what begins with the header is right, and the checksum of all up to there. */
export function soundPart(bytes: Buffer, latin1: string): { readonly to: number; readonly crc: number } {
  let to = HEADER.length
  let crc = HEADER_CRC
  const step = (newline: number): boolean => {
    const at = newline - CRC + 1
    if (at <= to) return false
    const here = crc32(bytes.subarray(to, at), crc)
    if (latin1.slice(at, newline) !== here.toString(16).padStart(8, '0')) return false
    crc = crc32(bytes.subarray(at, newline + 1), here)
    to = newline + 1
    return true
  }
  // All at once, as it is but for a torn end.
  if (to < bytes.length && latin1.endsWith('\n') && step(bytes.length - 1)) return { to, crc }
  for (let newline = latin1.indexOf('\n', to); newline >= 0 && step(newline); newline = latin1.indexOf('\n', to));
  return { to, crc }
}

/** What was written in UTF-8, of its bytes as characters: most are of ASCII, and are that already. */
export function decoded(latin1: string): string {
  return /[\x80-\xff]/.test(latin1) ? Buffer.from(latin1, 'latin1').toString('utf8') : latin1
}

/** The line from there to there. */
export function lineAt(
  latin1: string,
  from: number,
  newline: number,
): { readonly kind: string; readonly id: string; readonly payload: Slice } {
  let idEnd = latin1.indexOf('"', from + 3) + 1
  let id = latin1.slice(from + 3, idEnd - 1)
  // Hardly any holds what has to be decoded, and there are thousands.
  if (/[\\\x80-\xff]/.test(id)) {
    while (/(?<!\\)(?:\\\\)*\\$/.test(id)) {
      idEnd = latin1.indexOf('"', idEnd) + 1
      id = latin1.slice(from + 3, idEnd - 1)
    }
    id = JSON.parse(decoded(`"${id}"`)) as string
  }
  return { kind: latin1[from] ?? '', id, payload: { from: idEnd + 1, to: newline - CRC } }
}
