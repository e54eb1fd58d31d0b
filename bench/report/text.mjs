// The report for a terminal. Pure.
import { summary } from '../measure/statistics.mjs'
import { mark, time } from './figures.mjs'
import { verdict } from './report.mjs'

const row = (cells, widths) =>
  `  ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  ')}`.trimEnd()

function contestantRows(contestants) {
  const own = contestants.find((one) => one.name === 'coworks' && one.times)
  return contestants.map((one) => {
    if (one.failure !== undefined) return [plain(one.title), 'failed', '', '', '', '']
    const { median, low, high, runs } = summary(one.times)
    const ratio = own === undefined || one === own ? '' : `${(summary(own.times).median / median).toPrecision(2)} ×`
    return [
      plain(one.title),
      time(median),
      `${time(low)}–${time(high)}`,
      `${runs}`,
      one.memory === undefined ? '' : `${one.memory.toFixed(0)} MB`,
      ratio,
    ]
  })
}

const plain = (text) => text.replaceAll('`', '')

export function textReport(rows, skipped) {
  const lines = []
  for (const { title, contestants, targets } of rows) {
    const cells = [['', 'median', 'middle half', 'runs', 'peak', 'coworks is'], ...contestantRows(contestants)]
    const widths = cells[0].map((_, at) => Math.max(...cells.map((one) => one[at].length)))
    lines.push(plain(title), ...cells.map((one) => row(one, widths)))
    for (const { text, shown, met } of targets) lines.push(`  ${mark(met).padEnd(6)} ${plain(text)}: ${plain(shown)}`)
    for (const { title: name, failure } of contestants)
      if (failure !== undefined) lines.push(`  ${plain(name)} failed: ${failure.replaceAll('\n', '\n    ')}`)
    lines.push('')
  }
  for (const { title, why } of skipped) lines.push(`SKIPPED ${plain(title)}: ${why}`)
  const { met, missed, unknown } = verdict(rows)
  lines.push(`targets: ${met} met, ${missed} missed${unknown > 0 ? `, ${unknown} not measured` : ''}`)
  return `${lines.join('\n')}\n`
}
