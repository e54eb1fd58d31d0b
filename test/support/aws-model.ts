/**
 * AWS's own description of its Lambda API, where this machine has it (botocore brings it along), as a judge of requests and answers: of what
 * our client sends, and of what a stand-in for Lambda answers. A stand-in that no real service could be would prove nothing.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

interface Member {
  readonly shape: string
  readonly location?: 'uri' | 'querystring' | 'header'
  readonly locationName?: string
}

interface Shape {
  readonly type: string
  readonly members?: Readonly<Record<string, Member>>
  readonly required?: readonly string[]
  readonly member?: Member
  readonly key?: Member
  readonly value?: Member
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly min?: number
  readonly max?: number
  readonly error?: { readonly httpStatusCode: number }
}

interface Operation {
  readonly name: string
  readonly http: { readonly method: string; readonly requestUri: string; readonly responseCode?: number }
  readonly input?: Member
  readonly output?: Member
  readonly errors?: readonly Member[]
}

/** Errors of every service: they stand in no service's own model. https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html */
const COMMON_ERRORS: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  ExpiredTokenException: 403,
  UnrecognizedClientException: 403,
  InvalidSignatureException: 403,
  InternalFailure: 500,
  ThrottlingException: 400,
}

export class AwsModel {
  private constructor(
    private readonly operations: readonly Operation[],
    private readonly shapes: Readonly<Record<string, Shape>>,
  ) {}

  /** The model of Lambda, or why there is none. */
  static lambda(): AwsModel | { readonly missing: string } {
    const { stdout } = spawnSync('python3', ['-c', 'import botocore, os; print(os.path.dirname(botocore.__file__))'], { encoding: 'utf8' })
    const file = join((stdout ?? '').trim(), 'data/lambda/2015-03-31/service-2.json')
    const found = [file, `${file}.gz`].find((path) => existsSync(path))
    if (found === undefined) return { missing: 'no botocore with the model of Lambda is on this machine' }
    const bytes = readFileSync(found)
    const model = JSON.parse((found.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')) as {
      operations: Record<string, Operation>
      shapes: Record<string, Shape>
    }
    return new AwsModel(Object.values(model.operations), model.shapes)
  }

  /** What is wrong with a request, as the name of its operation says. */
  requestProblems(name: string, method: string, url: string, body: string): string[] {
    const operation = this.operations.find((one) => one.name === name)
    if (operation === undefined) return [`${name} is no operation`]
    const { pathname, searchParams } = new URL(url, 'http://lambda')
    const places = new Map<string, string>()
    const template = operation.http.requestUri.split('?')[0] ?? ''
    const names = [...template.matchAll(/\{(\w+)\+?\}/g)].map(([, one = '']) => one)
    const match = new RegExp(`^${template.replace(/\{\w+\+?\}/g, '([^/]+)')}$`).exec(pathname)
    if (method !== operation.http.method || match === null) return [`${method} ${pathname} is not ${operation.http.method} ${template}`]
    for (const [index, one] of names.entries()) places.set(one, decodeURIComponent(match[index + 1] ?? ''))
    const input = this.shapes[operation.input?.shape ?? '']
    if (input === undefined) return []
    const value: Record<string, unknown> = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>)
    const inBody = Object.keys(value).filter((key) => input.members?.[key]?.location !== undefined)
    const whole: Record<string, unknown> = { ...value }
    for (const [key, member] of Object.entries(input.members ?? {})) {
      if (member.location === 'uri') whole[key] = this.typed(member, places.get(member.locationName ?? key))
      if (member.location === 'querystring' && searchParams.has(member.locationName ?? key))
        whole[key] = this.typed(member, searchParams.get(member.locationName ?? key) ?? '')
    }
    const known = Object.entries(input.members ?? {}).map(([key, member]) => member.locationName ?? key)
    const unknown = [...searchParams.keys()].filter((key) => !known.includes(key))
    return [
      ...inBody.map((key) => `${key} does not belong into the body`),
      ...unknown.map((key) => `unknown parameter ${key}`),
      ...this.check(operation.input?.shape ?? '', whole, name),
    ]
  }

