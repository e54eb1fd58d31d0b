// limit: 300 s
/**
 * `coworks update` as a user runs it, against a stand-in for Lambda: what is printed, what is left in the ledger, which calls were made. What comes of every kind
 * of failure is held in test/update; here is what a person sees of it.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, type Ran, REPO, serviceSource } from '../support/cli.js'
import { denied, expired, LambdaService, modelMissing, sha256 } from '../support/lambda-service.js'

if (modelMissing !== undefined) console.log(`SKIPPED judging requests and answers by AWS's model of Lambda: ${modelMissing}`)

const files = (config = '', stages = "['dev']"): Record<string, string> => ({
  'package.json': '{ "name": "small", "private": true, "type": "module" }\n',
  'Coworksfile.ts': `import { AllFiles, CwsProject } from 'coworks/cws'
CwsProject([AllFiles('src')], [['app-test', ${stages}], ['app-other', ${stages}]])
`,
  'src/app.ts': `${serviceSource(config)}
export const other = new Service({ name: 'other', configs: [new Config({ workspace: 'dev', version: '1.0'${config} })] })
`,
})

const settings = { MemorySize: 128, Timeout: 30, Environment: { Variables: { WORKSPACE: 'dev' } } }

/** Both functions as they are built now, deployed. */
async function deployed(
  work: (project: CliProject, service: LambdaService) => Promise<void>,
  project = new CliProject(files()),
): Promise<void> {
  const service = await LambdaService.start()
  try {
    assert.is((await project.run(['-s'])).status, 0)
    for (const name of ['app-test-dev', 'app-other-dev']) {
      service.deploy(name, readFileSync(project.at(`terraform/tmp/${name}.zip`)), { config: settings })
    }
    await work(project, service)
    assert.equal(service.violations, [])
  } finally {
    service.stop()
  }
}

const update = (project: CliProject, service: LambdaService, ...words: string[]): Promise<Ran> =>
  project.run(['update', '-Q', ...words], service.env)

/** Changes what one of the two services answers: both are in one module, so both zips differ. */
const edit = (project: CliProject, text: string) =>
  project.write('src/app.ts', project.read('src/app.ts').replace(/return '\w+'/, `return '${text}'`))

test('nothing to push', async () => {
  await deployed(async (project, service) => {
    const { status, stdout, stderr } = await update(project, service)
    assert.is(stdout, 'coworks: app-test-dev is up to date in Lambda.\ncoworks: app-other-dev is up to date in Lambda.\n')
    assert.equal([status, stderr], [0, ''])
    assert.not.ok(service.calls.some(({ operation }) => operation !== 'GetFunctionConfiguration'))
    assert.is(project.tree()['.coworks/pushes.jsonl'], undefined)
  })
})

test('an edit: built, pushed, noted; -n before that says on what it depends, and after a build what it would do', async () => {
  await deployed(async (project, service) => {
    edit(project, 'changed')
    const before = await update(project, service, '-n', 'microservice=app-test')
    assert.is(before.stdout, "coworks: might update app-test-dev, depending on `terraform/tmp/app-test-dev.zip'\n")
    assert.is((await project.run(['-s'])).status, 0)
    const planned = await update(project, service, '-n', 'microservice=app-test')
    assert.match(planned.stdout, /^update the code of app-test-dev \(terraform\/tmp\/app-test-dev\.zip, [\d.]+ (bytes|kB)\)\n$/)
    assert.not.ok(service.calls.some(({ operation }) => operation === 'UpdateFunctionCode'))

    edit(project, 'again')
    const { status, stdout, stderr } = await update(project, service, 'microservice=app-test')
    const size = '[\\d.]+ (?:bytes|kB)'
    const says = `^zip terraform/tmp/app-test-dev.zip\nrender terraform/app-test.dev.tf\nupdate the code of app-test-dev \\(terraform/tmp/app-test-dev.zip, ${size}\\)\ncoworks: app-test-dev is updated.\n$`
    assert.match(stdout, new RegExp(says))
    assert.equal([status, stderr], [0, ''])
    const zip = sha256(readFileSync(project.at('terraform/tmp/app-test-dev.zip')))
    assert.is(service.sha256Of('app-test-dev'), zip)

    const [begin, end] = project
      .read('.coworks/pushes.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.equal(
      [begin?.event, begin?.function, begin?.steps, (begin?.code as { to: string } | undefined)?.to],
      ['begin', 'app-test-dev', ['update-code'], zip],
    )
    assert.equal([end?.event, end?.ok, end?.id === begin?.id], ['end', true, true])
  })
})

