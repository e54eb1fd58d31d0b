// limit: 180 s
/**
 * Nobody gets in who should not: random services, authorizers, answers and requests through the whole of the local gateway and the
 * runtime, and for each route that ran, whether it might, worked out here from the declared routes and the answers alone. Paths come
 * plain and in every disguise: encoded once and twice, with dots, double slashes, other cases.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { localApi } from '../../src/gateway/api.js'
import { Gateway, type Invocation } from '../../src/gateway/gateway.js'
import { describe } from '../../src/service/describe.js'
import {
  type AuthRequest,
  AuthResponse,
  type AuthResult,
  Blueprint,
  Config,
  lambdaHandler,
  TechMicroService,
} from '../../src/service/index.js'
import { request } from '../gateway/support.js'
import { type Random, search } from '../support/search.js'

const VERBS = ['GET', 'POST', 'DELETE'] as const
type Verb = (typeof VERBS)[number]
const WORDS = ['product', 'admin', 'a', 'secret']
const TOKENS = ['alice', 'bob', 'Alice', 'alice ', 'bad']

interface Declared {
  readonly verb: Verb
  /** `/product/{x}` */
  readonly path: string
  readonly open: boolean
}

type Guard = 'app' | 'blueprint' | 'config'
type Answer = boolean | readonly { readonly path: string; readonly verbs: readonly Verb[] | undefined }[] | 'nonsense' | 'throws'

interface World {
  readonly own: readonly Declared[]
  readonly blueprint: readonly Declared[]
  readonly guards: ReadonlySet<Guard>
  /** Whose answer to which token. A token that is not named gets `false`. */
  readonly answers: ReadonlyMap<string, Answer>
}

function declared(random: Random, prefix: string): Declared[] {
  const found = new Map<string, Declared>()
  for (let many = 1 + random.below(4); many > 0; many--) {
    const words = random.some(WORDS, 0.4).map((word) => (random.chance(0.25) ? '{x}' : word))
    // One shape of variable in one place: two would be refused when the service is defined.
    const path = `${prefix}/${[...words, ...(random.chance(0.2) ? ['{rest+}'] : [])].filter((word, at, all) => word !== '{x}' || all.indexOf(word) === at).join('/')}`
    const route = { verb: random.pick(VERBS), path: path.length > 1 ? path.replace(/\/$/, '') : path, open: random.chance(0.15) }
    found.set(`${route.verb} ${route.path}`, route)
  }
  return [...found.values()]
}

function answerOf(random: Random): Answer {
  if (random.chance(0.3)) return random.chance(0.7)
  if (random.chance(0.15)) return random.pick(['nonsense', 'throws'] as const)
  return Array.from({ length: random.below(4) }, () => ({
    path: `${random.chance(0.3) ? '/' : ''}${random.some([...WORDS, '*'], 0.4).join('/')}${random.chance(0.2) ? '*' : ''}`,
    verbs: random.chance(0.4) ? random.some(VERBS) : undefined,
  }))
}

function worldOf(random: Random): World {
  const guards = new Set<Guard>(random.some(['app', 'blueprint'] as const, 0.8))
  if (random.chance(0.2)) guards.add('config')
  const answers = new Map<string, Answer>()
  for (const guard of guards) for (const token of TOKENS.slice(0, 3)) answers.set(`${guard} ${token}`, answerOf(random))
  return { own: declared(random, ''), blueprint: declared(random, '/bp'), guards, answers }
}

const NONSENSE: readonly unknown[] = [undefined, null, 1, 'yes', {}, { routes: true }, [1], [{ verbs: ['GET'] }], Promise.resolve('true')]

/** What the user's `auth` does, as the world says. */
function authOf({ answers }: World, guard: Guard, random: Random): (request: AuthRequest) => AuthResult {
  return ({ token }) => {
    const answer = answers.get(`${guard} ${token}`) ?? false
    if (answer === 'throws') throw new Error('an accident')
    if (answer === 'nonsense') return random.pick(NONSENSE) as AuthResult
    if (typeof answer === 'boolean') return answer
    const routes = answer.map(({ path, verbs }) => (verbs === undefined ? path : { path, verbs }))
    return random.chance(0.5) ? routes : new AuthResponse({ routes })
  }
}

interface Route extends Declared {
  readonly guard: Guard | 'deny' | null
}