  /** What is wrong with an answer to an operation. */
  answerProblems(name: string, status: number, errorType: string | undefined, body: string): string[] {
    const operation = this.operations.find((one) => one.name === name)
    if (operation === undefined) return [`${name} is no operation`]
    const value = JSON.parse(body) as Record<string, unknown>
    if (errorType !== undefined) {
      const declared = operation.errors?.find(({ shape }) => shape === errorType)
      const expected = declared === undefined ? COMMON_ERRORS[errorType] : this.shapes[declared.shape]?.error?.httpStatusCode
      if (expected === undefined) return [`${name} has no error ${errorType}`]
      if (expected !== status) return [`${errorType} comes with ${expected}, not ${status}`]
      return declared === undefined ? [] : this.check(declared.shape, value, errorType)
    }
    if (status !== (operation.http.responseCode ?? 200)) return [`${name} answers ${operation.http.responseCode}, not ${status}`]
    return operation.output === undefined ? [] : this.check(operation.output.shape, value, name)
  }

  private typed(member: Member, text: string | undefined): unknown {
    const type = this.shapes[member.shape]?.type
    return text !== undefined && (type === 'integer' || type === 'long') ? Number(text) : text
  }

  private check(name: string, value: unknown, at: string): string[] {
    const shape = this.shapes[name]
    if (shape === undefined) return [`${at}: no shape ${name}`]
    const wrong = (what: string) => [`${at}: ${what}`]
    switch (shape.type) {
      case 'structure': {
        if (value === null || typeof value !== 'object' || Array.isArray(value)) return wrong('is no structure')
        const members = shape.members ?? {}
        const given = Object.entries(value).filter(([, one]) => one !== undefined)
        return [
          ...(shape.required ?? []).filter((key) => !given.some(([one]) => one === key)).map((key) => `${at}: ${key} is missing`),
          ...given.flatMap(([key, one]) => {
            const member = members[key]
            return member === undefined ? [`${at}: unknown member ${key}`] : this.check(member.shape, one, `${at}.${key}`)
          }),
        ]
      }
      case 'list':
        if (!Array.isArray(value)) return wrong('is no list')
        return value.flatMap((one, index) => this.check(shape.member?.shape ?? '', one, `${at}[${index}]`))
      case 'map':
        if (value === null || typeof value !== 'object') return wrong('is no map')
        return Object.entries(value).flatMap(([key, one]) => [
          ...this.check(shape.key?.shape ?? '', key, `${at} key`),
          ...this.check(shape.value?.shape ?? '', one, `${at}.${key}`),
        ])
      case 'blob':
        return typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? [] : wrong('is no base64')
      case 'boolean':
        return typeof value === 'boolean' ? [] : wrong('is no boolean')
      case 'integer':
      case 'long':
        if (!Number.isInteger(value)) return wrong('is no whole number')
        return (value as number) < (shape.min ?? -Infinity) || (value as number) > (shape.max ?? Infinity)
          ? wrong(`${value} is out of bounds`)
          : []
      case 'double':
        return typeof value === 'number' ? [] : wrong('is no number')
      case 'string': {
        if (typeof value !== 'string') return wrong('is no text')
        if (shape.enum !== undefined && !shape.enum.includes(value)) return wrong(`${value} is none of ${shape.enum.join(', ')}`)
        if (value.length < (shape.min ?? 0) || value.length > (shape.max ?? Infinity)) return wrong(`${value} is too short or too long`)
        if (shape.pattern !== undefined && !new RegExp(`^(?:${shape.pattern})$`).test(value))
          return wrong(`${value} does not match ${shape.pattern}`)
        return []
      }
      default:
        return wrong(`of type ${shape.type} cannot be judged`)
    }
  }
}
