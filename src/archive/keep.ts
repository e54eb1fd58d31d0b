/**
 * What an archive of before holds, compressed as it is: whoever writes the next one copies what did not change. Nothing is believed: the
 * file must have the sha256 that was recorded when it was written, its entries together the manifest of then, and the compressor be the
 * one that would be used now. Where any of that is not so, nothing is kept, and the archive is made from its files, to the same bytes.
 */
import { readFileSync, statSync } from 'node:fs'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { type Digest, sha256 } from '../util/hash.js'
import { manifestDigest } from './entry.js'
import { type Lying, readEntries } from './zip-format.js'

/** An archive that was written before, and what was recorded of it. */
export interface Earlier {
  readonly file: string
  readonly sha256: Digest
  /** Of its entries, as `manifestDigest` gave it. */
  readonly manifest: Digest
  /** What `compressor` said when it was written. */
  readonly compressor: string
  /** sha256 of the content that a name had, if that is known. A wrong answer costs time, never a wrong byte: the manifest tells. */
  readonly digestOf: (name: string) => Digest | undefined
}

export interface KeptEntry extends Lying {
  readonly digest: Digest
}

export interface Kept {
  readonly bytes: Buffer
  /** By their names. */
  readonly entries: ReadonlyMap<string, KeptEntry>
}

/** It is held in memory while the next one is written; Lambda takes a quarter of this, unpacked. */
const LARGEST = 1024 * 1024 * 1024

const known = new Map<number, string>()

/**
 * What decides which bytes a content is compressed to. The versions are not all of it: this zlib chooses its hash function by the processor, so
 * the outcome for a text is part of it.
 */
export function compressor(level: number): string {
  let name = known.get(level)
  if (name === undefined) {
    const probe = Array.from({ length: 2000 }, (_, index) => `${(index * index * 7919) % 613} `).join('')
    name = `zlib ${process.versions.zlib}, level ${level}, ${sha256(deflateRawSync(probe, { level })).slice(0, 16)}`
    known.set(level, name)
  }
  return name
}

/** The entries of `earlier`; nothing where it is not what was recorded, or was compressed otherwise than at `level` here. */
export function keptOf(earlier: Earlier, level: number): Kept | undefined {
  if (earlier.compressor !== compressor(level)) return undefined
  let bytes: Buffer
  try {
    const stat = statSync(earlier.file)
    if (!stat.isFile() || stat.size > LARGEST) return undefined
    bytes = readFileSync(earlier.file)
  } catch {
    return undefined
  }
  if (sha256(bytes) !== earlier.sha256) return undefined
  const found = readEntries(bytes)
  if (found === undefined) return undefined
  const entries = found.map((lying): KeptEntry => {
    const { name, mode, method, local, data, end, central, centralEnd } = lying // named, where a spread takes ten times as long
    const digest = earlier.digestOf(name) ?? sha256(content(bytes, lying))
    return { name, mode, method, local, data, end, central, centralEnd, digest }
  })
  // Binds each name to its content: a name whose content moved to another file would otherwise keep what that file was.
  if (manifestDigest(entries) !== earlier.manifest) return undefined
  return { bytes, entries: new Map(entries.map((entry) => [entry.name, entry])) }
}

function content(bytes: Buffer, { method, data, end }: Lying): Uint8Array {
  const packed = bytes.subarray(data, end)
  return method === 0 ? packed : inflateRawSync(packed)
}
