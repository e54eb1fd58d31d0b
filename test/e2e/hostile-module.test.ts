// limit: 300 s
/** User code that misbehaves while it is described: bounded in time and memory, named, gone afterwards, and of no effect on any other. */
import { once } from 'node:events'
import { existsSync, readFileSync, watch } from 'node:fs'
import { availableParallelism } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertRefused, CliProject, serviceSource, smallProject } from '../support/cli.js'
import { Running } from '../support/running.js'

const TWO = "[['app-test', ['dev']], ['web-site', ['dev']]]"

/** Two microservices, described one after the other in the order of the names; the first begins with these lines. */
function two(lines: string): CliProject {
  return new CliProject({ ...smallProject('', TWO), 'src/app.ts': `${lines}\n${serviceSource()}`, 'src/web.ts': serviceSource('', 'site') })
}

/** What the second is, where the first is an ordinary one. */
async function ordinary(): Promise<string> {
  const project = two('')
  assert.is((await project.run(['-j1'])).status, 0)
  return project.read('terraform/web-site.dev.tf')
}

/** Builds, and the second is as if the first were an ordinary one. */
async function harmless(lines: string): Promise<void> {
  const project = two(lines)
  const { status, stderr } = await project.run(['-j1'])
  assert.is(stderr, '')
  assert.is(status, 0)
  assert.is(project.read('terraform/web-site.dev.tf'), await ordinary())
}

function alive(pid: number): boolean {
  try {
    // One that is dead and that nobody has asked for yet is dead.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Until a signal that was sent has been heard. Killing is not waiting. */
async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && alive(pid); tries++) await new Promise((resolve) => setTimeout(resolve, 20))
  return !alive(pid)
}

const FORGED = `{ ok: true, description: { name: 'site', routes: [], configs: [] }, notes: [] }`

test('messages for a parent process are no answer', () =>
  harmless(`(globalThis as any).process.send?.(${FORGED})\n(globalThis as any).process.send?.('ready')`))

test('what is written into every open file is no answer', () =>
  harmless(`import { writeSync } from 'node:fs'
for (const fd of [3, 4]) for (const text of ['garbage', '\\n', JSON.stringify({ id: '', answer: ${FORGED} }) + '\\n', '\\u0000{"id":'])
  try { writeSync(fd, text) } catch {}`))

test('built-in objects that are changed are as they were for the next, and for the build', () =>
  harmless(`const everything = Object.prototype as any
everything.polluted = 'yes'
everything.toJSON = function () { return ${FORGED} }
Promise.prototype.finally = () => { throw new Error('mine') }
JSON.stringify = () => '{}'`))

test('a listener for messages, and one for errors, that stay behind hear nothing of the next', () =>
  harmless(`process.on('message', (message: any) => { message.service = 'test' })
process.on('uncaughtException', () => {})
setInterval(() => (globalThis as any).process.send?.(${FORGED}), 1)`))

test('an environment that is named as objects are', async () => {
  const project = new CliProject({
    ...smallProject(),
    'src/app.ts': serviceSource(', environmentVariables: JSON.parse(\'{ "__proto__": "a", "constructor": "b", "toString": "c" }\')'),
  })
  const { status, stderr } = await project.run([])
  assert.match(stderr, /environmentVariables .*__proto__.* is impossible/)
  assert.is(status, 2)
})

test('a gigabyte that is printed: neither the build nor its child keeps it', () =>
  assertRefused({
    files: {
      ...smallProject(),
      'src/app.ts': `import { writeSync } from 'node:fs'
const lines = Buffer.from(('x'.repeat(63) + '\\n').repeat(1 << 14))
for (let left = 1 << 30; left > 0;)
  try { left -= writeSync(1, lines) } catch (error: any) { if (error.code !== 'EAGAIN') throw error }
throw new Error('printed')
`,
    },
    // The build itself dies where it keeps what it is told.
    env: { NODE_OPTIONS: '--max-old-space-size=96', COWORKS_DESCRIBE_LIMIT_MS: '120000' },
    says: [`src/app.ts:5:7 · Error: printed · while microservice app-test was loaded\n    …${`\n    ${'x'.repeat(63)}`.repeat(20)}`],
  }))

