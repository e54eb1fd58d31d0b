/**
 * What besides HTTP and schedules calls a stage's function: a queue or a stream that Lambda reads, or events of EventBridge. Which
 * queue it is differs from stage to stage, so a `Config` says it; which method takes the event is the class's business.
 * Limits: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
import { type DefinitionProblem, nearestHint, shown } from './definition-error.js'
import type { TriggerDescription } from './description.js'
import { isObject } from './events.js'

export interface SourceTrigger {
  /** ARN of an SQS queue, a DynamoDB stream or a Kinesis stream. */
  readonly source: string
  /** Most messages a call, 1 to 10000. Default: Lambda's, 10 of a queue and 100 of a stream. */
  readonly batchSize?: number
  /** Most seconds to wait for a batch to fill, 0 to 300. */
  readonly batchWindow?: number
  /** Calls at once, 2 to 1000: of a queue only. */
  readonly maximumConcurrency?: number
  /** The method answers with the messages that failed (`batchItemFailures`), and only those come again. */
  readonly reportBatchItemFailures?: boolean
  /** Of a stream: where to begin. Default `LATEST`. */
  readonly startingPosition?: 'LATEST' | 'TRIM_HORIZON'
}

export interface PatternTrigger {
  /** EventBridge's event pattern: `{ source: ['aws.s3'], detail: { bucket: { name: ['uploads'] } } }`. */
  readonly pattern: { readonly [field: string]: unknown }
  /** Name or ARN of the event bus. Default: the account's own. */
  readonly bus?: string
}

export type Trigger = SourceTrigger | PatternTrigger

const SOURCE = ['source', 'batchSize', 'batchWindow', 'maximumConcurrency', 'reportBatchItemFailures', 'startingPosition']
const PATTERN = ['pattern', 'bus']
const ARN = /^arn:[a-z0-9-]+:(sqs|dynamodb|kinesis):[a-z0-9-]+:\d{12}:[A-Za-z0-9_./:-]+$/

export function triggerProblems(where: string, triggers: unknown): DefinitionProblem[] {
  if (triggers === undefined) return []
  const problems: DefinitionProblem[] = []
  const wrong = (what: string, hint?: string) => problems.push({ where, what, hint })
  if (!isObject(triggers)) {
    wrong(`triggers ${shown(triggers)} is impossible`, "{ orders: { source: 'arn:…' } }")
    return problems
  }
  for (const [name, one] of Object.entries(triggers)) {
    const bad = (option: string, value: unknown, hint: string) => wrong(`triggers ${name}: ${option} ${shown(value)} is impossible`, hint)
    if (!/^[A-Za-z0-9_]{1,32}$/.test(name)) wrong(`triggers ${shown(name)} is impossible`, "names of letters, digits and `_', at most 32")
    if (!isObject(one) || 'source' in one === 'pattern' in one) {
      wrong(`triggers ${name} ${shown(one)} is impossible`, "{ source: 'arn:…' } or { pattern: { … } }")
      continue
    }
    const known = 'source' in one ? SOURCE : PATTERN
    for (const key of Object.keys(one)) {
      if (!known.includes(key)) wrong(`triggers ${name}: unknown option \`${key}'`, nearestHint(key, known))
    }
    if ('pattern' in one) {
      if (!isObject(one.pattern) || Object.keys(one.pattern).length === 0)
        bad('pattern', one.pattern, 'an event pattern with at least one field')
      if (one.bus !== undefined && (typeof one.bus !== 'string' || !/^[A-Za-z0-9._/:-]{1,1600}$/.test(one.bus)))
        bad('bus', one.bus, 'a name or an ARN')
      continue
    }
    const service = typeof one.source === 'string' ? ARN.exec(one.source)?.[1] : undefined
    if (service === undefined) bad('source', one.source, 'the ARN of an SQS queue, a DynamoDB stream or a Kinesis stream')
    const whole = (option: string, least: number, most: number) => {
      const value = one[option]
      if (value !== undefined && !(Number.isInteger(value) && (value as number) >= least && (value as number) <= most))
        bad(option, value, `${least} to ${most}`)
    }
    whole('batchSize', 1, 10000)
    whole('batchWindow', 0, 300)
    whole('maximumConcurrency', 2, 1000)
    const only = (option: string, queue: boolean) => {
      if (one[option] !== undefined && service !== undefined && (service === 'sqs') !== queue)
        wrong(`triggers ${name}: ${option} is for a ${queue ? 'queue' : 'stream'}`)
    }
    only('maximumConcurrency', true)
    only('startingPosition', false)
    if (!['undefined', 'boolean'].includes(typeof one.reportBatchItemFailures))
      bad('reportBatchItemFailures', one.reportBatchItemFailures, 'true or false')
    if (one.startingPosition !== undefined && !['LATEST', 'TRIM_HORIZON'].includes(String(one.startingPosition)))
      bad('startingPosition', one.startingPosition, 'LATEST or TRIM_HORIZON')
    // Lambda refuses a large batch that it need not wait for.
    if (service === 'sqs' && Number(one.batchSize) > 10 && !(Number(one.batchWindow) >= 1))
      wrong(`triggers ${name}: batchSize ${String(one.batchSize)} needs a batchWindow`, 'of a queue, more than 10 take at least 1 second')
  }
  return problems
}

export function triggerDescriptions(triggers: { readonly [name: string]: Trigger }): TriggerDescription[] {
  return Object.entries(triggers)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]): TriggerDescription => {
      if ('pattern' in one) return { kind: 'pattern', name, pattern: JSON.parse(JSON.stringify(one.pattern)), bus: one.bus ?? null }
      const service = (ARN.exec(one.source)?.[1] ?? 'sqs') as 'sqs' | 'dynamodb' | 'kinesis'
      return {
        kind: 'source',
        name,
        service,
        source: one.source,
        batchSize: one.batchSize ?? null,
        batchWindow: one.batchWindow ?? null,
        maximumConcurrency: one.maximumConcurrency ?? null,
        reportBatchItemFailures: one.reportBatchItemFailures ?? false,
        startingPosition: service === 'sqs' ? null : (one.startingPosition ?? 'LATEST'),
      }
    })
}

/** `sqs`, or what the pattern says events come from; nothing where it does not say. */
export function triggerSources(trigger: TriggerDescription): readonly string[] {
  if (trigger.kind === 'source') return [trigger.service]
  const { source } = trigger.pattern as { readonly source?: unknown }
  return Array.isArray(source) ? source.filter((one) => typeof one === 'string') : []
}
