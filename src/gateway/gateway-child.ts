/**
 * The process in which a function runs: loads its handler, and gives it one event at a time, with Lambda's context. Talks to
 * its parent over IPC, never over stdout, which is the function's. What the function does to the process happens here only.
 */
import { pathToFileURL } from 'node:url'
import type { ChildMessage, InvokeMessage, LoadMessage } from './child-messages.js'

type Handler = (event: unknown, context: object) => unknown

let loaded: Promise<Handler>
let about: LoadMessage

process.on('message', (message: LoadMessage | InvokeMessage) => {
  if ('load' in message) {
    about = message
    loaded = load(message.load)
    loaded.catch(() => {}) // told with every event, as Lambda does
    return
  }
  invoke(message).then(
    (payload) => send({ type: 'answer', id: message.id, payload }),
    (error: unknown) => send({ type: 'error', id: message.id, message: error instanceof Error ? error.message : String(error) }),
  )
})
// The parent died: there is nobody to answer.
process.on('disconnect', () => process.exit(0))

async function load(file: string): Promise<Handler> {
  try {
    const module = (await import(pathToFileURL(file).href)) as { readonly handler?: unknown }
    if (typeof module.handler !== 'function') throw new Error('index.handler is undefined or not exported')
    return module.handler as Handler
  } catch (error) {
    console.error(error)
    throw error
  }
}

async function invoke({ event, requestId, deadline }: InvokeMessage): Promise<string> {
  const handler = await loaded
  const answer = await handler(event, {
    callbackWaitsForEmptyEventLoop: true,
    functionName: about.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: about.arn,
    memoryLimitInMB: String(about.memorySize),
    awsRequestId: requestId,
    logGroupName: about.logGroup,
    logStreamName: about.logStream,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  })
  return JSON.stringify(answer) ?? 'null'
}

function send(message: ChildMessage): void {
  // A parent that has just gone is no error of the function's.
  process.send?.(message, undefined, undefined, () => {})
}
