/**
 * A session on a real folder with actions of a few lines: what is run, in which order, what is left when something fails, what is believed of
 * the cache, and what two builds at once do. Actions are functions that count, and wait for one another where order matters.
 */
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type ActionContext,
  type BuildEvent,
  type Input,
  makeGraph,
  Session,
  type SessionOptions,
  StateMoved,
  type Target,
  type TargetReport,
} from '../../src/build/index.js'
import { DirectoryCache } from '../../src/cache/index.js'
import { sha256 } from '../../src/util/hash.js'
import { Folder } from '../support/folder.js'

type Run = (context: ActionContext) => Promise<void> | void

interface Sketch {
  readonly outputs?: readonly string[]
  readonly from?: readonly string[]
  readonly on?: readonly string[]
  readonly version?: string
  readonly run: Run
}

function target(id: string, { outputs = [id], from = [], on = [], version = '1', run }: Sketch): Target {
  const inputs: Input[] = [...from.map((path): Input => ({ kind: 'file', path })), ...on.map((on): Input => ({ kind: 'target', id: on }))]
  return {
    id,
    outputs,
    inputs,
    requires: [],
    action: {
      name: 'test',
      version,
      params: null,
      title: `make ${id}`,
      run: async (context) => {
        await run(context)
        return {}
      },
    },
  }
}

const copy =
  (from: string, to: string): Run =>
  (context) =>
    context.write(to, context.read(from))

interface Built {
  readonly reports: readonly TargetReport[]
  readonly outcomes: Record<string, string>
  readonly events: readonly BuildEvent[]
}

async function build(
  folder: Folder,
  targets: readonly Target[],
  options: Partial<SessionOptions> & { cache?: boolean } = {},
): Promise<Built> {
  const events: BuildEvent[] = []
  const { cache, ...rest } = options
  const session = new Session({
    root: folder.path,
    jobs: 4,
    keepGoing: false,
    signal: new AbortController().signal,
    listen: (event) => events.push(event),
    command: 'a test',
    ...rest,
  })
  if (cache) session.cache = new DirectoryCache(folder.at('cache'), { read: true, write: true })
  try {
    const graph = makeGraph(targets)
    let reports: readonly TargetReport[] | undefined
    while (reports === undefined) {
      try {
        reports = await session.build(graph, graph.order)
      } catch (error) {
        if (!(error instanceof StateMoved)) throw error
      }
    }
    return { reports, events, outcomes: Object.fromEntries(reports.map(({ id, outcome }) => [id, outcome])) }
  } finally {
    await session.close()
  }
}

/** Opens when `count` have arrived: an order without a clock. */
function gate(count: number): () => Promise<void> {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  let arrived = 0
  return () => {
    if (++arrived >= count) open()
    return opened
  }
}

function filesBelow(path: string): string[] {
  return existsSync(path)
    ? readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : []
}

test('targets that run at once keep their output apart', async () => {
  const folder = new Folder()
  const meet = gate(3)
  const noisy = (id: string) =>
    target(id, {
      version: id, // or they would be made alike, and only one be run
      run: async (context) => {
        context.log(`${id} begins\n`)
        await meet()
        context.log(`${id} ends\n`)
        context.write(id, id)
      },
    })
  const { reports, events } = await build(folder, ['a', 'b', 'c'].map(noisy))
  assert.equal(
    reports.map(({ log }) => log),
    ['a begins\na ends\n', 'b begins\nb ends\n', 'c begins\nc ends\n'],
  )
  const finished = events.flatMap((event) => (event.type === 'finished' ? [event.report.log] : []))
  assert.equal(finished.sort(), reports.map(({ log }) => log).sort())
})

test('no more run at once than jobs', async () => {
  const folder = new Folder()
  let running = 0
  let most = 0
  const counted = (id: string) =>
    target(id, {
      version: id,
      run: async (context) => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        context.write(id, id)
      },
    })
  await build(folder, ['a', 'b', 'c', 'd', 'e'].map(counted), { jobs: 2 })
  assert.is(most, 2)
})

