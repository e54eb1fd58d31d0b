/**
 * A stand-in for AWS Lambda's own API, as strict as the real one where an update can go wrong: updates that are in progress until they were looked at a few
 * times, a revision that changes with each step, 409 while busy, 412 for another revision, and whatever failure a test asks for. Every
 * request and answer is judged by AWS's model of the service, where this machine has it; what is wrong is collected in `violations`.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { AwsModel } from './aws-model.js'

export interface Call {
  readonly operation: string
  /** Function or layer. */
  readonly name: string
  readonly status: number
}

/** What befalls one call. `cut-after` is done and never answered, `cut-middle` answered by half; `meanwhile` lets somebody else act first. */
export type Fault =
  | { readonly kind: 'error'; readonly status: number; readonly type: string; readonly message: string; readonly retryAfter?: string }
  | { readonly kind: 'cut-before' | 'cut-after' | 'cut-middle' | 'hang' }
  | Broken
  | { readonly kind: 'meanwhile'; readonly act: (service: LambdaService) => void }
  /** The update is accepted and fails later. */
  | { readonly kind: 'update-fails'; readonly reason: string; readonly code: string }

/** What comes back is no answer. */
export interface Broken {
  readonly kind: 'broken'
  /** Is what was asked for done all the same? */
  readonly done: boolean
  /**
   * `reset`: the connection, while the request is still read where nothing is done; `stops`: half an answer, then silence; `ends`: half an answer, and its end, as if that were
   * all; `endless`: bytes come for ever; `slow`: one byte after the other, and all of them; the others are whole answers of somebody between.
   */
  readonly how: 'reset' | 'silence' | 'stops' | 'ends' | 'endless' | 'slow' | 'page' | 'empty' | 'object' | 'bad gateway'
}

export const throttled: Fault = { kind: 'error', status: 429, type: 'TooManyRequestsException', message: 'Rate exceeded', retryAfter: '2' }
export const broken: Fault = { kind: 'error', status: 500, type: 'ServiceException', message: 'An error occurred' }
export const expired: Fault = {
  kind: 'error',
  status: 403,
  type: 'ExpiredTokenException',
  message: 'The security token included in the request is expired',
}
export const denied = (action: string): Fault => ({
  kind: 'error',
  status: 403,
  type: 'AccessDeniedException',
  message: `User: arn:aws:iam::${ACCOUNT}:user/ada is not authorized to perform: ${action} on resource: arn:aws:lambda:${REGION}:${ACCOUNT}:function:app-test-dev because no identity-based policy allows the ${action} action`,
})

export const REGION = 'eu-west-1'
export const ACCOUNT = '123456789012'

interface Version {
  readonly code: Buffer
  readonly config: Readonly<Record<string, unknown>>
  readonly layers: readonly string[]
}

interface LambdaFunction {
  code: Buffer
  /** `MemorySize`, `Environment`, … */
  config: Record<string, unknown>
  layers: string[]
  revision: number
  /** How often it must still be looked at until its update is done. */
  busyFor: number
  failsWith: { readonly reason: string; readonly code: string } | undefined
  lastUpdate: 'Successful' | 'InProgress' | 'Failed'
  modified: number
  readonly versions: Version[]
  readonly aliases: Map<string, { version: string; revision: number; weights?: Record<string, number> }>
}

/** Uri -> operation; the more special first. */
const ROUTES: readonly (readonly [method: string, pattern: RegExp, operation: string])[] = [
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, 'GetFunctionConfiguration'],
  ['PUT', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, 'UpdateFunctionConfiguration'],
  ['PUT', /^\/2015-03-31\/functions\/([^/]+)\/code$/, 'UpdateFunctionCode'],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/versions$/, 'ListVersionsByFunction'],
  ['POST', /^\/2015-03-31\/functions\/([^/]+)\/versions$/, 'PublishVersion'],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/aliases$/, 'ListAliases'],
  ['POST', /^\/2015-03-31\/functions\/([^/]+)\/aliases$/, 'CreateAlias'],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/aliases\/([^/]+)$/, 'GetAlias'],
  ['PUT', /^\/2015-03-31\/functions\/([^/]+)\/aliases\/([^/]+)$/, 'UpdateAlias'],
  ['GET', /^\/2018-10-31\/layers\/([^/]+)\/versions$/, 'ListLayerVersions'],
  ['POST', /^\/2018-10-31\/layers\/([^/]+)\/versions$/, 'PublishLayerVersion'],
  ['GET', /^\/2018-10-31\/layers\/([^/]+)\/versions\/(\d+)$/, 'GetLayerVersion'],
]

