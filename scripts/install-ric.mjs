// Builds AWS's official runtime client for Lambda, under which tests run what was built, into .build/ric-20 and .build/ric-22.
// It is native code that takes a minute and tools that no user of this package needs: never a dependency, and a machine
// that cannot build it is told so and skips those tests.
//   node scripts/install-ric.mjs
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

// By version of Node, as Lambda's own images have them. `native` is what the build ends with.
const CLIENTS = [
  { node: 20, version: '3.3.0', native: 'dist/rapid-client.node' },
  { node: 22, version: '4.0.2', native: 'rapid-client.node' },
]
// Command -> the Debian package that has it.
const TOOLS = {
  autoconf: 'autoconf',
  automake: 'automake',
  libtoolize: 'libtool',
  cmake: 'cmake',
  make: 'make',
  'g++': 'g++',
  python3: 'python3',
}

const folderOf = ({ node }) => join('.build', `ric-${node}`)

function installed({ node, version, native }) {
  const dir = join(folderOf({ node }), 'node_modules/aws-lambda-ric')
  // The native file comes last: an install that was cut off does not have it.
  return existsSync(join(dir, native)) && JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')).version === version
}

function missingTools() {
  return Object.entries(TOOLS).flatMap(([tool, name]) => (spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0 ? [] : [name]))
}

function tail(text, lines = 8) {
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}

function run(command, words) {
  // node-gyp fetches Node's headers from nodejs.org, where that can be reached; most installs have them beside the binary.
  const prefix = dirname(dirname(process.execPath))
  const headers = existsSync(join(prefix, 'include/node/node_api.h')) ? { npm_config_nodedir: prefix } : {}
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    encoding: 'utf8',
    env: { ...headers, ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 1 << 28,
  })
  return status === 0 ? undefined : tail(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`)
}

function installTools(names) {
  if (names.length === 0) return undefined
  if (process.getuid?.() !== 0 || spawnSync('sh', ['-c', 'command -v apt-get']).status !== 0) return `it needs ${names.join(' ')}`
  console.log(`runtime client: apt-get install ${names.join(' ')}`)
  const words = ['install', '-y', '--no-install-recommends', ...names]
  if (run('apt-get', words) === undefined) return undefined
  run('apt-get', ['update']) // a fresh image has no lists of packages
  return run('apt-get', words)
}

function install(client) {
  const folder = folderOf(client)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const name = `aws-lambda-ric@${client.version}`
  console.log(`runtime client: building ${name} into ${folder}, which takes a minute`)
  const words = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--engine-strict=false', '--ignore-scripts=false', name]
  const failed = run('npm', words)
  return failed ?? (installed(client) ? undefined : `${name} was installed without its native part`)
}

const wanted = CLIENTS.filter((client) => !installed(client))
const noTools = wanted.length > 0 ? installTools(missingTools()) : undefined
for (const client of CLIENTS) {
  const failed = wanted.includes(client) ? (noTools ?? install(client)) : undefined
  if (failed === undefined) console.log(`runtime client for Node ${client.node}: ${folderOf(client)}`)
  else console.log(`runtime client for Node ${client.node}: not installed, tests that need it are skipped:\n${failed.replace(/^/gm, '  ')}`)
}
