// limit: 180 s
/** `coworks watch --update` against a stand-in for Lambda: what is pushed, when, and what is said. Waits for lines, never for time. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, smallProject } from '../support/cli.js'
import { expired, LambdaService, sha256 } from '../support/lambda-service.js'
import { endAll, processesIn, Running } from '../support/running.js'

// What a failed test leaves running would keep this process, too.
test.after(endAll)

const settings = { MemorySize: 128, Timeout: 30, Environment: { Variables: { WORKSPACE: 'dev' } } }
const ZIP = 'terraform/tmp/app-test-dev.zip'

const pushes = (service: LambdaService) => service.calls.filter(({ operation }) => operation === 'UpdateFunctionCode').length

test('each good build is pushed, a broken one is not, and what failed is pushed with the next', async () => {
  const service = await LambdaService.start()
  const project = new CliProject(smallProject())
  const app = project.read('src/app.ts')
  try {
    assert.is((await project.run(['-s'])).status, 0)
    service.deploy('app-test-dev', readFileSync(project.at(ZIP)), { config: settings })
    const running = new Running(project, ['watch', 'stage=dev', '--update'], service.env)
    await running.says(/first build → up to date .*\n/)
    await running.says(/app-test-dev up to date in Lambda · \d+ ms\n/)
    if (!/watching; /.test(running.output)) await running.says(/watching; .*\n/)
    assert.is(pushes(service), 0)

    project.write('src/app.ts', app.replace('ready', 'steady'))
    await running.says(/src\/app\.ts → app-test-dev zip, dev\.tf .*\n/)
    await running.says(/app-test-dev pushed · .*\n/)
    assert.is(service.sha256Of('app-test-dev'), sha256(readFileSync(project.at(ZIP))))

    project.write('src/app.ts', app.replace("'ready'", '= 1'))
    await running.says(/src\/app\.ts → failed .*\n/)
    assert.is(pushes(service), 1)

    service.befall('GetFunctionConfiguration', expired)
    project.write('src/app.ts', app.replace('ready', 'go'))
    await running.says(/app-test-dev not updated · .*\n/)
    assert.is(pushes(service), 1)
    // Nothing new is made, and what was not pushed is.
    project.write('src/app.ts', `${app.replace('ready', 'go')}// a comment\n`)
    await running.says(/src\/app\.ts → nothing new .*\n/)
    await running.says(/app-test-dev pushed · .*\n/)
    assert.is(service.sha256Of('app-test-dev'), sha256(readFileSync(project.at(ZIP))))
    assert.is(await running.stop(), 0)
    assert.equal(processesIn(project.path), [])
    assert.equal(service.violations, [])
  } finally {
    service.stop()
  }
})

test.run()
