/** Which method takes an event that is neither a request nor an authorizer's: a schedule's, `on_<source>`, or `on_event`. */
import { isObject, type LambdaContext } from './events.js'
import type { Model } from './model.js'
import { scheduleOf } from './schedule.js'

type EventHandler = (event: unknown, context: LambdaContext) => unknown

/** @throws Error that names the methods which would have taken it. */
export function otherHandler(model: Model, event: unknown): EventHandler {
  const schedules = model.schedules()
  const name = isObject(event)
    ? scheduleOf(
        event,
        schedules.map((schedule) => schedule.name),
      )
    : undefined
  const schedule = schedules.find((candidate) => candidate.name === name)
  if (schedule !== undefined) return (given, context) => schedule.method.call(schedule.owner, given, context)
  const source = sourceOf(event)
  const names = [...(source === undefined ? [] : [methodFor(source)]), 'on_event']
  for (const candidate of names) {
    const method: unknown = Reflect.get(model.service, candidate)
    if (typeof method === 'function') return (given, context) => method.call(model.service, given, context)
  }
  throw new Error(
    `microservice ${model.name} has no method for this event · write ${names.map((candidate) => `\`${candidate}(event)'`).join(' or ')}`,
  )
}

/** `on_s3` for records from `aws:s3`, `on_ec2` for events from `aws.ec2`, `on_com_example_app` for those from `com.example.app`. */
export function methodFor(source: string): string {
  return `on_${source.replace(/^aws[:.]/, '').replace(/[^A-Za-z0-9]+/g, '_')}`
}

function sourceOf(event: unknown): string | undefined {
  if (!isObject(event)) return undefined
  const [record] = Array.isArray(event.Records) ? (event.Records as readonly unknown[]) : []
  const written = isObject(record) ? (record.eventSource ?? record.EventSource) : event.source
  return typeof written === 'string' && written !== '' ? written : undefined
}
