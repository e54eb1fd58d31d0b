// limit: 900 s
/**
 * The document's deployment, literally, with the real terraform and the real provider against an emulator: build a stage, apply it by
 * hand, change something, taint what `coworks` prints, apply; then prod beside it.
 */
import { readdirSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Cloud, cloudless } from '../support/cloud.js'

const FUNCTION = 'aws_lambda_function.app-test_dev'

/** The taint commands among what a build printed, without their reasons. */
const printed = (stdout: string) =>
  stdout.split('\n').flatMap((line) => (line.startsWith('terraform ') ? [line.replace(/ {2}# .*$/, '')] : []))
const taintOf = (address: string) => `terraform -chdir=terraform taint -allow-missing '${address}'`

if (cloudless !== undefined) {
  console.log(`SKIPPED the quickstart by hand, against an emulator: ${cloudless}`)
  test('nothing to apply with', () => {})
} else {
  test('"create the layer and the terraform files to deploy the stage, and taint the resources that need to be redeployed"', async () => {
    const cloud = await Cloud.start()
    const { project } = cloud
    const edit = (from: string, to: string) => project.write('src/app.ts', project.read('src/app.ts').replace(from, to))
    const apply = () => cloud.terraform(['apply', '-input=false', '-auto-approve', '-no-color'])
    const hold = async (stage: string) => {
      const { CodeSha256 } = await cloud.lambda(`app-test-${stage}`)
      assert.is(
        CodeSha256,
        cloud.codeSha256(`terraform/tmp/app-test-${stage}.zip`),
        `the emulator holds the code of ${stage} that was built`,
      )
    }
    try {
      // scons microservice=app-test stage=dev; cd terraform; terraform apply
      await cloud.ok('microservice=app-test', 'stage=dev')
      const made = readdirSync(project.at('terraform')).filter((name) => name.endsWith('.tf'))
      assert.equal(made, ['app-test.dev.tf', 'app-test.tf', 'layer.dev.tf', 'versions.tf'])
      await cloud.terraform(['init', '-input=false'])
      await cloud.terraform(['validate'])
      await apply()
      await hold('dev')
      assert.equal(await cloud.planned(), [], 'the second plan')
      assert.equal(printed(await cloud.ok('stage=dev')), [], 'nothing changed, nothing tainted')

      // A source is edited: the function and what goes with it.
      edit('Simple microservice ready', 'Simple microservice steady')
      const taints = printed(await cloud.ok('stage=dev'))
      assert.equal(taints, [FUNCTION, 'aws_lambda_permission.app-test_dev', 'aws_lambda_permission.app-test_dev_authorizer'].map(taintOf))
      for (const line of taints) await cloud.shell(line)
      assert.equal(await cloud.planned(), [
        'aws_lambda_function.app-test_dev delete+create',
        'aws_lambda_permission.app-test_dev delete+create',
        'aws_lambda_permission.app-test_dev_authorizer delete+create',
      ])
      await apply()
      await hold('dev')
      assert.equal((await cloud.lambda('app-test-dev')).statements, ['authorizer', 'gateway'], 'with its permissions')
      assert.equal(printed(await cloud.ok('stage=dev')), [])

      // Prod beside it; then a layer and a route that only dev gets.
      await cloud.ok('stage=prod')
      await apply()
      await cloud.terraform(['apply', '-refresh-only', '-input=false', '-auto-approve'])
      const prod = await cloud.ofStage('prod')
      assert.ok(Object.keys(prod).length > 8)
      project.write('node_modules/more/package.json', '{ "name": "more", "version": "1.0.0", "main": "i.js" }\n')
      project.write('node_modules/more/i.js', 'module.exports = 1\n')
      const manifest = JSON.parse(project.read('package.json')) as { dependencies: Record<string, string> }
      project.write('package.json', JSON.stringify({ ...manifest, dependencies: { ...manifest.dependencies, more: '1.0.0' } }))
      edit('  get() {', "  get_new() {\n    return 'new'\n  }\n\n  get() {")
      const files = ['terraform/app-test.prod.tf', 'terraform/layer.prod.tf'].map((file) => project.read(file))
      const both = printed(await cloud.ok('stage=dev'))
      assert.equal(both, [
        ...['aws_lambda_layer_version.layer_dev', FUNCTION].map(taintOf),
        ...['aws_lambda_permission.app-test_dev', 'aws_lambda_permission.app-test_dev_authorizer'].map(taintOf),
        taintOf('aws_api_gateway_deployment.app-test_dev'),
      ])
      assert.equal(
        ['terraform/app-test.prod.tf', 'terraform/layer.prod.tf'].map((file) => project.read(file)),
        files,
        'byte for byte',
      )
      // As arguments of one apply, too.
      const replace = (await cloud.ok('taint', 'stage=dev', '--replace')).trim().split('\n')
      await cloud.terraform(['apply', '-input=false', '-auto-approve', ...replace])
      assert.equal(await cloud.ofStage('prod'), prod, "prod's resources, attribute by attribute: its layer, function and deployment")
      assert.equal(await cloud.served('dev'), ['GET /', 'GET /new', 'OPTIONS /', 'OPTIONS /new'])
      assert.equal(await cloud.served('prod'), ['GET /', 'OPTIONS /'])

      // In place: nothing is tainted, the function is updated and never replaced.
      const arn = String(prod['aws_lambda_function.app-test_prod']?.arn)
      const inPlace = printed(await cloud.ok('stage=prod'))
      assert.not.ok(
        inPlace.some((line) => line.includes('aws_lambda_function')),
        'nothing of the function',
      )
      for (const line of inPlace) await cloud.shell(line)
      assert.ok((await cloud.planned()).includes('aws_lambda_function.app-test_prod update'))
      await apply()
      await hold('prod')
      assert.is((await cloud.ofStage('prod'))['aws_lambda_function.app-test_prod']?.arn, arn)

      // A route that dev loses leaves prod valid, and a fresh clone with the same state taints nothing.
      edit("  get_new() {\n    return 'new'\n  }\n\n", '')
      for (const line of printed(await cloud.ok('stage=dev'))) await cloud.shell(line)
      await cloud.terraform(['validate'])
      await apply()
      assert.equal([await cloud.served('dev'), (await cloud.served('prod')).includes('GET /new')], [['GET /', 'OPTIONS /'], true])
      project.remove('.coworks')
      assert.equal(printed(await cloud.ok('stage=dev')), [], 'a fresh clone')
    } finally {
      cloud.stop()
    }
  })
}

test.run()
