/** Many files hashed before they are asked for: a matter of time, and of nothing else. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Action, type ActionContext, makeGraph, Session, type Target } from '../../src/build/index.js'
import { DirectoryCache } from '../../src/cache/index.js'
import { sha256 } from '../../src/util/hash.js'
import type { HashedFile } from '../../src/util/hashed-file.js'
import { Folder } from '../support/folder.js'

const COUNT = 700

/** One target of all files of a folder, whose content is their names and digests. */
function listing(compares: boolean): Target {
  const set = { key: 'files', dir: 'src' }
  return {
    id: 'list',
    outputs: ['list'],
    inputs: [{ kind: 'set', set }],
    requires: [],
    action: {
      name: 'list',
      version: '1',
      params: null,
      title: 'list',
      ...(compares ? { compares: () => true } : {}),
      run: async (context) => {
        context.write(
          'list',
          context
            .files(set)
            .map(({ path, digest, exec, size }) => `${path} ${digest} ${exec} ${size}\n`)
            .join(''),
        )
        return {}
      },
    },
  }
}

function hashed(absolute: string): HashedFile {
  const { size, mtimeMs, ctimeMs, ino, mode } = statSync(absolute)
  return { size, mtimeMs, ctimeMs, ino, mode, hashedAt: Date.now(), digest: sha256(readFileSync(absolute)) }
}

type Hash = (absolute: readonly string[], compared: boolean, signal: AbortSignal) => Promise<readonly (HashedFile | undefined)[]>

interface Setting {
  readonly hashMany?: Hash
  readonly target?: Target
  readonly signal?: AbortSignal
  readonly opened?: (session: Session) => void
}

async function build(folder: Folder, { hashMany, target = listing(true), signal, opened }: Setting = {}): Promise<string> {
  const session = new Session({
    root: folder.path,
    jobs: 2,
    keepGoing: false,
    signal: signal ?? new AbortController().signal,
    listen: () => {},
    command: 'a test',
    ...(hashMany === undefined ? {} : { hashMany }),
  })
  try {
    opened?.(session)
    const [report] = await session.build(makeGraph([target]), [target.id])
    return report?.outcome ?? ''
  } finally {
    await session.close()
  }
}

function project(count = COUNT): Folder {
  const folder = new Folder()
  for (let index = 0; index < count; index++) folder.write(`src/${index}.txt`, `file ${index}\n`, index % 3 === 0 ? 0o755 : 0o644)
  return folder
}

function expected(folder: Folder): string {
  return Array.from({ length: COUNT }, (_, index) => `src/${index}.txt`)
    .sort()
    .map((path) => {
      const { size, mode } = statSync(folder.at(path))
      return `${path} ${sha256(readFileSync(folder.at(path)))} ${(mode & 0o111) !== 0} ${size}\n`
    })
    .join('')
}

test('each file is asked for once, with whether its reader compares; the next build asks for none', async () => {
  for (const compares of [true, false]) {
    const folder = project()
    const target = listing(compares)
    let asked: [readonly string[], boolean][] = []
    const hashMany: Hash = async (absolute, compared) => {
      asked.push([absolute, compared])
      return absolute.map(hashed)
    }
    // Until it runs: what was too young to be believed is hashed once more behind it.
    const before: typeof asked = []
    const action = target.action && {
      ...target.action,
      run: (context: ActionContext) => {
        before.push(...asked)
        return (target.action as Action).run(context)
      },
    }
    assert.is(await build(folder, { hashMany, target: { ...target, action } }), 'built')
    assert.is(folder.read('list'), expected(folder))
    const all = before.flatMap(([paths]) => paths)
    assert.is(all.length, COUNT)
    assert.is(new Set(all).size, COUNT)
    assert.ok(before.every(([, compared]) => compared === compares))
    asked = []
    assert.is(await build(folder, { hashMany, target }), 'fresh')
    assert.equal(asked, [])
  }
})

test('a few files are hashed as they are asked for', async () => {
  const folder = project(20)
  assert.is(await build(folder, { hashMany: () => Promise.reject(new Error('asked')) }), 'built')
})

test('what it leaves out, or all of it where it fails, is hashed by the engine', async () => {
  const some: Hash = async (absolute) => absolute.map((path, index) => (index % 2 === 0 ? undefined : hashed(path)))
  for (const hashMany of [some, async () => [], () => Promise.reject(new Error('no thread'))]) {
    const folder = project()
    assert.is(await build(folder, { hashMany }), 'built')
    assert.is(folder.read('list'), expected(folder))
  }
})

