/** The rules of `coworks affected`, data in and data out: what differs, which packages serve, what a matrix looks like. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BuiltProject, compare } from '../../src/affected/compare.js'
import { matrixNote, matrixText } from '../../src/affected/matrix.js'
import { howToInstall, type InstallFacts } from '../../src/affected/packages.js'

const stage = (name: string, digests: Readonly<Record<string, string>>, problems: readonly { what: string }[] = []) => ({
  microservice: name,
  stage: 'dev',
  artifacts: Object.entries(digests).map(([path, digest]) => ({ part: 'code' as const, path, digest })),
  problems,
})
const project = (stages: BuiltProject['stages'], more: Partial<BuiltProject> = {}): BuiltProject => ({
  stages,
  declared: stages.map(({ microservice, stage }) => ({ microservice, stage })),
  targets: {},
  terraform: {},
  ...more,
})
const all = () => true

test('a part that is added, changed or removed affects its stage, and no other', () => {
  const then = project([stage('a', { x: '1', y: '1' }), stage('b', { x: '1' }), stage('c', { x: '1' }), stage('d', { x: '1' })])
  const now = project([stage('a', { x: '2', z: '1' }), stage('b', { x: '1' }), stage('c', { x: '1', z: '1' }), stage('e', { x: '1' })])
  const { affected, unaffected, removed } = compare(then, now, all)
  assert.equal(
    affected.map(({ microservice, reasons }) => [
      microservice,
      ...reasons.map((one) => ('path' in one ? `${one.path} ${one.change}` : one.part)),
    ]),
    [
      ['a', 'x changed', 'z added', 'y removed'],
      ['c', 'z added'],
      ['e', 'stage'],
    ],
  )
  assert.equal(unaffected, [{ microservice: 'b', stage: 'dev' }])
  assert.equal(removed, [{ microservice: 'd', stage: 'dev' }])
  assert.equal(compare(then, now, ({ microservice }) => microservice !== 'd').removed, [])
})

test('what is not known is affected: a stage that was not built, a revision that was not', () => {
  const problem = { what: 'no' }
  const now = project([stage('a', { x: '1' }), stage('b', { x: '1' })], { targets: { t: '1' } })
  const one = compare(project([stage('a', { x: '1' }), stage('b', {}, [problem])], { targets: { t: '1' } }), now, all)
  assert.equal(one.affected, [{ microservice: 'b', stage: 'dev', reasons: [{ part: 'unknown', problems: [problem] }] }])
  assert.equal(one.targets, [])
  const none = compare({ problems: [problem] }, now, all)
  assert.is(none.affected.length, 2)
  assert.equal(none.unaffected, [])
  assert.equal(none.targets, [{ path: 't', change: 'added' }])
})

const facts = (more: Partial<InstallFacts> = {}): InstallFacts => ({
  manager: 'npm',
  root: '',
  lockfile: 'package-lock.json 1',
  settings: {},
  asked: '1',
  because: undefined,
  ...more,
})

test('the packages of now serve only where nothing that an install depends on differs', () => {
  assert.equal(howToInstall(facts(), facts()), { kind: 'copy' })
  assert.equal(howToInstall(facts({ asked: '2' }), facts()), { kind: 'copy' })
  for (const other of [{ lockfile: 'package-lock.json 2' }, { root: 'sub' }, { settings: { '.npmrc': '1' } }, { because: 'a script' }]) {
    assert.is(howToInstall(facts(other), facts()).kind, 'install')
    assert.is(howToInstall(facts(), facts(other)).kind, 'install')
  }
  const pnpm = howToInstall(facts({ manager: 'pnpm', lockfile: 'pnpm-lock.yaml 1' }), facts())
  assert.equal(pnpm.kind === 'install' && pnpm.words.slice(0, 3), ['pnpm', 'install', '--frozen-lockfile'])
})

test('without a lockfile they serve where the same is asked for, and that is said', () => {
  const none = facts({ lockfile: undefined })
  const same = howToInstall(none, none)
  assert.ok(same.kind === 'copy' && same.note !== undefined)
  assert.is(howToInstall(none, facts({ lockfile: undefined, asked: '2' })).kind, 'unknown')
  assert.is(howToInstall(none, facts()).kind, 'unknown')
  assert.is(howToInstall(none, facts({ lockfile: undefined, because: 'a script' })).kind, 'unknown')
})

test('a matrix is one line; one that is too large is said to be', () => {
  const many = { affected: Array.from({ length: 201 }, (_, index) => ({ microservice: `app-m${index}`, stage: 'dev', reasons: [] })) }
  assert.is(matrixText('github', { affected: [] }), '{"include":[]}\n')
  assert.is(matrixText('gitlab', { affected: [] }), '[]\n')
  assert.is(matrixText('gitlab', many).split('\n').length, 2)
  assert.is(matrixNote('github', many), undefined)
  assert.match(matrixNote('gitlab', many) ?? '', '201 stages are affected, and a matrix takes 200 jobs at most')
})

test.run()
