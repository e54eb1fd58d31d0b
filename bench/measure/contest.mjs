// One scenario, its contestants side by side: in every round each runs once, and every round begins with another, so that whatever else the
// machine does falls on all. A contestant leaves when it has used up its share of time.
import { spawnSync } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { Failed, measuresMemory, peakMemory, timed } from './run.mjs'
import { median } from './statistics.mjs'
import { WORKS } from './works.mjs'

/** To a run of this length a warm cache is nothing, and its memory is not asked for again. */
const SLOW_MS = 5_000
const MEDIUM_MS = 2_000

/** A daemon that watches its files is at work as soon as they are edited: it is done before anyone is timed, or whoever comes first would pay for it. */
const DAEMON_MS = 1_000

/** How many runs anyone makes, however slow. */
const leastRuns = (ms) => (ms > SLOW_MS ? 1 : ms > MEDIUM_MS ? 2 : 3)

/** Leaves after `rounds`, or when one more run would pass `budget`. */
function enough({ times, spent }, { rounds, budget }) {
  if (times.length === 0) return false
  const next = median(times)
  return times.length >= rounds || (times.length >= leastRuns(next) && spent + next > budget)
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
  const undo = () => {
    if (scenario.work === 'edit') for (const tree of trees) tree.undo(scenario.edit)
  }
  undo()
  for (let round = 0; active().length > 0; round++) {
    if (scenario.work === 'edit') {
      pause()
      for (const tree of trees) tree.edit(scenario.edit)
      pause(contestants.some(({ tool }) => tool.watches) ? DAEMON_MS : undefined)
    }
    const now = active()
    const turn = round % now.length
    for (const one of [...now.slice(turn), ...now.slice(0, turn)]) runOnce(one, { work, scenario, round })
    say(`${scenario.id}: round ${round}`)
  }
  const results = runners.map((one) => resultOf(one, scenario))
  undo()
  return results
}

/**
 * Nobody edits within a tick of the file system's clock (some 4 ms) after a build, nor builds so soon after an edit. ninja would miss such an
 * edit, and coworks would hash the file once more than it otherwise must.
 */
function pause(ms = 20) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** What others have written is on the disk before one is timed: or it would pay for them, as its processes wait for the same processors. */
function settle() {
  spawnSync('sync') // where there is none, the figures spread
}

/** A first run is not counted, unless it is slow, or cold is what is measured: the disk's cache is warm, as the project was just written. */
function runOnce(one, { work, scenario, round }) {
  const { tool, tree, command, context } = one
  try {
    const edit = scenario.work === 'edit' ? tree.edited(scenario.edit) : undefined
    const seen = work.before(tool, tree, { edit, context })
    settle()
    const { ms, stdout } = timed(command)
    work.after(tool, tree, seen)
    const says = scenario.says?.[tool.name]
    if (says !== undefined && !says.test(stdout)) throw new Error(`${tool.title}: did not print ${says}`)
    if (round > 0 || ms > SLOW_MS || scenario.work === 'cold') {
      one.times.push(ms)
      one.spent += ms
    }
  } catch (error) {
    one.failure = error.message.slice(0, 2_000)
  }
}

function resultOf({ tool, tree, command, context, times, failure }, scenario) {
  if (failure !== undefined) return { name: tool.name, failure }
  const result = { name: tool.name, times }
  // A run whose memory is looked at is not one whose time counts.
  if (scenario.memory && !tool.npm && measuresMemory() && median(times) < SLOW_MS) {
    try {
      result.memory = Math.max(
        ...[1, 2, 3].map(() => {
          WORKS[scenario.work].before(tool, tree, { context })
          return peakMemory(command)
        }),
      )
    } catch (error) {
      if (!(error instanceof Failed)) throw error
    }
  }
  if (scenario.bytes) result.bytes = tool.zips(tree).reduce((sum, file) => sum + lstatSync(file).size, 0)
  return result
}
