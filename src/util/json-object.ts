/** JSON that somebody else wrote (a package.json, a lockfile), read without trusting that it is what it should be. */
import { CoworksError } from './problem.js'

/** @throws CoworksError when `text` is not a JSON object. A byte order mark, which npm allows, is skipped. */
export function parseJsonObject(text: string, shown: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw new CoworksError({ where: shown, what: 'is not valid JSON', hint: (error as Error).message })
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new CoworksError({ where: shown, what: 'is not a JSON object' })
  }
  return value as Record<string, unknown>
}

/** Nothing where there is no object: a wrong type in somebody's package.json is not what a layer fails on. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

export function stringsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(recordOf(value)).filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
}
