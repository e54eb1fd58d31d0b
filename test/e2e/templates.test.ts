/** `coworks templates`: what is listed, copied and refused, and that a copy takes part in the build. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, smallProject } from '../support/cli.js'

const project = new CliProject({ ...smallProject(), 'templates/mine.tf.hbs': 'x', 'templates/_mine.hbs': '# mine\n' })

test('each template with its origin', async () => {
  const { stdout, status } = await project.run(['templates'])
  assert.is(status, 0)
  assert.is(
    stdout,
    `_artifact.hbs            built-in
_function.hbs            built-in
_gateway.hbs             built-in
_logs.hbs                built-in
_mine.hbs                templates/_mine.hbs
_permissions.hbs         built-in
_role.hbs                built-in
_schedules.hbs           built-in
_triggers.hbs            built-in
_workspace_events.hbs    built-in
_workspace_function.hbs  built-in
_workspace_gateway.hbs   built-in
_workspace_role.hbs      built-in
api.tf.hbs               built-in
layer.tf.hbs             built-in
layers.tf.hbs            built-in
mine.tf.hbs              templates/mine.tf.hbs: nothing renders it (a partial's name begins with _)
stage.tf.hbs             built-in
versions.tf.hbs          built-in
workspace.tf.hbs         built-in
`,
  )
})

test('a copy stands in the place of the built-in one, and the build renders with it', async () => {
  project.remove('templates/mine.tf.hbs')
  assert.is((await project.run(['templates', 'copy', '_logs'])).stdout, 'copied templates/_logs.hbs\n')
  const { stdout } = await project.run(['templates', '--json'])
  const { folders } = JSON.parse(stdout) as { folders: { templates: { name: string; origin: string; overrides: boolean }[] }[] }
  assert.equal(
    folders[0]?.templates.filter(({ origin }) => origin === 'project').map(({ name, overrides }) => [name, overrides]),
    [
      ['_logs.hbs', true],
      ['_mine.hbs', false],
    ],
  )
  project.write('templates/_logs.hbs', `{{> _mine}}\n${project.read('templates/_logs.hbs')}`)
  assert.is((await project.run(['stage=dev'])).status, 0)
  assert.match(project.read('terraform/app-test.dev.tf'), '\n# mine\nresource "aws_cloudwatch_log_group"')
})

test('templates that were compiled with the package render what they render when they are compiled here', async () => {
  const files = smallProject('', "[['app-test', ['dev']], ['app-more', ['dev']]]")
  files['src/app.ts'] = `${files['src/app.ts']}
export const more = new Service({ name: 'more', configs: [new Config({ workspace: 'dev', version: '2' })] })
`
  const ahead = new CliProject(files)
  // One that nothing renders, and all are compiled.
  const here = new CliProject({ ...files, 'templates/mine.tf.hbs': 'x' })
  const rendered = []
  for (const one of [ahead, here]) {
    assert.is((await one.run([])).status, 0)
    rendered.push(
      ['app-test.dev', 'app-test', 'app-more.dev', 'app-more', 'versions'].map((name) => one.read(`terraform/${name}.tf`)).join('\n'),
    )
  }
  assert.is(rendered[0], rendered[1])
  assert.match(rendered[0] ?? '', /resource "aws_lambda_function" "app-more_dev"/)
})

test('a file that is there is never written over', async () => {
  const before = project.read('templates/_logs.hbs')
  const { stderr, status } = await project.run(['templates', 'copy', '_logs.hbs'])
  assert.is(status, 2)
  assert.is(stderr, 'coworks: *** templates/_logs.hbs · is there already · edit it, or remove it to start from the built-in one again\n')
  assert.is(project.read('templates/_logs.hbs'), before)
})

test('a name that no template has', async () => {
  const { stderr, status } = await project.run(['templates', 'copy', '_role.hb'])
  assert.is(status, 2)
  assert.is(stderr, "coworks: *** _role.hb · no template of this name comes with coworks · did you mean `_role.hbs'?\n")
})

test("a helper of the project's own: called, tracked by its text, its error with file, line and column", async () => {
  const files = smallProject()
  const declared = (body: string) =>
    (files['Coworksfile.ts'] ?? '').replace(/CwsProject\((.*)\)/, `CwsProject($1, { templateHelpers: { upper: (text) => ${body} } })`)
  const own = new CliProject({
    ...files,
    'Coworksfile.ts': declared('String(text).toUpperCase()'),
    'templates/_logs.hbs': '# {{comment (upper stage)}}\n\n# {{upper functionName}}\n',
  })
  assert.is((await own.run(['stage=dev', '-s'])).status, 0)
  assert.match(own.read('terraform/app-test.dev.tf'), '# DEV\n\n# APP-TEST-DEV\n')
  assert.is((await own.run(['stage=dev', '-q'])).status, 0)
  own.write('Coworksfile.ts', declared('`<${String(text)}>`'))
  assert.is((await own.run(['stage=dev', '-s'])).status, 0)
  assert.match(own.read('terraform/app-test.dev.tf'), '# <dev>\n')

  own.write('Coworksfile.ts', declared("{ throw new Error('not today') }"))
  const failed = await own.run(['stage=dev', '-s'])
  assert.is(failed.status, 2)
  assert.match(failed.stderr, '_logs.hbs:1:13 · not today')
  own.write('Coworksfile.ts', declared('text').replace('upper:', 'hcl:'))
  assert.match((await own.run(['stage=dev'])).stderr, "CwsProject, templateHelpers · `hcl' cannot be the name of a helper")
})

test.run()
