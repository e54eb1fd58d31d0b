// One scenario, its contestants side by side: in every round each runs once, and every round begins with another, so that whatever else the
// machine does falls on all. The first round is not counted. A contestant leaves when it has used up its share of time.
import { lstatSync } from 'node:fs'
import { Failed, measuresMemory, peakMemory, timed } from './run.mjs'
import { median } from './statistics.mjs'
import { WORKS } from './works.mjs'

const SLOW_MS = 8_000

/** Leaves after `rounds`, or when one more run would pass `budget`; but not before three runs, of slow ones one. */
function enough(one, { rounds, budget }) {
  const { times } = one
  if (times.length === 0) return false
  if (times.length >= rounds) return true
  const next = median(times)
  const least = next > SLOW_MS ? 1 : 3
  return times.length >= least && one.spent + next > budget
}

/**
 * `contestants`: [{ tool, tree, command, context }]. Returns for each { name, times, memory, bytes } or { name, failure }.
 * `say`: told what is going on.
 */
export function contest({ scenario, contestants, rounds, budget, say }) {
  const work = WORKS[scenario.work]
  const runners = contestants.map((one) => ({ ...one, times: [], spent: 0, failure: undefined, warm: false }))
  const trees = [...new Set(contestants.map(({ tree }) => tree))]
  const active = () => runners.filter((one) => one.failure === undefined && !enough(one, { rounds, budget }))
  let revision = 0
  for (let round = 0; active().length > 0; round++) {
    if (scenario.work === 'edit') {
      revision++
      pause()
      for (const tree of trees) tree.edit(scenario.edit, revision)
      pause()
    }
    const now = active()
    const turn = round % now.length
    for (const one of [...now.slice(turn), ...now.slice(0, turn)]) runOnce(one, { work, scenario, round })
    say(`${scenario.id}: round ${round}`)
  }
  const results = runners.map((one) => resultOf(one, scenario))
  if (revision > 0) for (const tree of trees) tree.edit(scenario.edit, 0)
  return results
}

/**
 * Nobody edits within a tick of the file system's clock (some 4 ms) after a build, nor builds so soon after an edit. ninja would miss such an
 * edit, and coworks would hash the file once more than it otherwise must.
 */
function pause() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
}

/** A first run warms the disk's cache and is not counted, unless it is so slow that a warm cache is nothing to it. */
function runOnce(one, { work, scenario, round }) {
  const { tool, tree, command, context } = one
  try {
    const edit = scenario.work === 'edit' ? tree.edited(scenario.edit) : undefined
    const seen = work.before(tool, tree, { edit, context })
    const { ms, stdout } = timed(command)
    work.after(tool, tree, seen)
    const says = scenario.says?.[tool.name]
    if (says !== undefined && !says.test(stdout)) throw new Error(`${tool.title}: did not print ${says}`)
    if (round > 0 || ms > SLOW_MS) {
      one.times.push(ms)
      one.spent += ms
    }
  } catch (error) {
    one.failure = error.message.slice(0, 2_000)
  }
}

function resultOf({ tool, tree, command, times, failure }, scenario) {
  if (failure !== undefined) return { name: tool.name, failure }
  const result = { name: tool.name, times }
  // A run whose memory is looked at is not one whose time counts.
  if (scenario.memory && measuresMemory() && median(times) < SLOW_MS) {
    try {
      result.memory = Math.max(...[1, 2, 3].map(() => peakMemory(command)))
    } catch (error) {
      if (!(error instanceof Failed)) throw error
    }
  }
  if (scenario.bytes) result.bytes = tool.zips(tree).reduce((sum, file) => sum + lstatSync(file).size, 0)
  return result
}
