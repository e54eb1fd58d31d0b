// limit: 600 s
/**
 * The daily loop with all the real tools: deployed by Terraform, edited, updated, read back by the AWS command line, compared, planned and applied again. Lambda is an emulator.
 */
import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built, smallProject } from '../support/built.js'
import { hasMoto, type Moto, startMoto } from '../support/moto.js'
import { findTerraform, terraform, terraformEnv } from '../support/terraform.js'

const found = findTerraform()
const hasAws = spawnSync('aws', ['--version'], { stdio: 'ignore' }).status === 0
const why = 'missing' in found ? found.missing : hasMoto() ? undefined : 'moto_server is not on the PATH'

interface Configuration {
  readonly CodeSha256: string
  readonly Layers: readonly { readonly Arn: string }[]
}

const readOnly = (calls: readonly string[]) => calls.filter((call) => !call.startsWith('GET '))

class Loop {
  readonly project = new Built(smallProject())
  readonly dir = this.project.at('terraform')

  constructor(private readonly moto: Moto) {}

  get env(): Record<string, string> {
    return Object.fromEntries(
      Object.entries(terraformEnv(this.moto.env)).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )
  }

  /** Never in step with this process: it hands the calls on to the emulator. */
  run(...words: string[]) {
    const quiet = words[0] === 'drift' ? [] : ['-Q']
    return this.project.start([...words, 'stage=dev', ...quiet], { env: this.moto.env })
  }

