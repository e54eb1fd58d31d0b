/** Several builds in one process: what is kept between them, what is looked at anew, and whom a change concerns. */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Project } from '../../src/project/project.js'
import type { Wanted } from '../../src/project/project-types.js'
import { REPO, serviceSource } from '../support/cli.js'
import { Folder } from '../support/folder.js'

const ALL: Wanted = { microservices: 'all', stages: ['dev'], named: true, targets: [] }

function twoMicroservices(): Folder {
  const folder = new Folder({
    'package.json': '{ "name": "two", "private": true, "type": "module" }\n',
    'Coworksfile.ts': `import { AllFiles, CwsProject } from 'coworks/cws'
globalThis.runs = (globalThis.runs ?? 0) + 1
CwsProject([], [['a-one', ['dev'], { src: [AllFiles('src/a')] }], ['b-two', ['dev'], { src: [AllFiles('src/b')] }]])
`,
    'src/a.ts': `import './a/lib.js'\n${serviceSource('', 'one')}`,
    'src/a/lib.ts': 'console.log(1)\n',
    'src/b.ts': serviceSource('', 'two'),
    'src/b/page.html': '<p>b</p>\n',
  })
  mkdirSync(folder.at('node_modules'))
  symlinkSync(REPO, folder.at('node_modules/coworks'))
  return folder
}

const load = (folder: Folder) => Project.load({ root: folder.path, jobs: 2, terraformBin: undefined })

async function build(project: Project, only?: readonly string[]): Promise<Record<string, string>> {
  const { reports } = await project.build(ALL, { taints: false, only: only === undefined ? undefined : new Set(only) })
  return Object.fromEntries(
    reports.filter(({ outcome, internal }) => outcome !== 'fresh' && !internal).map(({ id, outcome }) => [id, outcome]),
  )
}

const runs = () => (globalThis as { runs?: number }).runs

test('builds in one process, and nothing is kept that is no longer so', async () => {
  const folder = twoMicroservices()
  let project = await load(folder)
  try {
    assert.is(Object.keys(await build(project)).length, 7)
    project.release()
    const before = runs()

    project = await project.again({}, false)
    assert.equal(await build(project), {})
    project.release()
    assert.is(runs(), before, 'an equal Coworksfile is not run again')

    folder.write('src/a/lib.ts', 'console.log(2)\n')
    project = await project.again({}, false)
    assert.equal(await build(project), { 'terraform/a-one.dev.tf': 'built', 'terraform/tmp/a-one-dev.zip': 'built' })
    project.release()

    folder.remove('terraform/b-two.dev.tf')
    project = await project.again({}, true)
    assert.equal(await build(project, ['a-one']), {}, 'only a-one was asked for')
    assert.equal(await build(project), { 'terraform/b-two.dev.tf': 'cached' })
    project.release()
    assert.is(runs(), Number(before) + 1, 'run again where that was asked for')

    // Another process builds meanwhile: its word counts, not what this one remembers.
    folder.write('src/b/page.html', '<p>new</p>\n')
    const other = await load(folder)
    assert.ok((await build(other))['terraform/tmp/b-two-dev.zip'])
    await other.close()
    project = await project.again({}, false)
    assert.equal(await build(project), {})
    project.release()
  } finally {
    await project.close()
  }
  assert.ok(existsSync(folder.at('.coworks/stat')))
  assert.not.ok(existsSync(folder.at('.coworks/lock')))
})

test('whom a change concerns', async () => {
  const folder = twoMicroservices()
  let project = await load(folder)
  const concerns = (...paths: string[]) => {
    const affected = project.affected(paths)
    return affected.kind === 'microservices' ? [...affected.names] : affected.kind === 'nothing' ? [] : affected.declared ? 'all+' : 'all'
  }
  try {
    assert.is(concerns('src/a.ts'), 'all+', 'before the first build nothing is known')
    await build(project)
    project.release()
    assert.equal(concerns(), [])
    folder.touch('src/a.ts', 1)
    assert.equal(concerns('src/a.ts', 'terraform/tmp/a-one-dev.zip'), [], 'touched only; made by the build itself')
    folder.write('src/a/lib.ts', 'console.log(2)\n')
    assert.equal(concerns('src/a/lib.ts'), ['a-one'])
    folder.write('src/b/page.html', '<p>new</p>\n')
    assert.equal(concerns('src/a/lib.ts', 'src/b/page.html'), ['a-one', 'b-two'])
    folder.write('terraform/b-two.dev.tf', '# edited\n')
    assert.equal(concerns('terraform/b-two.dev.tf'), ['b-two'], 'an output that somebody edited')
    folder.write('src/a/new.ts', '')
    assert.is(concerns('src/a/new.ts'), 'all+')
    folder.write('package.json', '{ "name": "other", "private": true, "type": "module" }\n')
    assert.equal(concerns('package.json'), ['a-one', 'b-two'])
    folder.remove('src/b/page.html')
    assert.is(concerns('src/b/page.html'), 'all+', 'gone')
    assert.is(concerns('notes.txt'), 'all+', 'known to no target')
    project = await project.again({}, false)
    await build(project)
    project.release()
    assert.equal(concerns('src/a/lib.ts', 'package.json'), [], 'built since')
  } finally {
    await project.close()
  }
})

test('a running build is told what moved under it', async () => {
  const folder = twoMicroservices()
  const project = await load(folder)
  try {
    await build(project)
    assert.not.ok(project.differs(['src/a/lib.ts', 'src/b/page.html', 'terraform/tmp/a-one-dev.zip']))
    folder.touch('src/a/lib.ts', 1)
    assert.not.ok(project.differs(['src/a/lib.ts']))
    folder.write('src/a/lib.ts', 'console.log(2)\n')
    assert.ok(project.differs(['src/b/page.html', 'src/a/lib.ts']))
    folder.write('src/a/lib.ts', 'console.log(1)\n', 0o755)
    assert.ok(project.differs(['src/a/lib.ts']), 'its executable bit')
    folder.remove('src/b/page.html')
    assert.ok(project.differs(['src/b/page.html']))
    assert.not.ok(project.differs(['nobody/looked/at/this']))
  } finally {
    await project.close()
  }
})

test.run()
