/**
 * The child in which microservices are loaded to be described. Talks to its parent by a socket of its own: stdout is the user's, and
 * there is no `process.send` that a module could take for its own. A module is a stranger here, though not an enemy: what it writes where it
 * should not, leaves behind or does to the built-in objects must neither pass for an answer nor reach the next description.
 */
import { createRequire } from 'node:module'
import { Socket } from 'node:net'
import { pathToFileURL } from 'node:url'
import type { ServiceDescription } from '../service/description.js'
import type { Problem } from '../util/problem.js'
import { thrownText } from '../util/thrown.js'
import type { DescribeAnswer, DescribeQuestion, Preparation } from './describe.js'
import { CHANNEL, type Numbered } from './describe-channel.js'

interface Runtime {
  findServices(module: object): readonly { readonly exportName: string; readonly service: { readonly name: string } }[]
  describe(service: object): ServiceDescription
}

/** The project's own copy of the runtime, the one that its modules import: not the one of the running command. */
async function runtimeOf(file: string): Promise<Runtime> {
  return (await import(pathToFileURL(createRequire(file).resolve('coworks')).href)) as Runtime
}

async function answer({ file, service }: DescribeQuestion): Promise<DescribeAnswer> {
  const bundle = (await import(`${pathToFileURL(file).href}?at=${process.hrtime.bigint()}`)) as { module: object }
  const runtime = await runtimeOf(file)
  const services = runtime.findServices(bundle.module)
  const found = services.filter((one) => one.service.name === service)
  if (found.length !== 1) {
    // The bundle's own entry asks for the service first, and throws; this is for a runtime that does not.
    return { ok: false, what: `the module exports ${found.length} services named \`${service}'`, stack: '' }
  }
  const description = runtime.describe(found[0]?.service as object)
  const notes = description.routes.some((route) => route.authorizer === 'deny') ? ["has no `auth', so every call is denied"] : []
  return { ok: true, description, notes }
}

function failure(error: unknown): DescribeAnswer {
  const what = thrownText(error)
  if (!(error instanceof Error)) return { ok: false, what, stack: '' }
  // Only the runtime's own: a user's error may have any `problems`.
  const problems = error.name === 'DefinitionError' && 'problems' in error ? (error.problems as readonly Problem[]) : undefined
  return { ok: false, what, stack: typeof error.stack === 'string' ? error.stack : '', problems }
}

// Taken before a module can put its own in their place.
const streams = [process.stdout, process.stderr].map((stream) => stream.write.bind(stream) as (text: string, done: () => void) => boolean)
const { stringify } = JSON
const builtIns = [Object, Array, Function, String, Number, Boolean, Promise, Map, Set, RegExp, Date, Error, Symbol].flatMap((one) => [
  one,
  one.prototype as object,
])
const asTheyWere = [...builtIns, JSON, Math, Reflect].map((object) => ({ object, own: Object.getOwnPropertyDescriptors(object) }))
const { is } = Object
const { ownKeys, deleteProperty, getOwnPropertyDescriptor, defineProperty } = Reflect

/** Puts the built-in objects back as they were. Was there anything to put back? */
function restoreBuiltIns(): boolean {
  let changed = false
  for (const { object, own } of asTheyWere) {
    const before = own as Record<PropertyKey, PropertyDescriptor>
    for (const key of ownKeys(object)) {
      const then = getOwnPropertyDescriptor(before, key)?.value as PropertyDescriptor | undefined
      const now = getOwnPropertyDescriptor(object, key)
      if (then !== undefined && is(now?.value, then.value) && now?.get === then.get && now?.set === then.set) continue
      changed = true
      if (then === undefined) deleteProperty(object, key)
      else defineProperty(object, key, then)
    }
    for (const key of ownKeys(before)) {
      if (getOwnPropertyDescriptor(object, key) !== undefined) continue
      changed = true
      defineProperty(object, key, before[key] as PropertyDescriptor)
    }
  }
  return changed
}

const channel = new Socket({ fd: CHANNEL, readable: true, writable: true })
let id = ''

/** One answer to a question: what comes later is about nothing that anybody waits for. */
async function send(answer: DescribeAnswer): Promise<void> {
  const open = id
  id = ''
  if (open === '') return
  const spoilt = restoreBuiltIns()
  const text = stringify({ id: open, spoilt, answer } satisfies Numbered)
  // The parent ends a child that failed: all that the module printed must be on its way by then.
  if (!answer.ok) await Promise.all(streams.map((write) => new Promise<void>((resolve) => write('', resolve))))
  // On a line of its own, whatever somebody wrote before.
  channel.write(`\n${text}\n`)
}

function received(line: string): void {
  const question = JSON.parse(line) as (DescribeQuestion & { readonly id: string }) | Preparation
  if ('beside' in question) {
    // Node's loader of ES modules comes up with it. Where there is none, whoever asks a question is told.
    runtimeOf(question.beside).catch(() => {})
    return
  }
  id = question.id
  answer(question).then(send, (error) => send(failure(error)))
}

let pending = ''
channel.setEncoding('utf8')
channel.on('data', (text: string) => {
  const lines = (pending + text).split('\n')
  pending = lines.pop() ?? ''
  for (const line of lines) if (line !== '') received(line)
})
// The parent died, or is done: there is nobody to describe for, and nothing that a module started is to go on.
const leave = (): void => {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    process.exit(0) // not at the head of a group
  }
}
channel.on('close', leave)
channel.on('error', leave)
// Thrown by a timer or an event of a module that is being loaded. Without a question open, nobody listens to the answer.
process.on('uncaughtException', (error) => send(failure(error)))
// A promise that a module left behind must not end the child that still describes others.
process.on('unhandledRejection', () => {})
