import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'uvu'
import { Matcher } from '../../src/service/match.js'

function matched(paths: readonly string[], path: string): string | undefined {
  return new Matcher(paths.map((one) => ({ path: one }))).match(path)?.path
}

test('the most special resource wins, first segment first', () => {
  const paths = ['/', '/{_0}', '/product', '/product/{_0}', '/product/new', '/product/{_0}/{_1}', '/files/{path+}', '/files']
  assert.equal(matched(paths, '/'), '/')
  assert.equal(matched(paths, ''), '/')
  assert.equal(matched(paths, '/product'), '/product')
  assert.equal(matched(paths, '/product/'), '/product')
  assert.equal(matched(paths, '/product/new'), '/product/new')
  assert.equal(matched(paths, '/product/old'), '/product/{_0}')
  assert.equal(matched(paths, '/files'), '/files')
  assert.equal(matched(paths, '/files/a/b'), '/files/{path+}')
  assert.equal(matched(paths, '/other'), '/{_0}')
  assert.equal(matched(paths, 'product/new'), '/product/new', 'its first / is no difference either')
  assert.equal(matched(paths, 'product/new/'), '/product/new')
  assert.equal(matched(paths, '/other/x'), undefined)
  assert.equal(matched(paths, '/product//x'), undefined)
})

test('a segment is split before it is decoded', () => {
  const matcher = new Matcher([{ path: '/product/{_0}' }, { path: '/a b' }])
  assert.deepEqual(matcher.match('/product/a%2Fb')?.parameters, { _0: 'a%2Fb' })
  assert.equal(matcher.match('/product%2F1'), undefined)
  assert.equal(matcher.match('/pr%6Fduct/1')?.path, '/product/{_0}')
  assert.equal(matcher.match('/product/%zz')?.parameters._0, '%zz')
})

test('a greedy variable holds what is left, with its /, as it came', () => {
  const matcher = new Matcher([{ path: '/{_0}/files/{path+}' }])
  assert.deepEqual(matcher.match('/a/files/b/c%2Fd/e')?.parameters, { _0: 'a', path: 'b/c%2Fd/e' })
  assert.equal(matcher.match('/a/files'), undefined)
})

test('a resource has all its routes, in their order, by its path or by one that matches it', () => {
  const routes = [
    { path: '/a', verb: 'GET' },
    { path: '/b', verb: 'GET' },
    { path: '/a', verb: 'POST' },
  ]
  const matcher = new Matcher(routes)
  assert.deepEqual(matcher.resource('/a'), [routes[0], routes[2]])
  assert.deepEqual(matcher.resource('/b'), [routes[1]])
  assert.equal(matcher.resource('/c'), undefined)
  assert.deepEqual(matcher.match('/a')?.routes, [routes[0], routes[2]])
})

const word = fc.constantFrom('a', 'b', 'c')
const pattern = fc.tuple(fc.array(fc.oneof(word, fc.constant('{}')), { maxLength: 4 }), fc.boolean()).map(([parts, greedy]) => {
  let at = 0
  const named = parts.map((part) => (part === '{}' ? `{_${at++}}` : part))
  return `/${[...named, ...(greedy ? ['{path+}'] : [])].join('/')}`
})

/** What a resource takes, said as a regular expression; and how special it is, said as a string that sorts. */
function independent(paths: readonly string[], path: string): string | undefined {
  const fits = paths.filter((one) => new RegExp(`^${one.replaceAll('{path+}', '.+').replace(/\{_\d\}/g, '[^/]+')}$`).test(path))
  const rank = (one: string) =>
    one
      .replaceAll('{path+}', '2')
      .replace(/\{_\d\}/g, '1')
      .replace(/[a-c]/g, '0')
      .replaceAll('/', '')
  return fits.sort((a, b) => (`${rank(a)}3` < `${rank(b)}3` ? -1 : 1))[0]
}

test('any set of resources is matched as an independent matcher does', () => {
  fc.assert(
    fc.property(fc.uniqueArray(pattern, { minLength: 1, maxLength: 8 }), fc.array(word, { maxLength: 5 }), (paths, segments) => {
      const path = `/${segments.join('/')}`
      assert.equal(matched(paths, path), independent(paths, path))
    }),
    { numRuns: 2000 },
  )
})

test('what a route is made of comes back from its path', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 3 }), (values) => {
      const path = `/x/${values.map((_, at) => `{_${at}}`).join('/')}`
      const match = new Matcher([{ path }]).match(`/x/${values.map(encodeURIComponent).join('/')}`)
      assert.deepEqual(Object.values(match?.parameters ?? {}).map(decodeURIComponent), values)
    }),
  )
})

test.run()
