// limit: 600 s
/** `coworks affected` as a user runs it, and what may stand in its way. */
import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built, packageFolder, type Run, smallProject } from '../support/built.js'
import { Folder } from '../support/folder.js'
import { git, Repository } from '../support/repository.js'

const NOTE = 'coworks: there is no lockfile: the packages installed now are taken to be those of then.\n'

interface Json {
  readonly since: { readonly commit: string | null }
  readonly affected: readonly {
    readonly microservice: string
    readonly stage: string
    readonly reasons: readonly { readonly part: string; readonly path?: string }[]
  }[]
  readonly unaffected: readonly { readonly microservice: string; readonly stage: string }[]
  readonly removed: readonly { readonly microservice: string; readonly stage: string }[]
  readonly problems: readonly { readonly where?: string; readonly what: string }[]
  readonly notes: readonly string[]
}

/** Runs with a temporary folder of its own, which must be empty afterwards. */
function run(project: Built, words: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const temporary = new Folder()
  const ran = project.run(['affected', ...words], { env: { TMPDIR: temporary.path, ...env } })
  assert.equal(readdirSync(temporary.path), [], 'left in the temporary folder')
  return ran
}

function json(project: Built, since: string, env: Readonly<Record<string, string>> = {}): Json {
  const { status, stdout, stderr } = run(project, [`--since=${since}`, '--json', '-s'], env)
  assert.is(status, 0, stderr)
  return JSON.parse(stdout) as Json
}

const stages = (list: Json['unaffected']) => list.map(({ microservice, stage }) => `${microservice} ${stage}`)

/** A repository of two microservices with one commit. */
function repository(): { project: Repository; first: string } {
  const project = new Repository(smallProject())
  return { project, first: project.commit() }
}

test('lines, JSON and matrices; nothing of the repository is touched', () => {
  const { project } = repository()
  project.git('tag', 'v1')
  project.write('src/data/rows.csv', 'stashed\n')
  project.git('stash')
  project.change({ 'src/two/two.txt': 'changed\n', 'notes/a.txt': 'changed\n', 'terraform/mine.tf.json': '{}\n' })
  project.change({ 'src/app.ts': `// a comment\n${project.read('src/app.ts')}` })
  project.write('README.md', 'staged\n')
  project.git('add', 'README.md')
  project.write('README.md', 'edited\n')
  const before = [
    project.git('status', '--porcelain'),
    project.git('for-each-ref'),
    project.git('stash', 'list'),
    readFileSync(project.at('.git/index')).toString('hex'),
  ]
  const { status, stdout, stderr } = run(project, ['--since=v1'])
  assert.is(
    stdout,
    'two-other dev terraform/tmp/two-other-dev.zip changed, terraform/two-other.dev.tf changed\n- - notes.txt changed\n- - terraform/mine.tf.json added\n',
  )
  assert.is(
    stderr,
    `coworks: building what is here ...\ncoworks: building v1 (${project.git('rev-parse', 'v1').slice(0, 12)}) aside ...\n${NOTE}`,
  )
  assert.is(status, 0)
  const after = [
    project.git('status', '--porcelain'),
    project.git('for-each-ref'),
    project.git('stash', 'list'),
    readFileSync(project.at('.git/index')).toString('hex'),
  ]
  assert.equal(after, before)
  assert.is(project.git('worktree', 'list').split('\n').length, 1)

  const found = json(project, 'v1')
  assert.equal(stages(found.unaffected), ['app-test dev', 'app-test prod'])
  assert.equal(
    found.affected[0]?.reasons.map(({ part }) => part),
    ['code', 'terraform'],
  )
  assert.is(run(project, ['--since=v1', '--matrix=github', '-s']).stdout, '{"include":[{"microservice":"two-other","stage":"dev"}]}\n')
  assert.is(run(project, ['--since=v1', '--matrix=gitlab', '-s']).stdout, '[{"MICROSERVICE":"two-other","STAGE":"dev"}]\n')
  assert.is(run(project, ['--since=v1', '--matrix=github', '-s', 'stage=prod']).stdout, '{"include":[]}\n')
  assert.equal(stages(json(project, 'HEAD').unaffected), ['app-test dev', 'app-test prod', 'two-other dev'])
})

test('stages that are not compared need not be built, and change nothing', () => {
  const { project, first } = repository()
  project.change({ 'src/two/two.txt': 'changed\n' })
  // With and without the files of the other stages here.
  for (const words of [['stage=prod'], ['stage=all']]) {
    assert.is(run(project, [`--since=${first}`, '-s', 'stage=prod']).stdout, '')
    assert.is(run(project, [`--since=${first}`, '-s', 'microservice=app-test', 'stage=dev']).stdout, '')
    project.build(words)
  }
})

