// The process in which mutants meet the tests: told a test file and a mutant, it loads the file anew and says whether its tests passed. Most of the
// time of a short test is Node starting and packages being loaded; here both are done once. What a mutant left behind in the process could fail the next
// one's tests: so after each failure they must pass without any mutant, or else the process says that it is spent.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

// uvu then leaves it to us to start what `test.run()` asked for.
globalThis.UVU_DEFER = 1
globalThis.UVU_QUEUE = [[]]
const stryker = {}
globalThis.__stryker__ = stryker

const { default: fc } = await import('fast-check')
// The first example that fails will do, no smaller one is looked for.
fc.configureGlobal({ endOnFailure: true })

const write = process.stdout.write.bind(process.stdout)
let failFast = false
process.stdout.write = (text, ...more) => {
  // uvu marks a failed test at once, and goes on to the next, unless this throws.
  if (failFast && String(text).includes('✘')) throw new Error('one failure is enough')
  return write(text, ...more)
}

let loaded = 0

async function passes(file) {
  globalThis.UVU_QUEUE.splice(0, Infinity, [])
  stryker.hitCount = 0
  stryker.mutantCoverage = undefined
  try {
    await import(`${pathToFileURL(resolve('.build/test', file.replace(/\.ts$/, '.js')))}?${++loaded}`)
    const suites = globalThis.UVU_QUEUE[0]
    let total = 0
    for (const suite of suites) {
      const [errors, ran, , all] = await suite()
      if (typeof errors === 'string' || ran < all) return { passed: false, why: String(errors) }
      total += all
    }
    return { passed: total > 0, why: 'no test ran' }
  } catch (error) {
    return { passed: false, why: String(error?.stack ?? error) }
  }
}

process.on('message', async ({ file, mutant, hitLimit = Infinity }) => {
  stryker.activeMutant = mutant
  stryker.hitLimit = hitLimit
  failFast = mutant !== undefined
  const { passed, why } = await passes(file)
  const endless = stryker.hitCount > hitLimit
  const coverage = stryker.mutantCoverage?.static ?? {}
  stryker.activeMutant = undefined
  const spent = !passed && !(await passes(file)).passed
  process.send({ passed, why, endless, coverage, spent })
})
process.send('ready')