test('a failure stops what has not begun; what needs it is skipped', async () => {
  const folder = new Folder()
  const targets = [
    target('a', {
      run: () => {
        throw new Error('it broke')
      },
    }),
    target('b', { on: ['a'], run: (context) => context.write('b', 'b') }),
    target('c', { run: (context) => context.write('c', 'c') }),
  ]
  const stopped = await build(folder, targets, { jobs: 1 })
  assert.equal(stopped.outcomes, { a: 'failed', b: 'skipped', c: 'cancelled' })
  assert.equal(
    stopped.reports[0]?.problems.map(({ where, what }) => [where, what]),
    [['a', 'it broke']],
  )
  const onwards = await build(folder, targets, { jobs: 1, keepGoing: true })
  assert.equal(onwards.outcomes, { a: 'failed', b: 'skipped', c: 'built' })
})

test('a target that fails half way leaves its old output, and nothing half made', async () => {
  const folder = new Folder({ source: 'one' })
  const good = target('out/a', { from: ['source'], run: copy('source', 'out/a') })
  await build(folder, [good])
  const bad = target('out/a', {
    from: ['source'],
    version: '2',
    run: (context) => {
      context.write('out/a', 'half')
      throw new Error('it broke')
    },
  })
  assert.equal((await build(folder, [bad])).outcomes, { 'out/a': 'failed' })
  assert.is(folder.read('out/a'), 'one')
  assert.equal(readdirSync(folder.at('out')), ['a'])
  assert.equal(filesBelow(folder.at('.coworks/tmp')), [])
  // It was begun and not ended: made again, though nothing differs from before.
  assert.equal((await build(folder, [good])).outcomes, { 'out/a': 'built-same' })
})

test('an output that is not made is an error, and so is a folder in its place', async () => {
  const folder = new Folder()
  const forgets = target('a', { outputs: ['a', 'b'], run: (context) => context.write('a', 'a') })
  const { reports } = await build(folder, [forgets])
  assert.equal(
    reports[0]?.problems.map(({ where, what }) => [where, what]),
    [['a', "was run but did not make `b'"]],
  )
  assert.not.ok(existsSync(folder.at('a')))
  const { mkdirSync } = await import('node:fs')
  const makesFolder = target('c', { run: (context) => void mkdirSync(context.output('c')) })
  assert.match((await build(folder, [makesFolder])).reports[0]?.problems[0]?.what ?? '', 'which is no plain file')
})

test('an output that comes out the same stops the rebuild there', async () => {
  const folder = new Folder({ source: 'Text' })
  let ran = 0
  const lower = target('lower', {
    from: ['source'],
    run: (context) => context.write('lower', Buffer.from(context.read('source')).toString().toLowerCase()),
  })
  const after = target('after', {
    from: ['lower'],
    run: (context) => {
      ran++
      context.write('after', context.read('lower'))
    },
  })
  assert.equal((await build(folder, [lower, after])).outcomes, { lower: 'built', after: 'built' })
  folder.write('source', 'TEXT')
  assert.equal((await build(folder, [lower, after])).outcomes, { lower: 'built-same', after: 'fresh' })
  assert.is(ran, 1)
  folder.write('source', 'TEXT!')
  assert.equal((await build(folder, [lower, after])).outcomes, { lower: 'built', after: 'built' })
})

/** A folder whose cache knows how `out` is made of `one`, while `out` is made of `two`. */
async function cached(): Promise<{ folder: Folder; targets: readonly Target[]; ran: () => number }> {
  const folder = new Folder({ source: 'one' })
  let ran = 0
  const targets = [
    target('out', {
      from: ['source'],
      run: (context) => {
        ran++
        context.write('out', context.read('source'), 0o755)
      },
    }),
  ]
  await build(folder, targets, { cache: true })
  folder.write('source', 'two')
  await build(folder, targets, { cache: true })
  folder.write('source', 'one')
  assert.is(ran, 2)
  return { folder, targets, ran: () => ran }
}

test('what was made before is taken from the cache, with its executable bit', async () => {
  const { folder, targets, ran } = await cached()
  assert.equal((await build(folder, targets, { cache: true })).outcomes, { out: 'cached' })
  assert.is(ran(), 2)
  assert.is(folder.read('out'), 'one')
  assert.ok(spawnSync('test', ['-x', folder.at('out')]).status === 0)
})

