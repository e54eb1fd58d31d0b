/**
 * Lambda's limits on code, told while building and not by a failed deployment, with what takes the room
 * (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, "Deployment package size").
 */
import { byCodeUnit } from '../util/hash.js'
import type { Problem } from '../util/problem.js'

/** 50 MB: a zip sent directly, not through S3. */
export const ZIPPED_LIMIT = 52_428_800
/** 250 MB: a function's code unzipped, all its layers included. */
export const UNZIPPED_LIMIT = 262_144_000

export interface Sized {
  /** Path in the zip. */
  readonly name: string
  /** Bytes, unzipped. */
  readonly size: number
}

export interface CodeSizes {
  /** What the messages name, such as `layer.zip`. */
  readonly where?: string | undefined
  /** Bytes. */
  readonly zippedSize: number
  readonly unzippedSize: number
  readonly entries: readonly Sized[]
  /** It goes through S3, where the limit of a zip that is sent directly does not count. */
  readonly throughBucket?: boolean | undefined
}

/** Bytes a package takes, the largest first; `b in a` is a version of b that only a uses; other files by first folder. */
export function largestPackages(entries: readonly Sized[], count = 5): { readonly name: string; readonly size: number }[] {
  let folder = ''
  let group = ''
  return largest(entries, count, (name) => {
    const end = name.lastIndexOf('/')
    // Of the package of its neighbour, unless the folder is one in which packages lie.
    if (folder !== '' && end === folder.length && name.startsWith(folder)) return group
    folder = end < 0 || /(?:^|\/)node_modules(?:\/@[^/]+)?$/.test(name.slice(0, end)) ? '' : name.slice(0, end)
    group = packageOf(name)
    return group
  })
}

function packageOf(name: string): string {
  const packages = [...name.matchAll(/(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/g)].map((match) => match[1] ?? '')
  return packages.length === 0 ? (name.split('/')[0] ?? name) : packages.reverse().join(' in ')
}

export function layerLimitProblems(sizes: CodeSizes): Problem[] {
  const hint = () => `the largest: ${listed(largestPackages(sizes.entries))}; name the packages to keep in \`modules\`, or exclude files`
  return problems(sizes, sizes.unzippedSize, 'a layer', hint)
}

/** `layersUnzippedSize`: bytes of the function's layers, which count against the same 250 MB. */
export function functionLimitProblems(sizes: CodeSizes & { readonly layersUnzippedSize?: number | undefined }): Problem[] {
  const layers = sizes.layersUnzippedSize ?? 0
  const hint = () =>
    `the largest: ${listed(largest(sizes.entries, 5, (name) => name))}${layers > 0 ? `; its layers: ${megabytes(layers)}` : ''}`
  return problems(sizes, sizes.unzippedSize + layers, layers > 0 ? 'a function with its layers' : 'a function', hint)
}

/** `12.3 MB`, of 1024 x 1024 bytes as AWS counts them. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

/** `hint`: made only where it is told, from every entry. */
function problems(sizes: CodeSizes, unzipped: number, of: string, hint: () => string): Problem[] {
  const { where } = sizes
  const all: Problem[] = []
  if (unzipped > UNZIPPED_LIMIT)
    all.push({ where, what: `${megabytes(unzipped)} unzipped, and Lambda takes 250 MB for ${of}`, hint: hint() })
  if (sizes.throughBucket !== true && sizes.zippedSize > ZIPPED_LIMIT)
    all.push(...zippedLimitProblems(where, sizes.zippedSize, `; ${hint()}`))
  return all
}

export function zippedLimitProblems(where: string | undefined, zippedSize: number, more = ''): Problem[] {
  if (zippedSize <= ZIPPED_LIMIT) return []
  const what = `${megabytes(zippedSize)} zipped, and Lambda takes 50 MB when it is sent directly`
  return [{ where, what, hint: `upload it through S3 (\`artifacts' of CwsProject), or make it smaller${more}` }]
}

function largest(entries: readonly Sized[], count: number, groupOf: (name: string) => string): { name: string; size: number }[] {
  const groups = new Map<string, number>()
  for (const { name, size } of entries) {
    const group = groupOf(name)
    groups.set(group, (groups.get(group) ?? 0) + size)
  }
  return [...groups]
    .map(([name, size]) => ({ name, size }))
    .sort((a, b) => b.size - a.size || byCodeUnit(a.name, b.name))
    .slice(0, count)
}

function listed(items: readonly { readonly name: string; readonly size: number }[]): string {
  return items.map(({ name, size }) => `${name} ${megabytes(size)}`).join(', ')
}
