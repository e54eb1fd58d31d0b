// limit: 600 s
// What is rendered, applied by the real terraform and provider to an emulator: two stages of one API, and what a change
// of one does, and does not do, to the other.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BuiltStage, taintsFor } from '../../src/taint/index.js'
import {
  definition,
  readDeployedState,
  renderApi,
  renderLayer,
  renderStage,
  renderVersions,
  type StageModel,
} from '../../src/terraform/index.js'
import { hasMoto, type Moto, startMoto } from '../support/moto.js'
import { findTerraform, terraform, terraformEnv } from '../support/terraform.js'
import { emptyZip } from './large.js'
import { builtinTemplates, config, route, service, stageModel } from './models.js'

const found = findTerraform()
const why = 'missing' in found ? found.missing : hasMoto() ? undefined : 'moto_server is not on the PATH'

/** Of everybody, in the emulator. */
const ACCOUNT = '123456789012'

const POLICY = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] })

/** Changes of a plan, without those that change nothing. */
async function planned(dir: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const { status } = await terraform(dir, ['plan', '-input=false', '-no-color', '-out=plan', '-detailed-exitcode'], env, { ok: [0, 2] })
  const { resource_changes = [] } = JSON.parse((await terraform(dir, ['show', '-json', 'plan'], env)).stdout) as {
    resource_changes?: { address: string; change: { actions: string[] } }[]
  }
  const changes = resource_changes
    .filter(({ change }) => !['no-op', 'read'].includes(change.actions.join()))
    .map(({ address, change }) => `${address} ${change.actions.join('+')}`)
  assert.is(status === 2, changes.length > 0, 'exit code of the plan')
  return changes.sort()
}

class Project {
  readonly dir = join(mkdtempSync(join(tmpdir(), 'coworks-apply-')), 'terraform')
  readonly templates = builtinTemplates()
  readonly models = new Map<string, StageModel>()
  layerHash = 'bGF5ZXIgMQ=='

  constructor() {
    mkdirSync(join(this.dir, 'tmp'), { recursive: true })
    mkdirSync(join(this.dir, '../config'))
    writeFileSync(join(this.dir, '../layer.zip'), emptyZip)
    writeFileSync(join(this.dir, 'versions.coworks.tf'), renderVersions(this.templates))
  }

  build(model: StageModel): void {
    this.models.set(model.stage, model)
    const { stage } = model
    writeFileSync(join(this.dir, `tmp/app-test-${stage}.zip`), emptyZip)
    writeFileSync(join(this.dir, `../config/vars_${stage}.json`), JSON.stringify({ TOKEN: `token of ${stage}`, LIMIT: 3 }))
    writeFileSync(join(this.dir, `app-test.${stage}.tf`), renderStage(model, this.templates))
    const zip = { kind: 'file', path: '../layer.zip', hash: this.layerHash } as const
    writeFileSync(
      join(this.dir, `layer.${stage}.tf`),
      renderLayer({ layer: 'layer', stage, zip, runtimes: [], architectures: [] }, this.templates),
    )
    const stages = ['dev', 'prod'].map((each) => ({ stage: each, exists: this.models.has(each) }))
    writeFileSync(join(this.dir, 'app-test.tf'), renderApi({ microservice: 'app-test', stages }, this.templates))
  }

  built(stage: string): BuiltStage {
    const model = this.models.get(stage)
    if (model === undefined) throw new Error(`${stage} was not built`)
    return {
      microservice: 'app-test',
      stage,
      redeploy: model.config.redeploy,
      codeHash: model.zip.hash,
      definitionHash: definition(model).hash,
      layers: [{ name: 'layer', hash: this.layerHash }],
    }
  }
}

async function taints(project: Project, stage: string): Promise<string[]> {
  const reading = await readDeployedState(project.dir, { terraformBin: '/nowhere/terraform' })
  assert.is(reading.kind, 'state')
  if (reading.kind !== 'state') return []
  return taintsFor([project.built(stage)], reading).flatMap(({ address, pending }) => (pending ? [] : [address]))
}

