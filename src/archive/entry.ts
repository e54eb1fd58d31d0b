/**
 * What goes into a zip, before any of it is written: which names are allowed, which lists of entries contradict
 * themselves, and the digest that stands for a list in the graph. Knows neither zlib nor the disk.
 */
import { byCodeUnit, type Digest, sha256 } from '../util/hash.js'
import type { Problem } from '../util/problem.js'
import { printable } from '../util/quote.js'

export interface ZipEntry {
  /** Path in the archive: relative, `/` between segments, no `.` or `..`. */
  readonly name: string
  readonly mode: 0o644 | 0o755
  /** sha256 of the content: what is written is compared with it. */
  readonly digest: Digest
  /** Bytes of the content. */
  readonly size: number
  readonly source: EntrySource
}

/** Where the content comes from: an absolute path, or the bytes themselves. */
export type EntrySource = { readonly file: string } | { readonly bytes: Uint8Array }

/** The longest name a zip header can carry, in bytes of UTF-8 (APPNOTE.TXT 4.4.10: a 16-bit length). */
const LONGEST_NAME = 0xffff
/** Most names, told at once: no segment of these begins with a dot. Their normal form is what they are. */
const ORDINARY = /^[\w@+-][\w@.+-]*(?:\/[\w@+-][\w@.+-]*)*$/
/** Node reads no larger file in one piece (`ERR_FS_FILE_TOO_LARGE`), and Lambda takes an eighth of it. */
const LARGEST_ENTRY = 2 ** 31 - 1

/**
 * Why `name` cannot be the name of an entry, in a few words, or nothing when it can.
 * Refused is every name that some writer or reader would silently turn into another one.
 */
export function entryNameProblem(name: string): string | undefined {
  if (ORDINARY.test(name) && name.length <= LONGEST_NAME) return undefined
  if (name === '') return 'is empty'
  if (name.startsWith('/')) return 'is absolute'
  if (name.includes('\\')) return 'has a backslash'
  if (name.includes(':')) return 'has a colon'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'has a control character'
  if (/\p{Surrogate}/u.test(name)) return 'is not valid Unicode'
  for (const segment of name.split('/')) {
    if (segment === '') return 'has an empty segment'
    if (segment === '.' || segment === '..') return `has the segment \`${segment}'`
  }
  if (Buffer.byteLength(name) > LONGEST_NAME) return `is longer than ${LONGEST_NAME} bytes`
  return undefined
}

/**
 * Everything that keeps `entries` from being one archive that unpacks to the same tree everywhere: bad names, a name
 * given twice, a name that is a file and a folder, names that differ only in their Unicode normal form.
 */
export function checkEntries(entries: readonly ZipEntry[]): Problem[] {
  const sorted = sortedEntries(entries)
  if (isOrdinary(sorted)) return []
  const problems: Problem[] = []
  const seen = new Map<string, string>()
  const folders = new Map<string, string>()
  let folder = ''
  for (const { name, size } of sorted) {
    const bad = entryNameProblem(name)
    if (bad !== undefined) {
      problems.push({
        where: printable(name),
        what: `the name ${bad}`,
        hint: 'an archive holds relative paths with `/` between their parts',
      })
      continue
    }
    if (size > LARGEST_ENTRY) problems.push({ where: printable(name), what: 'is larger than 2 GiB', hint: 'Lambda takes 250 MB in all' })
    const form = name.normalize('NFC')
    const twin = seen.get(form)
    if (twin === name) problems.push({ where: printable(name), what: 'two files have this name in the archive' })
    else if (twin !== undefined) {
      problems.push({
        where: printable(name),
        what: 'two names differ only in their Unicode normal form',
        hint: 'rename one: macOS shows them as one file',
      })
    }
    seen.set(form, name)
    const own = form.slice(0, form.lastIndexOf('/') + 1)
    if (own === folder) continue // of a neighbour, whose folders are known
    folder = own
    for (let at = form.indexOf('/'); at >= 0; at = form.indexOf('/', at + 1)) folders.set(form.slice(0, at), name)
  }
  for (const [form, name] of seen) {
    const inside = folders.get(form)
    if (inside !== undefined) {
      problems.push({ where: printable(name), what: `is a file, and a folder because of \`${printable(inside)}'` })
    }
  }
  return problems
}

/** Nothing wrong, as is told of most lists in a tenth of the time it takes to say what is: ordinary names, each once, none a folder too. */
function isOrdinary(sorted: readonly ZipEntry[]): boolean {
  const folders = new Set<string>()
  let before = ''
  let folder = ''
  for (const { name, size } of sorted) {
    if (name === before || size > LARGEST_ENTRY || name.length > LONGEST_NAME || !ORDINARY.test(name)) return false
    before = name
    const end = name.lastIndexOf('/')
    if (end < 0 || (end === folder.length && name.startsWith(folder))) continue
    folder = name.slice(0, end)
    for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) folders.add(name.slice(0, at))
  }
  return sorted.every(({ name }) => !folders.has(name))
}

/** In the order in which an archive holds them: by code unit of the name. */
export function sortedEntries<T extends { readonly name: string }>(entries: readonly T[]): readonly T[] {
  let before = ''
  // They come sorted, most often, and sorting ten thousand that are takes a while.
  for (const { name } of entries) {
    if (name < before) return [...entries].sort((a, b) => byCodeUnit(a.name, b.name))
    before = name
  }
  return entries
}

/**
 * What a zip of `entries` is in the graph: the digest of path, mode and content of each, in order. It does not depend on
 * how zlib compresses, so that another Node version redeploys nothing.
 */
export function manifestDigest(entries: readonly Pick<ZipEntry, 'name' | 'mode' | 'digest'>[]): Digest {
  // As `digestOf` of a list of [name, mode, digest] would have it, which takes three times as long for a layer of ten thousand files.
  const lists = sortedEntries(entries).map(({ name, mode, digest }) => `l3:s${name.length}:${name}d${mode};s${digest.length}:${digest}`)
  return sha256(`l${lists.length}:${lists.join('')}`)
}
