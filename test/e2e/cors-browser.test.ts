// limit: 120 s
/**
 * A real browser on another origin meets the local gateway: what a page may read, and what it may not. The page tells its own
 * server what it saw, so nothing but the browser is needed.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { localApi } from '../../src/gateway/api.js'
import { type Served, serve } from '../../src/gateway/serve.js'
import { HANDLE } from '../../src/service/brand.js'
import { CORSConfig, Config, describe, TechMicroService } from '../../src/service/index.js'
import { Folder } from '../support/folder.js'

const CHROMIUM = '/usr/bin/chromium'

class Pages extends TechMicroService {
  override auth() {
    return true
  }
  get() {
    return ['read', 200, { 'X-Total': '7', 'X-Hidden': '8' }]
  }
  put() {
    return 'written'
  }
  get_fail() {
    throw new Error('for the log only')
  }
}

/** Runs in the page: asks, and says what it could read. */
async function ask(urls: Record<string, string>): Promise<Record<string, string>> {
  const Authorization = 'token'
  const said: Record<string, string> = {}
  const call = async (name: string, url: string | undefined, init: RequestInit = {}) => {
    try {
      const response = await fetch(url ?? '', { headers: { Authorization }, ...init })
      said[name] =
        `${response.status} ${await response.text()} total=${response.headers.get('X-Total')} hidden=${response.headers.get('X-Hidden')}`
    } catch (error) {
      said[name] = (error as Error).name
    }
  }
  await call('any origin', urls.star)
  await call('no token', urls.star, { headers: {} })
  await call('error of the function', `${urls.star}fail`)
  await call('no such route', `${urls.star}none`)
  await call('any origin, with credentials', urls.star, { credentials: 'include' })
  await call('refused origin', urls.other)
  await call('of a list', urls.list)
  await call('custom header', urls.list, { method: 'PUT', headers: { Authorization, 'X-Key': '1' } })
  await call('custom header again', urls.list, { method: 'PUT', headers: { Authorization, 'X-Key': '2' } })
  await call('header that is not allowed', urls.list, { headers: { Authorization, 'X-Other': '1' } })
  await call('method that is no route', urls.list, { method: 'DELETE' })
  await call('no token, of a list', urls.list, { headers: {} })
  await call('credentials', urls.credentials, { credentials: 'include' })
  await call('credentials and no token', urls.credentials, { credentials: 'include', headers: {} })
  return said
}

/** What the page saw, and the lines of the gateways' log. */
async function browse(): Promise<{ said: Record<string, string>; lines: string[] }> {
  const lines: string[] = []
  const served: Served[] = []
  let told: (said: Record<string, string>) => void = () => {}
  const said = new Promise<Record<string, string>>((resolve) => {
    told = resolve
  })
  const urls: Record<string, string> = {}
  const page = createServer((incoming, outgoing) => {
    if (incoming.method === 'GET') {
      outgoing.setHeader('Content-Type', 'text/html')
      const script = `(${ask})(${JSON.stringify(urls)}).then((said) => fetch('/', { method: 'POST', body: JSON.stringify(said) }))`
      // `keepNames` of a compiler would leave calls of a helper that the page has not.
      outgoing.end(`<!doctype html><script>const __name = (value) => value; ${script}</script>`)
      return
    }
    let body = ''
    incoming.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    incoming.on('end', () => {
      outgoing.end()
      told(JSON.parse(body))
    })
  })
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve))
  const origin = `http://localhost:${(page.address() as AddressInfo).port}`
  const cors = {
    star: new CORSConfig({ allowOrigin: '*', exposeHeaders: ['X-Total'] }),
    other: new CORSConfig({ allowOrigin: 'https://other.example' }),
    list: new CORSConfig({ allowOrigin: ['https://other.example', origin], allowHeaders: ['X-Key'], maxAge: 600 }),
    credentials: new CORSConfig({ allowOrigin: origin, allowCredentials: true }),
  }
  const pages = new Pages({ name: 'pages', configs: Object.entries(cors).map(([workspace, one]) => new Config({ workspace, cors: one })) })
  for (const workspace of Object.keys(cors)) {
    const lambda = { invoke: async (event: unknown) => ({ ok: true as const, payload: await pages[HANDLE](event, {}) }) }
    const api = localApi('app-pages', describe(pages), workspace)
    const one = await serve({ api, lambda, host: '127.0.0.1', port: 0, name: workspace, log: (line) => lines.push(line) })
    served.push(one)
    urls[workspace] = one.url
  }
  const profile = new Folder()
  const browser = spawn(
    CHROMIUM,
    ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', `--user-data-dir=${profile.path}`, origin],
    { stdio: 'ignore', env: { PATH: process.env.PATH, HOME: profile.path } },
  )
  const gone = new Promise((resolve) => browser.once('exit', resolve))
  try {
    const early = gone.then(() => Promise.reject(new Error('chromium ended before the page had asked')))
    return { said: await Promise.race([said, early]), lines }
  } finally {
    browser.kill('SIGKILL')
    await gone
    page.closeAllConnections()
    page.close()
    for (const one of served) await one.close()
  }
}

test('a page on another origin', async () => {
  if (!existsSync(CHROMIUM)) {
    console.log('SKIPPED a browser on another origin: /usr/bin/chromium is missing')
    return
  }
  const { said, lines } = await browse()
  assert.equal(said, {
    'any origin': '200 read total=7 hidden=null',
    'no token': '401 {"message":"Unauthorized"} total=null hidden=null',
    'error of the function': '500 {"message":"Internal Server Error"} total=null hidden=null',
    'no such route': 'TypeError', // its preflight is no route either
    'any origin, with credentials': 'TypeError',
    'refused origin': 'TypeError',
    'of a list': '200 read total=null hidden=null',
    'custom header': '200 written total=null hidden=null',
    'custom header again': '200 written total=null hidden=null',
    'header that is not allowed': 'TypeError',
    'method that is no route': 'TypeError',
    'no token, of a list': '401 {"message":"Unauthorized"} total=null hidden=null',
    credentials: '200 read total=null hidden=null',
    'credentials and no token': '401 {"message":"Unauthorized"} total=null hidden=null',
  })
  const list = lines.filter((line) => line.startsWith('list '))
  const put = list.findIndex((line) => line.startsWith('list PUT'))
  assert.match(list[put + 1] ?? '', 'list PUT', 'the second PUT needs no preflight of its own')
  assert.equal(
    lines.filter((line) => line.startsWith('list DELETE')),
    [],
    'what a preflight refuses is not sent',
  )
})

test.run()