test('a file edited after it was hashed ahead is seen by the next build', async () => {
  const folder = project()
  const hashMany: Hash = async (absolute) => {
    const records = absolute.map(hashed)
    if (absolute.includes(folder.at('src/7.txt'))) writeFileSync(folder.at('src/7.txt'), 'FILE 7\n') // of the same size
    return records
  }
  assert.is(await build(folder, { hashMany }), 'built')
  assert.is(await build(folder), 'built')
  assert.is(folder.read('list'), expected(folder))
})

/** A target whose action reads by itself: it says what. */
function reading(inputs: Target['inputs'], run: (context: ActionContext) => readonly string[] | Promise<readonly string[]>): Target {
  const action = async (context: ActionContext) => {
    context.write('out', 'out')
    return { discovered: await run(context) }
  }
  return {
    id: 'out',
    outputs: ['out'],
    inputs,
    requires: [],
    action: { name: 'read', version: '1', params: null, title: 'read', run: action },
  }
}

const FIRST: Target['inputs'] = [{ kind: 'file', path: 'src/0.txt' }]

test('where names alone count, files are hashed ahead for whoever reads them, and nobody waits for it', async () => {
  const folder = project()
  let answer = () => {}
  const asked = new Set<string>()
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  const hashMany: Hash = async (absolute, compared) => {
    assert.is(compared, false)
    for (const path of absolute) if (path.startsWith(folder.at('src/'))) asked.add(path)
    await answered
    return absolute.map(hashed)
  }
  const reads = reading([{ kind: 'names', set: { key: 'files', dir: 'src' } }], async (context) => {
    // Hashed by nobody yet; the answer comes while this runs.
    assert.is(context.look('src/0.txt'), `x:${sha256('file 0\n')}`)
    answer()
    await new Promise((resolve) => setImmediate(resolve))
    return ['src/0.txt', 'src/1.txt']
  })
  assert.is(await build(folder, { hashMany, target: reads }), 'built')
  assert.is(asked.size, COUNT)
  assert.is(await build(folder, { hashMany, target: reads }), 'fresh')
  folder.write('src/1.txt', 'FILE 1\n')
  assert.is(await build(folder, { hashMany, target: reads }), 'built-same') // made again, of what is there now
})

test('whoever would take a result from the cache waits for the files that are being hashed, and hashes none a second time', async () => {
  const folder = project()
  const reads = reading([{ kind: 'names', set: { key: 'files', dir: 'src' } }], () => ['src/1.txt', 'src/600.txt'])
  const opened = (session: Session) => {
    session.cache = new DirectoryCache(folder.at('cache'), { read: true, write: true })
  }
  assert.is(await build(folder, { target: reads, opened }), 'built')
  folder.remove('.coworks')
  const before = new Map(['src/1.txt', 'src/600.txt'].map((path) => [folder.at(path), hashed(folder.at(path))]))
  // What the threads found is no longer there to be found: whoever looked for himself would not take the result.
  for (const path of before.keys()) writeFileSync(path, 'changed\n')
  const hashMany: Hash = async (absolute) => {
    await new Promise((resolve) => setImmediate(resolve))
    return absolute.map((path) => before.get(path) ?? hashed(path))
  }
  assert.is(await build(folder, { hashMany, target: reads, opened }), 'cached')
})

test('a file that is written to while an action reads it is noticed, though nobody had hashed it before', async () => {
  const folder = project(2)
  const target = reading(FIRST, () => {
    writeFileSync(folder.at('src/1.txt'), 'FILE 1\n')
    return ['src/1.txt']
  })
  assert.is(await build(folder, { target }), 'failed')
})

test('so it is where it was taken for what a witness saw of it a moment ago', async () => {
  const folder = project(2)
  let writes = false
  let times = 0
  const target = reading(FIRST, (context) => {
    if (writes) writeFileSync(folder.at('src/1.txt'), `FILE ${++times}\n`)
    else context.look('src/1.txt') // hashed, for whatever reason, and no part of what this is made from yet
    return writes ? ['src/1.txt'] : []
  })
  assert.is(await build(folder, { target }), 'built')
  const row = statSync(folder.at('src/1.txt'))
  writes = true
  folder.write('src/0.txt', 'changed\n')
  const opened = (session: Session) =>
    session.world.snapshot.trust({
      folder: () => undefined,
      agrees: (path, { ctimeMs }) => path === 'src/1.txt' && ctimeMs === row.ctimeMs,
    })
  assert.is(await build(folder, { target, opened }), 'failed')
})

test('an interrupt is not held up', async () => {
  const folder = project()
  const interrupt = new AbortController()
  const hashMany: Hash = (_, __, signal) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
      interrupt.abort(new Error('interrupted'))
    })
  assert.is(await build(folder, { hashMany, signal: interrupt.signal }), 'cancelled')
})

test.run()