test('a heap that grows without end', () =>
  assertRefused({
    files: {
      ...smallProject(),
      'src/app.ts': 'const all: object[] = []\nfor (;;) all.push(Array.from({ length: 1000 }, (_, at) => ({ at })))\n',
    },
    env: { COWORKS_DESCRIBE_MEMORY_MB: '64', COWORKS_DESCRIBE_LIMIT_MS: '60000' },
    says: ['microservice app-test · takes more than 64 MB of memory while it is loaded · what does it keep at its top level?'],
  }))

if (process.platform === 'linux')
  test('buffers that grow without end', () =>
    assertRefused({
      files: {
        ...smallProject(),
        'src/app.ts': 'const all: Buffer[] = []\nfor (;;) all.push(Buffer.alloc(1 << 20, 1))\n',
      },
      env: { COWORKS_DESCRIBE_MEMORY_MB: '256', COWORKS_DESCRIBE_LIMIT_MS: '60000' },
      says: ['microservice app-test · takes more than 256 MB of memory while it is loaded · what does it keep at its top level?'],
    }))
else console.log('SKIPPED buffers that grow without end (no /proc)')

const FORK = `import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
const child = spawn('sleep', ['300'], { stdio: 'ignore' })
child.unref()
writeFileSync('pid', String(child.pid))
`

const ENDINGS: Readonly<Record<string, string>> = {
  'and is described': '',
  'and ends its process': 'process.exit(0)',
  'and throws': "throw new Error('after')",
  'and never returns': 'for (;;) {}',
}

if (process.platform === 'linux')
  for (const [how, lines] of Object.entries(ENDINGS))
    test(`a module that starts a process ${how}: it is gone after the build`, async () => {
      const project = new CliProject({ ...smallProject(), 'src/app.ts': `${FORK}${lines}\n${serviceSource()}` })
      const { status } = await project.run([], { COWORKS_DESCRIBE_LIMIT_MS: '3000' })
      assert.is(status, lines === '' ? 0 : 2)
      assert.ok(await gone(Number(project.read('pid'))), 'it goes on')
    })
else console.log('SKIPPED processes that a module starts (no /proc)')

if (process.platform === 'linux')
  test('a module that loops for ever when its build is killed: neither it nor what it started goes on', async () => {
    const project = new CliProject({
      ...smallProject(),
      'src/app.ts': `${FORK}writeFileSync('own', String(process.pid))\nwriteFileSync('all', '')\nfor (;;) {}\n${serviceSource()}`,
    })
    const running = new Running(project, [])
    const written = watch(project.path)
    while (!existsSync(project.at('all'))) await once(written, 'change')
    written.close()
    await running.stop('SIGKILL')
    for (const file of ['own', 'pid']) assert.ok(await gone(Number(project.read(file))), `${file} goes on`)
  })

/** Loading it takes a moment, so that others wait, and leaves the number of its process. */
const BUSY = `import { appendFileSync } from 'node:fs'
appendFileSync('pids.txt', \`\${process.pid}\\n\`)
for (const until = Date.now() + 20; Date.now() < until; );
`

test('many are described by several processes, which are gone afterwards; of one that ends its process, it alone is told', async () => {
  const modules = Array.from({ length: 30 }, (_, index) => `m${index}`)
  const project = (broken?: string) =>
    new CliProject({
      ...smallProject('', `[${modules.map((name) => `['${name}-test', ['dev']]`).join()}]`),
      ...Object.fromEntries(
        modules.map((name) => [`src/${name}.ts`, `${BUSY}${name === broken ? 'process.exit(3)\n' : ''}${serviceSource()}`]),
      ),
    })
  const many = availableParallelism() > 1
  if (!many) console.log('\nSKIPPED several processes: one processor here')
  const assertMany = async (built: CliProject) => {
    const pids = [...new Set(built.read('pids.txt').trim().split('\n').map(Number))]
    assert.ok(pids.length > 1 || !many, `${pids.length} process`)
    for (const pid of pids) assert.ok(await gone(pid), `${pid} lives on`)
  }
  const whole = project()
  const { status, stderr } = await whole.run([])
  assert.is(status, 0, stderr)
  await assertMany(whole)

  const broken = project('m20')
  const refused = await broken.run([])
  assert.is(refused.status, 2)
  assert.match(refused.stderr, 'microservice m20-test')
  assert.is(refused.stderr.match(/microservice m\d+-test/g)?.length, 1, refused.stderr)
  await assertMany(broken)
})

test.run()
