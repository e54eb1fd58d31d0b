// The text of which every generated file takes a slice: real source code, a part of the TypeScript compiler that is installed here in one version.
// Made-up words would not do: the programs that are compared shrink them differently than they shrink code.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FROM = 1_000_000
export const POOL_BYTES = 1 << 20

let pool

export function textPool() {
  pool ??= readFileSync(fileURLToPath(import.meta.resolve('typescript'))).toString('latin1', FROM, FROM + POOL_BYTES)
  return pool
}

/** `size` characters from somewhere in it. */
export function slice(random, size) {
  const at = Math.floor(random() * (POOL_BYTES - size))
  return textPool().slice(at, at + size)
}
