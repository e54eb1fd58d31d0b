// The generated part of docs/performance.md. Pure.

import { median } from '../measure/statistics.mjs'
import { mark, spread, time } from './figures.mjs'
import { verdict } from './report.mjs'

const table = (heads, rows) => [
  `| ${heads.join(' | ')} |`,
  `|${heads.map(() => '---').join('|')}|`,
  ...rows.map((cells) => `| ${cells.join(' | ')} |`),
]

/** Medians of all, a row a scenario, in seconds: a column for each who took part anywhere. */
function overview(rows) {
  const names = [...new Map(rows.flatMap((row) => row.contestants.map(({ name, title }) => [name, title])))]
  const cell = (row, name) => {
    const one = row.contestants.find((each) => each.name === name)
    return one === undefined ? '' : one.failure === undefined ? seconds(median(one.times)) : 'failed'
  }
  return table(
    ['scenario', ...names.map(([, title]) => title)],
    rows.map((row) => [`\`${row.id}\` ${row.title}`, ...names.map(([name]) => cell(row, name))]),
  )
}

const seconds = (ms) => `${Number((ms / 1000).toPrecision(2))}`

function targets(rows) {
  const lines = rows.flatMap((row) =>
    row.targets.map(({ text, shown, met }) => [`\`${row.id}\``, text, shown, met === false ? `**${mark(met)}**` : mark(met)]),
  )
  return table(['scenario', 'target', 'measured', ''], lines)
}

function spreads(rows) {
  const memory = (one) => (one.memory === undefined ? '' : `${one.memory.toFixed(0)}`)
  const bytes = (one) => (one.bytes === undefined ? '' : `${one.bytes.toLocaleString('en')}`)
  const lines = rows.flatMap((row) =>
    row.contestants.map((one) => [
      `\`${row.id}\``,
      one.title,
      one.failure === undefined ? spread(one.times) : 'failed',
      one.failure === undefined ? time(Math.min(...one.times)) : '',
      memory(one),
      bytes(one),
    ]),
  )
  return table(['scenario', '', 'median (middle half)', 'least', 'peak MB', 'bytes'], lines)
}

/** `run`: { machine, versions: [[title, version]], skipped, seconds }. */
export function markdownReport(rows, { machine, versions, skipped, seconds: took }) {
  const { met, missed, unknown } = verdict(rows)
  const { cores, processor, memoryGB, kernel, fileSystem, node, date, loadBefore } = machine
  const quiet = loadBefore === undefined ? '' : `, load ${loadBefore} before the run`
  return [
    `Measured on ${date} with Node ${node.slice(1)}: ${cores} cores (${processor}), ${memoryGB} GB of memory, Linux ${kernel}, ${fileSystem}${quiet}; ${Math.round(took / 60)} minutes.`,
    `${versions.map(([title, version]) => `${title} ${version}`).join(' · ')}.`,
    ...skipped.map(({ title, why }) => `Not taken part: ${title}, ${why}.`),
    `**Targets: ${met} met, ${missed} missed${unknown > 0 ? `, ${unknown} not measured` : ''}.**`,
    '',
    '### Medians, in seconds',
    '',
    ...overview(rows),
    '',
    '### Targets',
    '',
    ...targets(rows),
    '',
    '### Spread',
    '',
    ...spreads(rows),
  ].join('\n')
}
