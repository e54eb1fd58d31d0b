/**
 * What an authorizer answered, read as strictly as API Gateway reads it, and kept as long: per authorizer and token, for
 * every path. A denial is kept too; an error never is.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
import { isObject } from '../service/events.js'
import type { PolicyDocument } from '../service/policy.js'

export interface Permit {
  readonly policy: PolicyDocument
  /** `requestContext.authorizer`: every value as text, whatever it was. */
  readonly context: Readonly<Record<string, string>>
}

/** The answer, or why it is none. */
export function readPermit(payload: unknown): Permit | { readonly why: string } {
  if (!isObject(payload)) return { why: 'the authorizer returned no object' }
  const { principalId, policyDocument, context = {} } = payload
  if (typeof principalId !== 'string' || principalId === '') return { why: 'the authorizer returned no principalId' }
  if (!isObject(policyDocument) || !Array.isArray(policyDocument.Statement) || !policyDocument.Statement.every(isStatement))
    return { why: 'the authorizer returned no policyDocument' }
  if (context !== null && !isObject(context)) return { why: 'the context of the authorizer is no object' }
  const values = Object.entries(context ?? {})
  const bad = values.find(([, value]) => !['string', 'number', 'boolean'].includes(typeof value))
  if (bad !== undefined) return { why: `context.${bad[0]} is neither string, number nor boolean` }
  return {
    policy: policyDocument as unknown as PolicyDocument,
    context: { principalId, ...Object.fromEntries(values.map(([key, value]) => [key, String(value)])) },
  }
}

function isStatement(value: unknown): boolean {
  if (!isObject(value) || (value.Effect !== 'Allow' && value.Effect !== 'Deny')) return false
  return [value.Action, value.Resource].every((list) => [list].flat().length > 0 && [list].flat().every((one) => typeof one === 'string'))
}

/** Tokens kept at most: a caller that sends a new one each time must not fill the memory. */
const MOST = 10_000

export class PermitCache {
  readonly #kept = new Map<string, { readonly permit: Permit; readonly until: number }>()

  /** @param now milliseconds */
  get(authorizer: string, token: string, now: number): Permit | undefined {
    const key = JSON.stringify([authorizer, token])
    const kept = this.#kept.get(key)
    if (kept === undefined || kept.until > now) return kept?.permit
    this.#kept.delete(key)
    return undefined
  }

  /** @param ttl seconds; 0 keeps nothing */
  set(authorizer: string, token: string, permit: Permit, ttl: number, now: number): void {
    if (ttl <= 0) return
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= MOST && oldest !== undefined) this.#kept.delete(oldest)
    this.#kept.set(JSON.stringify([authorizer, token]), { permit, until: now + ttl * 1000 })
  }
}