test('main... is where the branch left main; a hook of git may ask', () => {
  const { project, first } = repository()
  project.git('checkout', '-q', '-b', 'topic')
  project.change({ 'src/two/two.txt': 'topic\n' })
  project.git('checkout', '-q', 'main')
  project.change({ 'src/page.html': 'main\n' })
  project.git('checkout', '-q', 'topic')
  assert.equal(stages(json(project, 'main').affected), ['app-test dev', 'app-test prod', 'two-other dev'])
  const found = json(project, 'main...', { GIT_DIR: '/nowhere', GIT_INDEX_FILE: '/nowhere/index' })
  assert.equal(stages(found.affected), ['two-other dev'])
  assert.is(found.since.commit, first)
})

test('what cannot be asked is refused', () => {
  const { project, first } = repository()
  const says = (words: readonly string[], line: string, where: Built = project) => {
    const { status, stdout, stderr } = run(where, ['-s', ...words])
    assert.is(stderr, `coworks: *** ${line}\n`)
    assert.is(stdout, '')
    assert.is(status, 2)
  }
  says([], 'compared with which revision? · coworks affected --since=origin/main')
  says(['--since=mian'], "--since · unknown revision `mian' · did you mean `main'?")
  says(['--since=--help'], "--since · unknown revision `--help' · known: main")
  says(['--since=HEAD', 'layer.zip'], "layer.zip · `coworks affected' takes no targets · microservice=… stage=…")
  says(
    ['--since=HEAD', '--json', '--matrix=github'].slice(0, 1).concat('microservice=app-tets'),
    "unknown microservice `app-tets' · did you mean `app-test'?",
  )
  says(['--since=HEAD'], 'the project is in no git repository · run it in a clone, or build everything', new Built(smallProject()))
  project.change({ 'src/page.html': 'second\n' })
  const shallow = new Built()
  shallow.remove('node_modules')
  git(shallow.path, 'clone', '-q', '--depth=1', `file://${project.path}`, 'clone')
  const clone = new Built({}, shallow.at('clone'))
  says(
    [`--since=${first}`],
    `--since · the revision \`${first}' is not in this clone, which is shallow · fetch-depth: 0 for actions/checkout, GIT_DEPTH: 0 in GitLab, or git fetch --unshallow`,
    clone,
  )
  cpSync(project.at('node_modules/tiny'), clone.at('node_modules/tiny'), { recursive: true })
  assert.equal(stages(json(clone, 'HEAD').affected), [])
})

test('what is here must build', () => {
  const { project } = repository()
  project.write('src/app.ts', 'export const = 1\n')
  const { status, stdout, stderr } = run(project, ['--since=HEAD', '-s'])
  assert.is(status, 2)
  assert.is(stdout, '')
  assert.match(stderr, 'coworks: *** src/app.ts:1:14 · ')
})

test('the first push of a branch has no commit before', () => {
  const { project } = repository()
  const found = json(project, '0'.repeat(40))
  assert.equal(stages(found.affected), ['app-test dev', 'app-test prod', 'two-other dev'])
  assert.is(found.since.commit, null)
  assert.is(found.problems[0]?.what, 'there is no commit before: everything is new')
})

test('a revision that could not be built: what could not is affected, and the rest is compared', () => {
  const { project } = repository()
  const { 'src/app.ts': app = '' } = smallProject()
  const broken = project.change({ 'src/app.ts': 'export const = 1\n' })
  project.change({ 'src/app.ts': app })
  const found = json(project, broken)
  assert.equal(stages(found.affected), ['app-test dev', 'app-test prod'])
  assert.equal(
    found.affected[0]?.reasons.map(({ part }) => part),
    ['unknown'],
  )
  assert.equal(stages(found.unaffected), ['two-other dev'])
  const bad = project.change({ 'Coworksfile.ts': 'process.exit(3)\n' })
  project.change({ 'Coworksfile.ts': smallProject()['Coworksfile.ts'] ?? '' })
  const all = json(project, bad)
  assert.is(all.affected.length, 3)
  assert.is(all.problems[0]?.what, 'its build ended with status 3 and no answer')
})