test('--json: one document', async () => {
  await deployed(async (project, service) => {
    edit(project, 'changed')
    service.befall('GetFunctionConfiguration', { kind: 'meanwhile', act: () => {} }, { kind: 'meanwhile', act: () => {} })
    const { status, stdout, stderr } = await update(project, service, '--json', '--publish')
    const { ok, functions, failures, ms } = JSON.parse(stdout) as {
      ok: boolean
      functions: {
        function: string
        outcome: string
        steps: { kind: string }[]
        done: string[]
        version: string
        before: object
        after: { codeSha256: string }
      }[]
      failures: unknown[]
      ms: number
    }
    assert.equal([status, stderr, ok, failures], [0, '', true, []])
    assert.ok(ms > 0)
    assert.equal(
      functions.map(({ function: name, outcome, steps, done, version }) => [name, outcome, steps.map(({ kind }) => kind), done, version]),
      ['app-test-dev', 'app-other-dev'].map((name) => [
        name,
        'pushed',
        ['update-code', 'publish-version'],
        ['update-code', 'publish-version'],
        '1',
      ]),
    )
    assert.is(functions[0]?.after.codeSha256, service.sha256Of('app-test-dev'))
  })
})

test('a protected stage needs to be told twice; nobody is asked before', async () => {
  const project = new CliProject(files(', protected: true'))
  await deployed(async (_, service) => {
    edit(project, 'changed')
    const refused = await update(project, service)
    const says = (name: string) =>
      `coworks: *** microservice ${name}, stage dev · is protected: its Config says so · if it is meant: --yes-update-protected\n`
    assert.is(refused.stderr, says('app-test') + says('app-other'))
    assert.is(refused.status, 2)
    assert.equal(service.calls, [])
    assert.is((await update(project, service, '-n')).status, 0)
    assert.is((await update(project, service, '--yes-update-protected')).status, 0)
    assert.ok(service.calls.some(({ operation }) => operation === 'UpdateFunctionCode'))
  }, project)
})

test('a build that fails pushes nothing', async () => {
  await deployed(async (project, service) => {
    project.write('src/app.ts', 'export const = 1\n')
    const { status, stderr } = await update(project, service)
    assert.is(status, 2)
    assert.match(stderr, /src\/app\.ts:1:\d+/)
    assert.equal(service.calls, [])
  })
})

test('what goes wrong is said as where, what, hint, and the exit status is 2', async () => {
  await deployed(async (project, service) => {
    edit(project, 'changed')
    service.befall('UpdateFunctionCode', denied('lambda:UpdateFunctionCode'), denied('lambda:UpdateFunctionCode'))
    const refused = await update(project, service, 'microservice=app-test')
    assert.is(refused.status, 2)
    assert.match(
      refused.stderr,
      /^coworks: \*\*\* function app-test-dev · AWS denies lambda:UpdateFunctionCode · allow it in the policy of whoever runs this\n {4}User: arn:aws:iam/,
    )
    service.befall('GetFunctionConfiguration', expired)
    const late = await update(project, service, 'microservice=app-test')
    assert.match(
      late.stderr,
      /^coworks: \*\*\* AWS credentials · the security token included in the request is expired · they are temporary: sign in again/,
    )
    service.functions.delete('app-other-dev')
    const missing = await update(project, service, 'microservice=app-other')
    assert.match(
      missing.stderr,
      /^coworks: \*\*\* function app-other-dev · is not deployed in eu-west-1 · deploy it once: coworks deploy microservice=app-other stage=dev\n$/,
    )
    assert.is(missing.status, 2)
  })
})

