/** What a value of a `Config` must look like for Lambda, IAM and API Gateway to take it. Each says yes or no; the words are `config.ts`'s. */

import { isObject } from './events.js'

export const ARN = /^arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12}|aws)?:[\w+=,.@/:-]+$/

export function isTexts(value: unknown, pattern: RegExp): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string' && pattern.test(text))
}

function hasOnly(value: unknown, ...keys: readonly string[]): value is Readonly<Record<string, unknown>> {
  return isObject(value) && Object.keys(value).sort().join() === keys.join()
}

export function isVpc(value: unknown): boolean {
  if (!hasOnly(value, 'securityGroupIds', 'subnetIds')) return false
  const { securityGroupIds: groups, subnetIds: subnets } = value
  return isTexts(groups, /^sg-[0-9a-z]+$/) && isTexts(subnets, /^subnet-[0-9a-z]+$/) && groups.length > 0 && subnets.length > 0
}

export function isThrottle(value: unknown): boolean {
  if (!hasOnly(value, 'burst', 'rate')) return false
  return Number.isInteger(value.burst) && Number(value.burst) > 0 && typeof value.rate === 'number' && value.rate > 0 && value.rate < 1e6
}

export function isVariables(value: unknown): boolean {
  return isObject(value) && Object.entries(value).every(([name, text]) => /^[A-Za-z][A-Za-z0-9_]+$/.test(name) && typeof text === 'string')
}

export function isWorkspace(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(value) && value !== 'all'
}

export function isProjectPath(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !/^[/\\]|^[A-Za-z]:|\\|\0/.test(value) && !value.split('/').includes('..')
}

export function isLayers(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length <= 5 &&
    new Set(value).size === value.length &&
    value.every((name) => typeof name === 'string' && /^[A-Za-z0-9_-]+(?:\.zip)?$/.test(name))
  )
}

export function isTags(value: unknown): boolean {
  if (!isObject(value)) return false
  const tags = Object.entries(value)
  return (
    tags.length <= 50 &&
    tags.every(([key, text]) => key !== '' && key.length <= 128 && !/^aws:/i.test(key) && typeof text === 'string' && text.length <= 256)
  )
}

export function isStatements(value: unknown): boolean {
  const areTexts = (list: unknown) =>
    Array.isArray(list) && list.length > 0 && list.every((text) => typeof text === 'string' && text !== '')
  return (
    Array.isArray(value) &&
    value.every(
      (item) =>
        isObject(item) &&
        Object.keys(item).every((key) => ['effect', 'actions', 'resources'].includes(key)) &&
        (item.effect === 'Allow' || item.effect === 'Deny') &&
        areTexts(item.actions) &&
        areTexts(item.resources),
    )
  )
}
