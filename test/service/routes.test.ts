import assert from 'node:assert/strict'
import { test } from 'uvu'
import { at, Blueprint, DefinitionError, describe, every, route, TechMicroService } from '../../src/service/index.js'

function routesOf(service: TechMicroService): string[] {
  return describe(service).routes.map(({ verb, path, handler }) => `${verb} ${path} ${handler}`)
}

function problemOf(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    assert.ok(error instanceof DefinitionError, String(error))
    return error.message
  }
  throw new Error('nothing was wrong')
}

test('names and parameters make routes, sorted by path and verb', () => {
  class Shop extends TechMicroService {
    get() {}
    get_product(id: string) {
      return id
    }
    get_product_() {}
    get_product__(a: string, b: string) {
      return a + b
    }
    post_product({ name = '' } = {}) {
      return name
    }
    put_a_b(x: string) {
      return x
    }
    get_files(...path: string[]) {
      return path
    }
    getter() {}
    helper() {}
    _get() {}
  }
  assert.deepEqual(routesOf(new Shop({ name: 'shop' })), [
    'GET / get',
    'PUT /a/b/{_0} put_a_b',
    'GET /files/{path+} get_files',
    'GET /product get_product_',
    'POST /product post_product',
    'GET /product/{_0} get_product',
    'GET /product/{_0}/{_1} get_product__',
  ])
})

test('what is inherited counts, and what is overridden counts once', () => {
  class Base extends TechMicroService {
    get() {}
    get_a() {}
  }
  class Derived extends Base {
    override get_a() {}
    get_b() {}
  }
  assert.deepEqual(routesOf(new Derived({ name: 'derived' })), ['GET / get', 'GET /a get_a', 'GET /b get_b'])
})

test('decorators say what a name cannot', () => {
  class Decorated extends TechMicroService {
    @route({ path: '/product/{id}/reviews/{n}', verb: 'PATCH', authorizer: false, cors: false })
    review(id: string, n: string) {
      return id + n
    }
    @route({ binary: true, contentTypes: ['image/png'] })
    post_picture() {}
    @route({ path: '/f/{path+}' })
    get_all(path: string) {
      return path
    }
    @every('1 minutes')
    @at('0 8 * * ? *')
    clean() {}
    override auth() {
      return true
    }
  }
  const made = describe(new Decorated({ name: 'decorated' }))
  assert.deepEqual(made.routes, [
    { verb: 'GET', path: '/f/{path+}', handler: 'get_all', authorizer: 'app', cors: true, binary: false, signature: 'get_all(path)' },
    { verb: 'POST', path: '/picture', handler: 'post_picture', authorizer: 'app', cors: true, binary: true, signature: 'post_picture()' },
    {
      verb: 'PATCH',
      path: '/product/{_0}/reviews/{_1}',
      handler: 'review',
      authorizer: null,
      cors: false,
      binary: false,
      signature: 'review(id, n)',
    },
  ])
  assert.deepEqual(made.binaryMediaTypes, ['image/png'])
  assert.deepEqual(made.schedules, [
    { name: 'clean', expression: 'cron(0 8 * * ? *)', handler: 'clean' },
    { name: 'clean_2', expression: 'rate(1 minute)', handler: 'clean' },
  ])
})

test('statics say the same without decorators', () => {
  class Static extends TechMicroService {
    static override readonly routes = { search: { path: '/find/{what}', verb: 'POST' as const } }
    static override readonly schedules = { sweep: ['rate(2 hour)'] }
    search(what: string) {
      return what
    }
    sweep() {}
  }
  const made = describe(new Static({ name: 'static' }))
  assert.deepEqual(routesOf(new Static({ name: 'static' })), ['POST /find/{_0} search'])
  assert.deepEqual(made.schedules, [{ name: 'sweep', expression: 'rate(2 hours)', handler: 'sweep' }])
})

test('two methods on one route and verb are an error with both names', () => {
  class Twice extends TechMicroService {
    get_a(x: string) {
      return x
    }
    get_a_(y: string) {
      return y
    }
  }
  assert.match(
    problemOf(() => new Twice({ name: 'twice' })),
    /get_a and get_a_ are both GET \/a\/\{_0\}|get_a_ and get_a are/,
  )
})

test('two kinds of variable in one place are an error', () => {
  class Both extends TechMicroService {
    get_a(x: string) {
      return x
    }
    post_a(...x: string[]) {
      return x
    }
  }
  assert.match(
    problemOf(() => new Both({ name: 'both' })),
    /get_a and post_a put `\{_0\}' and `\{path\+\}' under \/a/,
  )
})