test('credentials and region as other AWS tools find them: a profile, a process that gives credentials, AWS_DEFAULT_REGION, none', async () => {
  await deployed(async (project, service) => {
    const { AWS_ENDPOINT_URL = '' } = service.env
    project.write(
      'aws-config',
      `[profile shop]\nregion = eu-west-1\ncredential_process = ${process.execPath} -p "JSON.stringify({Version:1,AccessKeyId:'AKIASHOP',SecretAccessKey:'s'})"\n`,
    )
    const bare = {
      AWS_ENDPOINT_URL,
      AWS_CONFIG_FILE: project.at('aws-config'),
      AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
      AWS_EC2_METADATA_DISABLED: 'true',
    }
    const by = (env: Readonly<Record<string, string>>, ...words: string[]) =>
      project.run(['update', '-Q', 'microservice=app-test', ...words], env)
    const upToDate = 'coworks: app-test-dev is up to date in Lambda.\n'
    assert.is((await by({ ...bare, AWS_PROFILE: 'shop' })).stdout, upToDate)
    assert.is((await by(bare, '--aws-profile=shop')).stdout, upToDate)
    const keys = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 's' }
    assert.is((await by({ ...bare, ...keys, AWS_DEFAULT_REGION: 'eu-west-1' })).stdout, upToDate)
    assert.is((await by({ ...bare, ...keys }, '--region', 'eu-west-1')).stdout, upToDate)
    assert.is(
      (await by({ ...bare, ...keys })).stderr,
      "coworks: *** AWS · no region is set · set AWS_REGION, give --region, or set `region' in the profile\n",
    )
    const nobody = await by({ ...bare, AWS_REGION: 'eu-west-1' })
    assert.match(nobody.stderr, /^coworks: \*\*\* AWS credentials · could not load credentials from any providers · run `aws configure'/)
    const other = await by({ ...bare, AWS_REGION: 'eu-west-1' }, '--aws-profile=shpo')
    assert.match(other.stderr, /does the profile `shpo' give credentials\? `aws configure list-profiles' lists those there are\n$/)
  })
})

test('Ctrl-C while an update is waited for: what was sent is said and noted, exit status 130', async () => {
  await deployed(async (project, service) => {
    edit(project, 'changed')
    service.slowness = 1_000_000
    const child = spawn(process.execPath, [join(REPO, 'dist/coworks.cjs'), 'update', '-s', 'microservice=app-test'], {
      cwd: project.path,
      env: { PATH: process.env.PATH, HOME: project.path, NO_COLOR: '1', ...service.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    service.befall('GetFunctionConfiguration', { kind: 'meanwhile', act: () => {} }, { kind: 'meanwhile', act: () => child.kill('SIGINT') })
    const status = await new Promise((resolve) => child.on('close', resolve))
    assert.is(
      stderr,
      'coworks: *** interrupted\ncoworks: *** updated in part: code sent but not verified · updating again goes on from there\ncoworks: interrupted\n',
    )
    assert.is(status, 130)
    const end = JSON.parse(project.read('.coworks/pushes.jsonl').trim().split('\n').at(-1) ?? '') as { ok: boolean; why: string }
    assert.equal([end.ok, end.why], [false, 'interrupted'])
  })
})

test('coworks drift: without a state, with a function that is gone, with what AWS refuses', async () => {
  await deployed(async (project, service) => {
    const drift = (...words: string[]) => project.run(['drift', ...words], service.env)
    const stray = await drift()
    assert.is(
      stray.stdout,
      "app-test-dev: in Lambda, and not in Terraform's state: is it another state's?\napp-other-dev: in Lambda, and not in Terraform's state: is it another state's?\n",
    )
    assert.equal([stray.status, stray.stderr], [1, ''])
    service.functions.delete('app-test-dev')
    const none = await drift('microservice=app-test', '--json')
    const { ok, inSync, compared } = JSON.parse(none.stdout) as { ok: boolean; inSync: boolean; compared: { state: string }[] }
    assert.equal([none.status, ok, inSync, compared.map(({ state }) => state)], [1, true, false, ['not-deployed']])
    service.befall('GetFunctionConfiguration', denied('lambda:GetFunctionConfiguration'))
    const refused = await drift('microservice=app-other')
    assert.match(refused.stderr, /^coworks: \*\*\* function app-other-dev · AWS denies lambda:GetFunctionConfiguration/)
    assert.is(refused.status, 2)
    assert.not.ok(service.calls.some(({ operation }) => operation !== 'GetFunctionConfiguration'))
  })
})

test('bad use', async () => {
  const project = new CliProject(files())
  const said = async (...words: string[]) => (await project.run(['update', '-Q', ...words])).stderr
  assert.is(await said('layer.zip'), "coworks: *** layer.zip · `coworks update' takes no targets · microservice=… stage=…\n")
  assert.is(
    await said('--alias', '12'),
    'coworks: *** --alias=12 · cannot be the name of an alias · letters, digits, - and _; not digits only\n',
  )
  assert.is(await said('microservice=app-tets'), "coworks: *** unknown microservice `app-tets' · did you mean `app-test'?\n")
})

test.run()
