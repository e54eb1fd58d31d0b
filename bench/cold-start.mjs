// Cold start of the built quickstart against a bare handler that answers the same: from the start of the process to the first
// answer, under AWS's runtime client. The two take turns, so that whatever else the machine does falls on both.
//   node scripts/build.mjs && node scripts/install-ric.mjs && node bench/cold-start.mjs [runs]
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const TARGET = 1.3
const runs = Number(process.argv[2] ?? 31)
const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)
process.env.COWORKS_REPO = root
delete process.env.NODE_EXTRA_CA_CERTS // Node 20 parses the whole file at start

await build({
  stdin: {
    contents: `export * from './test/support/lambda.js'; export * from './test/support/example.js'; export * from './test/support/recorded-events.js'; export * from './test/support/folder.js'`,
    resolveDir: root,
  },
  outfile: '.build/bench/support.mjs',
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  logLevel: 'warning',
})
const { copyExample, findRuntimeClient, Folder, LambdaFunction, recordedProxyEvent, unpackFunction } = await import(
  pathToFileURL(join(root, '.build/bench/support.mjs')).href
)

const project = copyExample('quickstart')
project.build(['stage=dev'])
const quickstart = await unpackFunction(project.at('terraform/tmp/app-test-dev.zip'), [project.at('layer.zip')])
const bare = new Folder({
  'var/task/index.mjs': `export const handler = async () => ({
  statusCode: 200,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Access-Control-Allow-Origin': '*' },
  body: 'Simple microservice ready.\\n',
})
`,
})

async function coldStart(client, name, folder) {
  const started = performance.now()
  const options = { client, name, zip: '', layers: [], env: { TOKEN: 'token', WORKSPACE: 'dev' } }
  const lambda = await LambdaFunction.start(options, folder)
  try {
    const { statusCode, body } = await lambda.answer(recordedProxyEvent({ path: '/' }))
    if (statusCode !== 200 || body !== 'Simple microservice ready.\n') throw new Error(`${name}: ${statusCode} ${body}`)
    return performance.now() - started
  } finally {
    lambda.close()
  }
}

const median = (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN

let worst = 0
for (const major of [20, 22]) {
  const client = findRuntimeClient(major)
  if (client === undefined) continue
  const times = { bare: [], quickstart: [] }
  for (let turn = -2; turn < runs; turn++) {
    // The first turns warm the disk's cache; every second one begins with the other.
    const order = turn % 2 === 0 ? ['bare', 'quickstart'] : ['quickstart', 'bare']
    for (const which of order) {
      const ms = await coldStart(client, which, which === 'bare' ? bare : quickstart)
      if (turn >= 0) times[which].push(ms)
    }
  }
  const [one, other] = [median(times.bare), median(times.quickstart)]
  worst = Math.max(worst, other / one)
  console.log(
    `Node ${major}: bare ${one.toFixed(1)} ms, quickstart ${other.toFixed(1)} ms, ratio ${(other / one).toFixed(3)} (medians of ${runs}, ${cpus().length} cores)`,
  )
}
if (worst > TARGET) {
  console.log(`over the target of ${TARGET}`)
  process.exitCode = 1
}