  /** What it calls of Lambda. */
  async calls(work: () => Promise<void>): Promise<string[]> {
    const from = this.moto.log.length
    await work()
    return this.moto.log.slice(from).map((line) => line.replace(/\/\d{4}-\d\d-\d\d\//, '/'))
  }

  /** An independent client. */
  async readBack(name: string): Promise<Configuration> {
    const words = ['lambda', 'get-function-configuration', '--function-name', name, '--output', 'json']
    const nowhere = { AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' }
    const { stdout } = await promisify(execFile)('aws', words, { env: { ...process.env, ...this.moto.env, ...nowhere } })
    return JSON.parse(stdout) as Configuration
  }

  sha256(file: string): string {
    return createHash('sha256')
      .update(readFileSync(this.project.at(file)))
      .digest('base64')
  }

  /** What `coworks drift` says, and with which status. */
  async drifts(expected: number, says: string) {
    const calls = await this.calls(async () => {
      const { status, stdout, stderr } = await this.run('drift')
      assert.is(stdout.replace(/of \d{4}-\d\d-\d\d \d\d:\d\d UTC by \S+;/, 'of TIME by WHO;'), says, stderr)
      assert.is(status, expected)
    })
    assert.equal(readOnly(calls), [])
  }

  terraform(...args: string[]) {
    return terraform(this.dir, args, this.env)
  }

  /** Address and actions of all that a plan would change. */
  async planned(): Promise<string[]> {
    await terraform(this.dir, ['plan', '-input=false', '-no-color', '-out=plan'], this.env)
    const { resource_changes = [] } = JSON.parse((await this.terraform('show', '-json', 'plan')).stdout) as {
      resource_changes?: { address: string; change: { actions: string[] } }[]
    }
    return resource_changes
      .filter(({ change }) => !['no-op', 'read'].includes(change.actions.join()))
      .map(({ address, change }) => `${address} ${change.actions.join('+')}`)
      .sort()
  }

  apply() {
    return this.terraform('apply', '-input=false', '-auto-approve', '-no-color')
  }
}

const edit = ({ project }: Loop, file: string, from: string, to: string) => project.write(file, project.read(file).replace(from, to))

if (why !== undefined) console.log(`SKIPPED the loop of deploy, edit and update: ${why}`)
if (why === undefined && !hasAws) console.log('SKIPPED reading back by the AWS command line: aws is not on the PATH')

test('deployed, edited, updated: only what changed is pushed, and Terraform keeps track', async () => {
  if ('missing' in found || why !== undefined) return
  const moto = await startMoto()
  const loop = new Loop(moto)
  const { project } = loop
  try {
    project.build(['stage=dev', '-s'])
    await loop.terraform('init', '-input=false', `-plugin-dir=${found.pluginDir}`)
    await loop.apply()

    // Nothing to do: said, by reading only.
    let calls = await loop.calls(async () => {
      assert.is(
        (await loop.run('update')).stdout,
        'coworks: app-test-dev is up to date in Lambda.\ncoworks: two-other-dev is up to date in Lambda.\n',
      )
    })
    assert.equal(readOnly(calls), [])

    const agreed = ['app-test-dev', 'two-other-dev'].map((name) => `${name}: in sync\n${name}, layer layer-dev: in sync\n`).join('')
    await loop.drifts(0, agreed)

    // One microservice is edited: one function is pushed.
    edit(loop, 'src/app.ts', "greet('app')", "greet('changed')")
    await loop.run('-s')
    await loop.drifts(
      1,
      agreed.replace(
        'app-test-dev: in sync',
        "app-test-dev: built is ahead of Lambda and of Terraform's state: coworks update, or terraform apply",
      ),
    )
    calls = await loop.calls(async () => {
      const { status, stdout, stderr } = await loop.run('update')
      assert.is(status, 0, stderr)
      assert.match(
        stdout,
        /^update the code of app-test-dev .*\ncoworks: app-test-dev is updated\.\ncoworks: two-other-dev is up to date in Lambda\.\n$/ms,
      )
    })
    assert.equal(readOnly(calls), ['PUT /functions/app-test-dev/code'])
    await loop.drifts(
      0,
      agreed.replace(
        'app-test-dev: in sync',
        "app-test-dev: in sync: Lambda has what is built, because of the update of TIME by WHO; Terraform's state is behind until the next apply",
      ),
    )
    if (hasAws) {
      assert.is((await loop.readBack('app-test-dev')).CodeSha256, loop.sha256('terraform/tmp/app-test-dev.zip'))
      assert.is((await loop.readBack('two-other-dev')).CodeSha256, loop.sha256('terraform/tmp/two-other-dev.zip'))
    }

    // The second update only reads.
    calls = await loop.calls(async () => assert.is((await loop.run('update')).status, 0))
    assert.equal(readOnly(calls), [])

    // A build would have it replaced, but for the ledger; the next apply notes it in the state, in place.
    const built = await loop.run()
    assert.match(
      built.stdout,
      /aws_lambda_function\.app-test_dev runs what is built since `coworks update' on .* UTC: it is not tainted, the next apply only notes it in the state\./,
    )
    assert.not.match(built.stdout, /terraform .*taint /)
    assert.equal(await loop.planned(), ['aws_lambda_function.app-test_dev update'])

    // Going back to what Terraform deployed is a difference that Terraform cannot see: it is tainted.
    edit(loop, 'src/app.ts', "greet('changed')", "greet('app')")
    const back = await loop.run()
    assert.match(back.stdout, /taint -allow-missing 'aws_lambda_function\.app-test_dev' {2}# code changed/)
    assert.equal(await loop.planned(), [])
    edit(loop, 'src/app.ts', "greet('app')", "greet('changed')")
    await loop.run()

    await loop.apply()
    assert.equal(await loop.planned(), [])
    await loop.drifts(0, agreed)
    assert.match((await loop.run()).stdout, /nothing to taint: code, layers and API are deployed as they are built/)
    if (hasAws) assert.is((await loop.readBack('app-test-dev')).CodeSha256, loop.sha256('terraform/tmp/app-test-dev.zip'))

    // A layer that both use: published once.
    edit(loop, 'node_modules/tiny/index.js', "'tiny'", "'larger'")
    calls = await loop.calls(async () => assert.is((await loop.run('update')).status, 0))
    assert.equal(readOnly(calls).sort(), [
      'POST /layers/layer-dev/versions',
      'PUT /functions/app-test-dev/configuration',
      'PUT /functions/two-other-dev/configuration',
    ])
    const layersOf = async (name: string) => (await loop.readBack(name)).Layers.map(({ Arn }) => Arn.split(':').slice(-2).join(':'))
    if (hasAws) assert.equal([await layersOf('app-test-dev'), await layersOf('two-other-dev')], [['layer-dev:2'], ['layer-dev:2']])
    calls = await loop.calls(async () => assert.is((await loop.run('update')).status, 0))
    assert.equal(readOnly(calls), [])

    // Terraform publishes its own version of the same content, and moves the functions to it.
    assert.equal(await loop.planned(), [
      'aws_lambda_function.app-test_dev update',
      'aws_lambda_function.two-other_dev update',
      'aws_lambda_layer_version.layer_dev create+delete',
    ])
    await loop.apply()
    if (hasAws) assert.equal([await layersOf('app-test-dev'), await layersOf('two-other-dev')], [['layer-dev:3'], ['layer-dev:3']])
    assert.equal(await loop.planned(), [])
    calls = await loop.calls(async () => assert.is((await loop.run('update')).status, 0))
    assert.equal(readOnly(calls), [])

    // What only Terraform can deploy is listed, with the code pushed all the same.
    edit(loop, 'src/app.ts', '  get_tiny()', '  get_more() { return 1 }\n  get_tiny()')
    project.write('config/dev.json', '{"TOKEN":"other","MORE":"1"}')
    const { status, stdout } = await loop.run('update')
    assert.is(status, 0)
    assert.ok(
      stdout.endsWith(
        "coworks: only Terraform can deploy this; look with `coworks diff', then run terraform apply:\n" +
          '  app-test-dev: route GET /more, environment MORE, environment TOKEN\n' +
          '  two-other-dev: environment MORE, environment TOKEN\n',
      ),
      stdout,
    )
    assert.not.match(stdout, /other"|"1"/)
    const routes = await loop.run('drift')
    assert.match(
      routes.stdout,
      /^app-test-dev: built is ahead of Terraform's state: environment MORE, route GET \/more; terraform apply$|^app-test-dev: built is ahead of Terraform's state: route GET \/more, environment MORE; terraform apply$/m,
    )
    assert.is(routes.status, 1)

    // Somebody pushes in another way.
    if (!hasAws) return
    const foreign = [
      'lambda',
      'update-function-code',
      '--function-name',
      'app-test-dev',
      '--zip-file',
      `fileb://${project.at('terraform/tmp/two-other-dev.zip')}`,
    ]
    await promisify(execFile)('aws', foreign, { env: { ...process.env, ...moto.env } })
    assert.match((await loop.run('drift')).stdout, /^app-test-dev: Lambda has what was not built or pushed here, changed last /m)
  } finally {
    moto.stop()
  }
})

test.run()