test('what an action says depends on more than its inputs is not kept for others', async () => {
  const folder = new Folder({ source: 'one' })
  let ran = 0
  const made = target('out', { from: ['source'], run: (context) => context.write('out', `${context.read('source')} ${++ran}`) })
  const { action } = made
  if (action === undefined) throw new Error('no action')
  const own = {
    ...made,
    action: { ...action, run: async (context: ActionContext) => ({ ...(await action.run(context)), cacheable: false }) },
  }
  await build(folder, [own], { cache: true })
  folder.remove('.coworks')
  folder.remove('out')
  assert.equal((await build(folder, [own], { cache: true })).outcomes, { out: 'built' })
  assert.is(folder.read('out'), 'one 2')
})

test('a blob that is not what its name says is not used, and put right', async () => {
  const { folder, targets, ran } = await cached()
  const blob = folder.at(`cache/blobs/${sha256('one')}`)
  for (const poison of ['poison', '']) {
    writeFileSync(blob, poison)
    folder.remove('.coworks')
    folder.remove('out')
    assert.equal((await build(folder, targets, { cache: true })).outcomes, { out: 'built' })
    assert.is(folder.read('out'), 'one')
    assert.is(readFileSync(blob, 'utf8'), 'one')
  }
  assert.is(ran(), 4)
})

test('a record that is not what its name says, or no record, is not used', async () => {
  for (const damage of [
    (text: string) => text.replace(sha256('one'), sha256('two')),
    (text: string) => text.slice(0, -2),
    () => '{}',
    () => '',
  ]) {
    const { folder, targets, ran } = await cached()
    for (const file of filesBelow(folder.at('cache/actions'))) writeFileSync(file, damage(readFileSync(file, 'utf8')))
    folder.remove('.coworks')
    assert.equal((await build(folder, targets, { cache: true })).outcomes, { out: 'built' })
    assert.is(ran(), 3)
    assert.is(folder.read('out'), 'one')
  }
})

test('a record under its own name that says nothing usable is not used', async () => {
  for (const text of ['{}', 'null', '[]', '{"discovered":[],"outputs":[{}],"value":"x"}', '{"discovered":[],"outputs":[],"value":"x"}']) {
    const { folder, targets } = await cached()
    for (const file of filesBelow(folder.at('cache/actions'))) {
      const key = /^[0-9a-f]{64}(?= )/m.exec(readFileSync(file, 'utf8'))?.[0]
      writeFileSync(file, `\n${key} ${sha256(text)} ${text}\n`)
    }
    for (const file of filesBelow(folder.at('cache/blobs'))) writeFileSync(file, 'poison')
    folder.remove('.coworks')
    folder.remove('out')
    assert.equal((await build(folder, targets, { cache: true })).outcomes, { out: 'built' }, text)
    assert.is(folder.read('out'), 'one', text)
  }
})

test('a line of records that was cut short, or that another was written into, is lost and no other', async () => {
  const { folder, targets, ran } = await cached()
  const [file = '', ...others] = filesBelow(folder.at('cache/actions')).filter((log) => readFileSync(log, 'utf8').includes(sha256('one')))
  assert.equal(others, [])
  const whole = readFileSync(file, 'utf8')
  for (const before of [whole.slice(0, -1), whole.slice(0, 40), `${whole.slice(0, 90)}${whole}`, '\0\0\0']) {
    writeFileSync(file, `${before}${whole}`)
    folder.remove('.coworks')
    folder.remove('out')
    assert.equal((await build(folder, targets, { cache: true })).outcomes, { out: 'cached' })
    assert.is(folder.read('out'), 'one')
  }
  assert.is(ran(), 2)
})

/** Two targets that are made alike, built, and everything but the cache gone. */
async function alike(mode?: number) {
  const folder = new Folder({ source: 'one' })
  const targets = ['a', 'b'].map((id) =>
    target(id, { from: ['source'], run: (context) => context.write(id, context.read('source'), mode) }),
  )
  await build(folder, targets, { cache: true })
  for (const path of ['.coworks', 'a', 'b']) folder.remove(path)
  return { folder, targets, blob: folder.at(`cache/blobs/${sha256('one')}`) }
}

