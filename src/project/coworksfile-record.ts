/**
 * What is remembered of a Coworksfile that was compiled, in `.coworks/coworksfile.json`: from which files, into which code, and what can be known of
 * it without running it. Small, and loads nothing: the first file of the command asks it whether help has to run the Coworksfile.
 */
import { existsSync, readFileSync } from 'node:fs'
import { MISSING } from '../build/model.js'

/** In the order in which they are looked for. */
export const COWORKSFILES = ['Coworksfile.ts', 'Coworksfile.mts', 'Coworksfile.js', 'Coworksfile.mjs']

export interface Compiled {
  /** Format of this record and version of what compiles. */
  readonly version: string
  readonly file: string
  readonly inputs: readonly (readonly [path: string, signature: string])[]
  readonly code: string
  /** Where `coworks/cws` lies, which the code imports by its place: another copy's command, as a global beside a local one, cannot use it. */
  readonly cws: string
  /** Does it say the same whenever it is run, as long as these inputs are the same? */
  readonly closed: boolean
  /** May it call `Help()`? */
  readonly helps: boolean
}

export const VERSION = 'coworksfile-4'
export const RECORD = '.coworks/coworksfile.json'

type Sha256 = (bytes: string | Uint8Array) => string

export function recordText(record: Compiled, sha256: Sha256): string {
  const line = JSON.stringify(record)
  return `${sha256(line)}\n${line}`
}

/** Nothing where it is not whole: one bit of the name of an input that was missing, and it is another's absence that is checked. */
export function readRecord(text: string, sha256: Sha256): Compiled | undefined {
  const [digest = '', line = ''] = text.split('\n')
  if (sha256(line) !== digest) return undefined
  const record = JSON.parse(line) as Compiled
  return record.version === VERSION ? record : undefined
}

/** May the Coworksfile of this folder, as it is now, say something with `Help()`? Where it is not known, it may. @param folder ends with `/`, or is empty */
export function mayHelp(folder: string, sha256: () => Sha256): boolean {
  const file = COWORKSFILES.find((name) => existsSync(folder + name))
  if (file === undefined) return false
  try {
    const text = readFileSync(folder + RECORD, 'utf8')
    const hash = sha256()
    const record = readRecord(text, hash)
    if (record?.file !== file || record.helps) return true
    const signatureOf = (path: string) => (existsSync(folder + path) ? hash(readFileSync(folder + path)) : MISSING)
    // Whether a file may be executed changes nothing of what it says.
    return !record.inputs.every(([path, signature]) => signature.replace(/^[fx]:/, '') === signatureOf(path))
  } catch {
    return true // never compiled, damaged, or an input that cannot be read: whoever runs it finds out
  }
}
