// limit: 180 s
/** Word for word what a user reads, of the quickstart and of a small project of Commands; everything with -j1, so that the order is one. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject } from '../support/cli.js'

const STATE = (hash: string) =>
  JSON.stringify({
    version: 4,
    terraform_version: '1.11.4',
    serial: 1,
    lineage: 'x',
    outputs: {},
    resources: [
      {
        mode: 'managed',
        type: 'aws_lambda_function',
        name: 'app-test_dev',
        provider: 'provider["registry.terraform.io/hashicorp/aws"]',
        instances: [
          { schema_version: 0, attributes: { function_name: 'app-test-dev', arn: 'arn:f', source_code_hash: hash }, dependencies: [] },
        ],
      },
      {
        mode: 'managed',
        type: 'aws_lambda_permission',
        name: 'app-test_dev',
        provider: 'provider["registry.terraform.io/hashicorp/aws"]',
        instances: [{ schema_version: 0, attributes: { function_name: 'arn:f' }, dependencies: ['aws_lambda_function.app-test_dev'] }],
      },
    ],
  })

const project = new CliProject()
const says = async (words: string[], stdout: string, status = 0, stderr = '') => {
  const ran = await project.run(['-j1', ...words])
  assert.is(ran.stdout, stdout)
  assert.is(ran.stderr, stderr)
  assert.is(ran.status, status)
}
const NOTHING_DEPLOYED = 'coworks: nothing to taint: Terraform has no state in terraform, so nothing is deployed yet.\n'

test('-n before the first build', async () => {
  await says(
    ['-n', 'microservice=app-test', 'stage=dev'],
    `coworks: Reading Coworksfile ...
coworks: done reading Coworksfile.
coworks: Building targets ...
zip terraform/tmp/app-test-dev.zip
render terraform/app-test.dev.tf
render terraform/app-test.tf
render terraform/versions.tf
coworks: which layers app-test needs is known once it is built.
coworks: done building targets.
`,
  )
})

test('build', async () => {
  await says(
    ['build', 'microservice=app-test', 'stage=dev'],
    `coworks: Reading Coworksfile ...
coworks: done reading Coworksfile.
coworks: Building targets ...
render terraform/versions.tf
zip terraform/tmp/app-test-dev.zip
zip layer.zip
render terraform/layer.dev.tf
render terraform/app-test.dev.tf
render terraform/app-test.tf
coworks: done building targets.
${NOTHING_DEPLOYED}`,
  )
})

test('second build', async () => {
  await says(
    ['build', 'microservice=app-test', 'stage=dev'],
    `coworks: Reading Coworksfile ...
coworks: done reading Coworksfile.
coworks: Building targets ...
coworks: \`app-test-dev' is up to date.
coworks: done building targets.
${NOTHING_DEPLOYED}`,
  )
})

test('-q: 0 when there is nothing to do, 1 when there is, and not a word', async () => {
  await says(['-q', 'stage=dev'], '')
  await says(['-q', 'stage=prod'], '', 1)
})

test('-q and -n after an edit, then the edit, explained', async () => {
  project.write('src/app.ts', project.read('src/app.ts').replace('ready', 'steady'))
  await says(['-q', 'stage=dev'], '', 1)
  await says(
    ['-n', '-Q', 'stage=dev'],
    `coworks: might build \`terraform/tmp/app-test-dev.zip' because \`src/app.ts' changed
coworks: might build \`terraform/app-test.dev.tf' because \`src/app.ts' changed
`,
  )
  await says(
    ['-Q', '--debug=explain', 'stage=dev'],
    `coworks: rebuilding \`terraform/tmp/app-test-dev.zip' because \`src/app.ts' changed
zip terraform/tmp/app-test-dev.zip
coworks: rebuilding \`terraform/app-test.dev.tf' because \`terraform/tmp/app-test-dev.zip' changed
render terraform/app-test.dev.tf
${NOTHING_DEPLOYED}`,
  )
})

test('-n behind an early cutoff says "might", and nothing is built', async () => {
  project.write('src/app.ts', `${project.read('src/app.ts')}// a comment\n`)
  await says(
    ['-n', '-Q', 'stage=dev'],
    `coworks: might build \`terraform/tmp/app-test-dev.zip' because \`src/app.ts' changed
coworks: might build \`terraform/app-test.dev.tf' because \`src/app.ts' changed
`,
  )
  await says(['-Q', 'stage=dev'], `${NOTHING_DEPLOYED}`)
})

test('--tree', async () => {
  await says(
    ['-n', '-Q', '--tree=derived', 'stage=dev'],
    `coworks: everything is up to date.
+-app-test-dev
  +-terraform/app-test.dev.tf
  | +-layer.zip
  | +-terraform/layer.dev.tf
  | | +-layer.zip
  | +-terraform/tmp/app-test-dev.zip
  +-terraform/app-test.tf
  | +-terraform/app-test.dev.tf
  |   +-layer.zip
  |   +-terraform/layer.dev.tf
  |   | +-layer.zip
  |   +-terraform/tmp/app-test-dev.zip
  +-terraform/layer.dev.tf
  | +-layer.zip
  +-terraform/tmp/app-test-dev.zip
  +-terraform/versions.tf
`,
  )
})

test('what is deployed differs: the taint commands, of all that must go with the function', async () => {
  project.write('terraform/terraform.tfstate', STATE('old'))
  const commands = `terraform -chdir=terraform taint -allow-missing 'aws_lambda_function.app-test_dev'  # code changed
terraform -chdir=terraform taint -allow-missing 'aws_lambda_permission.app-test_dev'  # its function is replaced
`
  await says(
    ['-Q', 'stage=dev'],
    `coworks: \`app-test-dev' is up to date.\ncoworks: Terraform must replace what changed; run:\n${commands}`,
  )
  await says(['taint', 'stage=dev'], commands)
  await says(
    ['taint', '--replace', 'stage=dev'],
    '-replace=aws_lambda_function.app-test_dev\n-replace=aws_lambda_permission.app-test_dev\n',
  )
})

test('what is deployed is what is built: nothing', async () => {
  const hash = /source_code_hash = "([^"]+)"/.exec(project.read('terraform/app-test.dev.tf'))?.[1] ?? ''
  project.write('terraform/terraform.tfstate', STATE(hash))
  await says(
    ['-Q', 'stage=dev'],
    "coworks: `app-test-dev' is up to date.\ncoworks: nothing to taint: code, layers and API are deployed as they are built.\n",
  )
  project.remove('terraform/terraform.tfstate')
})

test('-n and -c take a layer by its name before anything was built', async () => {
  const fresh = new CliProject()
  assert.equal(await fresh.run(['-j1', '-Q', '-n', 'layer.zip']), { status: 0, stdout: 'zip layer.zip\n', stderr: '' })
  assert.equal((await fresh.run(['-j1', '-Q', '-n', '--json', 'layer.zip'])).status, 0)
  assert.equal(await fresh.run(['-q', 'layer.zip']), { status: 1, stdout: '', stderr: '' })
  assert.equal((await fresh.run(['-j1', '-Q', '-c', 'layer.zip'])).status, 0)
  assert.equal(await fresh.run(['-j1', '-Q', 'layer.zip']), { status: 0, stdout: 'zip layer.zip\n', stderr: '' })
})

test('what is not deployed, and what is updated in place, is not said to be what is built', async () => {
  await project.run(['-Q', '-j1', 'stage=all'])
  const hash = /source_code_hash = "([^"]+)"/.exec(project.read('terraform/app-test.dev.tf'))?.[1] ?? ''
  project.write('terraform/terraform.tfstate', STATE(hash))
  const prod = "coworks: `app-test-prod' is up to date.\ncoworks: nothing to taint: "
  await says(['-Q', 'stage=prod'], `${prod}aws_lambda_function.app-test_prod is not deployed yet.\n`)
  project.write('terraform/terraform.tfstate', STATE('old').replaceAll('app-test_dev', 'app-test_prod'))
  await says(['-Q', 'stage=prod'], `${prod}the next apply updates aws_lambda_function.app-test_prod in place.\n`)
  project.remove('terraform/terraform.tfstate')
})

test('--json is one document', async () => {
  const ran = await project.run(['--json', 'stage=dev'])
  const report = JSON.parse(ran.stdout) as {
    ok: boolean
    targets: { id: string; outcome: string }[]
    taints: unknown[]
    failures: unknown[]
  }
  assert.ok(report.ok)
  assert.equal(
    report.targets.map(({ id, outcome }) => `${id} ${outcome}`),
    [
      'layer.zip fresh',
      'terraform/layer.dev.tf fresh',
      'terraform/tmp/app-test-dev.zip fresh',
      'terraform/app-test.dev.tf fresh',
      'terraform/app-test.tf fresh',
      'terraform/versions.tf fresh',
    ],
  )
  assert.equal([report.taints, report.failures, ran.stderr], [[], [], ''])
})

test('-c removes what was built, and only that', async () => {
  project.write('terraform/mine.tf', '# mine\n')
  await says(
    ['-c', 'stage=dev'],
    `coworks: Reading Coworksfile ...
coworks: done reading Coworksfile.
coworks: Cleaning targets ...
Removed layer.zip
Removed terraform/layer.dev.tf
Removed terraform/tmp/app-test-dev.zip
Removed terraform/app-test.dev.tf
Removed terraform/app-test.tf
Removed terraform/versions.tf
coworks: done cleaning targets.
`,
  )
  assert.is(project.read('terraform/mine.tf'), '# mine\n')
})

test('built again, all of it comes from the cache', async () => {
  await says(
    ['-Q', 'stage=dev'],
    `Retrieved \`terraform/versions.tf' from cache
Retrieved \`terraform/tmp/app-test-dev.zip' from cache
Retrieved \`layer.zip' from cache
Retrieved \`terraform/layer.dev.tf' from cache
Retrieved \`terraform/app-test.dev.tf' from cache
Retrieved \`terraform/app-test.tf' from cache
${NOTHING_DEPLOYED}`,
  )
})

const COMMANDS = `import { Command } from 'coworks/cws'
Command('a', 'in', 'echo a is made; cp $SOURCE $TARGET')
Command('bad', 'in', 'echo something is wrong; exit 3')
Command('behind', 'bad', 'cp $SOURCE $TARGET')
Command('c', 'in', 'cp $SOURCE $TARGET')
`

test('a failing target ends the build; with -k all that does not need it is made', async () => {
  const commands = new CliProject({ 'Coworksfile.ts': COMMANDS, in: 'x\n' })
  const failure = 'coworks: *** bad · the command ended with status 3\n    something is wrong\n'
  const first = await commands.run(['-j1', '-Q'])
  assert.equal(first, {
    status: 2,
    stdout: 'echo a is made; cp in a\na is made\ncoworks: building terminated because of errors.\n',
    stderr: failure,
  })
  const second = await commands.run(['-j1', '-Q', '-k'])
  assert.equal(second, { status: 2, stdout: 'cp in c\ncoworks: done building targets (errors occurred during build).\n', stderr: failure })
  assert.is(readFileSync(commands.at('c'), 'utf8'), 'x\n')
})

test('--debug=json writes where the time went', async () => {
  await project.run(['--debug=json', 'stage=dev'])
  const stats = JSON.parse(project.read('.coworks/stats.json')) as { ms: number; targets: { id: string; outcome: string }[] }
  assert.ok(stats.ms > 0)
  assert.ok(stats.targets.some(({ id, outcome }) => id === 'layer.zip' && outcome === 'fresh'))
})

test('colour where it is asked for, and nowhere else', async () => {
  const coloured = await project.run(['--color=always', 'stage=nowhere'])
  assert.match(coloured.stderr, '\u001b[31mcoworks: ***\u001b[39m unknown stage')
  const plain = await project.run(['stage=nowhere'])
  assert.is(plain.stderr, "coworks: *** unknown stage `nowhere' · known: dev, prod\n")
})

test('--version, and help for the command', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as { version: string }
  await says(['--version'], `coworks ${version}\n`)
  const help = await project.run(['help', 'build'])
  assert.match(help.stdout, 'coworks build')
})

test.run()