test('an output that somebody writes into spoils neither the cache nor another output', async () => {
  const { folder, targets } = await alike()
  assert.equal((await build(folder, targets, { cache: true })).outcomes, { a: 'cached', b: 'cached' })
  writeFileSync(folder.at('a'), 'mine')
  assert.is(folder.read('b'), 'one')
  folder.remove('b')
  await build(folder, targets, { cache: true })
  assert.is(folder.read('a'), 'one')
  assert.is(folder.read('b'), 'one')
})

test('a blob that others may write to, or that is no plain file of mode 644, is copied', async () => {
  for (const mode of [0o666, 0o600]) {
    const { folder, targets, blob } = await alike()
    chmodSync(blob, mode)
    assert.equal((await build(folder, targets, { cache: true })).outcomes, { a: 'cached', b: 'cached' })
    for (const id of ['a', 'b']) {
      assert.is.not(statSync(folder.at(id)).ino, statSync(blob).ino)
      assert.is(statSync(folder.at(id)).mode & 0o777, 0o644)
    }
  }
})

test('an executable output and its blob are two files', async () => {
  const { folder, targets, blob } = await alike(0o755)
  assert.is(statSync(blob).nlink, 1)
  await build(folder, targets, { cache: true })
  assert.is(statSync(blob).nlink, 1)
  assert.is(statSync(folder.at('a')).mode & 0o777, 0o755)
})

test('two targets that are made alike are made once', async () => {
  const folder = new Folder({ source: 'text' })
  let ran = 0
  const alike = (id: string) =>
    target(id, {
      from: ['source'],
      run: (context) => {
        ran++
        context.write(id, context.read('source'))
      },
    })
  const { outcomes } = await build(folder, [alike('a'), alike('b'), alike('c')])
  assert.equal(Object.values(outcomes).sort(), ['built', 'cached', 'cached'])
  assert.is(ran, 1)
  assert.is(folder.read('c'), 'text')
})

test('a source that changes while it is read fails its target, and is told', async () => {
  const folder = new Folder({ source: 'one' })
  const itself = target('out', {
    from: ['source'],
    run: (context) => {
      folder.write('source', 'two, and longer')
      context.write('out', context.read('source'))
    },
  })
  const { reports } = await build(folder, [itself])
  assert.equal(
    reports[0]?.problems.map(({ where, what }) => [where, what]),
    [['source', 'changed during the build']],
  )
  assert.not.ok(existsSync(folder.at('out')))
})

test('a source that changes under a program that reads it itself, and is then changed back: nothing wrong is recorded or cached', async () => {
  const folder = new Folder({ source: 'one' })
  let meddle = true
  const program = target('out', {
    from: ['source'],
    run: (context) => {
      if (meddle) folder.write('source', 'meddled with')
      writeFileSync(context.output('out'), folder.read('source'))
    },
  })
  const { reports } = await build(folder, [program], { cache: true })
  assert.equal(
    reports[0]?.problems.map(({ where, what }) => [where, what]),
    [['source', 'changed during the build']],
  )
  meddle = false
  folder.write('source', 'one')
  assert.equal((await build(folder, [program], { cache: true })).outcomes, { out: 'built' })
  assert.is(folder.read('out'), 'one')
})

test('a source that is only touched while it is read is what it was', async () => {
  const folder = new Folder({ source: 'one' })
  const toucher = target('out', {
    from: ['source'],
    run: (context) => {
      folder.touch('source', 1_000_000_000)
      context.write('out', context.read('source'))
    },
  })
  assert.equal((await build(folder, [toucher])).outcomes, { out: 'built' })
})

