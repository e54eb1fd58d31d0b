/** `coworks diff` as a user runs it: what prod would get from dev, and what an apply would change. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject } from '../support/cli.js'

const project = new CliProject()
const says = async (words: string[], status: number, stdout: string, stderr = '') => {
  const ran = await project.run(['diff', ...words])
  assert.is(ran.stderr, stderr)
  assert.is(ran.stdout, stdout)
  assert.is(ran.status, status)
}

test('a stage that was not built', async () => {
  await project.run(['build', 'stage=dev'])
  await says(
    ['--with=prod'],
    2,
    '',
    'coworks: *** microservice app-test, stage prod · was not built here · coworks build microservice=app-test stage=prod\n',
  )
})

test('two stages', async () => {
  await project.run(['build', 'stage=prod'])
  await says(['stage=dev', '--with=prod'], 1, 'app-test: dev | prod\n  cors allowOrigin  * | https://www.mywebsite.com\n')
})

test('a route of dev that prod would get is seen before it does', async () => {
  project.write('src/app.ts', project.read('src/app.ts').replace('  get() {', "  get_new() {\n    return 'new'\n  }\n\n  get() {"))
  await project.run(['build', 'stage=dev'])
  await says(
    ['stage=dev', '--with=prod'],
    1,
    `app-test: dev | prod
  route GET /new    authorizer app, CORS | -
  cors allowOrigin  * | https://www.mywebsite.com
  code              differs
`,
    'coworks: terraform/app-test.prod.tf is not up to date: compared is what was built last.\n',
  )
  const json = await project.run(['diff', '--with=prod', '--json'])
  const { same, compared } = JSON.parse(json.stdout) as { same: boolean; compared: { differences: unknown[] }[] }
  assert.is(same, false)
  assert.equal(compared[0]?.differences[0], { aspect: 'route', name: 'GET /new', left: 'authorizer app, CORS', right: null })
})

test('nothing is deployed', async () => {
  const { status, stdout } = await project.run(['diff', 'stage=dev'])
  assert.is(status, 1)
  assert.match(stdout, /^app-test: dev, built \| dev, not deployed\n {2}route GET \/ +authorizer app, CORS \| -\n/)
  assert.not.match(stdout, /mysecret|TOKEN=/)
})

test('words that make no sense', async () => {
  await says(
    ['stage=dev', '--with=dev'],
    2,
    '',
    'coworks: *** --with=dev · compares the stage with itself · name another one with stage=\n',
  )
  await says(['--with=prd'], 2, '', "coworks: *** unknown stage `prd' · did you mean `prod'?\n")
})

test.run()
