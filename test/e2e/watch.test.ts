// limit: 300 s
/** `coworks watch` as a user has it: real processes, real files, exact lines. Waits for lines, never for time. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, quickstart, smallProject } from '../support/cli.js'
import { Folder } from '../support/folder.js'
import { endAll, processesIn, Running } from '../support/running.js'

// What a failed test leaves running would keep this process, too.
test.after(endAll)

/** With clock and durations taken out. */
const plain = (output: string): string =>
  output
    .replace(/^\d\d:\d\d:\d\d/gm, 'HH:MM:SS')
    .replace(/· \d+ ms/g, '· N ms')
    .replace(/· \d+\.\d s/g, '· N ms')

async function watching(project: CliProject, words: readonly string[] = [], before: readonly string[] = []): Promise<Running> {
  const running = new Running(project, ['watch', ...words], {}, before)
  await running.says(/first build → .*\n/)
  if (!/watching; /.test(running.output)) await running.says(/watching; .*\n/)
  return running
}

interface Line {
  readonly event: string
  readonly ok: boolean
  readonly at: string
  readonly changed: readonly string[]
  readonly targets: readonly { readonly id: string; readonly outcome: string }[]
  readonly failures: readonly { readonly where?: string; readonly what: string }[]
}

const lines = (running: Running): Line[] =>
  running.output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)

