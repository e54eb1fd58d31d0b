// Reading a state from where Terraform keeps it. The program, where one is needed, is a script of a few lines.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseState, type ReadStateOptions, readDeployedState, runTerraform, TerraformMissing } from '../../src/terraform/index.js'
import { CoworksError } from '../../src/util/problem.js'

const noTerraform: ReadStateOptions = { terraformBin: '/nowhere/terraform', env: { TF_WORKSPACE: undefined, TF_DATA_DIR: undefined } }

function stateText(hash: string): string {
  return JSON.stringify({
    version: 4,
    serial: 7,
    lineage: 'l',
    resources: [
      { mode: 'data', type: 'aws_region', name: 'x', instances: [{ attributes: {} }] },
      {
        mode: 'managed',
        type: 'aws_lambda_function',
        name: 'app-test_dev',
        instances: [
          {
            status: 'tainted',
            attributes: {
              source_code_hash: hash,
              function_name: 'app-test-dev',
              environment: [{ variables: { TOKEN: 'secret' } }],
              triggers: null,
            },
            dependencies: ['aws_iam_role.app-test_dev'],
          },
        ],
      },
      {
        module: 'module.api',
        mode: 'managed',
        type: 'aws_api_gateway_deployment',
        name: 'd',
        instances: [
          { index_key: 'a', attributes: { id: '1', triggers: { definition: 'h' } } },
          { deposed: 'x', attributes: { id: '2' } },
        ],
      },
    ],
  })
}

async function inFolder(files: Readonly<Record<string, string>>, use: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'coworks-state-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), text)
    }
    await use(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function hashIn(dir: string, options = noTerraform): Promise<string> {
  const reading = await readDeployedState(dir, options)
  if (reading.kind !== 'state') return reading.kind
  return reading.state.resources.get('aws_lambda_function.app-test_dev')?.attributes.source_code_hash ?? 'no hash'
}

test('addresses, hashes, triggers and taints are kept; environment variables are not', () => {
  const state = parseState(stateText('h1'))
  assert.equal([...state.resources.keys()], ['aws_lambda_function.app-test_dev', 'module.api.aws_api_gateway_deployment.d["a"]'])
  const lambda = state.resources.get('aws_lambda_function.app-test_dev')
  assert.is(lambda?.tainted, true)
  assert.equal(lambda?.attributes, { source_code_hash: 'h1', function_name: 'app-test-dev' })
  assert.equal(state.resources.get('module.api.aws_api_gateway_deployment.d["a"]')?.triggers, { definition: 'h' })
  assert.not.match(JSON.stringify([...state.resources]), 'secret')
})

test('what is no state is refused', () => {
  for (const text of ['{', '{}', '{"version":3}', '[]', '{"encrypted_data":"x"}']) {
    assert.throws(
      () => parseState(text),
      (error: unknown) => error instanceof CoworksError,
    )
  }
})

test('a local state is read without terraform', () =>
  inFolder({ 'terraform.tfstate': stateText('local') }, async (dir) => assert.is(await hashIn(dir), 'local')))

test('nothing was ever applied: none', () =>
  inFolder({ 'app.tf': '# backend "s3" {}' }, async (dir) => assert.is(await hashIn(dir), 'none')))

test('no folder at all: none', async () => assert.is(await hashIn('/nowhere/terraform'), 'none'))

test("the workspace's own state", () =>
  inFolder(
    {
      '.terraform/environment': 'blue',
      'terraform.tfstate': stateText('default'),
      'terraform.tfstate.d/blue/terraform.tfstate': stateText('blue'),
    },
    async (dir) => {
      assert.is(await hashIn(dir), 'blue')
      assert.is(await hashIn(dir, { ...noTerraform, env: { TF_WORKSPACE: 'default' } }), 'default')
      assert.is(await hashIn(dir, { ...noTerraform, env: { TF_WORKSPACE: 'green' } }), 'none')
    },
  ))

test('the path of a local backend', () => {
  const backend = JSON.stringify({ version: 3, backend: { type: 'local', config: { path: 'states/one.tfstate', workspace_dir: null } } })
  return inFolder({ '.terraform/terraform.tfstate': backend, 'states/one.tfstate': stateText('there') }, async (dir) =>
    assert.is(await hashIn(dir), 'there'),
  )
})

test('a backend that is declared and not initialised is not "nothing deployed"', () =>
  inFolder({ 'main.tf': 'terraform {\n  backend "s3" {}\n}\n' }, async (dir) => {
    const reading = await readDeployedState(dir, noTerraform)
    assert.is(reading.kind, 'unknown')
    assert.match(reading.kind === 'unknown' ? reading.why : '', /is not initialised: run `\S*terraform init` there$/)
  }))

test('another backend is pulled; without terraform, or when it fails, the state is unknown', () => {
  const backend = JSON.stringify({ version: 3, backend: { type: 's3', config: {} } })
  const files = {
    '.terraform/terraform.tfstate': backend,
    'state.json': stateText('pulled'),
    'works.sh': '#!/bin/sh\n[ "$*" = "state pull" ] && exec cat state.json\n',
    'empty.sh': '#!/bin/sh\n',
    'fails.sh': '#!/bin/sh\necho "Error: Backend initialization required" >&2\nexit 1\n',
  }
  return inFolder(files, async (dir) => {
    for (const name of ['works.sh', 'empty.sh', 'fails.sh']) chmodSync(join(dir, name), 0o755)
    const reading = (script: string) => readDeployedState(dir, { ...noTerraform, terraformBin: script })
    assert.is(await hashIn(dir, { ...noTerraform, terraformBin: join(dir, 'works.sh') }), 'pulled')
    assert.equal(await reading(join(dir, 'empty.sh')), { kind: 'none' })
    assert.equal(await reading(join(dir, 'fails.sh')), {
      kind: 'unknown',
      why: `\`${join(dir, 'fails.sh')} state pull' failed: Backend initialization required`,
    })
    const missing = await reading('/nowhere/terraform')
    assert.match(missing.kind === 'unknown' ? missing.why : '', '/nowhere/terraform · not found · install Terraform')
    assert.is((await readDeployedState(dir, { ...noTerraform, mayRun: false })).kind, 'unknown')
  })
})

test('a damaged state is unknown, and says so', () =>
  inFolder({ 'terraform.tfstate': '{"version": 4, "resour' }, async (dir) => {
    const reading = await readDeployedState(dir, noTerraform)
    assert.match(reading.kind === 'unknown' ? reading.why : '', "Terraform's state · is no JSON")
  }))

test('arguments reach the program as they are', () =>
  inFolder({ 'echo.sh': '#!/bin/sh\nprintf "%s|" "$@"\n' }, async (dir) => {
    chmodSync(join(dir, 'echo.sh'), 0o755)
    const args = ['taint', "a'b", '$(touch x)', 'two words', '*', '']
    const { stdout } = await runTerraform(dir, args, { terraformBin: join(dir, 'echo.sh') })
    assert.is(stdout, `${args.join('|')}|`)
  }))

test('a program that is not there is its own error', async () => {
  try {
    await runTerraform('.', ['version'], { terraformBin: 'no-such-terraform' })
    assert.unreachable()
  } catch (error) {
    assert.ok(error instanceof TerraformMissing)
  }
})

test.run()
