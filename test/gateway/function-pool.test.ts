/** The function in processes of its own: its environment, its context, its accidents. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FunctionPool } from '../../src/gateway/function-pool.js'
import type { FunctionSettings } from '../../src/gateway/function-process.js'
import { lambdaEnvironment } from '../../src/gateway/lambda-environment.js'
import { REPO } from '../support/cli.js'
import { Folder } from '../support/folder.js'
import { config, type Event } from './support.js'

const folder = new Folder({
  'index.mjs': `
let count = 0
export async function handler(event, context) {
  switch (event.do) {
    case 'echo': return { event, context: { ...context, left: context.getRemainingTimeInMillis() }, env: process.env, cwd: process.cwd(), pid: process.pid, count: ++count }
    case 'throw': throw new Error('thrown')
    case 'exit': process.exit(3)
    case 'reject': Promise.reject(new Error('left behind')); return new Promise(() => {})
    case 'hang': for (;;) ;
    case 'wait': await new Promise((resolve) => setTimeout(resolve, event.ms)); return process.pid
    case 'large': return 'a'.repeat(7 * 1024 * 1024)
    case 'nothing': return undefined
  }
}`,
  'second.mjs': 'export const handler = async () => "second"\n',
  'broken.mjs': 'import "no-such-package"\nexport const handler = 1\n',
})

function settings(options: Partial<FunctionSettings> = {}): FunctionSettings {
  const env = lambdaEnvironment({
    functionName: 'app-test-dev',
    config: config(),
    taskRoot: folder.path,
    layers: '/opt',
    variables: { TOKEN: 'secret' },
    passed: { MINE: 'yes' },
  })
  const childModule = join(REPO, 'dist/gateway-child.js')
  return {
    functionName: 'app-test-dev',
    taskRoot: folder.path,
    module: 'index.mjs',
    env,
    timeout: 30,
    memorySize: 256,
    childModule,
    stdout: 1,
    ...options,
  }
}

async function withPool(
  options: Partial<FunctionSettings>,
  use: (pool: FunctionPool) => Promise<void>,
  patienceMs?: number,
): Promise<void> {
  const pool = new FunctionPool(settings(options), patienceMs)
  try {
    await use(pool)
  } finally {
    await pool.close()
  }
}

async function payload(pool: FunctionPool, event: unknown): Promise<Event> {
  const invoked = await pool.invoke(event, 'request')
  if (!invoked.ok) throw new Error(invoked.message)
  return invoked.payload
}

async function failure(pool: FunctionPool, event: unknown): Promise<string> {
  const invoked = await pool.invoke(event, 'request')
  return invoked.ok ? `answered ${JSON.stringify(invoked.payload)}` : invoked.message
}

test("the environment is Lambda's and the stage's, and nothing of the developer's", async () => {
  process.env.OF_THE_DEVELOPER = 'mine'
  await withPool({}, async (pool) => {
    const { env, cwd, context } = await payload(pool, { do: 'echo' })
    assert.is(cwd, folder.path)
    assert.equal(Object.keys(env).sort(), [
      'AWS_DEFAULT_REGION',
      'AWS_EXECUTION_ENV',
      'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_LAMBDA_FUNCTION_VERSION',
      'AWS_LAMBDA_INITIALIZATION_TYPE',
      'AWS_LAMBDA_LOG_GROUP_NAME',
      'AWS_LAMBDA_LOG_STREAM_NAME',
      'AWS_REGION',
      'LAMBDA_TASK_ROOT',
      'LANG',
      'MINE',
      'NODE_PATH',
      'PATH',
      'TOKEN',
      'TZ',
      'WORKSPACE',
      '_HANDLER',
    ])
    assert.equal([env.WORKSPACE, env.TOKEN, env.AWS_LAMBDA_FUNCTION_NAME], ['dev', 'secret', 'app-test-dev'])
    assert.equal(
      [context.awsRequestId, context.functionName, context.functionVersion, context.memoryLimitInMB],
      ['request', 'app-test-dev', '$LATEST', '256'],
    )
    assert.ok(context.left > 25_000 && context.left <= 30_000)
  })
})

test('one process answers one event after the other', async () => {
  await withPool(
    {},
    async (pool) => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => payload(pool, { do: 'echo' })))
      assert.is(new Set(answers.map(({ pid }) => pid)).size, 1)
      assert.equal(
        answers.map(({ count }) => count),
        Array.from({ length: 20 }, (_, at) => at + 1),
      )
      assert.is(await payload(pool, { do: 'nothing' }), null)
    },
    60_000,
  ) // a machine that is busy must not make the pool think that the first start takes too long
})

test('events that would wait for a slow one get processes of their own', async () => {
  await withPool({}, async (pool) => {
    const pids = await Promise.all([1, 2, 3].map(() => payload(pool, { do: 'wait', ms: 1500 })))
    assert.is(new Set(pids).size, 3)
  })
})

test('an error, an end, and too large an answer fail their own event only', async () => {
  await withPool({}, async (pool) => {
    assert.is(await failure(pool, { do: 'throw' }), 'thrown')
    assert.match(await failure(pool, { do: 'large' }), 'Response payload size exceeded')
    assert.is(await failure(pool, { do: 'exit' }), 'the function ended its process (exit 3)')
    assert.match(await failure(pool, { do: 'reject' }), 'the function ended its process (exit 1)')
    assert.is((await payload(pool, { do: 'echo' })).count, 1)
  })
})

test('at its timeout the function is killed, even in a loop that never yields', async () => {
  await withPool({ timeout: 1 }, async (pool) => {
    assert.is(await failure(pool, { do: 'hang' }), 'Task timed out after 1.00 seconds')
    assert.is((await payload(pool, { do: 'echo' })).count, 1)
  })
})

test('a module that cannot be loaded fails every event with the reason', async () => {
  await withPool({ module: 'broken.mjs' }, async (pool) => {
    for (let at = 0; at < 2; at++) assert.match(await failure(pool, {}), "Cannot find package 'no-such-package'")
  })
})

test('other code takes over between two events; what is under way is finished by the old', async () => {
  await withPool({}, async (pool) => {
    const underWay = payload(pool, { do: 'wait', ms: 300 })
    await payload(pool, { do: 'echo' }).then(({ pid }) => assert.type(pid, 'number'))
    const slow = payload(pool, { do: 'wait', ms: 100 })
    pool.replace(settings({ module: 'second.mjs' }))
    assert.is(await payload(pool, {}), 'second')
    assert.type(await underWay, 'number')
    assert.type(await slow, 'number')
  })
})

test('after close no process is left', async () => {
  let pid = 0
  await withPool({}, async (pool) => {
    pid = (await payload(pool, { do: 'echo' })).pid
    assert.ok(alive(pid))
  })
  assert.not(alive(pid))
})

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return existsSync(`/proc/${pid}`) || process.platform !== 'linux'
  } catch {
    return false
  }
}

test.run()