test('a shape that API Gateway cannot express names its method', () => {
  class Default extends TechMicroService {
    get_a(x = '1') {
      return x
    }
  }
  class Bare extends TechMicroService {
    get_b({ x }: { x: string }) {
      return x
    }
  }
  class Generates extends TechMicroService {
    *get_c() {}
  }
  class Dollar extends TechMicroService {
    get_$d() {}
  }
  class Counted extends TechMicroService {
    @route({ path: '/a/{b}' })
    get_e() {}
  }
  class Accessor extends TechMicroService {
    get get_f() {
      return 1
    }
  }
  class Slip extends TechMicroService {
    // @ts-expect-error a slip of the fingers
    @route({ pth: '/a' })
    get_g() {}
  }
  const named: readonly (readonly [new (options: { name: string }) => TechMicroService, RegExp])[] = [
    [Default, /^Default\.get_a · `x = "1"' has a default/],
    [Bare, /^Bare\.get_b · the object `\{ x \}' needs a default/],
    [Generates, /^Generates\.get_c · a generator/],
    [Dollar, /^Dollar\.get_\$d · `\$d' cannot be a part of a path/],
    [Counted, /^Counted\.get_e · its path `\/a\/\{b\}' has 1 variables, the method 0/],
    [Accessor, /^Accessor\.get_f · a route must be a method, not an accessor/],
    [Slip, /^Slip\.get_g · unknown option `pth' · did you mean `path'\?/],
  ]
  for (const [Class, expected] of named)
    assert.match(
      problemOf(() => new Class({ name: 'x' })),
      expected,
    )
})

test('a route that is a field is an error, since nobody could see it in time', () => {
  class Field extends TechMicroService {
    get_a = () => 1
  }
  assert.match(
    problemOf(() => describe(new Field({ name: 'field' }))),
    /^Field\.get_a · a route must be a method, not a field/,
  )
})

test('blueprints have a prefix, an authorizer of their own or that of the class', () => {
  class Own extends Blueprint {
    get() {}
    override auth() {
      return true
    }
  }
  class None extends Blueprint {
    get_x() {}
  }
  class App extends TechMicroService {
    get() {}
  }
  class Guarded extends App {
    override auth() {
      return true
    }
  }
  const authorizers = (service: TechMicroService) =>
    describe(service).routes.map(({ path, handler, authorizer }) => `${path} ${handler} ${authorizer}`)
  const open = new App({ name: 'a' })
    .registerBlueprint(new Own(), { urlPrefix: '/own' })
    .registerBlueprint(new None(), { urlPrefix: 'none/' })
  assert.deepEqual(authorizers(open), ['/ get deny', '/none/x None.get_x deny', '/own Own.get Own'])
  assert.deepEqual(describe(open).authorizers, [{ name: 'Own', ttl: 300 }])
  const guarded = new Guarded({ name: 'a' }).registerBlueprint(new Own(), { urlPrefix: '/own', name: 'mine' }).registerBlueprint(new None())
  assert.deepEqual(authorizers(guarded), ['/ get app', '/own mine.get mine', '/x None.get_x app'])
  assert.match(
    problemOf(() => guarded.registerBlueprint(new None(), { name: 'again' })),
    /None\.get_x and again\.get_x are both GET \/x/,
  )
  assert.match(
    problemOf(() => new App({ name: 'a' }).registerBlueprint(new Own(), { urlPrefix: '/{id}' })),
    /urlPrefix/,
  )
  assert.match(
    problemOf(() => new App({ name: 'a' }).registerBlueprint(new Own(), { name: 'config' })),
    /blueprint name `config' is impossible/,
  )
  const blueprint = new Own()
  new App({ name: 'a' }).registerBlueprint(blueprint, { urlPrefix: '/b' })
  assert.match(
    problemOf(() => new App({ name: 'b' }).registerBlueprint(blueprint, { urlPrefix: '/b' })),
    /registered already/,
  )
})

test('schedules that EventBridge would refuse are errors', () => {
  class Never extends TechMicroService {
    @every('0 minutes')
    a() {}
    @at('0 8 * * * *')
    b() {}
    @at('8 * * * *')
    c() {}
  }
  const problem = problemOf(() => new Never({ name: 'never' }))
  for (const written of ['rate(0 minutes)', 'cron(0 8 * * * *)', 'cron(8 * * * *)']) assert.ok(problem.includes(written), problem)
})

test.run()
