/** The store over a small S3 of the test's own, for what an emulator does not do: refusals, races, buckets elsewhere. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type ArtifactToStore, openArtifactStore } from '../../src/update/artifact-store.js'
import { CoworksError } from '../../src/util/problem.js'
import { Folder } from '../support/folder.js'

const folder = new Folder({ 'code.zip': 'the bytes' })
const sha256 = createHash('sha256').update('the bytes').digest('hex')
const checksum = Buffer.from(sha256, 'hex').toString('base64')
const artifact: ArtifactToStore = { bucket: 'artifacts', key: `a/${sha256}.zip`, sha256, size: 9, file: folder.at('code.zip') }

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

const there: Answer = (_, response) => response.writeHead(200, { 'content-length': 9, 'x-amz-checksum-sha256': checksum }).end()
const error =
  (status: number, code: string): Answer =>
  (request, response) =>
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(request.method === 'HEAD' ? undefined : `<Error><Code>${code}</Code><Message>${code}</Message></Error>`)

/** Answers the requests one after the other as given; returns what was asked. */
async function withS3<T>(
  answers: readonly Answer[],
  use: () => Promise<T>,
): Promise<{ result: T | string; asked: string[]; headers: IncomingMessage['headers'][] }> {
  const asked: string[] = []
  const headers: IncomingMessage['headers'][] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      asked.push(`${request.method} ${request.url?.split('?')[0]}`)
      headers.push(request.headers)
      answers[Math.min(asked.length, answers.length) - 1]?.(request, response, body)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  const before = { ...process.env }
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-west-1',
    AWS_S3_USE_PATH_STYLE: 'true',
    AWS_MAX_ATTEMPTS: '1',
  })
  try {
    const result = await use().catch((thrown: unknown) => {
      if (thrown instanceof CoworksError) return thrown.message
      throw thrown
    })
    return { result, asked, headers }
  } finally {
    process.env = before
    server.close()
    server.closeAllConnections()
  }
}

const put = (one = artifact) => openArtifactStore({ signal: new AbortController().signal }).put(one)
const has = () => openArtifactStore({ signal: new AbortController().signal }).has(artifact)
const HEAD = `HEAD /artifacts/${artifact.key}`
const PUT = `PUT /artifacts/${artifact.key}`

test('sent only if there is none, with its checksum', async () => {
  const { result, asked, headers } = await withS3([error(404, 'NotFound'), (_, response) => response.end()], put)
  assert.equal([result, asked], [true, [HEAD, PUT]])
  assert.equal([headers[1]?.['if-none-match'], headers[1]?.['x-amz-checksum-sha256']], ['*', checksum])
})

test('what is there is not sent', async () => {
  const { result, asked } = await withS3([there], put)
  assert.equal([result, asked], [false, [HEAD]])
})

test('somebody else was quicker: what they sent is looked at', async () => {
  for (const [status, code] of [
    [412, 'PreconditionFailed'],
    [409, 'ConditionalRequestConflict'],
  ] as const) {
    const { result, asked } = await withS3([error(404, 'NotFound'), error(status, code), there], put)
    assert.equal([result, asked], [false, [HEAD, PUT, HEAD]])
  }
})

test('an object of other bytes is an error, and nothing is sent', async () => {
  const other: Answer = (_, response) => response.writeHead(200, { 'content-length': 9, 'x-amz-checksum-sha256': 'AAAA' }).end()
  for (const answer of [other, ((_, response) => response.writeHead(200, { 'content-length': 8 }).end()) satisfies Answer]) {
    const { result, asked } = await withS3([answer], put)
    assert.match(String(result), `s3://artifacts/${artifact.key} · is not what its key says`)
    assert.equal(asked, [HEAD])
  }
})

test('a refusal, a bucket elsewhere, and none, in words', async () => {
  const said = async (answers: readonly Answer[]) =>
    String((await withS3(answers, put)).result).replace(`s3://artifacts/${artifact.key} · `, '')
  assert.is(
    await said([error(403, 'AccessDenied')]),
    'AWS refuses · s3:GetObject and s3:ListBucket must be allowed there, and the credentials right',
  )
  assert.is(
    await said([error(404, 'NotFound'), error(403, 'AccessDenied')]),
    'AWS refuses · s3:PutObject must be allowed there, and the credentials right',
  )
  assert.match(await said([error(301, 'PermanentRedirect')]), /^the bucket artifacts is in another region · /)
  assert.match(await said([error(404, 'NotFound'), error(404, 'NoSuchBucket')]), /^there is no bucket artifacts · /)
})

test('bytes that are no longer those that were built are not sent', async () => {
  const { result, asked } = await withS3([error(404, 'NotFound')], () => put({ ...artifact, sha256: 'a'.repeat(64) }))
  assert.equal([result, asked], [`${artifact.file} · changed since it was built · build again`, [HEAD]])
  const gone = await withS3([error(404, 'NotFound')], () => put({ ...artifact, file: folder.at('gone.zip') }))
  assert.is(gone.result, `${folder.at('gone.zip')} · is not there any more · build again`)
})

test('looking sends nothing', async () => {
  const { result, asked } = await withS3([error(404, 'NotFound')], has)
  assert.equal([result, asked], [false, [HEAD]])
})

test('a store that does not answer, or never to the end, is given up in words', async () => {
  const timeouts = { connect: 1000, idle: 200, read: 600, write: 600 }
  const open = () => openArtifactStore({ signal: new AbortController().signal, timeouts })
  const silent: Answer = () => {}
  /** A byte now and then, and never the last one. */
  const drips: Answer = (request, response) => {
    response.writeHead(200, { 'content-length': 9 })
    response.flushHeaders()
    const timer = setInterval(() => response.write('x'), 100)
    request.socket.once('close', () => clearInterval(timer))
  }
  const lost = async (answers: readonly Answer[], use: () => Promise<unknown>) =>
    String((await withS3(answers, use)).result).replace(`s3://artifacts/${artifact.key} · `, '')
  assert.is(await lost([silent], () => open().has(artifact)), 'nothing was sent or received for 0.2 s')
  assert.is(await lost([error(404, 'NotFound'), silent], () => open().put(artifact)), 'nothing was sent or received for 0.2 s')
  // Sent by another tool: its bytes are looked at.
  const unchecked: Answer = (_, response) => response.writeHead(200, { 'content-length': 9 }).end()
  assert.is(await lost([unchecked, drips], () => open().has(artifact)), 'not all of it within 0.6 s')
})

test('an interrupt ends a call that is under way', async () => {
  const interrupt = new AbortController()
  const reason = new CoworksError({ what: 'interrupted' })
  const { result } = await withS3([() => interrupt.abort(reason)], () => openArtifactStore({ signal: interrupt.signal }).has(artifact))
  assert.is(result, reason.message)
})

test.run()
