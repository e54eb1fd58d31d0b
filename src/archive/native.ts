/**
 * For which machine a native module is, from its first bytes. Knows formats of executables only; what to do about a wrong one is decided
 * elsewhere.
 * Sources: ELF gABI, "ELF Header" (e_ident, e_machine); the magic numbers of Mach-O (mach-o/loader.h, fat.h) and PE ("MZ").
 */
import { closeSync, openSync, readSync } from 'node:fs'
import type { ZipEntry } from './entry.js'

/** `linux x86_64`, `linux arm64`: Lambda's two; anything else by the name of its format. */
export type NativeMachine = 'linux x86_64' | 'linux arm64' | 'linux, another processor' | 'macOS' | 'Windows'

export interface NativeFile {
  /** In the zip. */
  readonly name: string
  readonly machine: NativeMachine
}

/** Bytes that tell. */
const HEAD = 20

export function nativeMachine(head: Uint8Array): NativeMachine | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (bytes.length < 4) return undefined
  const magic = bytes.readUInt32BE(0)
  if (magic === 0x7f454c46) {
    if (bytes.length < HEAD) return undefined
    const machine = bytes[5] === 2 ? bytes.readUInt16BE(18) : bytes.readUInt16LE(18)
    return machine === 62 ? 'linux x86_64' : machine === 183 ? 'linux arm64' : 'linux, another processor'
  }
  if ([0xcffaedfe, 0xcefaedfe, 0xfeedfacf, 0xfeedface, 0xcafebabe].includes(magic)) return 'macOS'
  return bytes.toString('latin1', 0, 2) === 'MZ' ? 'Windows' : undefined
}

/** Names of what Node loads as native code, and of the libraries beside it: only these are opened. */
const NAMES = /\.(?:node|so(?:\.\d+)*|dylib|dll)$/

export function isNativeName(name: string): boolean {
  return NAMES.test(name)
}

export function nativeFiles(entries: readonly ZipEntry[]): NativeFile[] {
  return entries.flatMap(({ name, source }) => {
    if (!isNativeName(name)) return []
    const machine = nativeMachine('file' in source ? headOf(source.file) : source.bytes.subarray(0, HEAD))
    return machine === undefined ? [] : [{ name, machine }]
  })
}

function headOf(file: string): Uint8Array {
  const descriptor = openSync(file, 'r')
  try {
    const head = Buffer.alloc(HEAD)
    return head.subarray(0, readSync(descriptor, head, 0, HEAD, 0))
  } finally {
    closeSync(descriptor)
  }
}
