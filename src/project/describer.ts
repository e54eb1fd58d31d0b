/**
 * Who describes the microservices of a build: one process, and more where many wait for it. A first build of a large project, or one whose cache was
 * brought along, has hundreds to describe, each some milliseconds of V8's time.
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Asked, type Described, type DescribeQuestion, DescribingProcess } from './describe.js'
import { paths } from './microservice.js'

/** Starting a process takes as long as some ten descriptions: so many must have been asked for before another is worth it. */
const WORTH_ANOTHER = 10
/** Each holds some hundred MB. */
const MOST = 4

export class Describer {
  private readonly processes: [DescribingProcess, ...DescribingProcess[]]
  private asked = 0
  private readonly most = Math.min(MOST, availableParallelism())

  constructor(private readonly root: string) {
    this.processes = [new DescribingProcess(root)]
  }

  /** @throws CoworksError when the module cannot be loaded or described */
  describe(asked: Asked, question: DescribeQuestion, signal: AbortSignal): Promise<Described> {
    this.asked++
    return this.next().describe(asked, question, signal)
  }

  private next(): DescribingProcess {
    const { processes } = this
    const idlest = processes.reduce((least, one) => (one.waiting < least.waiting ? one : least))
    if (idlest.waiting === 0 || this.asked <= WORTH_ANOTHER || processes.length >= this.most) return idlest
    const another = new DescribingProcess(this.root)
    processes.push(another)
    return another
  }

  /** As `DescribingProcess.renew`: for a build that is expected to ask for a few. */
  renew(): void {
    this.asked = 0
    for (const other of this.processes.splice(1)) other.close()
    this.processes[0].renew()
  }

  /** Starts a process while there is something else to do before it is asked. */
  warm(): void {
    this.processes[0].warm(join(this.root, paths.bundle('any')))
  }

  close(): void {
    for (const one of this.processes) one.close()
  }
}
