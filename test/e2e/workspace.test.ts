// limit: 600 s
/** Stages as workspaces of Terraform: one set of resources, a state for each, and what is changed in one stays in one. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, quickstart } from '../support/cli.js'
import { hasMoto, startMoto } from '../support/moto.js'
import { findTerraform, terraform, terraformEnv } from '../support/terraform.js'

/** The quickstart with everything in dev that a stage may have or not. */
function files(): Record<string, string> {
  const base = quickstart()
  const app = (base['src/app.ts'] ?? '')
    .replace(
      'extends TechMicroService {',
      "extends TechMicroService {\n  static schedules = { clean: 'rate(1 hour)' }\n  clean() {}\n  on_s3() {}",
    )
    .replace(
      "workspace: 'dev',",
      `workspace: 'dev',
  tracing: true,
  throttle: { rate: 10, burst: 20 },
  ephemeralStorage: 1024,
  tags: { team: 'shop \${terraform.workspace} %{ if true }' },
  environmentVariables: { LEVEL: '\${path.module} "debug"' },
  policyStatements: [{ effect: 'Allow', actions: ['s3:GetObject'], resources: ['*'] }],
  triggers: { uploads: { pattern: { source: ['aws.s3'], detail: { bucket: { name: ['uploads'] } } } } },
  schedules: false,`,
    )
  return {
    ...base,
    'Coworksfile.ts': (base['Coworksfile.ts'] ?? '').replace('CwsProject(src, tms)', "CwsProject(src, tms, { staging: 'workspace' })"),
    'src/app.ts': app,
  }
}

test('a stage owns its data, and all share the resources', async () => {
  const project = new CliProject(files())
  const built = await project.run(['stage=dev', '-s'])
  assert.is(built.status, 0, built.stderr)
  const shared = ['app-test.tf', 'layers.tf', 'versions.tf']
  const named = () => readdirSync(project.at('terraform')).sort()
  assert.equal(named(), ['app-test.dev.json', 'app-test.tf', 'layer.dev.layer.json', 'layers.tf', 'tmp', 'versions.tf'])
  const before = project.tree()
  assert.is((await project.run(['stage=prod', '-s'])).status, 0)
  assert.equal(
    Object.entries(project.tree())
      .filter(([path, is]) => before[path] !== is)
      .map(([path]) => path),
    ['terraform/app-test.prod.json', 'terraform/layer.prod.layer.json', 'terraform/tmp/app-test-prod.zip'],
  )
  for (const name of shared) assert.not.match(project.read(`terraform/${name}`), /[-_.]dev\b(?!,)/)
  assert.is((await project.run(['stage=all', '-q'])).status, 0)
})

test('what cannot be one folder of workspaces is said', async () => {
  const said = async (text: string) => {
    const ran = await new CliProject({
      ...quickstart(),
      'Coworksfile.ts': `import { AllFiles, CwsProject, Layer } from 'coworks/cws'\n${text}`,
    }).run([])
    assert.is(ran.status, 2)
    return ran.stderr
  }
  const project = (tms: string, options: string) => `CwsProject([AllFiles('src')], ${tms}, ${options})\n`
  assert.match(
    await said(project("[['app-test', ['dev']]]", "{ staging: 'workspaces' }")),
    "unknown staging `workspaces' · did you mean `workspace'?",
  )
  assert.match(
    await said(project("[['app-test', ['dev', 'prod']], ['app-other', ['dev']]]", "{ staging: 'workspace' }")),
    'app-other has the stages dev, and app-test dev, prod: a workspace holds all microservices of its folder · give them the same stages',
  )
  assert.match(
    await said(project("[['app-test', ['dev']]]", '{}') + project("[['app-other', ['dev']]]", "{ staging: 'workspace' }")),
    'terraform holds both kinds of staging · give one of the projects another terraformDir',
  )
})