/** A service as a user would write it, and the name of what ran last. */
function serviceOf(world: World, random: Random): { service: TechMicroService; routes: ReadonlyMap<string, Route>; ran: string[] } {
  const ran: string[] = []
  const routes = new Map<string, Route>()
  const parts = (list: readonly Declared[], prefix: string, guard: Guard, own: boolean) => {
    const methods: Record<string, unknown> = {}
    const statics: Record<string, unknown> = {}
    for (const [at, one] of list.entries()) {
      const name = `${prefix}${at}`
      const variables = [...one.path.matchAll(/\{(\w+)(\+?)\}/g)].map(([, word, rest]) => (rest === '+' ? `...${word}` : word))
      methods[name] = new Function('ran', `return { ${name}(${variables.join(', ')}) { ran.push('${name}'); return 'ran' } }.${name}`)(ran)
      statics[name] = {
        path: own ? one.path : one.path.slice('/bp'.length) || '/',
        verb: one.verb,
        ...(one.open ? { authorizer: false } : {}),
      }
      const declaredGuard = world.guards.has(guard) ? guard : world.guards.has('app') ? 'app' : 'deny'
      routes.set(name, { ...one, guard: one.open ? null : world.guards.has('config') ? 'config' : declaredGuard })
    }
    return { methods, statics }
  }
  const own = parts(world.own, 'own', 'app', true)
  class Service extends TechMicroService {
    static routes = own.statics as never
  }
  Object.assign(Service.prototype, own.methods)
  for (const [name, method] of Object.entries(own.methods))
    Object.defineProperty(Service.prototype, name, { value: method, enumerable: false, writable: true, configurable: true })
  if (world.guards.has('app')) Object.defineProperty(Service.prototype, 'auth', { value: authOf(world, 'app', random) })
  const inner = parts(world.blueprint, 'inner', 'blueprint', false)
  class Inner extends Blueprint {
    static routes = inner.statics as never
  }
  for (const [name, method] of Object.entries(inner.methods))
    Object.defineProperty(Inner.prototype, name, { value: method, enumerable: false, writable: true, configurable: true })
  if (world.guards.has('blueprint')) Object.defineProperty(Inner.prototype, 'auth', { value: authOf(world, 'blueprint', random) })
  const config = new Config({ workspace: 'dev', ...(world.guards.has('config') ? { auth: authOf(world, 'config', random) } : {}) })
  const service = new Service({ name: 'test', configs: [config] })
  service.registerBlueprint(new Inner(), { urlPrefix: '/bp' })
  return { service, routes, ran }
}

