/**
 * What the document says of stages, sentence by sentence, of the files that a build writes. That they apply, and what an apply leaves
 * alone, is in story.test.ts; `app.run({ workspace })` and the complete microservice are in test/service/seed.test.ts.
 */
import { existsSync, readdirSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { commandNamed } from '../../src/cli/options/index.js'
import { readHcl } from '../../src/terraform/index.js'
import { CliProject, quickstart } from '../support/cli.js'

const project = new CliProject(quickstart())

async function build(...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await project.run(words)
  assert.is(status, 0, stderr)
  return stdout
}

/** The names of the resources of a type, in all files of the folder or in one. */
function resources(type: string, file = /\.tf$/): string[] {
  return readdirSync(project.at('terraform'))
    .filter((name) => file.test(name) && name.endsWith('.tf'))
    .flatMap((name) => readHcl(project.read(`terraform/${name}`)))
    .flatMap(({ labels: [kind, name] }) => (kind === type && name !== undefined ? [name] : []))
    .sort()
}

test('"scons microservice=app-test stage=dev … will create the layer and the terraform files to deploy the stage dev"', async () => {
  await build('microservice=app-test', 'stage=dev')
  assert.ok(existsSync(project.at('layer.zip')))
  assert.equal(readdirSync(project.at('terraform')).sort(), ['app-test.dev.tf', 'app-test.tf', 'layer.dev.tf', 'tmp', 'versions.tf'])
})

test('"… and taint the resources that need to be redeployed"', async () => {
  const hash = /source_code_hash = "([^"]+)"/.exec(project.read('terraform/app-test.dev.tf'))?.[1]
  const instances = [{ schema_version: 0, attributes: { function_name: 'app-test-dev', arn: 'arn:f', source_code_hash: hash } }]
  const lambda = { mode: 'managed', type: 'aws_lambda_function', name: 'app-test_dev', provider: 'p', instances }
  project.write('terraform/terraform.tfstate', JSON.stringify({ version: 4, serial: 1, lineage: 'x', outputs: {}, resources: [lambda] }))
  assert.not.match(await build('stage=dev'), 'terraform -chdir')
  project.write('src/app.ts', project.read('src/app.ts').replace('ready', 'steady'))
  const line = "\nterraform -chdir=terraform taint -allow-missing 'aws_lambda_function.app-test_dev'  # code changed\n"
  assert.match(await build('stage=dev'), line)
  project.remove('terraform/terraform.tfstate')
})

test('"one lambda per stage and only one API for all the stages"', async () => {
  await build('stage=all')
  assert.equal(resources('aws_lambda_function'), ['app-test_dev', 'app-test_prod'])
  assert.equal(resources('aws_api_gateway_rest_api'), ['app-test'])
})

test('"several configurations, one per stage": each lambda has the settings of its own', () => {
  const [dev, prod] = ['dev', 'prod'].map((stage) => project.read(`terraform/app-test.${stage}.tf`))
  assert.match(dev ?? '', '/../config/vars_dev.json')
  assert.match(prod ?? '', '/../config/vars_prod.secret.json')
  assert.match(dev ?? '', /Access-Control-Allow-Origin" += "'\*'"/)
  assert.match(prod ?? '', /Access-Control-Allow-Origin" += "'https:\/\/www\.mywebsite\.com'"/)
})

test('"The terraform file … contains one lambda resource per workspace, and one APIGateway deployment per workspace"', () => {
  for (const stage of ['dev', 'prod']) {
    const own = new RegExp(`^app-test\\.${stage}\\.tf$`)
    assert.equal(resources('aws_lambda_function', own), [`app-test_${stage}`])
    assert.equal(resources('aws_api_gateway_deployment', own), [`app-test_${stage}`])
    assert.equal(resources('aws_api_gateway_stage', own), [`app-test_${stage}`])
  }
})

test('"omitting microservice=app-test will deploy all microservices defined in the SConstruct file"', async () => {
  const both = new CliProject({
    ...quickstart(),
    'Coworksfile.ts':
      quickstart()['Coworksfile.ts']?.replace("[['app-test', ['dev', 'prod']]]", "[['app-test', ['dev']], ['other-test', ['dev']]]") ?? '',
    'src/other.ts': quickstart()['src/app.ts'] ?? '',
  })
  const { status, stderr } = await both.run(['stage=dev'])
  assert.is(status, 0, stderr)
  for (const file of ['app-test.dev.tf', 'other-test.dev.tf']) assert.ok(existsSync(both.at(`terraform/${file}`)), file)
})

test('"Other patterns may be used such as terraform workspace"', async () => {
  const files = quickstart()
  const workspaces = new CliProject({
    ...files,
    'Coworksfile.ts': files['Coworksfile.ts']?.replace('CwsProject(src, tms)', "CwsProject(src, tms, { staging: 'workspace' })") ?? '',
  })
  const { status, stderr } = await workspaces.run(['stage=all'])
  assert.is(status, 0, stderr)
  const text = workspaces.read('terraform/app-test.tf')
  assert.match(text, 'resource "aws_lambda_function" "app-test" {')
  assert.match(text, 'terraform.workspace')
})

test('"Deployment and update are … made in two different ways": terraform for the one, coworks itself for the other', () => {
  assert.match(commandNamed('deploy')?.summary ?? '', 'Terraform')
  assert.match(commandNamed('update')?.summary ?? '', 'Lambda')
})

test.run()
