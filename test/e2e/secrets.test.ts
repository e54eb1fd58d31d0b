// limit: 300 s
/**
 * Secrets stay where they are. A canary stands in every place where a secret can be: an environment file, the environment, an npm token, the
 * password in an address, Terraform's state and its backend. Then every command runs, plainly and with all that makes it talk, on a project that
 * builds and on one that does not, and every byte that was printed or written is searched, zips and caches from the inside too.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import yauzl from 'yauzl'
import { commands } from '../../src/cli/options/index.js'
import { CliProject, REPO } from '../support/cli.js'

const CANARY = 'canary-5up3r-s3cr3t'
/** As it would look in JSON, in a shell, in an address, in base64 at any offset. */
const FORMS = [
  CANARY,
  encodeURIComponent(CANARY),
  ...[0, 1, 2].map((offset) =>
    Buffer.from(`${'x'.repeat(offset)}${CANARY}`)
      .toString('base64')
      .slice(4, -4),
  ),
  Buffer.from(CANARY).toString('hex'),
]

const STATE = JSON.stringify({
  version: 4,
  terraform_version: '1.11.4',
  serial: 3,
  lineage: 'a',
  outputs: { password: { value: CANARY, type: 'string', sensitive: true } },
  resources: [
    {
      mode: 'managed',
      type: 'aws_lambda_function',
      name: 'app-test_dev',
      provider: 'provider["registry.terraform.io/hashicorp/aws"]',
      instances: [
        {
          schema_version: 0,
          attributes: {
            function_name: 'app-test-dev',
            arn: 'arn:aws:lambda:eu-west-1:123456789012:function:app-test-dev',
            source_code_hash: 'b2xk',
            description: 'app-test 0.0, stage dev',
            environment: [{ variables: { TOKEN: CANARY, OLD: CANARY } }],
          },
        },
      ],
    },
  ],
})

const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "secrets", "private": true, "type": "module" }\n',
  'package-lock.json': `{ "lockfileVersion": 3, "packages": { "": {}, "node_modules/a": { "version": "1.0.0", "resolved": "https://user:${CANARY}@registry.example/a.tgz" } } }\n`,
  '.npmrc': `//registry.example/:_authToken=${CANARY}\n`,
  '.env': `TOKEN=${CANARY}\n`,
  'config/vars_dev.secret.json': JSON.stringify({ TOKEN: CANARY, URL: `https://user:${CANARY}@db.example/` }),
  'Coworksfile.ts': `import * as cws from 'coworks/cws'
cws.CwsProject([cws.AllFiles('src')], [['app-test', ['dev', 'prod']]])
cws.Command('out/made.txt', 'src/app.ts', 'wc -c < $SOURCE > $TARGET', { env: ['MY_TOKEN'] })
`,
  'src/app.ts': `import { Config, TechMicroService } from 'coworks'
class Service extends TechMicroService {
  get() { return 'ready' }
  auth(request: { token: string }) { return request.token === process.env.TOKEN }
}
const environmentVariablesFile = 'config/vars_dev.secret.json'
export const app = new Service({ name: 'test', configs: ['dev', 'prod'].map((workspace) => new Config({ workspace, environmentVariablesFile })) })
`,
  'terraform/terraform.tfstate': STATE,
}
/** Where the canary lies already. */
const PLANTED = new Set(Object.keys(FILES).filter((path) => FILES[path]?.includes(CANARY)))

/** Nothing answers at these addresses: what would go out fails, and says so. */
const ENV: Readonly<Record<string, string>> = {
  MY_TOKEN: CANARY,
  NPM_TOKEN: CANARY,
  GITHUB_TOKEN: CANARY,
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: CANARY,
  AWS_SESSION_TOKEN: CANARY,
  AWS_REGION: 'eu-west-1',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  AWS_MAX_ATTEMPTS: '1',
  AWS_EC2_METADATA_DISABLED: 'true',
  TF_VAR_password: CANARY,
  TF_IN_AUTOMATION: '1',
  CHECKPOINT_DISABLE: '1',
  npm_config__auth: CANARY,
  HTTPS_PROXY: `http://user:${CANARY}@127.0.0.1:9`,
}

const LOUD = ['--debug=explain,time,json,stacktrace']

