/**
 * The bytes of an entry, read once and compared with the digest that the build decided on. A file that was edited
 * between hashing and packing is an error here, never a zip whose content nobody has seen.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { sha256 } from '../util/hash.js'
import { CHANGED_DURING_BUILD, CoworksError } from '../util/problem.js'
import { printable } from '../util/quote.js'
import type { ZipEntry } from './entry.js'

const AGAIN = 'build again, when nothing writes to it'

/**
 * The content of `entry`.
 * @throws CoworksError when it cannot be read, or is not what `digest` and `size` say.
 */
export function contentOf(entry: Pick<ZipEntry, 'name' | 'digest' | 'size' | 'source'>): Uint8Array {
  const bytes = 'bytes' in entry.source ? entry.source.bytes : readWhole(entry.name, entry.source.file, entry.size)
  if (bytes.length !== entry.size || sha256(bytes) !== entry.digest) throw changed(entry.name)
  return bytes
}

function readWhole(name: string, file: string, size: number): Uint8Array {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'r')
    const stats = fstatSync(descriptor)
    // A folder or a device in the file's place must not be read, and a grown file not be taken into memory.
    if (!stats.isFile() || stats.size !== size) throw changed(name)
    return readFileSync(descriptor)
  } catch (error) {
    if (error instanceof CoworksError) throw error
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new CoworksError({ where: printable(name), what: 'was removed during the build', hint: AGAIN }, { cause: error })
    }
    throw new CoworksError({ where: printable(name), what: `cannot be read (${code ?? String(error)})` }, { cause: error })
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function changed(name: string): CoworksError {
  return new CoworksError({ where: printable(name), what: CHANGED_DURING_BUILD, hint: AGAIN })
}
