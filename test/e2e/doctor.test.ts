/** `coworks doctor` and `coworks info`, as a user meets them. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, quickstart, REPO, serviceSource, smallProject } from '../support/cli.js'

const AWS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'eu-west-1' }
/** What this machine has is not the project's: lines of it are left out. */
const MACHINE = /^(ok|warning|problem) +(Node|esbuild|terraform \d|\d+ folders|only \d+ folders|the file system keeps).*\n|^coworks: .*\n/gm

/** Git without a word of this machine's settings. */
function git(project: CliProject, ...words: string[]): void {
  const env = { PATH: process.env.PATH, HOME: project.path, GIT_CONFIG_NOSYSTEM: '1' }
  const { status, stderr } = spawnSync('git', words, { cwd: project.path, env, encoding: 'utf8' })
  assert.is(status, 0, stderr)
}

test('a project where all is well', async () => {
  const project = new CliProject({
    ...quickstart(),
    'package-lock.json': '{ "lockfileVersion": 3, "packages": { "": { "dependencies": { "coworks": "file:../.." } } } }',
    '.gitignore': '.coworks/\n*.secret.json\n',
  })
  chmodSync(project.at('config/vars_prod.secret.json'), 0o600)
  git(project, 'init', '-q')
  const { stdout, stderr, status } = await project.run(['doctor'], AWS)
  assert.is(stderr, '')
  assert.is(
    stdout.replace(MACHINE, ''),
    `ok       AWS credentials in the environment
ok       AWS region eu-west-1
ok       what is installed is what package.json and the lockfile say (1 for the layers)
ok       coworks 0.1.0, in the project and on the command line
ok       every microservice can be loaded (1)
ok       the environment files of 2 stages are here
ok       AWS takes nodejs22.x
ok       .coworks can be written
ok       config/vars_prod.secret.json is nobody else's, and not in git
ok       git ignores .coworks
`,
  )
  assert.match(stdout, /^coworks: 1\d checks, \d warnings?, 0 problems$/m)
  assert.is(status, 0)
})

test('a project where much is wrong: each thing with what mends it', async () => {
  const project = new CliProject({
    ...smallProject('', "[['app-test', ['dev', 'prod']]]"),
    'src/app.ts': serviceSource(
      ", runtime: 'nodejs20.x' as 'nodejs22.x', environmentVariablesFile: 'config/none.json' }), new Config({ workspace: 'prod', version: '1'",
    ),
    'package.json': '{ "type": "module", "dependencies": { "ms": "2.1.3" }, "devDependencies": { "coworks": "1.0.0" } }',
    'config/vars.secret.json': '{}',
    'config/open.secret.json': '{}',
    'terraform/mine.tf': '',
  })
  chmodSync(project.at('config/open.secret.json'), 0o644)
  git(project, 'init', '-q')
  git(project, 'add', '-f', 'config/vars.secret.json')
  const { stdout, status } = await project.run(['doctor', '--terraform-bin=tofu-of-nobody'], AWS)
  assert.is(
    stdout.replace(MACHINE, ''),
    `warning  tofu-of-nobody is not here: building works, deploying and tainting do not · install Terraform (developer.hashicorp.com/terraform/install) or OpenTofu, or name it: --terraform-bin=tofu
ok       AWS credentials in the environment
ok       AWS region eu-west-1
problem  package.json \`ms' is in package.json but not installed · run: npm install
warning  there is no lockfile: another machine may build other bytes · npm install, and commit its lockfile
problem  coworks is in \`devDependencies', where no layer finds its runtime · move it to \`dependencies'
ok       every microservice can be loaded (1)
warning  app-test, stage dev: config/none.json is not here, so this machine cannot build it · write config/none.json, a flat JSON object of strings, or get it from a colleague
problem  app-test, stage dev: AWS makes no new functions of nodejs20.x since 31 August 2026 · runtime: 'nodejs22.x' in its Config
warning  terraform is not initialised · run: tofu-of-nobody -chdir=terraform init
ok       .coworks can be written
warning  config/open.secret.json can be read by others on this machine · chmod 600 config/open.secret.json
problem  config/vars.secret.json is tracked by git · git rm --cached config/vars.secret.json, commit, and change the secrets: they stay in the history
problem  git does not ignore config/open.secret.json · echo '*.secret.json' >> .gitignore
warning  git does not ignore .coworks · echo '.coworks/' >> .gitignore
`,
  )
  assert.is(status, 1)
})

