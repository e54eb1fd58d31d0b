/**
 * A second build does nothing: every target is fresh, nothing is written, and the only file opened is the witness that the first one left;
 * without it, the compiled code of the package, the compiled Coworksfile, the journal and the stat cache. Help that a project adds nothing to is a page that lies ready. What is opened is counted by the kernel (strace), so nothing can be read past the count.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built, type Listed, packageFolder, smallProject } from '../support/built.js'

const strace = spawnSync('strace', ['-V']).status === 0
/** A container may forbid to trace. */
const traces = strace && spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0

const ALLOWED = /^\.coworks\/(?:fresh\/[0-9a-f]{16}|code|journal|stat|coworksfile\.json|coworksfile-[0-9a-f]{64}\.mjs)$/

/** Files of the project that a run opens, folders left out; with `writes`, those that it makes or changes. */
function opened(project: Built, words: readonly string[]): { reads: string[]; writes: string[] } {
  const log = join(packageFolder(), 'strace.log')
  const calls = 'open,openat,openat2,creat,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,chmod,fchmodat,truncate'
  const run = spawnSync('strace', ['-f', '-y', '-s', '4096', '-e', `trace=${calls}`, '-o', log, ...project.command(words)], {
    cwd: project.path,
    env: project.environment(),
    encoding: 'utf8',
  })
  if (run.status !== 0) throw new Error(`${run.stdout}${run.stderr}`)
  const reads = new Set<string>()
  const writes = new Set<string>()
  const text = spawnSync('cat', [log], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout
  for (const line of text.split('\n')) {
    // A call that another thread interrupts is told in two lines; its words are in the first.
    const call = /^\d+\s+(\w+)\((.*)$/.exec(line)
    if (call === null || / = -1 /.test(line)) continue
    const [, name = '', words = ''] = call
    const path = [...words.matchAll(/"([^"]*)"/g)]
      .map(([, path = '']) => (path.startsWith('/') ? path : project.at(path)))
      .find((one) => one.startsWith(`${project.path}/`))
    if (path === undefined || path.startsWith(`${project.path}/node_modules/coworks/`)) continue
    const inside = path.slice(project.path.length + 1)
    if (!name.startsWith('open')) writes.add(inside)
    else if (/O_WRONLY|O_RDWR|O_CREAT/.test(words)) writes.add(inside)
    else if (!/O_DIRECTORY/.test(words)) reads.add(inside)
  }
  return { reads: [...reads].sort(), writes: [...writes].sort() }
}

function same(before: ReadonlyMap<string, Listed>, after: ReadonlyMap<string, Listed>): void {
  assert.equal([...after.keys()], [...before.keys()])
  for (const [path, one] of before) {
    const now = after.get(path)
    assert.is(now?.mtimeMs, one.mtimeMs, `${path}: mtime`)
    assert.is(now?.ino, one.ino, `${path}: inode`)
    assert.ok(now?.bytes.equals(one.bytes), `${path}: bytes`)
  }
}

test('a second build finds every target fresh and changes no file, not even its own state', () => {
  const project = new Built(smallProject())
  assert.ok(Object.values(project.work(['stage=all'])).every((outcome) => outcome === 'built' || outcome === 'cached'))
  const before = project.list()
  const { targets } = project.json(['stage=all'])
  assert.ok(targets.length > 8)
  assert.equal([...new Set(targets.map(({ outcome }) => outcome))], ['fresh'])
  same(before, project.list())
})

test('files written a moment before the first build are not hashed again by the second', () => {
  const project = new Built(smallProject())
  for (const path of project.list().keys()) if (path.startsWith('src/')) utimesSync(project.at(path), new Date(), new Date())
  project.build()
  const before = project.list()
  project.build()
  same(before, project.list())
})

test('a second build opens its witness, and nothing else', () => {
  if (!traces) return console.log('SKIPPED what a second build opens: strace cannot trace here')
  const project = new Built(smallProject())
  project.build(['stage=all'])
  const { reads, writes } = opened(project, ['stage=all'])
  assert.equal(
    reads,
    readdirSync(project.at('.coworks/fresh')).map((name) => `.coworks/fresh/${name}`),
  )
  assert.equal(writes, [])
})

/** Files of the package, and modules of Node that Node does not load by itself, that a run loads. */
function loaded(project: Built, words: readonly string[]): { files: string[]; natives: string[] } {
  const hook = project.at('hook.cjs')
  project.write(
    'hook.cjs',
    `process.on('exit', () => {
  const files = Object.keys(require.cache).filter((file) => file !== __filename)
  require('node:fs').writeFileSync(__filename + '.json', JSON.stringify({ files, natives: process.moduleLoadList }))
})
`,
  )
  const found = () => JSON.parse(project.read('hook.cjs.json')) as { files: string[]; natives: string[] }
  project.write('nothing.cjs', '')
  spawnSync(process.execPath, ['--require', hook, project.at('nothing.cjs')], { cwd: project.path, env: project.environment() })
  const before = new Set(found().natives)
  project.build(words, { nodeOptions: ['--require', hook] })
  const { files, natives } = found()
  return {
    files: files.map((file) => file.slice(file.lastIndexOf('/') + 1)),
    natives: natives.filter((name) => !before.has(name)),
  }
}

test('a second build loads one file of the package, and no module of Node that Node has not loaded by itself', () => {
  const project = new Built(smallProject())
  project.build(['stage=all'])
  assert.equal(loaded(project, ['stage=all']), { files: ['coworks.cjs'], natives: [] })
})

test('help loads one file of the package, and opens of the project no more than tells that it has nothing to say', () => {
  const project = new Built(smallProject())
  project.build()
  for (const words of [['--help'], ['-h'], ['build', '--help'], ['help'], ['help', 'build'], ['-H']]) {
    assert.equal(loaded(project, words).files, ['coworks.cjs'], words.join(' '))
    if (!traces) continue
    const { reads, writes } = opened(project, words)
    const ofProject = words.includes('--help') || words.includes('-h')
    assert.equal(reads, ofProject ? ['.coworks/coworksfile.json', 'Coworksfile.ts'] : [], words.join(' '))
    assert.equal(writes, [])
  }
  if (!traces) console.log('SKIPPED what help opens: strace cannot trace here')
})

test('help where there is no project loads one file of the package', () => {
  assert.equal(loaded(new Built(), ['--help']).files, ['coworks.cjs'])
})

test('without a witness, a second build opens the compiled Coworksfile, compiled code, the journal and the stat cache, and nothing else', () => {
  if (!traces) return console.log('SKIPPED what a second build opens: strace cannot trace here')
  const project = new Built(smallProject())
  project.build(['stage=all'])
  const { reads, writes } = opened(project, ['stage=all', '-q'])
  assert.equal(
    reads.filter((path) => !ALLOWED.test(path)),
    [],
  )
  // That it counts at all.
  assert.ok(reads.includes('.coworks/journal') && reads.includes('.coworks/stat'))
  assert.equal(writes, [])
})

test('so it is when a state says what is deployed: only the state is opened besides', () => {
  if (!traces) return console.log('SKIPPED what a second build opens beside a state: strace cannot trace here')
  const project = new Built(smallProject())
  project.build()
  project.write('terraform/terraform.tfstate', JSON.stringify({ version: 4, serial: 1, lineage: 'x', resources: [] }))
  project.build()
  project.remove('.coworks/fresh')
  const { reads } = opened(project, [])
  assert.equal(
    reads.filter((path) => !ALLOWED.test(path)),
    ['terraform/terraform.tfstate'],
  )
  const { writes } = opened(project, [])
  assert.equal(writes, [])
})

test('-q and -n of a project at rest write nothing either', () => {
  const project = new Built(smallProject())
  project.build()
  const before = project.list()
  assert.is(project.run(['-q']).status, 0)
  assert.is(project.run(['-n']).status, 0)
  same(before, project.list())
})

test('after a touch, files are hashed once more and found the same; the build after that opens none', () => {
  const project = new Built(smallProject())
  project.build()
  const old = new Date(Date.now() - 3_600_000)
  for (const path of ['src/app.ts', 'src/page.html', 'notes/a.txt', 'layer.zip']) utimesSync(project.at(path), old, old)
  assert.equal(project.work(), {})
  if (!traces) return console.log('SKIPPED what a build after a touch opens: strace cannot trace here')
  // The touch itself may be too young to be believed in the build that saw it; it no longer is in this one.
  project.build()
  assert.equal(
    opened(project, []).reads.filter((path) => !ALLOWED.test(path)),
    [],
  )
})

test('a project that was moved is not built again', () => {
  const project = new Built(smallProject())
  project.build()
  const moved = new Built()
  cpSync(project.path, moved.path, {
    recursive: true,
    preserveTimestamps: true,
    filter: (path) => !path.endsWith('/node_modules/coworks'), // a link, which is there already
  })
  assert.equal(moved.work(), {})
})

test.run()
