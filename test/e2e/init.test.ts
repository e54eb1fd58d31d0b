// limit: 480 s
/** `coworks init` as a user meets it: what is written where, what is refused, and a new project that tests, builds and answers. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, REPO } from '../support/cli.js'
import { Folder } from '../support/folder.js'
import { hasRegistry, packed } from '../support/packed.js'

const EMPTY = {}

test('in an empty folder, word for word', async () => {
  const project = new CliProject(EMPTY)
  project.remove('node_modules')
  const { stdout, stderr, status } = await project.run(['init', 'shop', '--no-install', '--coworks=1.2.3'])
  assert.is(stderr, '')
  assert.is(
    stdout.replaceAll(project.path, '…'),
    `coworks: a new project in …/shop
created:  Coworksfile.ts
created:  src/app.ts
created:  test/app.test.ts
created:  config/vars_dev.json
created:  config/vars_prod.secret.json
created:  tsconfig.json
created:  README.md
created:  package.json
created:  .gitignore
coworks: done. Next:
    cd shop                                            # the project
    npm install                                        # its packages
    npm test                                           # call the microservice, without AWS
    npx coworks build microservice=app-shop stage=dev  # layer, zip, Terraform files
    npx coworks run microservice=app-shop stage=dev    # the API on localhost
    npx coworks doctor                                 # what this machine lacks
`,
  )
  assert.is(status, 0)
  assert.is(statSync(project.at('shop/config/vars_prod.secret.json')).mode & 0o777, 0o600)
  assert.match(project.read('shop/config/vars_prod.secret.json'), /^\{"TOKEN":"[\w-]{32}"\}\n$/)
  assert.match(project.read('shop/package.json'), '"coworks": "1.2.3"')
})

test('a second time: everything is there, and nothing changes', async () => {
  const project = new CliProject(EMPTY)
  await project.run(['init', '--no-install', '--coworks=1.2.3'])
  const before = project.tree()
  const { stdout, status } = await project.run(['init', '--no-install', '--coworks=1.2.3', '--json'])
  const { created, changed, kept } = JSON.parse(stdout) as Record<string, string[]>
  assert.equal({ created, changed, status }, { created: [], changed: [], status: 0 })
  assert.is(kept?.length, 9)
  assert.equal(project.tree(), before)
})

test('-n writes nothing', async () => {
  const project = new CliProject(EMPTY)
  const before = project.tree()
  const { stdout, status } = await project.run(['init', 'shop', '-n', '--coworks=1.2.3'])
  assert.match(stdout, 'would be created: Coworksfile.ts\n')
  assert.is(status, 0)
  assert.equal(project.tree(), before)
})

test('all that is in the way is said at once, and nothing is written', async () => {
  const project = new CliProject({
    'Coworksfile.js': '',
    'src/app.mts': 'export {}',
    test: 'a file',
    'package.json': '{ "dependencies": 1 }',
  })
  const before = project.tree()
  const { stdout, stderr, status } = await project.run(['init', '--name=shop'])
  assert.is(
    stderr,
    `coworks: *** Coworksfile.js · is there already · this is a project of coworks already; start another one in a folder of its own: coworks init FOLDER
coworks: *** src/app.mts · is there already · take another module: --name=service-shop
coworks: *** test · is there and no folder · test/app.test.ts would go into it
coworks: *** package.json · \`dependencies' is not an object
`,
  )
  assert.equal({ stdout, status }, { stdout: '', status: 2 })
  assert.equal(project.tree(), before)
})

test('words that mean nothing', async () => {
  const project = new CliProject(EMPTY)
  const { stderr, status } = await project.run(['init', 'a', 'b', '--stage=dev', 'stage=dev'])
  assert.is(
    stderr,
    "coworks: *** command line · unknown option `--stage' · did you mean `--stages'?\n" +
      "coworks: *** command line · `coworks init' takes one folder, not 2\n" +
      "coworks: *** command line · `coworks init' takes no `stage='\n",
  )
  assert.is(status, 2)
})

test('what cannot be written leaves nothing behind', async () => {
  const project = new CliProject(EMPTY)
  // A link to nothing is no file, and cannot be made one.
  symlinkSync('nowhere', project.at('tsconfig.json'))
  const before = project.tree()
  const { stderr, status } = await project.run(['init', '--no-install'])
  assert.is(stderr.replaceAll(project.path, '…'), 'coworks: *** …/tsconfig.json · cannot be written: EEXIST · nothing was created\n')
  assert.is(status, 2)
  assert.equal(project.tree(), before)
})

test('an install that fails is said, with the files there', async () => {
  const project = new CliProject({ 'package.json': '{ "packageManager": "pnpm@9.0.0" }' })
  const { stderr, status } = await project.run(['init', '--coworks=1.2.3'], { PATH: project.at('nothing') })
  assert.is(stderr.replaceAll(project.path, '…'), 'coworks: *** pnpm install · not found · the files are there; run it yourself, in …\n')
  assert.is(status, 2)
  assert.ok(existsSync(project.at('Coworksfile.ts')))
})

test('in a terminal it asks for two names', () => {
  if (spawnSync('script', ['--version']).status !== 0) {
    console.log('SKIPPED questions in a terminal: no `script` (util-linux) here')
    return
  }
  const project = new Folder()
  const line = `'${process.execPath}' '${join(REPO, 'dist/coworks.js')}' init --no-install --coworks=1.2.3`
  const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], { cwd: project.path, encoding: 'utf8', input: 'api-shop\n\n' })
  assert.match(stdout, /Name of the microservice\? \(app-coworks-test-\w+\) /)
  assert.match(stdout, 'Stages? (dev,prod) ')
  assert.match(project.read('Coworksfile.ts'), "[['api-shop', ['dev', 'prod']]]")
})

/** The steps of a user, on a package as it would be published; npm's own words are of no interest. */
function step(folder: string, program: string, words: readonly string[]): string {
  const { NODE_OPTIONS: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: folder, encoding: 'utf8', env: { ...env, NO_COLOR: '1' } })
  assert.is(status, 0, `${program} ${words.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

/** Serves the project, asks it one thing, and ends it. */
async function answerOf(folder: string, path: string): Promise<unknown> {
  const child = spawn(process.execPath, ['node_modules/coworks/dist/coworks.js', 'run', '--port=0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let text = ''
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        const found = /on (http:\S+)\n/.exec(text)?.[1]
        if (found !== undefined) resolve(found)
      })
      child.on('close', () => reject(new Error(`ended: ${text}`)))
    })
    const answer = await fetch(url + path, { headers: { Authorization: 'token' } })
    return await answer.json()
  } finally {
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGTERM')
    await ended
  }
}

test('a new project installs, tests, type-checks, builds and answers', async () => {
  if (!hasRegistry('a new project, installed')) return
  const tarball = packed()
  for (const existing of [undefined, '{\n\t"name": "old",\n\t"version": "3.0.0",\n\t"main": "index.js"\n}\n']) {
    const folder = new Folder({}).at('shop')
    const project = new Folder(existing === undefined ? {} : { 'package.json': existing, 'src/other.js': 'module.exports = 1\n' }, folder)
    const words = ['init', folder, `--coworks=file:${tarball}`]
    const first = spawnSync(process.execPath, [join(REPO, 'dist/coworks.js'), ...words], { encoding: 'utf8' })
    assert.is(first.status, 0, first.stdout + first.stderr)
    if (existing !== undefined) assert.ok(project.read('package.json').startsWith(existing.slice(0, -3)))
    assert.match(step(folder, 'npm', ['test', '--silent']), /^# pass 3$/m)
    step(folder, 'npm', ['run', '--silent', 'types'])
    assert.match(step(folder, 'npx', ['--no-install', 'coworks', 'build']), 'zip layer.zip')
    assert.match(step(folder, 'npx', ['--no-install', 'coworks', 'stage=all', '-Q']), 'render terraform/app-shop.prod.tf')
    assert.equal(await answerOf(folder, 'hello/you'), { hello: 'you' })
  }
})

test.run()
