// limit: 600 s
/** `coworks deploy` on a terminal: it asks, takes nothing but yes for one, and ends in order when it is interrupted while terraform applies. */
import { existsSync, readdirSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { smallProject } from '../support/cli.js'
import { Cloud, cloudless, hasScript, onTerminal } from '../support/cloud.js'

const missing = cloudless ?? (hasScript ? undefined : 'script (of util-linux), which gives a terminal, is not on the PATH')

if (missing !== undefined) {
  console.log(`SKIPPED coworks deploy on a terminal: ${missing}`)
  test('nothing to deploy with', () => {})
} else {
  test('asked, and interrupted twice while it applies: terraform ends in order, no lock and no plan is left, and the next one goes on', async () => {
    const cloud = await Cloud.start(smallProject())
    const { project } = cloud
    try {
      const asked = onTerminal(cloud, 'deploy', 'stage=dev')
      await asked.says("Deploy app-test dev? Only `yes' is taken for a yes: ")
      asked.types('y\n')
      const declined = await asked.ended
      assert.is(declined.status, 2)
      assert.match(declined.text, /create {3}aws_lambda_function\.app-test_dev\n/)
      assert.match(declined.text, /\ncoworks: nothing was deployed\.\n/)
      assert.not.ok(existsSync(project.at('terraform/terraform.tfstate')))

      const put = cloud.moto.hold('PUT /restapis/')
      const running = onTerminal(cloud, 'deploy')
      await running.says('taken for a yes: ')
      running.types('yes\n')
      await Promise.race([put.arrived, running.ended])
      // A function that Terraform is cut off from while it is made is there, and not in the state: no fault of what is tried here.
      await running.says('aws_lambda_function.app-test_dev: Creation complete')
      assert.ok(existsSync(project.at('terraform/.terraform.tfstate.lock.info')), 'terraform holds its lock')
      running.types('\x03')
      await running.says('Interrupt received')
      running.types('\x03')
      await running.says('coworks: waiting for terraform to end what it has begun, so that the state is not left locked\n')
      put.letGo()
      const { status, text } = await running.ended
      assert.is(status, 130)
      assert.match(text, /\ncoworks: interrupted\n/)
      assert.not.ok(existsSync(project.at('terraform/.terraform.tfstate.lock.info')))
      assert.not.ok(existsSync(project.at('.coworks/lock')))
      assert.equal(readdirSync(project.at('.coworks/tmp')), [])
      const made = [...(await cloud.resources()).keys()]
      assert.ok(made.includes('aws_api_gateway_rest_api.app-test'), 'what was done is in the state')
      assert.not.ok(made.includes('aws_api_gateway_deployment.app-test_dev'), 'what was not begun is not')

      assert.match(await cloud.ok('deploy', '--auto-approve'), /^app-test dev: https:/m)
      assert.equal(await cloud.planned(), [])
    } finally {
      cloud.stop()
    }
  })
}

test.run()