/** Errors whose `Message` has a capital letter in AWS's model; of all others it has not. */
const CAPITAL = new Set(['AccessDeniedException', 'ResourceNotFoundException', 'ServiceException'])

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
  ) {
    super(message)
  }
}

const model = AwsModel.lambda()
export const modelMissing = 'missing' in model ? model.missing : undefined

export class LambdaService {
  readonly calls: Call[] = []
  /** Where a request or an answer is not what AWS's model of the service says. */
  readonly violations: string[] = []
  readonly functions = new Map<string, LambdaFunction>()
  readonly layers = new Map<string, Buffer[]>()
  /** How often an update must be looked at until it is done. */
  slowness = 2
  /** What each function has run, and each layer has had: sha256s, the first as it was deployed. */
  readonly history: { readonly name: string; readonly sha256: string }[] = []
  private readonly faults = new Map<string, Fault[]>()
  private clock = 0
  private port = 0

  private constructor(private readonly server: Server) {}

  static async start(): Promise<LambdaService> {
    const server = createServer()
    const service = new LambdaService(server)
    server.on('request', (request, response) => service.receive(request, response))
    await service.back()
    const address = server.address()
    service.port = address !== null && typeof address === 'object' ? address.port : 0
    return service
  }

  /** Nobody listens any more: connections are refused, and those there are end. */
  stop(): void {
    this.server.close()
    this.server.closeAllConnections()
  }

  /** Listens again. */
  back(): Promise<void> {
    return new Promise((resolve) => {
      if (this.server.listening) resolve()
      else this.server.listen(this.port, '127.0.0.1', () => resolve())
    })
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get env(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
    }
  }

  /** What befalls the next calls of an operation, one after the other. */
  befall(operation: string, ...faults: readonly Fault[]): void {
    this.faults.set(operation, [...(this.faults.get(operation) ?? []), ...faults])
  }

  /** Nothing befalls anybody any more. @returns whether something would have */
  calm(): boolean {
    const left = [...this.faults.values()].some((faults) => faults.length > 0)
    this.faults.clear()
    return left
  }

  /** `GetFunctionConfiguration app-test-dev 200`, in order; equal ones that follow each other are one, with their number. */
  log(): string[] {
    const lines: { text: string; count: number }[] = []
    for (const { operation, name, status } of this.calls) {
      const text = `${operation} ${name} ${status === 0 ? 'cut' : status}`
      const last = lines.at(-1)
      if (last?.text === text) last.count++
      else lines.push({ text, count: 1 })
    }
    return lines.map(({ text, count }) => (count === 1 ? text : `${text} x${count}`))
  }

  deploy(
    name: string,
    code: Buffer,
    { layers = [], config = {} }: { layers?: readonly string[]; config?: Record<string, unknown> } = {},
  ): void {
    this.functions.set(name, {
      code,
      layers: [...layers],
      config: { Runtime: 'nodejs22.x', Handler: 'index.handler', MemorySize: 128, Timeout: 30, Description: '', ...config },
      revision: 1,
      busyFor: 0,
      failsWith: undefined,
      lastUpdate: 'Successful',
      modified: 0,
      versions: [],
      aliases: new Map(),
    })
  }

  /** Publishes as somebody else; returns the ARN. */
  publishLayer(name: string, content: Buffer): string {
    const versions = this.layers.get(name) ?? []
    versions.push(content)
    this.history.push({ name, sha256: sha256(content) })
    this.layers.set(name, versions)
    return layerArn(name, versions.length)
  }

  /** Changes a function as somebody else would, all at once. */
  change(name: string, change: (found: LambdaFunction) => void): void {
    const found = this.functions.get(name)
    if (found === undefined) return
    change(found)
    this.touch(found)
  }

  sha256Of(name: string): string {
    return sha256(this.functions.get(name)?.code ?? Buffer.alloc(0))
  }

  private touch(found: LambdaFunction): void {
    found.revision++
    found.modified = ++this.clock
  }