const found = findTerraform()
const why = 'missing' in found ? found.missing : hasMoto() ? undefined : 'moto_server is not on the PATH'
if (why !== undefined || 'missing' in found) console.log(`SKIPPED workspaces applied to an emulator: ${why}`)
else {
  test('each workspace plans and applies alone', async () => {
    const moto = await startMoto()
    const project = new CliProject(files())
    const dir = project.at('terraform')
    const env = (workspace: string) => terraformEnv({ ...moto.env, ...(workspace === '' ? {} : { TF_WORKSPACE: workspace }) })
    const plan = (workspace: string) =>
      terraform(dir, ['plan', '-input=false', '-no-color', '-detailed-exitcode', '-out=plan'], env(workspace), { ok: [0, 1, 2] })
    const apply = (workspace: string) => terraform(dir, ['apply', '-input=false', '-auto-approve', '-no-color'], env(workspace))
    const state = (workspace: string) => readFileSync(`${dir}/terraform.tfstate.d/${workspace}/terraform.tfstate`, 'utf8')
    const build = async (...words: string[]) => {
      const ran = await project.run(words, moto.env)
      assert.is(ran.status, 0, ran.stderr)
      return ran.stdout
    }
    const served = (stage: string) => {
      const { resources } = JSON.parse(state(stage)) as {
        resources: { type: string; instances: { attributes: { deployment_id: string } }[] }[]
      }
      const id = resources.find(({ type }) => type === 'aws_api_gateway_stage')?.instances[0]?.attributes.deployment_id ?? ''
      return Object.keys(moto.served(id)?.paths ?? {}).sort()
    }
    try {
      await build('stage=all', '-s')
      await terraform(dir, ['fmt', '-check', '-diff'], env(''))
      await terraform(dir, ['init', '-input=false', `-plugin-dir=${found.pluginDir}`], env(''))
      const { stdout } = await terraform(dir, ['validate', '-json'], env(''))
      assert.equal((JSON.parse(stdout) as { diagnostics: unknown[] }).diagnostics, [], 'not even a warning')

      const nowhere = await plan('')
      assert.is(nowhere.status, 1)
      const said = nowhere.stderr.replace(/\s+/g, ' ')
      assert.match(said, 'The workspace default is no stage of app-test that was built here. Its stages are dev, prod: choose one')
      assert.is(nowhere.stderr.match(/^Error: /gm)?.length, 1, nowhere.stderr)

      for (const stage of ['dev', 'prod']) {
        await apply(stage)
        const again = await plan(stage)
        assert.is(again.status, 0, again.stdout + again.stderr)
      }
      assert.equal([served('dev'), served('prod')], [['/'], ['/']])
      assert.match(await build('stage=all', '-Q'), 'nothing to taint')
      // What is built reads like what is deployed, and dev like prod but for what their configs say.
      const same = await project.run(['diff', 'stage=all'], moto.env)
      assert.equal(
        [same.status, same.stdout],
        [0, 'app-test: dev, built | dev, deployed: no difference\napp-test: prod, built | prod, deployed: no difference\n'],
      )
      const prod = state('prod')
      const dev = JSON.parse(state('dev')) as {
        resources: { type: string; instances: { attributes: { tags?: object; environment?: object } }[] }[]
      }
      const lambda = dev.resources.find(({ type }) => type === 'aws_lambda_function')?.instances[0]?.attributes
      assert.equal(lambda?.tags, { team: 'shop ${terraform.workspace} %{ if true }' })

      // A new route in dev.
      project.write('src/app.ts', project.read('src/app.ts').replace('  get() {', '  get_new() {\n    return 1\n  }\n\n  get() {'))
      const printed = await build('stage=dev', '-Q')
      const commands = printed.split('\n').filter((line) => line.includes(' taint '))
      assert.equal(commands, [
        "TF_WORKSPACE=dev terraform -chdir=terraform taint -allow-missing 'aws_lambda_function.app-test'  # code changed",
        "TF_WORKSPACE=dev terraform -chdir=terraform taint -allow-missing 'aws_lambda_permission.app-test'  # its function is replaced",
        "TF_WORKSPACE=dev terraform -chdir=terraform taint -allow-missing 'aws_lambda_permission.app-test_authorizer[0]'  # its function is replaced",
        `TF_WORKSPACE=dev terraform -chdir=terraform taint -allow-missing 'aws_lambda_permission.app-test_on["uploads"]'  # its function is replaced`,
        `TF_WORKSPACE=dev terraform -chdir=terraform taint -allow-missing 'aws_lambda_permission.app-test_schedule["clean"]'  # its function is replaced`,
        "TF_WORKSPACE=dev terraform -chdir=terraform taint -allow-missing 'aws_api_gateway_deployment.app-test'  # routes, CORS or authorizer changed",
      ])
      for (const command of commands) {
        const ran = spawnSync('sh', ['-c', command], { cwd: project.path, env: terraformEnv(moto.env), encoding: 'utf8' })
        assert.is(ran.status, 0, ran.stderr)
      }
      assert.is((await project.run(['taint', 'stage=dev'])).stdout, '', 'what the state has tainted is not asked for again')
      await apply('dev')
      assert.is((await plan('dev')).status, 0)
      assert.equal([served('dev'), served('prod')], [['/', '/new'], ['/']])
      assert.is(state('prod'), prod, 'to the byte')
      assert.is((await plan('prod')).status, 0)
      assert.match(await build('taint', 'stage=dev'), '')

      // prod is in place: nothing but its deployment is tainted, by coworks itself.
      assert.is(
        (await build('stage=prod', '-Q'))
          .split('\n')
          .filter((line) => line.includes(' taint '))
          .join(),
        "TF_WORKSPACE=prod terraform -chdir=terraform taint -allow-missing 'aws_api_gateway_deployment.app-test'  # routes, CORS or authorizer changed",
      )
      await build('taint', 'stage=prod', '--apply')
      assert.match(state('prod'), '"status": "tainted"')
      assert.not.match(state('dev'), '"status": "tainted"')
    } finally {
      moto.stop()
    }
  })
}

test.run()