test('a day at work: edits, an error, its mending, environment, template, Coworksfile; then Ctrl-C', async () => {
  const project = new CliProject()
  const app = project.read('src/app.ts')
  // Made while it is watched, the folder may be told of before what is in it, and a quick build names it alone.
  mkdirSync(project.at('templates'))
  const running = await watching(project, ['stage=dev'])

  project.write('src/app.ts', app.replace('ready', 'steady'))
  await running.says(/src\/app\.ts → .*\n/)
  // Nothing of this is a change: touched, written again as it was, and what editors leave for a moment.
  project.touch('src/app.ts', 1)
  project.write('config/vars_dev.json', project.read('config/vars_dev.json'))
  for (const name of ['src/.app.ts.swp', 'src/4913', 'src/app.ts~', 'src/.#app.ts', 'src/app.ts___jb_tmp___']) project.write(name, 'x')
  for (const name of ['src/4913', 'src/app.ts___jb_tmp___']) project.remove(name)

  project.write('src/app.ts', app.replace("return 'Simple", "return = 'Simple"))
  await running.says(/src\/app\.ts → failed .*\n/)
  project.write('config/vars_dev.json', '{ "TOKEN": "other" }\n')
  await running.says(/as before: .*\n/)
  assert.match(project.read('terraform/app-test.dev.tf'), 'aws_lambda_function', 'what was built before is there')
  project.write('src/app.ts', app)
  await running.says(/src\/app\.ts → .*\n/)

  project.write('templates/_logs.hbs', '# no logs\n')
  await running.says(/templates\/_logs\.hbs → .*\n/)
  project.write('Coworksfile.ts', `${project.read('Coworksfile.ts')}\nCwsProject([], [['app-test', ['dev']]])\n`)
  await running.says(/Coworksfile\.ts → failed .*\n/)
  project.write(
    'Coworksfile.ts',
    project
      .read('Coworksfile.ts')
      .replace(/\nCwsProject\(\[\].*\n/, "\nAlias('all', 'app-test')\n")
      .replace('AllFiles,', 'Alias, AllFiles,'),
  )
  await running.says(/Coworksfile\.ts → .*\n/)

  assert.is(await running.stop(), 0)
  assert.is(
    plain(running.output.slice(running.output.search(/^\S+ src\/app\.ts/m))),
    `HH:MM:SS src/app.ts → app-test-dev zip, dev.tf · N ms
coworks: *** src/app.ts:5:12 · Unexpected "="
        return = 'Simple microservice ready.\\n'
               ~
HH:MM:SS src/app.ts → failed · N ms
HH:MM:SS config/vars_dev.json → failed · N ms · as before: src/app.ts:5:12
HH:MM:SS config/vars_dev.json, src/app.ts → app-test-dev zip, dev.tf · N ms
HH:MM:SS templates/_logs.hbs → app-test.dev.tf · N ms
coworks: *** Coworksfile.ts, CwsProject · microservice \`app-test' is declared twice · list all its stages in one tuple
HH:MM:SS Coworksfile.ts → failed · N ms
HH:MM:SS Coworksfile.ts → nothing new · N ms
`,
  )
  assert.equal(processesIn(project.path), [])
  assert.not.ok(existsSync(project.at('.coworks/lock')))
})

test('what is left is what a clean build makes, whatever happened to the folders', async () => {
  const project = new CliProject({
    ...smallProject(),
    'src/app.ts': `import { one } from './lib/one.js'\nconsole.log(one)\n${smallProject()['src/app.ts']}`,
    'src/lib/one.ts': 'export const one = 1\n',
  })
  const running = await watching(project)
  rmSync(project.at('src/lib'), { recursive: true })
  mkdirSync(project.at('src/lib'))
  writeFileSync(project.at('src/lib/one.ts'), 'export const one = 2\n')
  await running.says(/src\/lib\/one\.ts → app-test-dev zip/)
  // The folder that was put in its place is watched as well as the one before.
  project.write('src/lib/one.ts', 'export const one = 3\n')
  await running.says(/src\/lib\/one\.ts → app-test-dev zip/)
  renameSync(project.at('src/lib'), project.at('src/away'))
  await running.says(/Could not resolve "\.\/lib\/one\.js"/)
  renameSync(project.at('src/away'), project.at('src/lib'))
  await running.says(/→ .*\n/)
  project.write('src/new/folder/page.html', '<p>new</p>\n')
  await running.says(/src\/new\/folder\/page\.html → app-test-dev zip/)
  project.remove('terraform/app-test.dev.tf')
  await running.says(/app-test\.dev\.tf/)
  assert.is(await running.stop(), 0)

  const made = ['terraform/tmp/app-test-dev.zip', 'terraform/app-test.dev.tf', 'terraform/app-test.tf']
  const watched = made.map((name) => project.read(name))
  for (const name of ['terraform', '.coworks']) project.remove(name)
  assert.is((await project.run(['stage=dev'])).status, 0)
  assert.equal(
    made.map((name) => project.read(name)),
    watched,
  )
})

test('a Coworksfile that ends the process, or never ends, is told, and waited for', async () => {
  const project = new CliProject(smallProject())
  const coworksfile = project.read('Coworksfile.ts')
  const running = await watching(project)
  project.write('Coworksfile.ts', `${coworksfile}process.exit(0)\n`)
  await running.says(/the building process ended before it was done \(exit 0\) · does the Coworksfile/)
  project.write('Coworksfile.ts', `${coworksfile}await new Promise(() => {})\n`)
  project.write('Coworksfile.ts', `${coworksfile}for (;;) {}\n`)
  project.write('src/app.ts', project.read('src/app.ts').replace('ready', 'steady'))
  project.write('Coworksfile.ts', coworksfile)
  await running.says(/src\/app\.ts → app-test-dev zip, dev\.tf/)
  assert.is(await running.stop(), 0)
  assert.equal(processesIn(project.path), [])
})

test('a project that is broken at the start is waited for, and served once it builds', async () => {
  const project = new CliProject(smallProject("cws.Layer('layer.tar')\n"))
  const running = await watching(project, ['--run', '--port=0'])
  assert.match(plain(running.output), "Coworksfile.ts, Layer('layer.tar') · a layer is a zip")
  assert.match(plain(running.output), /^HH:MM:SS first build → failed · N ms$/m)
  project.write('Coworksfile.ts', smallProject()['Coworksfile.ts'] ?? '')
  await running.says(/Coworksfile\.ts → app-test-dev zip, dev\.tf.*\n/)
  const url = (await running.says(/app-test \(dev\) on (http:\S+)\n/))[1] ?? ''
  assert.is(await (await fetch(url, { headers: { Authorization: 'x' } })).text(), 'ready')
  assert.is(await running.stop(), 0)
})

test('a newer change gives up the running build, with the program that it runs', async () => {
  const command =
    "cws.Command('out.txt', 'in.txt', 'cp $SOURCE $TARGET; if grep -q slow $SOURCE; then : > .coworks/begun; sleep 600; fi')\n"
  const project = new CliProject({ ...smallProject(command), 'in.txt': 'first\n' })
  const running = await watching(project)
  project.write('in.txt', 'slow\n')
  while (!existsSync(project.at('.coworks/begun'))) await new Promise((resolve) => setImmediate(resolve))
  assert.is(project.read('out.txt'), 'first\n', 'not torn')
  project.write('in.txt', 'quick\n')
  await running.says(/in\.txt → out\.txt · \d+ ms\n/)
  assert.is(project.read('out.txt'), 'quick\n')
  assert.equal(
    processesIn(project.path).filter((words) => words.startsWith('sleep')),
    [],
  )
  assert.is(await running.stop(), 0)
})

test('targets that are always built are built once for each change, and no more', async () => {
  const command = "cws.AlwaysBuild(cws.Command('out.txt', [], 'date +%N > $TARGET; echo x >> .coworks/count'))\n"
  const project = new CliProject(smallProject(command))
  const running = await watching(project)
  project.write('src/app.ts', project.read('src/app.ts').replace('ready', 'steady'))
  await running.says(/→ app-test-dev zip/)
  project.write('src/app.ts', project.read('src/app.ts').replace('steady', 'steadier'))
  await running.says(/→ app-test-dev zip/)
  assert.is(await running.stop(), 0)
  assert.is(project.read('.coworks/count'), 'x\nx\nx\n')
})

test('--json: a document a line', async () => {
  const project = new CliProject()
  const running = new Running(project, ['watch', 'stage=dev', '--json'])
  await running.says(/"event":"build".*\n/)
  if (!running.output.includes('"event":"watching"')) await running.says(/"event":"watching"/)
  project.write('src/app.ts', project.read('src/app.ts').replace('ready', 'steady'))
  await running.says(/"changed":\["src\/app\.ts"\].*\n/)
  project.write('src/app.ts', 'export const app = (\n')
  await running.says(/"ok":false.*\n/)
  assert.is(await running.stop(), 0)
  const [first, edit, broken, ...more] = lines(running).filter(({ event }) => event === 'build')
  assert.equal(more, [])
  assert.ok(first?.ok && first.targets.some(({ id }) => id === 'layer.zip'))
  assert.equal(
    edit?.targets.map(({ id, outcome }) => `${id} ${outcome}`),
    ['terraform/tmp/app-test-dev.zip built', 'terraform/app-test.dev.tf built'],
  )
  assert.match(edit?.at ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.match(broken?.failures[0]?.where ?? '', /^src\/app\.ts:/)
})

test('--run serves what was built, and reloads it', async () => {
  const project = new CliProject()
  const app = project.read('src/app.ts')
  const running = new Running(project, ['watch', 'stage=dev', '--run', '--port=0'])
  const url = (await running.says(/app-test \(dev\) on (http:\S+)\n/))[1] ?? ''
  if (!/watching; /.test(running.output)) await running.says(/watching; .*\n/)
  const get = async () => (await fetch(url, { headers: { Authorization: 'token' } })).text()
  assert.is(await get(), 'Simple microservice ready.\n')
  project.write('src/app.ts', app.replace('ready', 'steady'))
  await running.says(/app-test \(dev\) reloaded\n/)
  assert.is(await get(), 'Simple microservice steady.\n')
  project.write('src/app.ts', app.replace("return 'Simple", "return = 'Simple"))
  await running.says(/what was built before is served on/)
  assert.is(await get(), 'Simple microservice steady.\n')
  assert.is(await running.stop('SIGTERM'), 0)
  assert.equal(processesIn(project.path), [])
})

test('--poll sees what changes without being told', async () => {
  const project = new CliProject()
  const running = await watching(project, ['stage=dev', '--poll'])
  project.write('src/app.ts', project.read('src/app.ts').replace('ready', 'steady'))
  await running.says(/src\/app\.ts → app-test-dev zip, dev\.tf/)
  project.write('src/new.txt', 'x')
  await running.says(/src\/new\.txt → app-test-dev zip, dev\.tf/)
  assert.is(await running.stop(), 0)
})

test('where the system gives no more watches, it says so and looks for itself', async () => {
  const limit = ['unshare', '-Ur', 'sh', '-c', 'echo 2 > /proc/sys/user/max_inotify_watches && exec "$@"', 'sh']
  if (spawnSync(limit[0] ?? '', [...limit.slice(1), 'true']).status !== 0) {
    console.log('SKIPPED a limit of inotify watches: no user namespace can be made here (unshare -Ur)')
    return
  }
  const project = new CliProject()
  const running = await watching(project, ['stage=dev'], limit)
  assert.match(running.output, 'the system gives no more file watches (ENOSPC); files are looked at every 300 ms instead')
  assert.is(running.output.split('no more file watches').length, 2, 'said once')
  project.write('src/app.ts', project.read('src/app.ts').replace('ready', 'steady'))
  await running.says(/src\/app\.ts → app-test-dev zip, dev\.tf/)
  assert.is(await running.stop(), 0)
})

test('a project that is removed ends the watch with a word', async () => {
  const project = new CliProject()
  const running = await watching(project, ['stage=dev'])
  // Moved away: while it is removed, the watch may still write below it.
  const away = new Folder()
  renameSync(project.path, away.at('project'))
  assert.is(await running.ended, 2)
  assert.match(running.output, 'coworks: *** the folder of the project is gone · start again where it is now\n')
  assert.equal(processesIn(project.path), [])
})

test('a killed watch leaves no process', async () => {
  const project = new CliProject()
  const running = await watching(project, ['stage=dev'])
  assert.is(await running.stop('SIGKILL'), 'SIGKILL')
  while (processesIn(project.path).length > 0) await new Promise((resolve) => setImmediate(resolve)) // they see the channel close
})

test('what was asked wrongly is said, and not waited for', async () => {
  const files = quickstart()
  delete files['Coworksfile.ts']
  for (const [project, words, said] of [
    [new CliProject(), ['microservice=app-tset'], "did you mean `app-test'?"],
    [new CliProject(), ['stage=staging'], "unknown stage `staging'"],
    [new CliProject(), ['--run', 'layer.zip'], "`--run' serves stages, not `layer.zip'"],
    [new CliProject(files), [], 'No Coworksfile found'],
  ] as const) {
    const running = new Running(project, ['watch', ...words])
    assert.is(await running.ended, 2, words.join(' '))
    assert.match(running.output, said)
  }
})

test.run()