test('stages that are new, removed, renamed', () => {
  const { project, first } = repository()
  const { 'Coworksfile.ts': coworksfile = '', 'src/two.ts': two = '' } = smallProject()
  project.change({
    'Coworksfile.ts': coworksfile.replace("['app-test', ['dev', 'prod']]", "['app-test', ['prod']]").replace('two-other', 'two-new'),
    'src/two.ts': two.replace("name: 'other'", "name: 'new'"),
  })
  const { stdout } = run(project, [`--since=${first}`, '-s'])
  assert.is(
    stdout,
    `app-test prod terraform/app-test.tf changed
two-new dev new
app-test dev removed
two-other dev removed
`,
  )
  assert.is(run(project, [`--since=${first}`, '-s', 'stage=dev', 'microservice=two-new']).stdout, 'two-new dev new\n')
})

test('a project in a folder of the repository, and one that was not there then', () => {
  const outer = new Repository({ 'README.md': 'outer\n' })
  const first = outer.commit()
  for (const [path, text] of Object.entries(smallProject())) outer.write(`services/shop/${path}`, text)
  outer.write('.gitignore', 'node_modules\n.coworks\n*.zip\n**/terraform/*.tf\nnotes.txt\n')
  mkdirSync(outer.at('services/shop/node_modules'), { recursive: true })
  symlinkSync(packageFolder(), outer.at('services/shop/node_modules/coworks'))
  const second = outer.commit()
  outer.change({ 'README.md': 'changed\n', 'services/shop/src/two/two.txt': 'changed\n' })
  const project = new Built({}, outer.at('services/shop'))
  assert.equal(stages(json(project, second).affected), ['two-other dev'])
  const found = json(project, first)
  assert.is(found.affected.length, 3)
  assert.is(found.problems[0]?.what, "the project's folder was not there then: everything is new")
})

test('an environment file: committed it counts, without being shown; not committed it is taken to be the same', () => {
  const { project, first } = repository()
  project.change({ 'config/prod.json': '{"TOKEN":"hunter2"}' })
  const { stdout, stderr } = run(project, [`--since=${first}`, '--json'])
  assert.equal(
    (JSON.parse(stdout) as Json).affected.map(({ microservice, stage, reasons }) => [microservice, stage, reasons.map(({ part }) => part)]),
    [['app-test', 'prod', ['environment']]],
  )
  assert.not.match(stdout + stderr, /hunter2/)

  appendFileSync(project.at('.gitignore'), 'config/prod.json\n')
  project.git('rm', '-q', '--cached', 'config/prod.json')
  const second = project.commit()
  project.change({ 'src/two/two.txt': 'changed\n' })
  project.write('config/prod.json', '{"TOKEN":"other"}')
  const found = json(project, second)
  assert.equal(stages(found.affected), ['two-other dev'])
  assert.ok(found.notes.includes('config/prod.json is not in git: taken to be the same then as now.'))
})

test('packages: another lockfile is installed, a local package is the one of then, other packages without a lockfile are unknown', () => {
  const vendor = new Folder()
  const pack = (name: string): Buffer => {
    spawnSync('tar', ['czf', `${name}.tgz`, 'package'], { cwd: vendor.path })
    return readFileSync(vendor.at(`${name}.tgz`))
  }
  const tiny = (version: string): Buffer => {
    vendor.remove('package')
    vendor.write('package/package.json', `{"name":"tiny","version":"${version}","type":"module","main":"index.js"}`)
    vendor.write('package/index.js', `export default 'tiny ${version}'\n`)
    return pack('tiny')
  }
  /** What a microservice needs of it when it is described: no packages. */
  const runtime = (): Buffer => {
    cpSync(join(packageFolder(), 'dist'), vendor.at('package/dist'), { recursive: true })
    const {
      dependencies: _,
      devDependencies: __,
      scripts: ___,
      ...manifest
    } = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'))
    vendor.write('package/package.json', JSON.stringify(manifest))
    return pack('coworks')
  }
  const project = new Repository({
    ...smallProject(),
    'package.json': JSON.stringify({
      name: 'small',
      version: '1.0.0',
      type: 'module',
      dependencies: { coworks: 'file:vendor/coworks.tgz', tiny: 'file:vendor/tiny.tgz' },
    }),
  })
  const npm = (...words: string[]) => {
    const { status, stderr } = spawnSync(
      'npm',
      [...words, '--no-audit', '--no-fund', '--offline', '--ignore-scripts', '--cache', vendor.at('cache')],
      { cwd: project.path, encoding: 'utf8' },
    )
    assert.is(status, 0, stderr)
  }
  project.remove('node_modules')
  mkdirSync(project.at('vendor'))
  writeFileSync(project.at('vendor/coworks.tgz'), runtime())
  writeFileSync(project.at('vendor/tiny.tgz'), tiny('1.0.0'))
  npm('install')
  const first = project.commit()
  project.remove('package-lock.json')
  project.remove('node_modules')
  writeFileSync(project.at('vendor/tiny.tgz'), tiny('2.0.0'))
  npm('install')
  project.commit()
  const offline = { npm_config_offline: 'true', npm_config_cache: vendor.at('cache') }
  const found = json(project, first, offline)
  assert.equal(found.problems, [])
  assert.ok(found.notes.includes('the packages of the revision were installed anew: the lockfile differs.'))
  assert.equal(stages(found.affected), ['app-test dev', 'app-test prod', 'two-other dev'])
  assert.ok(found.affected.every(({ reasons }) => reasons.some(({ path }) => path === 'layer.zip')))
  assert.equal(stages(json(project, 'HEAD', offline).affected), [])
  // No lockfile then, and other packages asked for: nothing says what was installed.
  project.remove('package-lock.json')
  const none = project.change({ 'package.json': project.read('package.json').replace('"name"', '"devDependencies":{"left":"1"},"name"') })
  project.change({ 'package.json': project.read('package.json').replace('"devDependencies":{"left":"1"},', '') })
  assert.is(json(project, none, offline).problems[0]?.what, 'it has no lockfile, so nothing says which packages were installed then')
})

