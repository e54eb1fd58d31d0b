/**
 * `coworks watch`: builds, and builds again what a change concerns, a line for each, until it is interrupted. What does not compile
 * leaves what was built before. With `--run` the stages are served on localhost, and reloaded when they
 * were built; with `--update` they are pushed to Lambda.
 */
import { CoworksError, problemsOf } from '../../util/problem.js'
import { Loop, type Rebuilt } from '../../watch/index.js'
import type { Request } from '../args.js'
import { LocalServers } from '../local-servers.js'
import type { ExitStatus } from '../main.js'
import { builtOf } from '../run-build.js'
import { madeText } from '../watch-line.js'
import { loopOptions, pushOptions } from '../watch-order.js'
import { WatchReport } from '../watch-report.js'
import { projectGone } from './run.js'

export async function watch(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options, targets } = request
  for (const [asked, does] of [
    [options.run, "`--run' serves"],
    [options.update, "`--update' pushes"],
  ] as const) {
    const hint = 'name them: microservice=… stage=…'
    if (asked && targets.length > 0)
      throw new CoworksError(targets.map((word) => ({ where: 'command line', what: `${does} stages, not \`${word}'`, hint })))
  }
  let root = ''
  const report = new WatchReport(options, () => new Date())
  const servers = options.run ? new LocalServers(options, (line) => report.say(line)) : undefined
  /** What the last push left undone is pushed with the next good build, whatever that made. */
  let owed = true

  async function pushBuilt(from: Loop, { result }: Rebuilt): Promise<void> {
    if (result.kind === 'refused' || !result.ok) return
    owed ||= madeText(result.reports) !== ''
    if (!owed) return
    const pushed = await from.push()
    if (signal.aborted) return
    owed = !pushed.ok
    report.pushed(pushed)
  }

  async function serveBuilt(local: LocalServers, { result }: Rebuilt): Promise<void> {
    if (result.kind === 'refused' || !result.ok) {
      if (local.servers.length > 0) report.say('coworks: what was built before is served on.')
      return
    }
    try {
      const built = result.served.map((stage) => builtOf(root, stage))
      if (local.servers.length > 0) {
        for (const { microservice, stage } of local.replace(built))
          report.told('reloaded', { microservice, stage }, `${microservice} (${stage}) reloaded`)
        return
      }
      if (built.length === 0)
        throw new CoworksError({ what: 'no microservice to serve', hint: 'name one: coworks watch --run microservice=… stage=…' })
      await local.start(built)
      report.told(
        'serving',
        { servers: local.servers },
        local.servers.map((one) => `${one.microservice} (${one.stage}) on ${one.url}`).join('\n'),
      )
    } catch (error) {
      if (local.servers.length === 0) throw error
      for (const problem of problemsOf(error)) report.problem(problem)
    }
  }

  try {
    const settings = loopOptions(request, {
      taints: true,
      serve: options.run ?? false,
      ...(options.update ? { push: pushOptions(options) } : {}),
      except: servers === undefined ? [] : [servers.folder],
      listen: (event) => report.event(event),
    })
    root = settings.order.options.root
    const loop = new Loop(settings, {
      watching: () => report.watching(),
      problem: (problem) => report.problem(problem),
      rebuilt: async (rebuilt) => {
        // The project is there, and what was asked for is not in it: no edit is worth waiting for.
        if (rebuilt.first && rebuilt.result.kind === 'refused' && rebuilt.result.loaded) throw new CoworksError(rebuilt.result.problems)
        report.rebuilt(rebuilt)
        if (servers !== undefined) await serveBuilt(servers, rebuilt)
        if (options.update) await pushBuilt(loop, rebuilt)
      },
    })
    if ((await loop.run(signal)) === 'gone') throw projectGone()
    return 0
  } catch (error) {
    if (signal.aborted) return 0
    throw error
  } finally {
    await servers?.close()
  }
}
