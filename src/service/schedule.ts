/**
 * Schedule expressions as EventBridge takes them, and the schedule an event comes from.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */

/** The expression as EventBridge wants it, or nothing where it would refuse it. */
export function normalSchedule(written: unknown): string | undefined {
  if (typeof written !== 'string') return undefined
  const rate = /^rate\(\s*([1-9]\d*)\s+(minute|hour|day)s?\s*\)$/.exec(written)
  // EventBridge refuses `1 minutes` and `5 minute`.
  if (rate !== null) return `rate(${rate[1]} ${rate[2]}${rate[1] === '1' ? '' : 's'})`
  const cron = /^cron\((.*)\)$/.exec(written)
  const fields = cron?.[1]?.trim().split(/\s+/) ?? []
  const [, , dayOfMonth, , dayOfWeek] = fields
  if (fields.length !== 6 || !fields.every((field) => /^[0-9A-Z*?,/L#W-]+$/i.test(field))) return undefined
  // Exactly one of the two days is `?`, else EventBridge refuses the rule.
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) return undefined
  return `cron(${fields.join(' ')})`
}

interface ScheduledEvent {
  readonly 'detail-type'?: unknown
  readonly resources?: unknown
  readonly coworksSchedule?: unknown
}

/**
 * Which of `names` an event is for: a rule's target may say it (`{"coworksSchedule": "clean"}` as its input), else the
 * rule's name ends with it, else there is only one.
 */
export function scheduleOf(event: ScheduledEvent, names: readonly string[]): string | undefined {
  if (typeof event.coworksSchedule === 'string') return names.find((name) => name === event.coworksSchedule)
  if (event['detail-type'] !== 'Scheduled Event') return undefined
  const rules = (Array.isArray(event.resources) ? event.resources : []).map((arn) => String(arn).split('rule/').pop() ?? '')
  const named = names.filter((name) => rules.some((rule) => rule === name || rule.endsWith(`-${name}`) || rule.endsWith(`_${name}`)))
  const [longest] = named.sort((a, b) => b.length - a.length) // `clean` must not take the events of `deep_clean`
  return longest ?? (names.length === 1 ? names[0] : undefined)
}