/** What each command is run with; every command must be here. Those that serve until they are ended have tests of their own below. */
const RUNS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  build: [
    ['stage=all', ...LOUD],
    ['stage=all', '--json'],
    ['stage=all', '-n', '--tree=all,status', '--debug=explain'],
    ['-q'],
    ['-c'],
    ['stage=dev', '--cache-show'],
  ],
  taint: [
    ['stage=dev', ...LOUD],
    ['stage=dev', '--json'],
    ['stage=dev', '--replace'],
    ['stage=dev', '--baseline'],
  ],
  diff: [['stage=dev'], ['stage=dev', '--json'], ['stage=dev', '--with=prod']],
  upload: [['stage=dev', ...LOUD], ['--json']],
  // Neither Terraform's providers nor AWS can be reached: what is said of that is what is looked at.
  deploy: [
    ['stage=dev', '--auto-approve', ...LOUD],
    ['stage=dev', '--auto-approve', '--json'],
  ],
  destroy: [
    ['stage=dev', '--auto-approve'],
    ['stage=dev', '--auto-approve', '--json'],
  ],
  update: [
    ['stage=dev', ...LOUD],
    ['stage=dev', '--json'],
    ['stage=dev', '-n'],
  ],
  drift: [['stage=dev'], ['stage=dev', '--json']],
  affected: [['--since=HEAD'], ['--since=HEAD', '--json']],
  sbom: [['stage=dev'], ['stage=dev', '--json']],
  info: [[], ['--json']],
  doctor: [[], ['--json']],
  init: [['new', '--yes', '--no-install']],
  templates: [[], ['copy', '_role.hbs']],
  completion: [['bash']],
  help: [[], ['build']],
}
const SERVING = ['run', 'watch']

async function filesOf(root: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>()
  const walk = (dir: string): void => {
    for (const name of readdirSync(join(root, dir))) {
      const path = dir === '' ? name : `${dir}/${name}`
      const stat = lstatSync(join(root, path))
      if (stat.isDirectory()) walk(path)
      else if (stat.isFile()) found.set(path, readFileSync(join(root, path)))
    }
  }
  walk('')
  for (const [path, bytes] of [...found]) {
    if (bytes.subarray(0, 2).toString('latin1') !== 'PK') continue
    for (const [name, content] of await entriesOf(bytes)) found.set(`${path}!${name}`, content)
  }
  return found
}

function entriesOf(zip: Buffer): Promise<[string, Buffer][]> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(zip, { lazyEntries: true }, (error, file) => {
      if (error) return reject(error)
      const entries: [string, Buffer][] = []
      file.on('entry', (entry) =>
        file.openReadStream(entry, (problem, stream) => {
          if (problem) return reject(problem)
          const chunks: Buffer[] = []
          stream.on('data', (chunk: Buffer) => chunks.push(chunk))
          stream.on('end', () => {
            entries.push([entry.fileName, Buffer.concat(chunks)])
            file.readEntry()
          })
        }),
      )
      file.on('end', () => resolve(entries))
      file.on('error', reject)
      file.readEntry()
    })
  })
}

function assertNoneIn(text: string | Buffer, where: string): void {
  for (const form of FORMS) assert.not.ok(text.includes(form), `${where} holds the canary as ${form}:\n${String(text).slice(0, 2000)}`)
}

async function assertNoneWritten(project: CliProject, planted: ReadonlySet<string> = PLANTED): Promise<void> {
  const files = await filesOf(project.path)
  for (const [path, bytes] of files) if (!planted.has(path)) assertNoneIn(bytes, path)
  // What was searched is what a build writes: an empty search would find nothing.
  assert.ok(
    [...files.keys()].some((path) => path.startsWith('.coworks/')),
    [...files.keys()].join(', '),
  )
}

test('every command is tried', () => {
  const known = commands.filter(({ hidden }) => hidden !== true).map(({ name }) => name)
  assert.equal([...Object.keys(RUNS), ...SERVING].sort(), [...known].sort())
})

test('what a project that builds prints and writes', async () => {
  const project = new CliProject(FILES)
  let printed = 0
  for (const [command, runs] of Object.entries(RUNS)) {
    for (const words of runs) {
      const { stdout, stderr } = await project.run([command, ...words], ENV)
      assertNoneIn(stdout + stderr, `coworks ${command} ${words.join(' ')}`)
      printed += stdout.length
    }
  }
  assert.ok(printed > 2000)
  await assertNoneWritten(project)
  const zip = (await filesOf(project.path)).get('terraform/tmp/app-test-dev.zip!index.mjs')
  assert.ok(zip?.includes('ready'), 'zips are searched from the inside')
})

