/**
 * What differs between two looks at one function: what a person is told when somebody else was faster. What an update itself changes is left
 * out by the caller; what AWS changes by itself (states, times, the runtime's patch level) was never looked at. Pure.
 */
import type { SeenFunction } from './model.js'

export type Part = 'code' | 'layers'

/** `memorySize 128 -> 256`; of environment variables the names only. Empty where nothing differs that anybody set. */
export function changesOf(before: SeenFunction, now: SeenFunction, except: ReadonlySet<Part> = new Set()): readonly string[] {
  const found: string[] = []
  if (before.arn !== now.arn) found.push('it is another function')
  if (!except.has('code') && before.codeSha256 !== now.codeSha256)
    found.push(`code (${short(before.codeSha256)} -> ${short(now.codeSha256)})`)
  if (!except.has('layers') && before.layers.join() !== now.layers.join()) {
    found.push(`layers (${before.layers.map(layerName).join(', ') || 'none'} -> ${now.layers.map(layerName).join(', ') || 'none'})`)
  }
  for (const name of names(before.settings, now.settings)) {
    const [was, is] = [before.settings.get(name), now.settings.get(name)]
    if (was !== is) found.push(`${name} ${was ?? '-'} -> ${is ?? '-'}`)
  }
  const [was, is] = [before.environment, now.environment]
  if (was === undefined || is === undefined) return found
  for (const name of names(was, is)) if (was.get(name) !== is.get(name)) found.push(`environment variable ${name}`)
  return found
}

function names(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort()
}

/** As much of a hash as a person compares. */
export function short(sha256: string): string {
  return sha256.slice(0, 8)
}

/** `layer-dev:7` */
export function layerName(arn: string): string {
  return arn.split(':').slice(-2).join(':')
}
