// limit: 900 s
/** `coworks destroy`: one stage of two, then the last one, with the real terraform and provider against an emulator. */
import { existsSync, readdirSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, quickstart, serviceSource, smallProject } from '../support/cli.js'
import { Cloud, cloudless } from '../support/cloud.js'

test('stages and microservices must be said, and protected ones by their name', async () => {
  const project = new CliProject(quickstart())
  for (const [words, says] of [
    [['--auto-approve'], 'which stages to take down must be said'],
    [['stage=dev', '--auto-approve'], 'which microservices to take down must be said'],
    [['microservice=all', '--auto-approve'], 'which stages to take down must be said'],
    [['microservice=all', 'stage=dve', '--auto-approve'], "unknown stage `dve' · did you mean `dev'?"],
    [['microservice=all', 'stage=dev'], 'there is no terminal to ask on · --auto-approve destroys without asking'],
    [['microservice=all', 'stage=all', '--auto-approve'], 'stage app-test prod · is protected · --protected takes it down all the same'],
  ] as const) {
    const { status, stderr } = await project.run(['destroy', ...words])
    assert.is(status, 2)
    assert.match(stderr, `coworks: *** ${says}`)
  }
  assert.not.ok(existsSync(project.at('terraform')))
})

test('a Config protects its stage, too; `protect` of CwsProject takes the place of prod', async () => {
  const says = async (files: Record<string, string>) => {
    const project = new CliProject(files)
    await project.run(['build'])
    return (await project.run(['destroy', 'microservice=all', 'stage=dev', '--auto-approve', '--terraform-bin=./nothing'])).stderr
  }
  const files = smallProject()
  assert.match(await says({ ...files, 'src/app.ts': serviceSource(', protected: true') }), 'stage app-test dev · is protected')
  const own = { ...files, 'Coworksfile.ts': (files['Coworksfile.ts'] ?? '').replace("['dev']]]", "['dev']]], { protect: ['dev'] }") }
  assert.match(await says(own), 'stage app-test dev · is protected')
  assert.match(await says(files), 'nothing · not found', 'and one that is not protected gets as far as Terraform')
})

if (cloudless !== undefined) console.log(`SKIPPED coworks destroy against an emulator: ${cloudless}`)
else {
  test('one stage goes and leaves the other as it was; the last one goes with the API', async () => {
    const cloud = await Cloud.start()
    const { project } = cloud
    const ofTerraform = () => readdirSync(project.at('terraform')).filter((name) => name.endsWith('.tf'))
    try {
      await cloud.ok('deploy', 'stage=all', '--auto-approve', '-s')
      // The provider writes some empty attributes differently the first time it reads them back.
      await cloud.terraform(['apply', '-refresh-only', '-input=false', '-auto-approve'])
      const prod = await cloud.ofStage('prod')
      assert.ok(Object.keys(prod).length > 8)
      const before = project.tree()

      const looked = await cloud.ok('destroy', 'microservice=app-test', 'stage=dev', '-n')
      assert.match(looked, /^ {2}app-test dev\n {4}destroy {2}aws_api_gateway_deployment\.app-test_dev\n/m)
      assert.match(looked, /^ {2}layer layer dev\n {4}destroy {2}aws_lambda_layer_version\.layer_dev\ncoworks: 11 to destroy\.\n$/m)
      assert.equal(project.tree(), before, 'every file is back')
      assert.is((await cloud.coworks('-q', 'stage=all')).status, 0, 'and nothing is out of date')

      const gone = await cloud.ok('destroy', 'microservice=app-test', 'stage=dev', '--auto-approve')
      assert.match(gone, '\nRemoved terraform/app-test.dev.tf\nRemoved terraform/tmp/app-test-dev.zip\nRemoved terraform/layer.dev.tf\n')
      assert.equal(ofTerraform(), ['app-test.prod.tf', 'app-test.tf', 'layer.prod.tf', 'versions.tf'])
      assert.equal(await cloud.ofStage('dev'), {})
      assert.equal(await cloud.ofStage('prod'), prod, 'attribute by attribute')
      assert.equal(await cloud.planned(), [], 'the plan of the other stage stays empty')
      assert.equal(await cloud.served('prod'), ['GET /', 'OPTIONS /'])
      assert.is((await cloud.coworks('-q', 'stage=prod')).status, 0)

      const last = JSON.parse(
        await cloud.ok('destroy', 'microservice=app-test', 'stage=prod', '--auto-approve', '--protected', '--json'),
      ) as {
        applied: boolean
        plans: { changes: { address: string; action: string }[] }[]
        removed: string[]
      }
      assert.ok(
        last.plans[0]?.changes.some(({ address, action }) => address === 'aws_api_gateway_rest_api.app-test' && action === 'destroy'),
      )
      assert.equal([last.applied, [...(await cloud.resources()).keys()], ofTerraform()], [true, [], ['versions.tf']])

      // Declared as before: a build makes its files again.
      await cloud.ok('build', 'stage=dev')
      assert.equal(ofTerraform(), ['app-test.dev.tf', 'app-test.tf', 'layer.dev.tf', 'versions.tf'])
    } finally {
      cloud.stop()
    }
  })
}

test.run()
