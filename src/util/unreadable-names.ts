/**
 * Names of files that are no UTF-8, which a Unix file system may hold: Node shows each such byte as U+FFFD, a name by which the file is
 * not found, and by which another one may be. No zip and no Terraform file can say them either.
 */
import { readdirSync } from 'node:fs'
import type { Problem } from './problem.js'

/** Those in a folder, as Node shows them. `names`: what it was found to hold; hardly any folder is looked at once more. */
export function unreadableNames(folder: string, names: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>()
  for (const name of names) if (name.includes('\ufffd')) found.add(name)
  if (found.size === 0) return found
  const raw = readdirSync(folder, { encoding: 'buffer' })
  return new Set(raw.filter((bytes) => !bytes.equals(Buffer.from(bytes.toString('utf8')))).map((bytes) => bytes.toString('utf8')))
}

export function unreadableName(where: string): Problem {
  return { where, what: 'the name is not valid UTF-8 (\ufffd stands for what is not)', hint: 'rename it, or exclude it' }
}
