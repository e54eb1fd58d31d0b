// limit: 180 s
/** `coworks run` as a user runs it: the process, its answers, what an edit does to it, and how it ends. Waits for lines, never for time. */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, quickstart } from '../support/cli.js'
import { endAll, processesIn, Running } from '../support/running.js'

// What a failed test leaves running would keep this process, too.
test.after(endAll)

class Run extends Running {
  constructor(project: CliProject, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    super(project, ['run', '--port=0', ...words], env)
  }

  async url(name: string): Promise<string> {
    return (await this.says(new RegExp(`coworks: ${name} \\(\\w+\\) on (http://\\S+)\\n`)))[1] ?? ''
  }
}

const get = async (url: string, token?: string): Promise<string> => {
  const response = await fetch(url, token === undefined ? {} : { headers: { Authorization: token } })
  return `${response.status} ${(await response.text()).trim()}`
}

/** Processes that run a function for this project. */
function children(project: CliProject): string[] {
  return processesIn(project.path).filter((words) => words.includes('gateway-child'))
}

test('the quickstart, its rules, an edit, a broken edit, its mending, and Ctrl-C', async () => {
  const project = new CliProject()
  const app = project.read('src/app.ts')
  const running = new Run(project, ['microservice=app-test', 'stage=dev'], { OF_THE_DEVELOPER: 'x' })
  const url = await running.url('app-test')
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/dev\/$/)
  assert.is(await get(url), '401 {"message":"Unauthorized"}')
  assert.is(await get(url, 'wrong'), '403 {"message":"User is not authorized to access this resource with an explicit deny"}')
  assert.is(await get(url, 'token'), '200 Simple microservice ready.')
  assert.is(await get(url.replace(/dev\/$/, ''), 'token'), '200 Simple microservice ready.', 'without the stage')
  assert.is(await get(`${url}none`, 'token'), '403 {"message":"Missing Authentication Token"}')
  await running.says(/GET \/dev\/ 401 \d+ ms {2}\(no Authorization header\)\n/)
  await running.says(/GET \/dev\/ 200 \d+ ms\n/)

  project.write('src/app.ts', app.replace("return 'Simple", "return 'Edited simple"))
  await running.says(/coworks: app-test \(dev\) reloaded: src\/app\.ts\n/)
  assert.is(await get(url, 'token'), '200 Edited simple microservice ready.')

  project.write('src/app.ts', app.replace("return 'Simple", 'return = '))
  await running.says(/src\/app\.ts:\d+:\d+/)
  await running.says(/what was built before is served on/)
  assert.is(await get(url, 'token'), '200 Edited simple microservice ready.')

  project.write(
    'src/app.ts',
    app.replace("get() {\n    return 'Simple", "get_env() { return Object.keys(process.env) }\n  get() {\n    return 'Mended simple"),
  )
  await running.says(/reloaded/)
  assert.is(await get(url, 'token'), '200 Mended simple microservice ready.')
  assert.not.match(await get(`${url}env`, 'token'), 'OF_THE_DEVELOPER')

  project.write('config/vars_dev.json', '{ "TOKEN": "changed" }')
  await running.says(/reloaded: config\/vars_dev\.json/)
  assert.match(await get(url, 'token'), /^403 /, 'what the authorizer said before is forgotten')
  assert.match(await get(url, 'changed'), /^200 /)

  project.remove('config/vars_dev.json')
  await running.says(/config\/vars_dev\.json/)
  await running.says(/what was built before is served on/)
  assert.match(await get(url, 'changed'), /^200 /)

  assert.is(children(project).length, 1)
  assert.is(await running.stop(), 0)
  assert.equal(children(project), [])
  assert.equal(
    readdirSync(project.path).filter((name) => name.startsWith('coworks-run-')),
    [],
  )
})

test('a stage without its environment file names file and workspace, and ends', async () => {
  const files = quickstart()
  delete files['config/vars_prod.secret.json']
  const running = new Run(new CliProject(files), ['microservice=app-test', 'stage=prod'])
  assert.is(await running.ended, 2)
  assert.match(running.output, 'config/vars_prod.secret.json')
  assert.match(running.output, 'prod')
})

test('two stages at once, each on its port, each with its own environment; a killed parent leaves no process', async () => {
  const project = new CliProject()
  const running = new Run(project, ['stage=dev,prod', '--env', 'OF_THE_DEVELOPER'], { OF_THE_DEVELOPER: 'x' })
  const dev = await running.url('app-test')
  const prod = await running.url('app-test')
  assert.match(prod, /\/prod\/$/)
  assert.match(await get(dev, 'token'), /^200 /)
  assert.match(await get(prod, 'token'), /^403 /)
  assert.match(await get(prod, 'replace-me-and-keep-this-file-out-of-git'), /^200 /)
  await running.says(/app-test-dev GET \/dev\/ 200/)
  await running.says(/app-test-prod GET \/prod\/ 403/)
  assert.is(await running.stop('SIGKILL'), 'SIGKILL')
  while (children(project).length > 0) await new Promise((resolve) => setImmediate(resolve)) // they see the channel close
})

test('what was asked wrongly is said', async () => {
  const project = new CliProject()
  for (const [words, said] of [
    [['app-test'], "`coworks run' takes no targets, not `app-test'"],
    [['microservice=app-tset'], "did you mean `app-test'?"],
    [['stage=staging'], "unknown stage `staging'"],
    [['--port=70000'], '65535'],
  ] as const) {
    const running = new Run(project, words)
    assert.is(await running.ended, 2, words.join(' '))
    assert.match(running.output, said)
  }
})

test('`app.run()` of a user serves without a build', async () => {
  const project = new CliProject({ 'config/vars_dev.json': '{"TOKEN":"token"}' })
  project.write(
    'app.mjs',
    `import { TechMicroService, Config } from 'coworks'
class App extends TechMicroService {
  get() { return 'run: ' + process.env.WORKSPACE }
  auth({ token }) { return token === process.env.TOKEN }
}
const app = new App({ name: 'test', configs: new Config({ workspace: 'dev', environmentVariablesFile: 'config/vars_dev.json' }) })
await app.run({ workspace: 'dev', port: 0 })
`,
  )
  const child = spawn(process.execPath, ['app.mjs'], { cwd: project.path, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)))
  const url = await new Promise<string>((resolve) => {
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const found = /coworks: test \(dev\) on (\S+)\n/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  assert.is(await get(url, 'token'), '200 run: dev')
  assert.match(await get(url), /^401 /)
  child.kill('SIGINT')
  assert.is(await ended, 'SIGINT')
})

test.run()
