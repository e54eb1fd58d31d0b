/**
 * `coworks run`: builds, serves each stage asked for on a port of its own, and on every change of a source builds again. What
 * cannot be built changes nothing: what was built last is served on. Ends, with all it started, when interrupted.
 */
import { CoworksError, problemsOf } from '../../util/problem.js'
import { Loop, type Rebuilt } from '../../watch/index.js'
import type { Request } from '../args.js'
import { LocalServers } from '../local-servers.js'
import type { ExitStatus } from '../main.js'
import { problemText } from '../print-problems.js'
import { TextReport } from '../report-text.js'
import { builtOf } from '../run-build.js'
import { changedNames } from '../watch-line.js'
import { loopOptions } from '../watch-order.js'

export async function run(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options, targets } = request
  if (targets.length > 0) {
    const hint = 'coworks run microservice=… stage=…'
    throw new CoworksError(
      targets.map((word) => ({ where: 'command line', what: `\`coworks run' takes no targets, not \`${word}'`, hint })),
    )
  }
  const report = new TextReport(options)
  const say = (line: string): void => {
    if (!options.silent) (options.json ? process.stderr : process.stdout).write(`${line}\n`)
  }
  const complain = (error: unknown): void => {
    process.stderr.write(
      problemsOf(error)
        .map((problem) => problemText(problem))
        .join(''),
    )
  }
  const servers = new LocalServers(options, say)
  const failed = new AbortController()
  let root = ''
  const ready = { served: false, watching: false }
  /** Once all is served and watched: an edit made from then on is seen. */
  const announce = (): void => {
    if (!ready.served || !ready.watching) return
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: true, servers: servers.servers }, null, 2)}\n`)
    else for (const { microservice, stage, url } of servers.servers) say(`coworks: ${microservice} (${stage}) on ${url}`)
  }
  async function begin({ result }: Rebuilt): Promise<boolean> {
    if (result.kind === 'refused') throw new CoworksError(result.problems)
    if (!result.ok) return false
    if (result.served.length === 0)
      throw new CoworksError({ what: 'no microservice to serve', hint: 'name one: coworks run microservice=… stage=…' })
    await servers.start(result.served.map((stage) => builtOf(root, stage)))
    ready.served = true
    return true
  }

  function reload({ result, changed }: Rebuilt): void {
    try {
      if (result.kind === 'refused') throw new CoworksError(result.problems)
      if (!result.ok) {
        say('coworks: what was built before is served on.')
        return
      }
      const because = changedNames(result, changed).slice(0, 3)
      for (const { microservice, stage } of servers.replace(result.served.map((one) => builtOf(root, one))))
        say(`coworks: ${microservice} (${stage}) reloaded${because.length === 0 ? '' : `: ${because.join(', ')}`}`)
    } catch (error) {
      complain(error)
      say('coworks: what was built before is served on.')
    }
  }

  try {
    report.reading()
    const settings = loopOptions(request, { taints: false, serve: true, except: [servers.folder], listen: (event) => report.event(event) })
    root = settings.order.options.root
    const loop = new Loop(settings, {
      watching: () => {
        ready.watching = true
        announce()
      },
      problem: (problem) => complain(new CoworksError(problem)),
      rebuilt: async (rebuilt) => {
        if (rebuilt.first) {
          if (await begin(rebuilt)) announce()
          else failed.abort()
          return
        }
        reload(rebuilt)
      },
    })
    if ((await loop.run(AbortSignal.any([signal, failed.signal]))) === 'gone') throw projectGone()
    return failed.signal.aborted ? 2 : 0
  } catch (error) {
    if (signal.aborted) return 0
    throw error
  } finally {
    await servers.close()
  }
}

export function projectGone(): CoworksError {
  return new CoworksError({ what: 'the folder of the project is gone', hint: 'start again where it is now' })
}
