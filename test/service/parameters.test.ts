import assert from 'node:assert/strict'
import { transformSync } from 'esbuild'
import fc from 'fast-check'
import { test } from 'uvu'
import { parametersOf } from '../../src/service/parameters.js'

type Shape = readonly [positional: string[], rest: string | null, keys: string[] | null, anyKey: boolean]

function shape(source: string): Shape | string {
  const made = parametersOf(source)
  return 'problem' in made ? made.problem : [[...made.positional], made.rest, made.keys === null ? null : [...made.keys], made.anyKey]
}

const READ: readonly (readonly [source: string, shape: Shape])[] = [
  ['get() {}', [[], null, null, false]],
  ['get_product(id) {}', [['id'], null, null, false]],
  ['async get(a, b,) {}', [['a', 'b'], null, null, false]],
  ['get(a /* , b) */, // c\n d) {}', [['a', 'd'], null, null, false]],
  ["get(id, { page = '1' } = {}) {}", [['id'], null, ['page'], false]],
  ['get({page:e="1",size:t=")"}={}){}', [[], null, ['page', 'size'], false]],
  ["get({ 'content-type': type, a: { b = 1 } = {}, c: [d] = [] } = {}) {}", [[], null, ['content-type', 'a', 'c'], false]],
  ['get({ a = f({ x: [1, 2] }), b = /[,)/]}/.test("") } = {}) {}', [[], null, ['a', 'b'], false]],
  ['get({ a = `${`}`},` } = {}) {}', [[], null, ['a'], false]],
  ['get({ a = (b, c) => b } = {}) {}', [[], null, ['a'], false]],
  ['get({ a, ...others } = {}) {}', [[], null, ['a'], true]],
  ['get(options = {}) {}', [[], null, [], true]],
  ['get({} = {}) {}', [[], null, [], false]],
  ['get_files(...path) {}', [[], 'path', null, false]],
  ["['get_' + f(')')](id) {}", [['id'], null, null, false]],
  ["'get-x'(id) {}", [['id'], null, null, false]],
  ['function (id) {}', [['id'], null, null, false]],
  ['async function named(id) {}', [['id'], null, null, false]],
  ['(id) => id', [['id'], null, null, false]],
  ['id => id', [['id'], null, null, false]],
  ['async id=>(id)', [['id'], null, null, false]],
  ['get(été, $_) {}', [['été', '$_'], null, null, false]],
]

test('a parameter list is read from its source', () => {
  for (const [source, expected] of READ) assert.deepEqual(shape(source), expected, source)
})

test('what API Gateway cannot express is a problem that says what to write', () => {
  assert.match(String(shape('get({ page }) {}')), /needs a default: write `\{ page \} = \{\}'/)
  assert.match(String(shape("get(id = '1') {}")), /has a default, but a path parameter is always there/)
  assert.match(String(shape('get([a]) {}')), /takes a list apart/)
  assert.match(String(shape('get({ a } = {}, id) {}')), /comes after what must be the last parameter/)
  assert.match(String(shape('get({ [a]: b } = {}) {}')), /computed/)
  assert.match(String(shape('get(...[a, b]) {}')), /plain rest parameter/)
  assert.match(String(shape(Function.prototype.toString.call(assert.equal.bind(null)))), /cannot be read/)
})

test('generators are told apart', () => {
  for (const source of ['*get() {}', 'async *get() {}', 'function* get() {}', 'async  * get(a) {}']) {
    const made = parametersOf(source)
    assert.ok(!('problem' in made) && made.generator, source)
  }
})

test('the signature is for people', () => {
  const made = parametersOf("get_product(id, { page: p = '1', size } = {}) {}")
  assert.equal('problem' in made ? made.problem : made.text, "(id, { page = '1', size })")
})

const name = fc.constantFrom('a', 'bc', 'id', '$x', '_y', 'ref', 'naïve')
const value = fc.constantFrom("'1'", '")"', '`,${"}"}`', '[1, 2]', '{ q: "}" }', '(1, 2)', '/[/,)]/', 'f(",")', '() => ({})', '1 / 2')
const space = fc.constantFrom('', ' ', '\n', ' /* ) , { */ ', ' // ) ,\n ')

test('any list survives spaces, comments and a minifier', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { maxLength: 4 }),
      fc.option(fc.uniqueArray(fc.tuple(name, fc.option(value)), { selector: ([key]) => key, maxLength: 4 })),
      space,
      (positional, keys, blank) => {
        const named = (keys ?? []).map(([key, given], at) => `${key}${blank}: l${at}${given === null ? '' : `${blank}=${blank}${given}`}`)
        const locals = positional.map((part, at) => `${part}${at}`)
        const list = [...locals, ...(keys === null ? [] : [`{${blank}${named.join(`${blank},`)}${blank}}${blank}=${blank}{}`])]
        const source = `get(${blank}${list.join(`,${blank}`)}${blank}) { return 1 }`
        const expected = [locals, null, keys === null ? null : keys.map(([key]) => key), false]
        assert.deepEqual(shape(source), expected, source)
        const minified = transformSync(`export class A { ${source} }`, { minifyWhitespace: true, minifySyntax: true }).code
        assert.deepEqual(shape(minified.slice(minified.indexOf('{') + 1)), expected, minified)
      },
    ),
    { numRuns: 200 },
  )
})

test.run()
