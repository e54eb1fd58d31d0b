// limit: 900 s
/** `coworks deploy`, `update`, `drift` and `destroy` where a stage is a workspace of Terraform: each stage has its own state, and only that one changes. */
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { quickstart } from '../support/cli.js'
import { Cloud, cloudless } from '../support/cloud.js'

function files(): Record<string, string> {
  const base = quickstart()
  return {
    ...base,
    'Coworksfile.ts': (base['Coworksfile.ts'] ?? '').replace('CwsProject(src, tms)', "CwsProject(src, tms, { staging: 'workspace' })"),
  }
}

if (cloudless !== undefined) {
  console.log(`SKIPPED deploying and destroying workspaces against an emulator: ${cloudless}`)
  test('nothing to deploy with', () => {})
} else {
  test('both stages deployed, one edited and updated, one destroyed: the state of the other is the same to the byte', async () => {
    const cloud = await Cloud.start(files())
    const { project } = cloud
    const stateFile = (stage: string) => project.at(`terraform/terraform.tfstate.d/${stage}/terraform.tfstate`)
    const state = (stage: string) => readFileSync(stateFile(stage), 'utf8')
    const addresses = (stage: string) => {
      const { resources } = JSON.parse(state(stage)) as { resources: { mode: string; type: string; name: string }[] }
      return resources.filter(({ mode }) => mode === 'managed').map(({ type, name }) => `${type}.${name}`)
    }
    try {
      const first = await cloud.ok('deploy', 'stage=dev', '--auto-approve')
      assert.match(first, /^app-test dev: https:\S+\/dev$/m)
      assert.ok(addresses('dev').includes('aws_lambda_function.app-test'))
      assert.not.ok(existsSync(stateFile('prod')), 'a stage that was not named has no state')

      await cloud.ok('deploy', 'stage=prod', '--auto-approve')
      const dev = state('dev')
      const again = await cloud.ok('deploy', 'stage=dev,prod', '--auto-approve')
      assert.match(again, 'nothing to deploy')
      assert.equal(
        await Promise.all(['dev', 'prod'].map(async (stage) => (await cloud.lambda(`app-test-${stage}`)).CodeSha256)),
        ['dev', 'prod'].map((stage) => cloud.codeSha256(`terraform/tmp/app-test-${stage}.zip`)),
      )

      project.write('src/app.ts', project.read('src/app.ts').replace('Simple microservice ready', 'Simple microservice steady'))
      const prod = state('prod')
      const taints = await cloud.ok('stage=dev', '-Q')
      assert.match(taints, "TF_WORKSPACE=dev terraform -chdir=terraform taint -allow-missing 'aws_lambda_function.app-test'")
      const pushed = JSON.parse(await cloud.ok('update', 'stage=dev', '--json')) as { ok: boolean }
      assert.ok(pushed.ok)
      assert.is((await cloud.lambda('app-test-dev')).CodeSha256, cloud.codeSha256('terraform/tmp/app-test-dev.zip'))
      assert.is((await cloud.coworks('drift', 'stage=dev')).status, 0)

      const replaced = await cloud.ok('deploy', 'stage=dev', '--auto-approve')
      assert.match(replaced, /^app-test dev: https:/m)
      assert.is.not(state('dev'), dev)
      assert.is(state('prod'), prod, 'to the byte')
      assert.is((await cloud.coworks('diff', 'stage=dev')).status, 0)

      const gone = await cloud.ok('destroy', 'microservice=app-test', 'stage=dev', '--auto-approve')
      assert.match(gone, /destroy/)
      assert.equal(addresses('dev'), [])
      assert.is(state('prod'), prod, 'to the byte')
      project.write('src/app.ts', project.read('src/app.ts').replace('Simple microservice steady', 'Simple microservice ready'))
      assert.match(await cloud.ok('deploy', 'stage=prod', '--auto-approve'), 'nothing to deploy')
    } finally {
      cloud.stop()
    }
  })
}

test.run()
