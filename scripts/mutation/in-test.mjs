// Loaded before a test file: tells the instrumented code which mutant is active, and afterwards which mutants were reached.
import { writeFileSync } from 'node:fs'

const { MUTATION_ACTIVE, MUTATION_HIT_LIMIT, MUTATION_COVERAGE } = process.env
const stryker = { activeMutant: MUTATION_ACTIVE, hitCount: 0, hitLimit: Number(MUTATION_HIT_LIMIT ?? Infinity) }
globalThis.__stryker__ = stryker

if (MUTATION_ACTIVE !== undefined) {
  // One failure is enough: no need for the tests after it. uvu marks a failed test at once.
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = (text, ...more) => {
    if (String(text).includes('✘')) process.exit(1)
    return write(text, ...more)
  }
}

process.on('exit', () => {
  if (MUTATION_COVERAGE !== undefined) writeFileSync(MUTATION_COVERAGE, JSON.stringify(stryker.mutantCoverage?.static ?? {}))
  // A loop that does not end throws at the limit, which the test may have caught.
  if (stryker.hitCount > stryker.hitLimit) process.exitCode = 99
})
