// `npm run bench`: measures coworks beside its peers, prints the table with the ratios against their targets, writes docs/performance.md.
// README.md beside this file says how to run it; `--help` lists the options.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runByOwnNode } from '../scripts/own-node.mjs'
import { plan, USAGE } from './arguments.mjs'
import { emptyTrash } from './project/trash.mjs'
import { machine } from './report/machine.mjs'
import { markdownReport } from './report/markdown.mjs'
import { withGenerated } from './report/page.mjs'
import { reportOf, verdict } from './report/report.mjs'
import { textReport } from './report/text.mjs'
import { runGroup } from './run-group.mjs'
import { SCENARIOS } from './scenarios.mjs'
import { installPrograms, lacks } from './tools/have.mjs'
import { TITLES, TOOLS } from './tools/index.mjs'
import { installPeers } from './tools/peers.mjs'

const repo = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const folder = join(repo, '.build/bench')
const PAGE = join(repo, 'docs/performance.md')
runByOwnNode(repo)

function say(text) {
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${seconds} s  ${text}`)
  else if (!/: round [1-9]/.test(text)) process.stderr.write(`${seconds} s  ${text}\n`)
}

let wanted
try {
  wanted = plan(process.argv.slice(2))
} catch (error) {
  console.error(`bench: ${error.message}\n\n${USAGE}`)
  process.exit(2)
}
if (wanted.help) {
  process.stdout.write(USAGE)
  process.exit(0)
}
if (wanted.list) {
  for (const { id, title } of SCENARIOS) console.log(`${id.padEnd(14)} ${title.replaceAll('`', '')}`)
  process.exit(0)
}
if (!existsSync(join(repo, 'dist/coworks.js'))) {
  console.error('bench: dist/coworks.js is not there; run: npm run build')
  process.exit(2)
}

const named = new Set(['coworks', ...wanted.groups.flatMap(({ scenarios }) => scenarios.flatMap(({ against }) => against))])
let started = performance.now()
mkdirSync(folder, { recursive: true })
const tools = TOOLS.filter(({ name }) => named.has(name))
installPrograms([...new Set(['time', ...tools.flatMap(({ needs }) => needs)])], say)
const withoutPeers = tools.some(({ npm }) => npm) ? installPeers(join(folder, 'peers'), say) : undefined
const absent = new Map(
  tools.flatMap((tool) => {
    const why = lacks(tool) ?? (tool.npm ? withoutPeers : undefined)
    return why === undefined ? [] : [[tool.name, why]]
  }),
)
const at = machine(folder)

started = performance.now()
const results = {}
const context = {
  ...wanted,
  repo,
  work: join(folder, 'work'),
  home: join(folder, 'home'),
  peers: join(folder, 'peers'),
  absent,
  say,
  ownTrees: new Map(),
}
for (const group of wanted.groups) Object.assign(results, runGroup(group, context))
if (!wanted.keep) for (const tree of context.ownTrees.values()) tree.remove('.')
const seconds = (performance.now() - started) / 1000
emptyTrash(context.work)
say('')
if (process.stderr.isTTY) process.stderr.write('\r')

const rows = reportOf({ scenarios: SCENARIOS, results, titles: TITLES })
const skipped = [...absent].map(([name, why]) => ({ title: TITLES[name], why }))
const versions = tools.filter(({ name }) => !absent.has(name)).map((tool) => [tool.title, tool.version(repo, context)])
writeFileSync(
  join(folder, wanted.smoke ? 'smoke.json' : 'figures.json'),
  `${JSON.stringify({ machine: at, seconds, versions, skipped, results }, null, 1)}\n`,
)
process.stdout.write(textReport(rows, skipped))
console.log(
  `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s; raw figures: .build/bench/${wanted.smoke ? 'smoke' : 'figures'}.json`,
)
if (wanted.docs) {
  writeFileSync(PAGE, withGenerated(readFileSync(PAGE, 'utf8'), markdownReport(rows, { machine: at, versions, skipped, seconds })))
  console.log('written: docs/performance.md')
}
if ((!wanted.smoke && verdict(rows).missed > 0) || rows.some(({ contestants }) => contestants.some(({ failure }) => failure !== undefined)))
  process.exitCode = 1