test('--online asks AWS, and says what it answered without a word of a secret', async () => {
  const project = new CliProject({})
  const answers: [status: number, type: string, says: string][] = [
    [200, '', 'ok       Lambda in eu-west-1 answers'],
    [403, 'AccessDeniedException', "ok       Lambda in eu-west-1 answers; these credentials may not read the account's settings"],
    [403, 'ExpiredTokenException', 'problem  the AWS credentials have expired · aws sso login, or aws configure'],
    [
      403,
      'UnrecognizedClientException',
      'problem  AWS does not take these credentials (UnrecognizedClientException) · aws sso login, or aws configure',
    ],
  ]
  let next = 0
  const asked: string[] = []
  const server = createServer((request, response) => {
    const [status, type] = answers[next++] ?? [500, '']
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(status, { 'content-type': 'application/json', ...(type === '' ? {} : { 'x-amzn-errortype': type }) })
    response.end(type === '' ? '{"AccountLimit":{}}' : '{"message":"the key canary is not good"}')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const env = { ...AWS, AWS_ACCESS_KEY_ID: 'canary', AWS_SECRET_ACCESS_KEY: 'canary', AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` }
  for (const [, , says] of answers) {
    const { stdout, stderr } = await project.run(['doctor', '--online'], env)
    assert.match(stdout, `${says}\n`)
    assert.is(stderr, '')
    assert.not.match(stdout, /canary/)
  }
  server.close()
  server.closeAllConnections()
  assert.equal(new Set(asked), new Set(['GET /2016-08-19/account-settings']))
  assert.is(asked.length, answers.length)
  const { stdout } = await project.run(['doctor', '--online'], env)
  assert.match(
    stdout,
    'problem  Lambda in eu-west-1 cannot be asked (ECONNREFUSED) · is this machine online, and AWS_ENDPOINT_URL right?\n',
  )
})

test('a project that does not load is one problem among the others', async () => {
  const project = new CliProject({ ...smallProject(), 'src/app.ts': 'const = 1' })
  const { stdout, status } = await project.run(['doctor', '--json'], AWS)
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { check: string; status: string; what: string }[] }
  assert.equal({ ok, status }, { ok: false, status: 1 })
  assert.equal(
    checks.filter(({ check }) => check === 'project').map(({ what }) => what),
    ['src/app.ts:1:7 · Expected identifier but found "="'],
  )
})

test('what cannot be looked at is said, and the rest still is', async () => {
  const project = new CliProject({ ...smallProject(), 'package.json': '{', config: 'a file', 'terraform/a.tf': '' })
  const { stdout, status } = await project.run(['doctor', '--json'], AWS)
  const { checks } = JSON.parse(stdout) as { checks: { check: string; status: string; what: string }[] }
  const said = (name: string): string[] => checks.filter(({ check }) => check === name).map(({ status: of, what }) => `${of} ${what}`)
  assert.match(said('packages').join('\n'), /^problem package\.json · is not valid JSON · [^\n]*$/)
  assert.match(said('secrets').join('\n').replaceAll(project.path, '…'), /^problem secrets cannot be checked: ENOTDIR: [^\n]*$/)
  assert.equal(said('state'), ['ok .coworks can be written'])
  assert.is(status, 1)
})

test('where there is no project, the machine is looked at; words that mean nothing are refused', async () => {
  const project = new CliProject({})
  const before = project.tree()
  const { stdout, status } = await project.run(['doctor'], AWS)
  assert.match(stdout, 'warning  no Coworksfile here: the project was not looked at · coworks init, or -C DIR\n')
  assert.is(status, 0)
  assert.equal(project.tree(), before)
  assert.is((await project.run(['doctor', 'me'])).stderr, "coworks: *** command line · `coworks doctor' takes no `me'\n")
})

test('coworks info, word for word', async () => {
  const project = new CliProject()
  const { stdout, stderr, status } = await project.run(['info'])
  assert.is(stderr, '')
  assert.is(
    stdout,
    `app-test  src/app.ts
  GET  /  authorizer app  get
  authorizer app: an answer holds for 300 s
  stage dev: version 0.0 · nodejs22.x x86_64 · 128 MB · 30 s · layers layer · environment config/vars_dev.json
    CORS *
  stage prod: version 0.0 · nodejs22.x x86_64 · 128 MB · 30 s · layers layer · environment config/vars_prod.secret.json · redeploy in-place
    CORS www.mywebsite.com
`,
  )
  assert.is(status, 0)
  assert.equal(
    Object.keys(project.tree()).filter((path) => /terraform|zip/.test(path)),
    [],
    'nothing is built',
  )
})

test('coworks info --json is the description, of the stages asked for', async () => {
  const project = new CliProject()
  const { stdout } = await project.run(['info', 'microservice=app-test', 'stage=prod', '--json'])
  interface Info {
    ok: boolean
    microservices: {
      microservice: string
      module: string
      stages: string[]
      description: { routes: object[]; configs: { workspace: string }[] }
    }[]
  }
  const { ok, microservices } = JSON.parse(stdout) as Info
  const [{ description, ...one } = { description: { routes: [], configs: [] } }, ...more] = microservices
  assert.equal({ ok, one, more }, { ok: true, one: { microservice: 'app-test', module: 'src/app.ts', stages: ['dev', 'prod'] }, more: [] })
  assert.is(description.routes.length, 1)
  assert.equal(
    description.configs.map(({ workspace }) => workspace),
    ['prod'],
  )
})

test('coworks info says what is wrong with a microservice, and takes no words', async () => {
  const project = new CliProject({ ...smallProject(), 'src/app.ts': 'throw new Error("oops")' })
  const { stderr, status } = await project.run(['info'])
  assert.is(stderr, 'coworks: *** src/app.ts:1:7 · Error: oops · while microservice app-test was loaded\n')
  assert.is(status, 2)
  assert.is((await project.run(['info', 'app-test'])).stderr, "coworks: *** command line · `coworks info' takes no `app-test'\n")
})

test('two copies of coworks, one after the other, in one project', async () => {
  const project = new CliProject(smallProject())
  const other = new CliProject({})
  mkdirSync(other.at('coworks'))
  for (const name of ['dist', 'package.json']) cpSync(join(REPO, name), other.at(`coworks/${name}`), { recursive: true })
  rmSync(other.at('node_modules'), { recursive: true })
  symlinkSync(join(REPO, 'node_modules'), other.at('node_modules'))
  assert.is((await project.run(['-n', '-Q'])).status, 0)
  const { status, stderr } = spawnSync(process.execPath, [other.at('coworks/dist/coworks.js'), '-n', '-Q'], {
    cwd: project.path,
    encoding: 'utf8',
  })
  assert.equal({ status, stderr }, { status: 0, stderr: '' })
})

test.run()
