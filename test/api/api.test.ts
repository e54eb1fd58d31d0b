// limit: 180 s
/** `coworks/api` as a program uses it: in this process, with the package as it is built. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type * as Api from '../../src/project/api.js'
import { CliProject, REPO, smallProject } from '../support/cli.js'

const { CoworksError, loadProject } = (await import(pathToFileURL(join(REPO, 'dist/api.js')).href)) as typeof Api

const SLOW = "cws.Command('slow.txt', [], 'echo begun; sleep 60; echo > $TARGET')\n"

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

test('a project is loaded, planned, built and built again; the result is the document of --json', async () => {
  const folder = new CliProject()
  const project = await loadProject({ directory: folder.path, jobs: 1 })
  assert.is(project.root, folder.path)
  assert.equal(project.microservices, [{ name: 'app-test', stages: ['dev', 'prod'], terraformDir: 'terraform' }])
  assert.equal(project.layers, ['layer.zip'])
  const plan = await project.plan()
  assert.equal(plan.undescribed, ['app-test'])
  assert.ok(plan.targets.every(({ state }) => state === 'stale' || state === 'unsure'))

  const run = project.build({ microservices: ['app-test'], stages: ['dev'] })
  const result = await run.result
  assert.is(result.ok, true)
  assert.is(result.cancelled, false)
  assert.equal(result.failures, [])
  assert.equal(result.notes, ['nothing to taint: Terraform has no state in terraform, so nothing is deployed yet.'])
  const zip = result.targets.find(({ id }) => id === 'terraform/tmp/app-test-dev.zip')
  assert.is(zip?.outcome, 'built')
  assert.match(zip?.outputs[0]?.sha256 ?? '', /^[0-9a-f]{64}$/)

  // Read after the end, and twice: nothing is lost.
  const events = await collect(run.events)
  assert.equal(await collect(run.events), events)
  const finished = events.flatMap((event) => (event.type === 'finished' && !event.target.internal ? [event.target.id] : []))
  assert.equal(
    [...finished].sort(),
    result.targets
      .filter(({ outcome }) => outcome !== 'fresh')
      .map(({ id }) => id)
      .sort(),
  )
  const last = events.filter((event) => event.type === 'finished').at(-1)
  assert.is(last?.done, last?.total)

  const again = await project.build({ stages: ['dev'] }).result
  assert.ok(again.targets.length > 0 && again.targets.every(({ outcome }) => outcome === 'fresh'))
  const { cancelled: _, ...document } = again
  const printed = JSON.parse((await folder.run(['stage=dev', '--json'])).stdout) as Api.BuildResult
  assert.equal(
    { ...printed, ms: 0, targets: printed.targets.map((one) => ({ ...one, ms: 0 })) },
    { ...document, ms: 0, targets: document.targets.map((one) => ({ ...one, ms: 0 })) },
  )
  assert.equal((await project.taints({ stages: ['dev'] })).taints, [])
  await project.close()
})

test('a later call sees the files and the Coworksfile as they are then', async () => {
  const folder = new CliProject(smallProject())
  await using project = await loadProject({ directory: folder.path })
  assert.is((await project.build().result).ok, true)
  folder.write('src/app.ts', folder.read('src/app.ts').replace("'ready'", "'steady'"))
  const edited = await project.build().result
  assert.equal(edited.targets.find(({ id }) => id.endsWith('.zip'))?.reasons, ["`src/app.ts' changed"])
  folder.write('Coworksfile.ts', `${folder.read('Coworksfile.ts')}cws.Command('new.txt', [], 'echo new > $TARGET')\n`)
  assert.is((await project.build({ targets: ['new.txt'] }).result).ok, true)
  assert.is(folder.read('new.txt'), 'new\n')
})

test('what fails is told as events and as a result, never as a rejection', async () => {
  const folder = new CliProject(smallProject())
  await using project = await loadProject({ directory: folder.path })
  folder.write('src/app.ts', 'export const = 1\n')
  const run = project.build()
  const failed = (await collect(run.events)).flatMap((event) =>
    event.type === 'finished' && event.target.failures.length > 0 ? event.target.failures : [],
  )
  const result = await run.result
  assert.is(result.ok, false)
  assert.is(result.cancelled, false)
  assert.is(result.failures[0]?.where, 'src/app.ts:1:14')
  assert.equal(failed, result.failures)

  const unknown = await project.build({ microservices: ['app-tets'] }).result
  assert.equal(unknown.failures, [{ what: "unknown microservice `app-tets'", hint: "did you mean `app-test'?" }])
})

test('what cannot be answered is a CoworksError with its problems', async () => {
  const error = async (work: Promise<unknown>): Promise<Api.CoworksError> => {
    const thrown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.instance(thrown, CoworksError)
    return thrown as Api.CoworksError
  }
  const folder = new CliProject(smallProject())
  assert.is((await error(loadProject({ directory: folder.at('src') }))).problems[0]?.what, 'No Coworksfile found')
  assert.equal((await error(loadProject({ directory: 'no/such' }))).problems, [{ where: 'no/such', what: 'no such folder' }])
  assert.is((await error(loadProject({ director: '.' } as Api.LoadOptions))).problems[0]?.hint, "did you mean `directory'?")
  assert.match((await error(loadProject({ jobs: 0 }))).message, 'must be a whole number from 1')
  assert.match((await error(loadProject({ cache: 'on' as 'off' }))).message, 'unknown cache')
  await using project = await loadProject({ directory: folder.path })
  assert.match((await error(project.taints())).message, 'none of these stages was built here')
  assert.is((await error(project.plan({ stage: 'dev' } as Api.Selection))).problems[0]?.hint, "did you mean `stages'?")
  await project.close()
  assert.is((await error(project.plan())).message, 'the project was closed')
  assert.is((await project.build().result).failures[0]?.what, 'the project was closed')
})

for (const [how, end] of [
  ['its own signal', (own: AbortController) => own.abort()],
  ["the project's signal", (_: AbortController, all: AbortController) => all.abort()],
  ['close()', (_: AbortController, __: AbortController, project: Api.Project) => void project.close()],
] as const) {
  test(`a build is ended by ${how}, and leaves nothing half made`, async () => {
    const folder = new CliProject(smallProject(SLOW))
    const [own, all] = [new AbortController(), new AbortController()]
    const project = await loadProject({ directory: folder.path, signal: all.signal })
    const run = project.build({ targets: ['slow.txt'] }, { signal: own.signal })
    for await (const event of run.events) if (event.type === 'started') end(own, all, project)
    const result = await run.result
    assert.is(result.ok, false)
    assert.is(result.cancelled, true)
    assert.equal(
      result.targets.map(({ id, outcome }) => [id, outcome]),
      [['slow.txt', 'cancelled']],
    )
    assert.not.ok(Object.hasOwn(folder.tree(), 'slow.txt'))
    await project.close()
  })
}

test('two projects at once in one process do not know of each other', async () => {
  const [one, other] = [new CliProject(smallProject()), new CliProject()]
  const [first, second] = await Promise.all([loadProject({ directory: one.path }), loadProject({ directory: other.path })])
  const both = [first.build({ stages: 'all' }), second.build({ stages: 'all' })] as const
  const [small, quick] = await Promise.all(both.map(({ result }) => result))
  assert.is(small?.ok, true)
  assert.is(quick?.ok, true)
  assert.ok(small?.targets.every(({ id }) => !id.includes('prod') && !id.includes('layer')))
  assert.ok(quick?.targets.some(({ id }) => id === 'terraform/layer.prod.tf'))
  // As each builds alone.
  const alone = new CliProject()
  await alone.run(['stage=all'])
  const { node_modules: _, ...expected } = alone.tree()
  const { node_modules: __, ...found } = other.tree()
  assert.equal(found, expected)
  await Promise.all([first.close(), second.close()])
})

test('two builds of one project wait for each other, and say so', async () => {
  const folder = new CliProject(
    smallProject("cws.Command('a.txt', [], 'sleep 0.3; echo > $TARGET')\ncws.Command('b.txt', [], 'sleep 0.3; echo > $TARGET')\n"),
  )
  await using project = await loadProject({ directory: folder.path, name: 'the test' })
  const runs = ['a.txt', 'b.txt'].map((target) => project.build({ targets: [target] }))
  const results = await Promise.all(runs.map(({ result }) => result))
  assert.ok(results.every(({ ok }) => ok))
  const events = (await Promise.all(runs.map((run) => collect(run.events)))).flat()
  const waiting = events.filter((event) => event.type === 'waiting')
  assert.equal(
    waiting.map(({ holder }) => holder),
    [`process ${process.pid} (the test)`],
  )
})

type BuiltEvent = Extract<Api.WatchEvent, { type: 'built' }>

test('a watch tells what came of each build, and ends when nobody asks for the next', async () => {
  const folder = new CliProject(smallProject())
  await using project = await loadProject({ directory: folder.path })
  const sound = folder.read('src/app.ts')
  const built: BuiltEvent[] = []
  const edits = [sound.replace("'ready'", "'steady'"), 'export const = 1\n', sound]
  for await (const event of project.watch({ stages: ['dev'] })) {
    if (event.type !== 'built') continue
    built.push(event)
    const text = edits.shift()
    if (text === undefined) break
    folder.write('src/app.ts', text)
  }
  const [first, edited, broken, mended] = built
  assert.equal([first?.result.ok, first?.changed], [true, []])
  assert.ok(first?.result.targets.some(({ id, outcome }) => id === 'terraform/tmp/app-test-dev.zip' && outcome === 'built'))
  assert.ok(edited?.result.ok && edited.changed.includes('src/app.ts'))
  assert.equal(edited?.result.targets.find(({ id }) => id.endsWith('.zip'))?.reasons, ["`src/app.ts' changed"])
  assert.equal([broken?.result.ok, broken?.result.failures[0]?.where], [false, 'src/app.ts:1:14'])
  assert.equal([mended?.result.ok, mended?.result.failures], [true, []])
  // Nothing holds the project any more.
  const after = await project.build().result
  assert.ok(after.ok && after.targets.every(({ outcome }) => outcome === 'fresh'))
})

test('a watch of what is not there is refused, one that is told to end just ends', async () => {
  const folder = new CliProject(smallProject())
  await using project = await loadProject({ directory: folder.path })
  const refused = await collect(project.watch({ stages: ['nope'] })).catch((error: unknown) => error)
  assert.instance(refused, CoworksError)
  assert.match((refused as Api.CoworksError).message, "unknown stage `nope'")
  assert.throws(() => project.watch({}, { pol: true } as Api.WatchOptions), /did you mean `poll'/)

  const own = new AbortController()
  for await (const event of project.watch({}, { signal: own.signal })) if (event.type === 'built') own.abort()
  // From inside, too: closing waits for what runs, not for who reads.
  for await (const event of project.watch()) if (event.type === 'built' || event.type === 'watching') await project.close()
  const closed = await collect(project.watch()).catch((error: unknown) => error)
  assert.match((closed as Api.CoworksError).message, 'the project was closed')
})

test('nothing is printed, the process is not ended, and it ends by itself when the program does', () => {
  const folder = new CliProject({ ...smallProject(SLOW), 'bad/Coworksfile.ts': 'Layer(\n' })
  folder.write(
    'program.mjs',
    `import { CoworksError, loadProject } from 'coworks/api'
await loadProject({ directory: 'bad' }).catch((error) => { if (!(error instanceof CoworksError)) throw error })
await using_()
async function using_() {
  const project = await loadProject()
  if (!(await project.build().result).ok) {
    const { ok } = await project.build({ microservices: ['app-test'] }).result
    if (!ok) throw new Error('not built')
  }
  await project.close()
}
process.on('exit', (status) => console.log('ended by itself with', status))
`.replaceAll('await project.build().result', "await project.build({ targets: ['nothing'] }).result"),
  )
  const ran = spawnSync(process.execPath, ['program.mjs'], {
    cwd: folder.path,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    timeout: 60_000,
  })
  assert.is(ran.stderr, '')
  assert.is(ran.stdout, 'ended by itself with 0\n')
})

test.run()
