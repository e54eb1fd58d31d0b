// A test runner for Stryker: one test file of uvu is one test to it, in a process of its own as everywhere here. Stryker's own way for other
// runners, a command, starts every test for every mutant; this one says which files reach a mutant, so that only these are started for it.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SOURCES, TESTS } from './files.mjs'

const HOOK = fileURLToPath(new URL('in-test.mjs', import.meta.url))
const HIT_LIMIT_REACHED = 99

class UvuRunner {
  #running
  #times = {}

  capabilities() {
    return { reloadEnvironment: true }
  }

  async dryRun() {
    const folder = mkdtempSync(join(tmpdir(), 'mutation-'))
    const coverage = join(folder, 'coverage.json')
    const tests = []
    const perTest = {}
    for (const file of TESTS) {
      const started = performance.now()
      const { code, output } = await this.#run(file, { MUTATION_COVERAGE: coverage })
      const timeSpentMs = performance.now() - started
      this.#times[file] = timeSpentMs
      const passed = code === 0
      tests.push({ id: file, name: file, fileName: file, timeSpentMs, status: passed ? 0 : 1, failureMessage: passed ? undefined : output })
      if (passed) perTest[file] = JSON.parse(readFileSync(coverage, 'utf8'))
    }
    rmSync(folder, { recursive: true })
    return { status: 'complete', tests, mutantCoverage: { static: {}, perTest } }
  }

  async mutantRun({ activeMutant, sandboxFileName, testFilter = TESTS, hitLimit }) {
    // Only its own tests count: one that happens to break far away shows little. The quick ones first.
    const own = SOURCES[relative(process.cwd(), sandboxFileName)]
    const files = own.filter((file) => testFilter.includes(file)).sort((a, b) => (this.#times[a] ?? 0) - (this.#times[b] ?? 0))
    for (const [index, file] of files.entries()) {
      const env = { MUTATION_ACTIVE: activeMutant.id, ...(hitLimit === undefined ? {} : { MUTATION_HIT_LIMIT: String(hitLimit) }) }
      const { code, output } = await this.#run(file, env)
      if (code === HIT_LIMIT_REACHED) return { status: 'timeout', reason: `more than ${hitLimit} times through the mutant` }
      if (code !== 0) return { status: 'killed', killedBy: [file], failureMessage: output.slice(0, 2000), nrOfTests: index + 1 }
    }
    return { status: 'survived', nrOfTests: files.length }
  }

  // Stryker asks for it when a mutant takes too long, and would leave its process behind.
  async dispose() {
    this.#running?.kill('SIGKILL')
  }

  #run(file, env) {
    return new Promise((done) => {
      const child = spawn(process.execPath, ['--import', HOOK, join('.build/test', file.replace(/\.ts$/, '.js'))], {
        env: { ...process.env, NO_COLOR: '1', COWORKS_REPO: process.cwd(), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      this.#running = child
      let output = ''
      child.stdout.on('data', (chunk) => (output += chunk))
      child.stderr.on('data', (chunk) => (output += chunk))
      child.on('close', (code) => done({ code, output }))
    })
  }
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'uvu', factory: () => new UvuRunner() }]