test('a workspace is the one of then, not the one that is linked now', () => {
  const { project } = repository()
  project.change({
    'Coworksfile.ts': project.read('Coworksfile.ts').replace("Layer('layer.zip')", "Layer('layer.zip', { modules: ['tiny', 'own'] })"),
    'packages/own/package.json': '{"name":"own","version":"1.0.0","type":"module","main":"index.js"}',
    'packages/own/index.js': 'export default 1\n',
  })
  symlinkSync('../packages/own', project.at('node_modules/own'))
  symlinkSync(project.at('packages/own'), project.at('node_modules/absolute'))
  const then = project.change({
    'package.json': JSON.stringify({
      name: 'small',
      type: 'module',
      workspaces: ['packages/*'],
      dependencies: { coworks: '*', tiny: '*', own: '*' },
    }),
  })
  project.change({ 'packages/own/index.js': 'export default 2\n' })
  assert.equal(
    json(project, then).affected.map(({ reasons }) => reasons[0]?.path),
    ['layer.zip', 'layer.zip', 'layer.zip'],
  )
  assert.equal(json(project, 'HEAD').affected, [])
})

test('another coworks then: everything is affected', () => {
  const { project, first } = repository()
  const other = new Folder()
  cpSync(packageFolder(), other.path, { recursive: true, verbatimSymlinks: true })
  // The package that is tracked is that of its revision.
  project.remove('node_modules/coworks')
  cpSync(packageFolder(), project.at('node_modules/coworks'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('/node_modules'),
  })
  project.write('.gitignore', project.read('.gitignore').replace('node_modules\n', 'node_modules/tiny\n'))
  symlinkSync(join(packageFolder(), 'node_modules'), project.at('node_modules/coworks/node_modules'))
  const then = project.commit()
  appendFileSync(project.at('node_modules/coworks/dist/cws.js'), '\n// another\n')
  project.commit()
  assert.is(existsSync(project.at('node_modules/coworks/dist/main.js')), true)
  assert.match(json(project, then).problems[0]?.what ?? '', /^coworks itself differs: another build of \d/)
  assert.ok(first)
})

test('a submodule is the one of then', () => {
  const library = new Repository({ 'data.txt': 'one\n' })
  library.commit()
  const { project } = repository()
  project.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library.path, 'src/two/library')
  const then = project.commit()
  const changed = library.change({ 'data.txt': 'two\n' })
  git(project.at('src/two/library'), 'fetch', '-q')
  git(project.at('src/two/library'), 'checkout', '-q', changed)
  project.commit()
  assert.equal(stages(json(project, then).affected), ['two-other dev'])
  assert.equal(json(project, 'HEAD').affected, [])
})

test('interrupted, it leaves nothing behind', async () => {
  const { project } = repository()
  project.change({
    'Coworksfile.ts': `${project.read('Coworksfile.ts')}\nif (process.send !== undefined) await new Promise((resolve) => setTimeout(resolve, 60_000))\n`,
  })
  const temporary = new Folder()
  const [program = '', ...words] = project.command(['affected', '--since=HEAD'])
  const child = spawn(program, words, {
    cwd: project.path,
    env: { ...project.environment(), TMPDIR: temporary.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
    // Its packages are in place: the revision is about to be built, or is.
    if (chunk.toString('utf8').includes('aside')) child.kill('SIGINT')
  })
  const status = await new Promise((resolve) => child.on('close', resolve))
  assert.is(status, 130)
  assert.match(stderr, /coworks: interrupted\n$/)
  assert.equal(readdirSync(temporary.path), [])
})

test.run()
