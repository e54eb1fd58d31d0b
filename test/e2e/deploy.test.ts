// limit: 900 s
/**
 * `coworks deploy` with the real terraform and the real provider, against an emulator: one deployment after the other, as a user would.
 * What is refused before anything is built needs none of the three.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, REPO, serviceSource, smallProject } from '../support/cli.js'
import { Cloud, cloudless } from '../support/cloud.js'

test('without a terminal and without --auto-approve: refused before anything is built', async () => {
  const project = new CliProject(smallProject())
  const before = project.tree()
  const plain = await project.run(['deploy'])
  assert.is(plain.status, 2)
  const hint = '--auto-approve deploys without asking, -n shows the plan only'
  assert.is(plain.stderr, `coworks: *** there is no terminal to ask on · ${hint}\n`)
  const json = await project.run(['deploy', '--json'])
  assert.is(json.status, 2)
  assert.equal(JSON.parse(json.stdout).failures, [{ where: '--json', what: 'asks nothing', hint }])
  assert.equal(project.tree(), before)
})

test('no terraform: said by name, after the build', async () => {
  const project = new CliProject(smallProject())
  const { status, stderr } = await project.run(['deploy', '--auto-approve', '--terraform-bin=./no-terraform'])
  assert.is(status, 2)
  assert.match(stderr, 'no-terraform · not found · install Terraform or OpenTofu, or name it with --terraform-bin')
  assert.ok(existsSync(project.at('terraform/app-test.dev.tf')))
})

const SECRET = 'a-secret-of-dev'
const TWO_STAGES = {
  ...smallProject('', "[['app-test', ['dev', 'prod']]]"),
  'config/dev.json': `{ "TOKEN": "${SECRET}" }\n`,
  'src/app.ts': serviceSource(", environmentVariablesFile: 'config/dev.json'").replace(
    '] })',
    ", new Config({ workspace: 'prod', version: '1.0' })] })",
  ),
}

if (cloudless !== undefined) console.log(`SKIPPED coworks deploy against an emulator: ${cloudless}`)
else {
  test('deploy dev, then prod beside it, then what dev has into prod; a stage that is not named is never touched', async () => {
    const cloud = await Cloud.start(TWO_STAGES)
    const { project } = cloud
    const ok = async (...words: string[]): Promise<string> => {
      const stdout = await cloud.ok(...words)
      assert.not.match(stdout, SECRET)
      return stdout
    }
    const edit = (from: string, to: string) => project.write('src/app.ts', project.read('src/app.ts').replace(from, to))
    const assertNoPlanLeft = () => assert.equal(readdirSync(project.at('.coworks/tmp')), [])
    try {
      const looked = await ok('deploy', 'stage=dev', '-n')
      assert.match(looked, /^ {4}create {3}aws_lambda_function\.app-test_dev$/m)
      assert.not.ok(existsSync(project.at('terraform/terraform.tfstate')), '-n applies nothing')
      assertNoPlanLeft()

      const first = await ok('deploy', 'microservice=app-test', 'stage=dev', '--auto-approve')
      const [before = '', applied = ''] = first.split('coworks: 11 to create.\n')
      assert.is(
        before.slice(before.indexOf("coworks: Terraform's plan")),
        `coworks: Terraform's plan, in terraform:
  app-test
    create   aws_api_gateway_rest_api.app-test
  app-test dev
    create   aws_api_gateway_deployment.app-test_dev
    create   aws_api_gateway_rest_api_put.app-test_dev
    create   aws_api_gateway_stage.app-test_dev
    create   aws_cloudwatch_log_group.app-test_dev
    create   aws_iam_role.app-test_dev
    create   aws_iam_role_policy.app-test_dev
    create   aws_lambda_function.app-test_dev
    create   aws_lambda_permission.app-test_dev
    create   aws_lambda_permission.app-test_dev_authorizer
    create   terraform_data.app-test_dev_put
  what app-test dev will serve
    + GET /           authorizer app
    + authorizer app  answers kept 300 s
`,
      )
      assert.match(applied, 'Apply complete! Resources: 11 added, 0 changed, 0 destroyed.')
      assert.match(applied, /^app-test dev: https:\/\/\S+\/dev$/m)
      assertNoPlanLeft()

      // Built from the files and read from a real state: the same in every aspect.
      assert.is(await ok('diff', 'stage=dev'), 'app-test: dev, built | dev, deployed: no difference\n')

      const second = await ok('deploy', 'stage=dev', '--auto-approve')
      assert.match(second, 'coworks: nothing to deploy: what is deployed is what is built.\n')
      assert.match(second, /^app-test dev: https:/m)

      // Prod is built and not deployed: a plan of dev would make it.
      await ok('build', 'stage=prod')
      edit("return 'ready'", "return 'steady'")
      const dev = await cloud.ofStage('dev')
      const refused = await cloud.coworks('deploy', 'stage=dev', '--auto-approve')
      assert.is(refused.status, 2)
      assert.match(
        refused.stderr,
        'coworks: *** stage app-test prod · was not named, and 10 of its resources would change · look with `coworks diff microservice=app-test stage=prod',
      )
      assert.match(refused.stderr, '\n    create aws_lambda_function.app-test_prod\n')
      assert.not.match(refused.stderr, '_dev')
      assert.equal(await cloud.ofStage('dev'), dev)
      assertNoPlanLeft()

      // Both: dev's function is replaced with its permissions, prod is made.
      const both = JSON.parse(await ok('deploy', 'stage=dev,prod', '--auto-approve', '--json')) as {
        ok: boolean
        applied: boolean
        plans: { changes: { address: string; action: string; reason: string | null; microservice: string; stage: string }[] }[]
        urls: { stage: string }[]
      }
      const replaced = both.plans.flatMap(({ changes }) => changes.filter(({ action }) => action === 'replace'))
      assert.equal(replaced, [
        ...[
          ['aws_lambda_function.app-test_dev', 'code changed'],
          ['aws_lambda_permission.app-test_dev', 'its function is replaced'],
          ['aws_lambda_permission.app-test_dev_authorizer', 'its function is replaced'],
        ].map(([address, reason]) => ({ address, action: 'replace', reason, microservice: 'app-test', stage: 'dev' })),
      ])
      assert.equal([both.ok, both.applied, both.urls.map(({ stage }) => stage)], [true, true, ['dev', 'prod']])
      assert.is((await cloud.lambda('app-test-dev')).CodeSha256, cloud.codeSha256('terraform/tmp/app-test-dev.zip'))

      // A new route: into dev, and seen before it goes into prod.
      edit('  get() {', "  get_new() {\n    return 'new'\n  }\n\n  get() {")
      const dev2 = await ok('deploy', 'stage=dev', '--auto-approve')
      assert.match(dev2, '\n  what callers of app-test dev will see\n    + GET /new  authorizer app\ncoworks: ')
      assert.equal(await cloud.served('prod'), ['GET /'])
      const promotion = await ok('deploy', 'stage=prod', '-n')
      const shown = promotion.slice(promotion.indexOf("coworks: Terraform's plan"))
      assert.match(shown, '\n    + GET /new  authorizer app  # promoted from dev\n')
      assert.match(readFileSync(join(REPO, 'docs/deploy.md'), 'utf8'), shown.replace(/^/gm, '    ').trimEnd(), 'as the page shows it')
      assert.equal(await cloud.served('prod'), ['GET /'], '-n promotes nothing')
      await ok('deploy', 'stage=prod', '--auto-approve')
      assert.equal(await cloud.served('prod'), ['GET /', 'GET /new'])

      // A deployment tainted by hand goes with its put; a stage that is not named is refused for it.
      edit("  get_new() {\n    return 'new'\n  }\n\n", '')
      await ok('deploy', 'stage=dev', '--auto-approve')
      await cloud.terraform(['taint', 'aws_api_gateway_deployment.app-test_prod'])
      await ok('deploy', 'stage=prod', '--auto-approve')
      assert.equal([await cloud.served('dev'), await cloud.served('prod')], [['GET /'], ['GET /']])
    } finally {
      cloud.stop()
    }
  })
}

test.run()