/** The routes that a stage serves: those of the definition its deployment has taken. */
async function served(moto: Moto, project: Project, stage: string): Promise<string[]> {
  const state = await resources(project)
  const id = String(state.get(`aws_api_gateway_stage.app-test_${stage}`)?.deployment_id)
  return Object.entries(moto.served(id)?.paths ?? {})
    .flatMap(([path, verbs]) => Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`))
    .sort()
}

type Values = Readonly<Record<string, unknown>>

/** Every attribute of every resource, from the state. */
async function resources({ dir }: Project): Promise<ReadonlyMap<string, Values>> {
  const { stdout } = await terraform(dir, ['show', '-json'], terraformEnv())
  const { values } = JSON.parse(stdout) as { values: { root_module: { resources: { address: string; values: Values }[] } } }
  return new Map(values.root_module.resources.map(({ address, values }) => [address, values]))
}

async function ofStage(project: Project, stage: string): Promise<Readonly<Record<string, Values>>> {
  return Object.fromEntries([...(await resources(project))].filter(([address]) => new RegExp(`_${stage}(_|$)`).test(address)))
}

const code = (stage: string, hash: string) => ({ kind: 'file', path: `tmp/app-test-${stage}.zip`, hash }) as const

if (why !== undefined) {
  console.log(`SKIPPED applying to an emulator: ${why}`)
  test('nothing to apply with', () => {})
} else {
  test('two stages of one API: what is changed in one stays in one', async () => {
    const moto = await startMoto()
    const project = new Project()
    const { dir } = project
    const env = terraformEnv(moto.env)
    const seconds = (from: number) => ((performance.now() - from) / 1000).toFixed(1)
    const step = (name: string, from: number) => console.log(`  ${name}: ${seconds(from)} s`)
    const apply = () => terraform(dir, ['apply', '-input=false', '-auto-approve', '-no-color'], env)
    const queue = `arn:aws:sqs:eu-west-1:${ACCOUNT}:orders`
    try {
      let from = performance.now()
      await moto.ask('sqs', 'POST', '/', new URLSearchParams({ Action: 'CreateQueue', QueueName: 'orders' }))
      await moto.ask('iam', 'POST', '/', new URLSearchParams({ Action: 'CreatePolicy', PolicyName: 'own', PolicyDocument: POLICY }))
      project.build(stageModel({ config: config({ tracing: true, logRetention: 7, tags: { team: 'shop' } }) }))
      const prodConfig = config({
        workspace: 'prod',
        redeploy: 'in-place',
        cors: {
          allowOrigin: ['https://a.fr', 'https://b.fr'],
          allowHeaders: ['Authorization'],
          exposeHeaders: ['X-B'],
          allowCredentials: true,
          maxAge: 60,
        },
        environmentVariables: { LEVEL: 'info' },
        managedPolicies: [`arn:aws:iam::${ACCOUNT}:policy/own`],
        ephemeralStorage: 1024,
        reservedConcurrency: 5,
        throttle: { rate: 10, burst: 20 },
        schedules: false,
        triggers: [
          { kind: 'pattern', name: 'uploads', pattern: { source: ['aws.s3'], detail: { bucket: { name: ['uploads'] } } }, bus: null },
          {
            kind: 'source',
            name: 'orders',
            service: 'sqs',
            source: queue,
            batchSize: 20,
            batchWindow: 5,
            maximumConcurrency: 2,
            reportBatchItemFailures: true,
            startingPosition: null,
          },
        ],
      })
      const schedules = [{ name: 'clean', expression: 'rate(1 hour)', handler: 'clean' }]
      project.build(stageModel({ stage: 'prod', config: prodConfig, service: service({ schedules, binaryMediaTypes: ['image/png'] }) }))
      await terraform(dir, ['init', '-input=false', `-plugin-dir=${'pluginDir' in found ? found.pluginDir : ''}`], env)
      await apply()
      step('first apply of two stages', from)

      from = performance.now()
      assert.equal(await planned(dir, env), [], 'the second plan')
      assert.equal([...(await taints(project, 'dev')), ...(await taints(project, 'prod'))], [], 'nothing changed, nothing tainted')
      assert.equal(await served(moto, project, 'prod'), ['GET /', 'OPTIONS /'])
      step('second plan', from)

      // The provider writes some empty attributes differently the first time it reads them back.
      await terraform(dir, ['apply', '-refresh-only', '-input=false', '-auto-approve'], env)
      const prodBefore = await ofStage(project, 'prod')
      assert.ok(Object.keys(prodBefore).length > 8)

      // New code and a new route in dev; new code in prod, which must not blink.
      from = performance.now()
      const newRoute = service({ routes: [route('GET', '/'), route('GET', '/new/{_0}')] })
      project.build(
        stageModel({
          config: config({ tracing: true, logRetention: 7, tags: { team: 'shop' } }),
          zip: code('dev', 'Y29kZSAy'),
          service: newRoute,
        }),
      )
      assert.equal(await taints(project, 'dev'), [
        'aws_lambda_function.app-test_dev',
        'aws_lambda_permission.app-test_dev',
        'aws_lambda_permission.app-test_dev_authorizer',
        'aws_api_gateway_deployment.app-test_dev',
      ])
      for (const address of await taints(project, 'dev')) await terraform(dir, ['taint', '-allow-missing', address], env)
      assert.equal(await taints(project, 'dev'), [], 'what the state has tainted is not asked for again')
      assert.equal(await planned(dir, env), [
        'aws_api_gateway_deployment.app-test_dev create+delete',
        'aws_api_gateway_rest_api_put.app-test_dev create+delete',
        'aws_api_gateway_stage.app-test_dev update',
        'aws_lambda_function.app-test_dev delete+create',
        'aws_lambda_permission.app-test_dev delete+create',
        'aws_lambda_permission.app-test_dev_authorizer delete+create',
        'terraform_data.app-test_dev_put create+delete',
      ])
      await apply()
      assert.equal(await planned(dir, env), [], 'nothing is left to do')
      assert.equal(await taints(project, 'dev'), [])
      assert.equal(await served(moto, project, 'dev'), ['GET /', 'GET /new/{_0}', 'OPTIONS /', 'OPTIONS /new/{_0}'])
      assert.equal(await served(moto, project, 'prod'), ['GET /', 'OPTIONS /'], "dev's new route is not in prod")
      assert.equal(await ofStage(project, 'prod'), prodBefore, 'attribute by attribute')
      step('dev changed', from)

      from = performance.now()
      await terraform(dir, ['taint', 'aws_api_gateway_deployment.app-test_prod'], env)
      const refused = await terraform(dir, ['apply', '-input=false', '-auto-approve', '-no-color'], env, { ok: [1] })
      assert.match(refused.stderr, 'Alone, this deployment would serve the definition that was put last')
      assert.match(refused.stderr, '-replace=aws_api_gateway_rest_api_put.app-test_prod')
      assert.equal(
        await served(moto, project, 'prod'),
        ['GET /', 'OPTIONS /'],
        'a deployment without its put is refused by Terraform itself',
      )
      assert.equal(
        await taints(project, 'prod'),
        ['aws_api_gateway_rest_api_put.app-test_prod'],
        'a deployment tainted by hand takes its put',
      )
      await terraform(dir, ['taint', 'aws_api_gateway_rest_api_put.app-test_prod'], env)
      project.build(
        stageModel({
          stage: 'prod',
          config: prodConfig,
          zip: code('prod', 'Y29kZSAy'),
          service: service({ schedules, binaryMediaTypes: ['image/png'] }),
        }),
      )
      project.layerHash = 'bGF5ZXIgMg=='
      assert.equal(await taints(project, 'prod'), ['aws_lambda_layer_version.layer_prod'], 'a stage in place: its function is not tainted')
      assert.equal(await planned(dir, env), [
        'aws_api_gateway_deployment.app-test_prod create+delete',
        'aws_api_gateway_rest_api_put.app-test_prod create+delete',
        'aws_api_gateway_stage.app-test_prod update',
        'aws_lambda_function.app-test_prod update',
        'terraform_data.app-test_prod_put create+delete',
      ])
      await apply()
      assert.equal(await served(moto, project, 'prod'), ['GET /', 'OPTIONS /'], "replacing prod's deployment does not promote dev's route")
      step('prod redeployed', from)
    } finally {
      moto.stop()
      rmSync(join(dir, '..'), { recursive: true, force: true })
    }
  })
}

test.run()
