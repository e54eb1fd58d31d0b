/** The child in which microservices are loaded to be described. Talks to its parent over IPC, never over stdout, which is the user's. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { ServiceDescription } from '../service/description.js'
import type { Problem } from '../util/problem.js'
import { thrownText } from '../util/thrown.js'
import type { DescribeAnswer, DescribeQuestion } from './describe.js'

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

// Taken before a module can put its own in their place.
const streams = [process.stdout, process.stderr].map((stream) => stream.write.bind(stream) as (text: string, done: () => void) => boolean)

/** The parent ends a child that failed: all that the module printed must be on its way by then. */
async function sendFailure(error: unknown): Promise<void> {
  const answer = failure(error)
  await Promise.all(streams.map((write) => new Promise<void>((resolve) => write('', resolve))))
  process.send?.(answer)
}

function failure(error: unknown): DescribeAnswer {
  const what = thrownText(error)
  if (!(error instanceof Error)) return { ok: false, what, stack: '' }
  // Only the runtime's own: a user's error may have any `problems`.
  const problems = error.name === 'DefinitionError' && 'problems' in error ? (error.problems as readonly Problem[]) : undefined
  return { ok: false, what, stack: typeof error.stack === 'string' ? error.stack : '', problems }
}

process.on('message', (question: DescribeQuestion) => {
  answer(question).then((message) => process.send?.(message), sendFailure)
})
// The parent died: there is nobody to describe for.
process.on('disconnect', () => process.exit(0))
// Thrown by a timer or an event of a module that is being loaded. Without a question open, nobody listens to the answer.
process.on('uncaughtException', sendFailure)
// A promise that a module left behind must not end the child that still describes others.
process.on('unhandledRejection', () => {})