test('an interrupt stops before the outputs are moved, and the next build makes the target', async () => {
  const folder = new Folder({ source: 'one' })
  const interrupt = new AbortController()
  const slow = (stop: boolean) =>
    target('out', {
      from: ['source'],
      run: (context) => {
        context.write('out', context.read('source'))
        if (stop) interrupt.abort()
      },
    })
  assert.equal((await build(folder, [slow(true)], { signal: interrupt.signal })).outcomes, { out: 'cancelled' })
  assert.not.ok(existsSync(folder.at('out')))
  const { reports } = await build(folder, [slow(false)])
  assert.is(reports[0]?.outcome, 'built')
  assert.equal(reports[0]?.reasons, [{ kind: 'interrupted' }])
})

test('a second build waits for the first, says for whom, and then finds it done', async () => {
  const folder = new Folder({ source: 'one' })
  let running = 0
  let ran = 0
  const second: Promise<Built>[] = []
  const slow = target('out', {
    from: ['source'],
    run: async (context) => {
      assert.is(++running, 1, 'two at once')
      ran++
      if (second.length === 0) {
        const waits = new Promise<void>((resolve) => {
          second.push(
            build(folder, [slow], {
              listen: (event) => {
                if (event.type !== 'waiting') return
                assert.match(event.holder, `process ${process.pid} (a test)`)
                resolve()
              },
            }),
          )
        })
        await waits
      }
      context.write('out', context.read('source'))
      running--
    },
  })
  assert.equal((await build(folder, [slow])).outcomes, { out: 'built' })
  assert.equal((await second[0])?.outcomes, { out: 'fresh' })
  assert.is(ran, 1)
  assert.not.ok(existsSync(folder.at('.coworks/lock')))
})

test('an interrupt ends the wait for another build', async () => {
  const folder = new Folder({ source: 'one' })
  const other = spawn('sleep', ['600'], { stdio: 'ignore' })
  try {
    folder.write('.coworks/lock', JSON.stringify({ pid: other.pid, host: hostname(), started: '', command: 'another build' }))
    const interrupt = new AbortController()
    const holders: string[] = []
    const listen = (event: BuildEvent) => {
      if (event.type !== 'waiting') return
      holders.push(event.holder)
      interrupt.abort()
    }
    const targets = [target('out', { from: ['source'], run: copy('source', 'out') })]
    let said = ''
    await build(folder, targets, { signal: interrupt.signal, listen }).catch((error: unknown) => {
      said = String(error)
    })
    assert.match(said, 'interrupted')
    assert.equal(holders, [`process ${other.pid} (another build)`])
    assert.ok(existsSync(folder.at('.coworks/lock')), 'the lock of the other one was taken')
  } finally {
    other.kill('SIGKILL')
  }
})

test('the lock of a dead process, of a process that only has its number, and one that is no lock, are taken over', async () => {
  const dead = spawnSync('true').pid
  for (const lock of [
    JSON.stringify({ pid: dead, host: hostname(), started: '1', command: 'dead' }),
    JSON.stringify({ pid: process.pid, host: hostname(), started: '1', command: 'an earlier owner of this number' }),
    'garbage',
    '{}',
    '',
  ]) {
    const folder = new Folder({ source: 'one', '.coworks/lock': lock })
    const { outcomes, events } = await build(folder, [target('out', { from: ['source'], run: copy('source', 'out') })])
    assert.equal(outcomes, { out: 'built' }, lock)
    assert.equal(
      events.filter((event) => event.type === 'waiting'),
      [],
      lock,
    )
  }
})

test('what a killed build left aside is cleared away; what a waiting one holds is not', async () => {
  const dead = spawnSync('true').pid
  const left = [
    `.coworks/stat.${dead}.tmp`,
    `.coworks/lock.${dead}.1`,
    `.coworks/coworksfile.json.${dead}.tmp`,
    `.coworks/tmp/${dead}-1/0-out`,
  ]
  const alive = `.coworks/lock.${process.pid}.1`
  const folder = new Folder({ source: 'one', ...Object.fromEntries([...left, alive].map((path) => [path, ''])) })
  await build(folder, [target('out', { from: ['source'], run: copy('source', 'out') })])
  assert.equal(
    left.filter((path) => existsSync(folder.at(path))),
    [],
  )
  assert.ok(existsSync(folder.at(alive)))
})

test.run()
