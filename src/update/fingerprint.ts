/**
 * Values of environment variables are secrets, and all that is asked of them is whether two are equal. So they are kept as fingerprints,
 * under a key that lives as long as the process: of one that got out nobody could guess the value.
 */
import { createHmac, randomBytes } from 'node:crypto'

const key = randomBytes(32)

export function fingerprint(value: string): string {
  return createHmac('sha256', key).update(value).digest('base64')
}

export function fingerprints(values: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(values).map(([name, value]) => [name, fingerprint(value)]))
}
