/**
 * What came out of the steps of one build. In the steps that find out what there is to build, a problem does not stop the
 * others: whatever is wrong with any microservice or stage is told in one go, before anything of the user's is written.
 */
import type { Graph, Listener, Session, TargetReport } from '../build/index.js'
import { CoworksError, type Problem } from '../util/problem.js'

/** Targets that tell the shape of the graph, and what is wrong already without making them. */
export interface Survey {
  readonly ids: readonly string[]
  readonly problems: readonly Problem[]
}

export class Steps {
  private readonly known = new Map<string, TargetReport>()

  constructor(
    private readonly session: Session,
    private readonly listen: Listener,
  ) {}

  get reports(): TargetReport[] {
    return [...this.known.values()]
  }

  get failed(): boolean {
    return this.reports.some(({ outcome }) => outcome === 'failed' || outcome === 'cancelled' || outcome === 'skipped')
  }

  /** Is this target up to date now? */
  made(id: string): boolean {
    const outcome = this.known.get(id)?.outcome
    return outcome === 'fresh' || outcome === 'built' || outcome === 'built-same' || outcome === 'cached'
  }

  /** @throws CoworksError when nothing could be begun */
  async build(graph: Graph, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    for (const report of await this.session.build(graph, ids)) {
      // A target made in an earlier step is fresh in the later one.
      if (report.outcome !== 'fresh' || !this.known.has(report.id)) this.known.set(report.id, report)
    }
  }

  async survey(name: string, { ids, problems }: Survey, graph: Graph): Promise<void> {
    this.refuse(name, problems)
    try {
      await this.session.withKeepGoing(() => this.build(graph, ids))
    } catch (error) {
      if (!(error instanceof CoworksError)) throw error
      this.refuse(`inputs of ${name}`, error.problems)
    }
  }

  /** What was wrong before anything ran is reported like what failed while it ran: one list for the reader, whatever found it. */
  private refuse(id: string, problems: readonly Problem[]): void {
    if (problems.length === 0) return
    const report: TargetReport = {
      id,
      outcome: 'failed',
      reasons: [],
      outputs: [],
      ms: 0,
      warnings: [],
      problems,
      log: '',
      internal: true,
      title: '',
    }
    this.known.set(id, report)
    this.listen({ type: 'finished', report, done: 0, total: 0 })
  }
}
