// The figures of a run against the targets. Pure. A target whose other side was not measured is neither met nor missed, and says so.
import { median } from '../measure/statistics.mjs'
import { fileCount } from '../scenarios.mjs'

const NOISE = 1.05

const measured = (results, id, name = 'coworks') =>
  results[id]?.find((one) => one.name === name && one.failure === undefined && one.times?.length > 0)
const timeOf = (results, id, name) => {
  const found = measured(results, id, name)
  return found && median(found.times)
}

/** { text, value, met }: `value` and `met` are undefined where something was not measured, which `why` then names. */
export function evaluate(target, scenario, results, titleOf, scenarios) {
  const own = timeOf(results, scenario.id)
  if ('against' in target) {
    const other = timeOf(results, scenario.id, target.against)
    return ratio(`≤ ${target.most} × ${titleOf(target.against)}`, own, other, target.most, titleOf(target.against))
  }
  if ('of' in target) return ratio(`≤ ${target.most} × \`${target.of}\``, own, timeOf(results, target.of), target.most, `\`${target.of}\``)
  if ('memory' in target) {
    const text = `≤ ${target.memory} MB`
    const value = measured(results, scenario.id)?.memory
    return value === undefined ? missing(text, 'memory') : { text, value, shown: `${value.toFixed(0)} MB`, met: value <= target.memory }
  }
  if ('smallerThan' in target) {
    const text = `a smaller file than ${titleOf(target.smallerThan)}`
    const bytes = measured(results, scenario.id)?.bytes
    const other = measured(results, scenario.id, target.smallerThan)?.bytes
    if (bytes === undefined || other === undefined) return missing(text, titleOf(target.smallerThan))
    return { text, value: bytes / other, shown: `${(bytes / other).toFixed(4)} ×`, met: bytes < other }
  }
  return growth(target.perFile, results, scenarios)
}

function ratio(text, own, other, most, name) {
  if (own === undefined || other === undefined) return missing(text, own === undefined ? 'coworks' : name)
  const value = own / other
  return { text, value, shown: `${value.toPrecision(2)} ×`, met: value <= most }
}

function growth(ids, results, scenarios) {
  const text = 'time per file does not rise'
  const perFile = ids.map((id) => {
    const time = timeOf(results, id)
    const scenario = scenarios.find((one) => one.id === id)
    return time === undefined || scenario === undefined ? undefined : (time * 1000) / fileCount(scenario)
  })
  const absent = ids.find((_, index) => perFile[index] === undefined)
  if (absent !== undefined) return missing(text, `\`${absent}\``)
  const shown = perFile.map((one) => `${one.toPrecision(2)}`).join(' → ')
  const met = perFile.every((one, index) => index === 0 || one <= perFile[index - 1] * NOISE)
  return { text, value: perFile.at(-1) / perFile[0], shown: `${shown} µs`, met }
}

const missing = (text, why) => ({ text, value: undefined, shown: `not measured: ${why}`, met: undefined, why })
