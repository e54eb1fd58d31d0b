// A test runner for Stryker: one test file of uvu is one test to it. Stryker's own way for other runners, a command, starts every test for every
// mutant; this one says which files reach a mutant, so that only these are run for it.
import { fork } from 'node:child_process'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SOURCES, TESTS } from './files.mjs'

const TEST_PROCESS = fileURLToPath(new URL('test-process.mjs', import.meta.url))
/** What was loaded stays in memory. */
const RUNS_OF_A_PROCESS = 100

class UvuRunner {
  #process
  #runs = 0

  capabilities() {
    return { reloadEnvironment: true }
  }

  async dryRun() {
    const tests = []
    const perTest = {}
    for (const file of TESTS) {
      const started = performance.now()
      const { passed, why, coverage } = await this.#run({ file })
      const timeSpentMs = performance.now() - started
      tests.push({ id: file, name: file, fileName: file, timeSpentMs, status: passed ? 0 : 1, failureMessage: passed ? undefined : why })
      perTest[file] = coverage
    }
    return { status: 'complete', tests, mutantCoverage: { static: {}, perTest } }
  }

  async mutantRun({ activeMutant, sandboxFileName, testFilter = TESTS, hitLimit }) {
    // Only its own tests count: one that happens to break far away shows little.
    const own = SOURCES[relative(process.cwd(), sandboxFileName)]
    const files = own.filter((file) => testFilter.includes(file))
    for (const [index, file] of files.entries()) {
      const { passed, why, endless } = await this.#run({ file, mutant: activeMutant.id, hitLimit })
      if (endless) return { status: 'timeout', reason: `more than ${hitLimit} times through the mutant` }
      if (!passed) return { status: 'killed', killedBy: [file], failureMessage: why.slice(0, 2000), nrOfTests: index + 1 }
    }
    return { status: 'survived', nrOfTests: files.length }
  }

  // Stryker asks for it when a mutant takes too long.
  async dispose() {
    this.#process?.kill('SIGKILL')
    this.#process = undefined
  }

  async #run(message) {
    if (this.#process === undefined || ++this.#runs > RUNS_OF_A_PROCESS) {
      await this.dispose()
      this.#runs = 1
      this.#process = fork(TEST_PROCESS, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: { ...process.env, NO_COLOR: '1' } })
      await answer(this.#process)
    }
    const asked = answer(this.#process)
    this.#process.send(message)
    const said = await asked
    // A mutant that ended the process has failed its tests.
    if (said === undefined || said.spent) await this.dispose()
    return said ?? { passed: false, why: 'the process ended', endless: false, coverage: {} }
  }
}

/** What the process says next; nothing, if it ends. */
function answer(child) {
  return new Promise((done) => {
    const end = (said) => {
      child.off('message', end)
      child.off('close', ended)
      done(said)
    }
    const ended = () => end(undefined)
    child.on('message', end)
    child.on('close', ended)
  })
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'uvu', factory: () => new UvuRunner() }]