  private receive(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? ''
    const path = url.split('?')[0]?.replace(/\/$/, '') ?? ''
    const route = ROUTES.find(([method, pattern]) => method === request.method && pattern.test(path))
    if (route === undefined) {
      this.violations.push(`${request.method} ${url}: no such operation`)
      response.writeHead(404).end()
      return
    }
    const [, pattern, operation] = route
    const [, name = '', part = ''] = (pattern.exec(path) ?? []).map((one) => (one === undefined ? '' : decodeURIComponent(one)))
    const fault = this.faults.get(operation)?.[0]
    if (fault?.kind === 'broken' && fault.how === 'reset' && !fault.done) {
      this.faults.get(operation)?.shift()
      this.note(operation, name, 0)
      request.socket.resetAndDestroy()
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      this.answer({ request, response, operation, name, part, url, body: Buffer.concat(chunks).toString('utf8') })
    })
    request.on('error', () => {})
  }

  private note(operation: string, name: string, status: number): void {
    this.calls.push({ operation, name: name.split(':').at(-1) ?? name, status })
  }

  private answer(call: {
    readonly request: IncomingMessage
    readonly response: ServerResponse
    readonly operation: string
    readonly name: string
    readonly part: string
    readonly url: string
    readonly body: string
  }): void {
    const { request, response, operation, name, part, url, body } = call
    if (!('missing' in model)) {
      const wrong = model.requestProblems(operation, request.method ?? '', url, body)
      this.violations.push(...wrong.map((one) => `request ${operation}: ${one}`))
    }
    if (!/^AWS4-HMAC-SHA256 Credential=/.test(request.headers.authorization ?? '')) this.violations.push(`${operation} is not signed`)
    const fault = this.faults.get(operation)?.shift()
    const note = (status: number) => this.note(operation, name, status)
    if (fault?.kind === 'broken' && !fault.done) {
      note(0)
      breakOff(request, response, 200, '{"FunctionName":"app', fault.how)
      return
    }
    if (fault?.kind === 'hang') {
      note(0)
      return
    }
    if (fault?.kind === 'cut-before') {
      note(0)
      request.socket.destroy()
      return
    }
    if (fault?.kind === 'meanwhile') fault.act(this)
    let status = 200
    let type: string | undefined
    let value: Record<string, unknown>
    try {
      if (fault?.kind === 'error') throw new Refusal(fault.status, fault.type, fault.message)
      const input = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>)
      value = this.perform(operation, name, part, input, fault?.kind === 'update-fails' ? fault : undefined)
      if (['PublishVersion', 'PublishLayerVersion', 'CreateAlias'].includes(operation)) status = 201
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      status = error.status
      type = error.type
      value = { [CAPITAL.has(error.type) ? 'Message' : 'message']: error.message, Type: 'User' }
    }
    const text = JSON.stringify(value)
    if (!('missing' in model)) {
      const wrong = model.answerProblems(operation, status, type, text)
      this.violations.push(...wrong.map((one) => `answer to ${operation}: ${one}`))
    }
    if (fault?.kind === 'broken') {
      note(0)
      breakOff(request, response, status, text, fault.how)
      return
    }
    if (fault?.kind === 'cut-after' || fault?.kind === 'cut-middle') {
      note(0)
      if (fault.kind === 'cut-middle') {
        response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': text.length })
        response.write(text.slice(0, text.length / 2), () => request.socket.destroy())
      } else request.socket.destroy()
      return
    }
    note(status)
    response
      .writeHead(status, {
        'Content-Type': 'application/json',
        ...(type === undefined ? {} : { 'x-amzn-ErrorType': type }),
        ...(fault?.kind === 'error' && fault.retryAfter !== undefined ? { 'Retry-After': fault.retryAfter } : {}),
      })
      .end(text)
  }

  private perform(
    operation: string,
    name: string,
    part: string,
    input: Record<string, unknown>,
    failing: Extract<Fault, { kind: 'update-fails' }> | undefined,
  ): Record<string, unknown> {
    if (operation === 'ListLayerVersions') {
      const versions = this.layers.get(name) ?? []
      return { LayerVersions: versions.map((_, index) => ({ LayerVersionArn: layerArn(name, index + 1), Version: index + 1 })).reverse() }
    }
    if (operation === 'GetLayerVersion') return this.layerVersion(name.split(':').at(-1) ?? '', Number(part))
    if (operation === 'PublishLayerVersion') {
      const { ZipFile = '' } = input.Content as { ZipFile?: string }
      this.publishLayer(name, Buffer.from(ZipFile, 'base64'))
      return this.layerVersion(name, this.layers.get(name)?.length ?? 0)
    }
    const found = this.functions.get(name)
    const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`
    if (found === undefined) throw new Refusal(404, 'ResourceNotFoundException', `Function not found: ${arn}`)
    switch (operation) {
      case 'GetFunctionConfiguration': {
        this.progress(found)
        return configuration(name, found)
      }
      case 'UpdateFunctionCode': {
        this.mayUpdate(arn, found, input)
        found.code = Buffer.from(String(input.ZipFile), 'base64')
        this.history.push({ name, sha256: sha256(found.code) })
        this.begin(found, failing)
        return configuration(name, found)
      }
      case 'UpdateFunctionConfiguration': {
        this.mayUpdate(arn, found, input)
        const layers = (input.Layers as string[] | undefined) ?? found.layers
        for (const one of layers) {
          const [layer = '', version = ''] = one.split(':').slice(-2)
          if (Number(version) > (this.layers.get(layer)?.length ?? 0))
            throw new Refusal(400, 'InvalidParameterValueException', `Layer version ${one} does not exist.`)
        }
        found.layers = layers
        this.begin(found, failing)
        return configuration(name, found)
      }
      case 'ListVersionsByFunction':
        return { Versions: [configuration(name, found), ...found.versions.map((_, index) => versionOf(name, found, index))] }
      case 'PublishVersion': {
        this.mayUpdate(arn, found, input)
        const current = sha256(found.code)
        if (input.CodeSha256 !== undefined && input.CodeSha256 !== current) {
          const what = `CodeSHA256 (${String(input.CodeSha256)}) is different from current CodeSHA256 in $LATEST (${current}).`
          throw new Refusal(400, 'InvalidParameterValueException', what)
        }
        const last = found.versions.at(-1)
        const same =
          last !== undefined &&
          JSON.stringify([last.config, last.layers, sha256(last.code)]) === JSON.stringify([found.config, found.layers, current])
        if (!same) found.versions.push({ code: found.code, config: { ...found.config }, layers: [...found.layers] })
        return versionOf(name, found, found.versions.length - 1)
      }
      case 'ListAliases':
        return { Aliases: [...found.aliases.keys()].map((alias) => aliasOf(arn, found, alias)) }
      case 'GetAlias':
        if (!found.aliases.has(part)) throw new Refusal(404, 'ResourceNotFoundException', `Cannot find alias arn: ${arn}:${part}`)
        return aliasOf(arn, found, part)
      case 'CreateAlias': {
        const alias = String(input.Name)
        if (found.aliases.has(alias)) throw new Refusal(409, 'ResourceConflictException', `Alias already exists: ${arn}:${alias}`)
        found.aliases.set(alias, { version: String(input.FunctionVersion), revision: 1 })
        return aliasOf(arn, found, alias)
      }
      case 'UpdateAlias': {
        const alias = found.aliases.get(part)
        if (alias === undefined) throw new Refusal(404, 'ResourceNotFoundException', `Cannot find alias arn: ${arn}:${part}`)
        if (input.RevisionId !== undefined && input.RevisionId !== revisionId(`${name}:${part}`, alias.revision)) throw otherRevision()
        alias.version = String(input.FunctionVersion)
        alias.revision++
        return aliasOf(arn, found, part)
      }
      default:
        throw new Error(`no ${operation}`)
    }
  }

  private layerVersion(name: string, version: number): Record<string, unknown> {
    const content = this.layers.get(name)?.[version - 1]
    if (content === undefined) throw new Refusal(404, 'ResourceNotFoundException', 'The resource you requested does not exist.')
    return {
      Content: { Location: 'https://example.com/', CodeSha256: sha256(content), CodeSize: content.length },
      LayerArn: layerArn(name, 0).replace(/:0$/, ''),
      LayerVersionArn: layerArn(name, version),
      Version: version,
      CreatedDate: '2026-11-01T00:00:00.000+0000',
    }
  }

  private mayUpdate(arn: string, found: LambdaFunction, { RevisionId }: Record<string, unknown>): void {
    if (found.lastUpdate === 'InProgress') {
      const message = `The operation cannot be performed at this time. An update is in progress for resource: ${arn}`
      throw new Refusal(409, 'ResourceConflictException', message)
    }
    if (RevisionId !== undefined && RevisionId !== revisionId(arn.split(':').at(-1) ?? '', found.revision)) throw otherRevision()
  }

  private begin(found: LambdaFunction, failing: Extract<Fault, { kind: 'update-fails' }> | undefined): void {
    found.lastUpdate = 'InProgress'
    found.busyFor = this.slowness
    found.failsWith = failing
    this.touch(found)
  }

  /** The end of an update is a step of its own: the revision changes with it. */
  private progress(found: LambdaFunction): void {
    if (found.lastUpdate !== 'InProgress' || --found.busyFor > 0) return
    found.lastUpdate = found.failsWith === undefined ? 'Successful' : 'Failed'
    found.revision++
  }
}

function breakOff(request: IncomingMessage, response: ServerResponse, status: number, text: string, how: Broken['how']): void {
  const { socket } = request
  const json = { 'Content-Type': 'application/json' }
  const half = text.slice(0, text.length / 2)
  switch (how) {
    case 'reset':
      socket.resetAndDestroy()
      return
    case 'silence':
      return
    case 'stops':
      response.writeHead(status, { ...json, 'Content-Length': text.length }).write(half)
      return
    case 'ends':
      response.writeHead(status, { ...json, Connection: 'close' }).end(half)
      return
    case 'endless': {
      response.writeHead(status, json)
      const timer = setInterval(() => response.write(' '), 5)
      socket.on('close', () => clearInterval(timer))
      return
    }
    case 'slow': {
      response.writeHead(status, { ...json, 'Content-Length': text.length })
      const next = (at: number): void => {
        if (at >= text.length) response.end()
        else if (!socket.destroyed) response.write(text[at], () => setImmediate(next, at + 1))
      }
      next(0)
      return
    }
    case 'page':
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html><body>Please sign in to the network of this hotel.</body></html>')
      return
    case 'empty':
      response.writeHead(200, json).end()
      return
    case 'object':
      response.writeHead(200, json).end('{}')
      return
    case 'bad gateway':
      response.writeHead(502, { 'Content-Type': 'text/html' }).end('<html><body><h1>502 Bad Gateway</h1></body></html>')
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64')
}

export function layerArn(name: string, version: number): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT}:layer:${name}:${version}`
}

