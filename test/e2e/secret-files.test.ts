// limit: 300 s
/** Environment files of secrets that others can read, or that git tracks: said by every build, whether it has anything to do or not. */
import { execFileSync } from 'node:child_process'
import { chmodSync, renameSync, symlinkSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, REPO, serviceSource, smallProject } from '../support/cli.js'
import { Folder } from '../support/folder.js'

const FILE = 'config/vars.secret.json'
const OPEN = `coworks: warning: ${FILE} · can be read by others on this machine · chmod 600 ${FILE}\n`
const TRACKED = `coworks: warning: ${FILE} · is tracked by git · git rm --cached ${FILE}, commit, and change the secrets: they stay in the history\n`

function files(): Record<string, string> {
  return {
    ...smallProject(),
    'src/app.ts': serviceSource(`, environmentVariablesFile: '${FILE}'`),
    [FILE]: '{ "TOKEN": "hunter2" }\n',
  }
}

function git(folder: Folder, ...words: string[]): void {
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...words], { cwd: folder.path, stdio: 'ignore' })
}

/** All that a build says on stderr, where it does not fail. */
async function warned(project: CliProject, words: readonly string[] = []): Promise<string> {
  const { status, stdout, stderr } = await project.run(words)
  assert.is(status, 0, stderr)
  assert.not.match(stdout + stderr, 'hunter2')
  return stderr
}

test('one that others can read: on each build until it is mended, and again when it is opened', async () => {
  const project = new CliProject(files())
  assert.is(await warned(project), '')
  assert.is(await warned(project), '')
  chmodSync(project.at(FILE), 0o640)
  for (let build = 0; build < 3; build++) assert.is(await warned(project), OPEN)
  chmodSync(project.at(FILE), 0o600)
  assert.is(await warned(project), '')
  assert.is(await warned(project), '')
  chmodSync(project.at(FILE), 0o604)
  assert.is(await warned(project), OPEN)
})

test('one that git tracks: from when it is added until it is taken out', async () => {
  const project = new CliProject(files())
  assert.is(await warned(project), '')
  assert.is(await warned(project), '')
  // The builds before looked for a repository, too.
  git(project, 'init', '-q')
  git(project, 'add', 'src')
  assert.is(await warned(project), '')
  assert.is(await warned(project), '')
  git(project, 'add', '-f', FILE)
  for (let build = 0; build < 3; build++) assert.is(await warned(project), TRACKED)
  git(project, 'rm', '-q', '--cached', FILE)
  assert.is(await warned(project), '')
  chmodSync(project.at(FILE), 0o644)
  git(project, 'add', '-f', FILE)
  assert.is(await warned(project), OPEN + TRACKED)
})

test('a project in a folder of a checkout, and one in a linked worktree', async () => {
  const top = new Folder({ 'vars.secret.json': '{}', 'other/config/vars.secret.json': '{}' })
  git(top, 'init', '-q')
  git(top, 'add', '-f', '.')
  const project = new CliProject(files())
  renameSync(project.path, top.at('project'))
  const inside = Object.assign(Object.create(CliProject.prototype), { path: top.at('project') }) as CliProject
  // Those that are tracked are others of the same name.
  assert.is(await warned(inside), '')
  git(top, 'add', '-f', `project/${FILE}`)
  assert.is(await warned(inside), TRACKED)
  git(top, 'add', '-f', 'project/src', 'project/Coworksfile.ts', 'project/package.json')
  git(top, 'commit', '-qm', 'all')
  const linked = new Folder()
  git(top, 'worktree', 'add', '-q', linked.at('tree'))
  const worktree = Object.assign(Object.create(CliProject.prototype), { path: linked.at('tree/project') }) as CliProject
  worktree.write('node_modules/x', '')
  symlinkSync(REPO, worktree.at('node_modules/coworks'))
  chmodSync(worktree.at(FILE), 0o600)
  assert.is(await warned(worktree), TRACKED)
})

test('a program is told, too', async () => {
  const project = new CliProject(files())
  chmodSync(project.at(FILE), 0o644)
  const { stdout } = await project.run(['--json'])
  assert.match(stdout, 'can be read by others on this machine')
})

test('a stage that is not built says nothing of its file', async () => {
  const config = `new Config({ workspace: 'prod', version: '1.0', environmentVariablesFile: '${FILE}' })`
  const project = new CliProject({
    ...files(),
    ...smallProject('', "[['app-test', ['dev', 'prod']]]"),
    'src/app.ts': serviceSource().replace(' })] })', ` }), ${config}] })`),
  })
  chmodSync(project.at(FILE), 0o644)
  assert.is(await warned(project, ['stage=dev']), '')
  assert.is(await warned(project, ['stage=prod']), OPEN)
})

test.run()
