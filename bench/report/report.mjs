// A run's raw figures → rows that a table can show: each scenario with everyone who took part, each target with its ratio. Pure.
import { evaluate } from './evaluate.mjs'

/** `results`: scenario id → [{ name, times, memory, bytes } | { name, failure }]. Scenarios that were not run are left out. */
export function reportOf({ scenarios, results, titles, all = scenarios }) {
  const titleOf = (name) => titles[name] ?? name
  return scenarios
    .filter(({ id }) => results[id] !== undefined)
    .map((scenario) => ({
      id: scenario.id,
      title: scenario.title,
      contestants: results[scenario.id].map((one) => ({ ...one, title: titleOf(one.name) })),
      targets: scenario.targets.map((target) => evaluate(target, scenario, results, titleOf, all)),
    }))
}

export function verdict(rows) {
  const targets = rows.flatMap((row) => row.targets)
  const count = (met) => targets.filter((one) => one.met === met).length
  return { met: count(true), missed: count(false), unknown: count(undefined) }
}