function otherRevision(): Refusal {
  const what =
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id'
  return new Refusal(412, 'PreconditionFailedException', what)
}

/** Lambda's are UUIDs. */
function revisionId(name: string, revision: number): string {
  const hex = createHash('sha256').update(`${name} ${revision}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

function configuration(name: string, found: LambdaFunction): Record<string, unknown> {
  const { reason, code } = found.failsWith ?? {}
  return {
    FunctionName: name,
    FunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
    Role: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    ...found.config,
    CodeSize: found.code.length,
    CodeSha256: sha256(found.code),
    Version: '$LATEST',
    LastModified: `2026-11-26T00:00:${String(found.modified).padStart(2, '0')}.000+0000`,
    RevisionId: revisionId(name, found.revision),
    ...(found.layers.length === 0 ? {} : { Layers: found.layers.map((Arn) => ({ Arn, CodeSize: 1 })) }),
    State: 'Active',
    LastUpdateStatus: found.lastUpdate,
    ...(found.lastUpdate === 'Failed' ? { LastUpdateStatusReason: reason, LastUpdateStatusReasonCode: code } : {}),
    ...(found.lastUpdate === 'InProgress' ? { LastUpdateStatusReason: 'The function is being updated.' } : {}),
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    TracingConfig: { Mode: 'PassThrough' },
  }
}

function versionOf(name: string, found: LambdaFunction, index: number): Record<string, unknown> {
  const { code = Buffer.alloc(0), config = {}, layers = [] } = found.versions[index] ?? {}
  const latest = configuration(name, { ...found, code, config, layers: [...layers], lastUpdate: 'Successful', failsWith: undefined })
  return {
    ...latest,
    FunctionArn: `${String(latest.FunctionArn)}:${index + 1}`,
    Version: String(index + 1),
    RevisionId: revisionId(`${name}:${index}`, 1),
  }
}

function aliasOf(arn: string, found: LambdaFunction, alias: string): Record<string, unknown> {
  const { version = '', revision = 0, weights } = found.aliases.get(alias) ?? {}
  return {
    AliasArn: `${arn}:${alias}`,
    Name: alias,
    FunctionVersion: version,
    Description: '',
    RevisionId: revisionId(`${arn.split(':').at(-1)}:${alias}`, revision),
    ...(weights === undefined ? {} : { RoutingConfig: { AdditionalVersionWeights: weights } }),
  }
}
