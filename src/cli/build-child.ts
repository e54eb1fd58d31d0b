/** The process in which a watch builds: serves what its parent asks for over IPC, and ends with it. */
import { BuildServer, type FromBuilder, type Push, type ToBuilder } from '../watch/index.js'

let server: BuildServer | undefined
let ending = false

function send(message: FromBuilder): void {
  if (process.connected) process.send?.(message)
}

/** Loaded when it is first asked for. */
const push: Push = async (...given) => (await import('./push-stages.js')).pushStages(...given)

async function end(): Promise<void> {
  if (ending) return
  ending = true
  await server?.close()
  process.exit(0)
}

process.on('message', (message: ToBuilder) => {
  if (message.type === 'order') server = new BuildServer(message.order, send, push)
  else if (message.type === 'end') void end()
  else void server?.handle(message)
})
// The parent is gone: nobody wants what is built.
process.on('disconnect', () => void end())
// Ctrl-C reaches every process of the terminal; the parent says when to end, so that what runs is stopped in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
// Thrown by a timer of a Coworksfile, or by a promise that it left behind: it is told, and the watch goes on.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    const text = error instanceof Error ? error.stack : String(error)
    process.stderr.write(`coworks: *** thrown outside of the build: ${text}\n`)
  })
}