/** A path that some route has, or nearly, in some disguise. */
function target(random: Random, routes: readonly Declared[]): string {
  const plain = random.chance(0.85)
    ? random
        .pick(routes)
        .path.replace(/\{rest\+\}/, () => random.some([...WORDS, '..'], 0.5).join('/') || 'a')
        .replace(/\{x\}/g, () => random.pick([...WORDS, '..', '1']))
    : `/${random.some([...WORDS, 'bp', '..'], 0.5).join('/')}`
  const disguises: readonly ((text: string) => string)[] = [
    (text) => text,
    (text) => text.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    (text) => text.replace(/(?!^)\//, random.pick(['%2F', '%2f', '%252F', '//', '/./', '\\', '%5C'])),
    (text) => `${text}/..`,
    (text) => `${text}%2F..%2F..%2F${random.pick(WORDS)}`,
    (text) => `/${random.pick(WORDS)}/..${text}`,
    (text) => `/${random.pick(WORDS)}%2F..${text}`,
    (text) => text.toUpperCase(),
    (text) => `/${text}`,
    (text) => `${text}/`,
    (text) => `${text}//`,
    (text) => `${text};a=b`,
    (text) => `${text}%00`,
    (text) => `${text}%`,
    (text) => `${text}?x=/../admin`,
    (text) => `/dev${text}`,
    (text) => `/dev/dev${text}`,
    (text) => `http://other.example${text}`,
  ]
  if (random.chance(0.35)) return plain
  const once = random.pick(disguises)(plain)
  return random.chance(0.3) ? random.pick(disguises)(once) : once
}

/** `product/*` as AWS reads it, by a regular expression instead of the product's own matcher. */
function permits(answer: Answer, verb: string, path: string): boolean {
  if (typeof answer === 'boolean') return answer
  if (typeof answer === 'string') return false
  return answer.some(
    (entry) =>
      (entry.verbs === undefined || entry.verbs.some((one) => one === verb)) &&
      new RegExp(
        `^${entry.path
          .replace(/^\/+/, '')
          .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
          .replaceAll('*', '[^]*')}$`,
      ).test(path),
  )
}

/** Does a path lie on a route, segment by segment? Written apart from the product's own. */
function liesOn(route: Declared, path: string): boolean {
  const parts = route.path.split('/').slice(1)
  const given = path.replace(/^\//, '').replace(/\/$/, '').split('/')
  const rest = parts.at(-1) === '{rest+}'
  if (rest ? given.length < parts.length : given.length !== parts.length) return false
  return parts.every((part, at) => part.startsWith('{') || part === given[at] || encodes(given[at] ?? '', part))
}

function encodes(given: string, word: string): boolean {
  try {
    return decodeURIComponent(given) === word
  } catch {
    return false
  }
}

/** As sent, without query and stage: what API Gateway compares with a policy. */
function asSent(given: string): string {
  const path = given.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/\?.*$/s, '')
  return path === '/dev' ? '/' : path.startsWith('/dev/') ? path.slice('/dev'.length) : path
}

const inside = search('requests to random services', 400)

test('what ran might run: for this token, verb and path as sent, and by the plain path of what ran', async () => {
  const error = console.error
  console.error = () => {}
  let served = 0
  let refused = 0
  try {
    for (const { round, random } of inside.rounds()) {
      const world = worldOf(random)
      let made: ReturnType<typeof serviceOf>
      try {
        made = serviceOf(world, random)
      } catch {
        continue // routes that the definition itself refuses
      }
      const { service, routes, ran } = made
      const handler = lambdaHandler({ service }, 'test')
      const gateway = new Gateway(
        localApi('app-test', describe(service), 'dev'),
        {
          invoke: async (event): Promise<Invocation> => {
            try {
              return { ok: true, payload: await handler(event, {}) }
            } catch (thrown) {
              return { ok: false, message: thrown instanceof Error ? thrown.message : String(thrown) }
            }
          },
        },
        { now: () => round, newId: () => 'id' },
      )
      for (let many = 0; many < 40; many++) {
        const verb = random.chance(0.2) ? random.pick(['OPTIONS', 'HEAD', 'PUT'] as const) : random.pick([...routes.values()]).verb
        const to = target(random, [...routes.values()])
        const token = random.chance(0.1) ? undefined : random.pick(TOKENS)
        ran.length = 0
        const { answer } = await gateway.handle(request(verb, to, token === undefined ? {} : { Authorization: token }))
        const told = `seed ${inside.seed}, round ${round}: ${verb} ${to} as ${token}: ${answer.status}, ran ${ran}\n${JSON.stringify({ ...world, guards: [...world.guards], answers: [...world.answers] })}`
        assert.ok(ran.length <= 1, told)
        const [name] = ran
        if (name === undefined) {
          refused++
          continue
        }
        served++
        const route = routes.get(name)
        assert.ok(route !== undefined, told)
        if (route === undefined) continue
        const path = asSent(to)
        assert.ok(liesOn(route, path), `it does not lie on its route: ${told}`)
        assert.is(route.verb, verb, told)
        if (route.guard === null) continue
        assert.not.equal(route.guard, 'deny', told)
        assert.ok(token !== undefined, told)
        const said = world.answers.get(`${route.guard} ${token}`) ?? false
        assert.ok(permits(said, verb, path.replace(/^\//, '')), `as sent: ${told}`)
        // The same route by its plain words: a disguise must not have let it in by matching where the plain path would not.
        const given = path.replace(/^\//, '').split('/')
        const plain = route.path
          .split('/')
          .slice(1)
          .map((part, at) => (part === '{rest+}' ? given.slice(at).join('/') : part.startsWith('{') ? given[at] : part))
          .join('/')
        const end = path.endsWith('/') && path.length > 1 && !plain.endsWith('/') ? '/' : ''
        assert.ok(permits(said, verb, plain + end), `by its plain path ${plain}: ${told}`)
      }
    }
  } finally {
    console.error = error
  }
  // A search in which nobody ever gets in, or everybody, would find nothing.
  assert.ok(served > 500 && refused > 500, `${served} served, ${refused} refused`)
})

test.run()
