/**
 * The command `coworks`: reads the words, runs one command, and turns what comes back into an exit status. Each command is
 * loaded only when it is asked for, because a build that does nothing should cost little more than Node's start.
 */
import type { Drift } from '../build/state.js'
import { CoworksError, isRefusal, problemsOf } from '../util/problem.js'
import { optionsDespiteProblems, parseArgs, type Request } from './args.js'
import { printProblems } from './print-problems.js'

/** 0 done; 1 `-q` found work, `diff` a difference, `upload -n` something missing; 2 any failure or bad use; 130 interrupted. */
export type ExitStatus = 0 | 1 | 2 | 130

export type Command = (request: Request, signal: AbortSignal) => Promise<ExitStatus>

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  build: async () => (await import('./commands/build.js')).build,
  init: async () => (await import('./commands/init.js')).init,
  taint: async () => (await import('./commands/taint.js')).taint,
  deploy: async () => (await import('./commands/deploy.js')).deploy,
  destroy: async () => (await import('./commands/destroy.js')).destroy,
  diff: async () => (await import('./commands/diff.js')).diff,
  upload: async () => (await import('./commands/upload.js')).upload,
  affected: async () => (await import('./commands/affected.js')).affected,
  drift: async () => (await import('./commands/drift.js')).drift,
  update: async () => (await import('./commands/update.js')).update,
  run: async () => (await import('./commands/run.js')).run,
  watch: async () => (await import('./commands/watch.js')).watch,
  info: async () => (await import('./commands/info.js')).info,
  sbom: async () => (await import('./commands/sbom.js')).sbom,
  doctor: async () => (await import('./commands/doctor.js')).doctor,
  templates: async () => (await import('./commands/templates.js')).templates,
  completion: async () => (await import('./commands/completion.js')).completion,
  __complete: async () => (await import('./commands/completion.js')).completeWords,
  help: async () => (await import('./commands/help.js')).help,
}

async function main(argv: readonly string[], words?: string, drift?: Drift, keepCode?: () => void): Promise<ExitStatus> {
  const interrupt = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => interrupt.abort(new CoworksError({ what: 'interrupted' })))
  }
  const environment = { COWORKSFLAGS: process.env.COWORKSFLAGS }
  try {
    const request = parseArgs(argv, environment)
    if (request.options.version) {
      const { ownVersion } = await import('../project/own-files.js')
      process.stdout.write(`coworks ${ownVersion()}\n`)
      return 0
    }
    const name = request.options.help || request.options.helpOptions ? 'help' : request.command
    const command = await COMMANDS[name]?.()
    if (command === undefined) throw new CoworksError({ what: `\`coworks ${name}' is not there yet` })
    return await command({ ...request, words, drift, keepCode }, interrupt.signal)
  } catch (error) {
    if (interrupt.signal.aborted) {
      process.stderr.write('coworks: interrupted\n')
      return 130
    }
    const options = optionsDespiteProblems(argv, environment)
    // What went wrong after the document, when the project was closed, must not make two of it.
    printProblems(problemsOf(error), said ? { ...options, json: false } : options)
    const stack = (options.debug ?? []).includes('stacktrace') || !(error instanceof CoworksError || isRefusal(error))
    if (stack && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    return 2
  }
}

/** Has anything been said on stdout? With `--json` that is the document, and there is one. */
let said = false

/**
 * Runs the command and sets the exit status. @param words by which a witness of a build that has nothing to do is asked for
 * @param drift of that witness: the few files by which it does not hold
 * @param keepCode keeps what was compiled of the package for the next process
 */
export function start(argv: readonly string[], words?: string, drift?: Drift, keepCode?: () => void): void {
  // A reader that went away (`coworks … | head`) is no failure of the build.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  const write = process.stdout.write.bind(process.stdout) as (...args: unknown[]) => boolean
  process.stdout.write = ((...args: unknown[]) => {
    said = true
    return write(...args)
  }) as typeof process.stdout.write
  let finished = false
  // A Coworksfile that calls process.exit(0), or awaits what never comes, must not look like a build that is done.
  process.on('exit', () => {
    if (finished) return
    const problem = { what: 'ended before it was done', hint: 'does the Coworksfile call process.exit(), or await what never comes?' }
    printProblems([problem], optionsDespiteProblems(argv, { COWORKSFLAGS: process.env.COWORKSFLAGS }))
    process.exitCode = 2
  })
  // Not awaited at the top of a module: Node would warn of it where a Coworksfile never ends.
  main(argv, words, drift, keepCode).then((status) => {
    process.exitCode = status
    finished = true
  })
}
