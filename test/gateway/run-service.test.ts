/** `app.run()`: the object's own process, behind the gateway's rules. */
import { connect } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { runService } from '../../src/gateway/run-service.js'
import { AuthResponse, CORSConfig, Config, TechMicroService } from '../../src/service/index.js'
import { Folder } from '../support/folder.js'

const folder = new Folder({ 'config/vars_prod.json': '{"TOKEN":"prod-token"}', 'config/bad.json': '{"TOKEN": secret}' })
process.chdir(folder.path)

class Shop extends TechMicroService {
  override auth(request: { readonly token: string }) {
    return new AuthResponse({ routes: request.token === process.env.TOKEN, principalId: 'me' })
  }
  get() {
    return { workspace: process.env.WORKSPACE, who: this.request.authorizer.principalId, stage: this.request.stage }
  }
  get_fail() {
    throw new Error('for the log only')
  }
}

const shop = new Shop({
  name: 'shop',
  configs: [
    new Config({ workspace: 'dev', environmentVariablesFile: 'config/vars_dev.json' }),
    new Config({
      workspace: 'prod',
      environmentVariablesFile: 'config/vars_prod.json',
      cors: new CORSConfig({ allowOrigin: 'www.mywebsite.com' }),
    }),
    new Config({ workspace: 'bad', environmentVariablesFile: 'config/bad.json' }),
  ],
})

async function problem(workspace: string): Promise<string> {
  try {
    await runService(shop, { workspace, port: 0 })
    return 'ran'
  } catch (error) {
    return (error as Error).message
  }
}

test('it serves the workspace named, with its environment', async () => {
  const served = await runService(shop, { workspace: 'prod', port: 0 })
  try {
    assert.match(served.url, /^http:\/\/127\.0\.0\.1:\d+\/prod\/$/)
    const call = (path: string, token?: string) =>
      fetch(`${served.url}${path}`, token === undefined ? {} : { headers: { Authorization: token } })
    assert.is((await call('')).status, 401)
    assert.is((await call('', 'wrong')).status, 403)
    const answer = await call('', 'prod-token')
    assert.equal(await answer.json(), { workspace: 'prod', who: 'me', stage: 'prod' })
    assert.is((await call('none', 'prod-token')).headers.get('access-control-allow-origin'), 'https://www.mywebsite.com')
    const failed = await call('fail', 'prod-token')
    assert.is(failed.status, 500)
    assert.not.match(await failed.text(), 'for the log only')
  } finally {
    await served.close()
  }
})

// All of 127.0.0.0/8 is this machine on Linux: whoever listens on every address answers at any of them.
if (process.platform !== 'linux') console.log('SKIPPED who can reach the local gateway: only Linux has more addresses of its own')
else
  test('it listens at 127.0.0.1 and nowhere else, unless another host is named', async () => {
    const reached = (port: number, address: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, address, () => resolve('connected'))
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
        socket.on('connect', () => socket.destroy())
      })
    const served = await runService(shop, { workspace: 'prod', port: 0 })
    assert.is(await reached(served.port, '127.0.0.1'), 'connected')
    assert.is(await reached(served.port, '127.0.0.2'), 'ECONNREFUSED')
    await served.close()
    const open = await runService(shop, { workspace: 'prod', port: 0, host: '0.0.0.0' })
    assert.is(await reached(open.port, '127.0.0.2'), 'connected')
    await open.close()
  })

test('a missing environment file is an error that names file and workspace; a bad one shows no value', async () => {
  assert.match(await problem('dev'), 'workspace dev · its environment variables file config/vars_dev.json is missing')
  const bad = await problem('bad')
  assert.match(bad, 'workspace bad · its environment variables file config/bad.json is not JSON')
  assert.not.match(bad, 'secret')
})

test('an unknown workspace is an error', async () => {
  assert.match(await problem('production'), "no config for workspace `production'")
})

test.run()