const BROKEN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'an environment file that is no JSON': { 'config/vars_dev.secret.json': `{ "TOKEN": "${CANARY}", ${CANARY} }` },
  'values that are no strings': { 'config/vars_dev.secret.json': JSON.stringify({ TOKEN: [CANARY], OTHER: { a: CANARY } }) },
  'a name that is none': { 'config/vars_dev.secret.json': JSON.stringify({ 'A-B': CANARY, AWS_REGION: CANARY, TOKEN: CANARY }) },
  'an environment file that is too large': { 'config/vars_dev.secret.json': JSON.stringify({ TOKEN: CANARY.repeat(300) }) },
  'a module that throws what it finds in the environment': {
    'src/app.ts': 'throw new Error(JSON.stringify(process.env))\n',
  },
  'a state that is no state': { 'terraform/terraform.tfstate': `${STATE.slice(0, -30)} ${CANARY}` },
  'a backend with a password': {
    'terraform/.terraform/terraform.tfstate': JSON.stringify({
      version: 3,
      backend: { type: 'pg', config: { conn_str: `postgres://user:${CANARY}@127.0.0.1:9/state` }, hash: 1 },
    }),
  },
}

for (const [what, files] of Object.entries(BROKEN)) {
  test(`what a project prints and writes that has ${what}`, async () => {
    const project = new CliProject({ ...FILES, ...files })
    for (const words of [['build', ...LOUD], ['build', '--json', '-k'], ['taint'], ['diff', 'stage=dev'], ['doctor'], ['info', '--json']]) {
      const { stdout, stderr } = await project.run(words, ENV)
      assertNoneIn(stdout + stderr, `coworks ${words.join(' ')}`)
    }
    await assertNoneWritten(project, new Set([...PLANTED, ...Object.keys(files).filter((path) => files[path]?.includes(CANARY))]))
  })
}

/** Runs until `until` was printed and `then` is done, then is interrupted. */
async function served(
  project: CliProject,
  words: readonly string[],
  until: RegExp,
  then: (found: string) => Promise<void>,
): Promise<string> {
  const child = spawn(process.execPath, [join(REPO, 'dist/coworks.cjs'), ...words], {
    cwd: project.path,
    env: { PATH: process.env.PATH, HOME: project.path, NO_COLOR: '1', ...ENV },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const seen = new Promise<string>((resolve, reject) => {
    const look = (text: string): void => {
      said += text
      const found = until.exec(said)
      if (found !== null) resolve(found[1] ?? '')
    }
    child.stdout.setEncoding('utf8').on('data', look)
    child.stderr.setEncoding('utf8').on('data', look)
    child.on('close', () => reject(new Error(`ended before it said ${until}:\n${said}`)))
  })
  const closed = once(child, 'close')
  await then(await seen)
  child.kill('SIGINT')
  await closed
  return said
}

test('what coworks run says of requests with the token', async () => {
  const project = new CliProject(FILES)
  const said = await served(project, ['run', 'stage=dev', '--port=0'], /(http:\/\/127\.0\.0\.1:\d+\/dev\/)/, async (url) => {
    const allowed = await fetch(url, { headers: { Authorization: CANARY } })
    assert.is(allowed.status, 200, await allowed.text())
    const denied = await fetch(url, { headers: { Authorization: `not ${CANARY}` } })
    assert.is(denied.status, 403)
    await denied.text()
  })
  assert.match(said, /^GET \/dev\/ 200/m)
  assertNoneIn(said, 'coworks run')
  await assertNoneWritten(project)
})

test('what coworks watch says of an environment file that changes', async () => {
  const project = new CliProject(FILES)
  const said = await served(project, ['watch', 'stage=dev'], /(\d+ ms|\d\.\d s)/, async () => {})
  assertNoneIn(said, 'coworks watch')
  await assertNoneWritten(project)
})

test('what may hold something private is for its owner only', async () => {
  const project = new CliProject(FILES)
  await project.run(['stage=dev'], ENV)
  assert.is(statSync(project.at('.coworks')).mode & 0o077, 0)
  for (const name of ['journal', 'stat']) assert.is(statSync(project.at(`.coworks/${name}`)).mode & 0o077, 0, name)
})

test.run()
