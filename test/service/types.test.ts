// limit: 120 s
// What the types promise. The lines marked with @ts-expect-error fail the compiler if they are ever accepted; the first
// test runs the compiler on them and on the examples as a user has them: `strict`, and nothing else of this project's settings.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import ts from 'typescript'
import { test } from 'uvu'
import {
  type AuthRequest,
  AuthResponse,
  Blueprint,
  CORSConfig,
  Config,
  client,
  every,
  lambdaHandler,
  route,
  TechMicroService,
} from '../../src/service/index.js'
import { REPO } from './load-example.js'

class Typed extends TechMicroService {
  get({ page = '1' } = {}) {
    const asked: string | readonly string[] | undefined = this.request.query.page
    return { page, asked, address: this.request.sourceIp?.toUpperCase() }
  }
  @route({ path: '/a/{b}', verb: 'POST', authorizer: false, contentTypes: ['text/csv'] })
  imported(b: string) {
    return b
  }
  @every('5 minutes')
  async sweep() {}
  override async auth(request: AuthRequest) {
    return request.token === 'a' ? true : new AuthResponse({ routes: ['product/*'], context: { n: 1 } })
  }
}

class Wrong extends TechMicroService {
  // @ts-expect-error a number is no decision
  override auth() {
    return 1
  }
  // @ts-expect-error no such verb
  @route({ verb: 'FETCH' })
  fetched() {}
  // @ts-expect-error no such option
  @route({ route: '/x' })
  named() {}
}

class WrongBlueprint extends Blueprint {
  // @ts-expect-error a list of numbers is no list of routes
  override auth() {
    return [1]
  }
}

export function neverCalled(app: Typed) {
  // @ts-expect-error no such option
  new Config({ memory: 128 })
  // @ts-expect-error no such architecture
  new Config({ architecture: 'arm' })
  // @ts-expect-error auth must decide
  new Config({ auth: () => 'yes' })
  // @ts-expect-error an origin is needed
  new CORSConfig({})
  // @ts-expect-error a name is needed
  new Typed({})
  // @ts-expect-error a blueprint is needed
  app.registerBlueprint(app)
  // @ts-expect-error a context holds strings, numbers and booleans
  new AuthResponse({ routes: true, context: { list: [] } })
  // @ts-expect-error no such verb
  client(app).fetch('/')
  // @ts-expect-error what is read is not written
  app.request.path = '/'
  return [
    new Config({ auth: (request) => request.token === 'x', cors: { allowOrigin: '*' } }),
    lambdaHandler({ app }, 'typed'),
    Wrong,
    WrongBlueprint,
  ]
}

test('types and examples compile under strict', () => {
  const files = ['test/service/types.test.ts', 'examples/quickstart/src/app.ts'].map((file) => join(REPO, file))
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(REPO, 'node_modules/@types')],
    paths: { coworks: [join(REPO, 'src/service/index.ts')] },
  })
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1
    return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
  assert.deepEqual(problems, [])
})

test('what compiles also runs', async () => {
  const app = client(new Typed({ name: 'typed' }))
  assert.deepEqual(await (await app.get('/?page=2')).json(), { page: '2', asked: '2', address: '127.0.0.1' })
  assert.equal(await (await app.post('/a/b')).text(), 'b')
})

test.run()
