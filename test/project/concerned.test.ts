/** Whom a change concerns, told from what the traces mention: by name, by way of others, or everybody. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Journal } from '../../src/build/journal.js'
import { concernedBy } from '../../src/project/concerned.js'
import type { Microservice } from '../../src/project/microservice.js'
import { Built, smallProject } from '../support/built.js'

const project = { terraformDir: 'terraform', templatesDir: 'templates', staging: 'suffix' }
const microservices = ['app-one', 'app-two', 'other-three'].map((name) => ({ name, stages: ['dev'], project }) as unknown as Microservice)

/** Of each target, the paths that its trace names. */
const TRACES: Readonly<Record<string, readonly string[]>> = {
  '.coworks/build/app-one.mjs': ['src/one.ts', 'src/lib.ts', '.coworks/build/app-one.mjs'],
  '.coworks/build/app-two.mjs': ['src/two.ts', 'src/lib.ts', '.coworks/build/app-two.mjs'],
  'terraform/tmp/app-one-dev.zip': ['src/one/page.html', 'terraform/tmp/app-one-dev.zip'],
  'terraform/tmp/app-two-dev.zip': ['src/two/page.html', 'terraform/tmp/app-two-dev.zip'],
  // Made from an output of another.
  'terraform/tmp/other-three-dev.zip': ['src/three.txt', 'terraform/tmp/app-two-dev.zip', 'terraform/tmp/other-three-dev.zip'],
  'environment of app-one-dev': ['config/dev.json'],
  'terraform/app-one.dev.tf': ['config/dev.json', 'terraform/app-one.dev.tf'],
  'terraform/app-one.tf': ['terraform/app-one.tf'],
  'layer.zip': ['node_modules/tiny/index.js', 'layer.zip'],
  'notes.txt': ['notes/a.txt', 'src/both.txt'],
  'terraform/app-two.dev.tf': ['src/both.txt', 'terraform/extra.txt', 'terraform/app-two.dev.tf'],
}

const mentioning = (text: string) =>
  Object.entries(TRACES).flatMap(([id, paths]) => (id.includes(text) || paths.some((path) => path.includes(text)) ? [id] : []))

function concerned(...changed: string[]): string[] | undefined {
  const trace = (id: string) => ({
    inputs: [],
    discovered: (TRACES[id] ?? []).filter((path) => path !== id).map((path) => [path, 'f:'] as const),
  })
  const names = concernedBy(changed, microservices, { mentioning, trace })
  return names === undefined ? undefined : [...names].sort()
}

test('a file of one microservice', () => assert.equal(concerned('src/one/page.html'), ['app-one']))

test('a source of two, with the one that is made from an output of the second', () =>
  assert.equal(concerned('src/lib.ts'), ['app-one', 'app-two', 'other-three']))

test('those that a microservice is made from are in the graph with it', () =>
  assert.equal(concerned('src/three.txt'), ['app-two', 'other-three']))

test('an environment file, in two targets of one', () => assert.equal(concerned('config/dev.json'), ['app-one']))

test('outputs concern their own: of a stage, of the microservice, inside', () => {
  for (const path of ['terraform/tmp/app-one-dev.zip', 'terraform/app-one.tf', 'terraform/app-one.dev.tf', '.coworks/build/app-one.mjs'])
    assert.equal(concerned(path), ['app-one'], path)
})

test('nothing is nobody', () => assert.equal(concerned(), []))

test('everybody: what nobody mentions, a layer, a Command, and what counts without being mentioned', () => {
  for (const path of [
    'src/unknown.txt',
    'node_modules/tiny/index.js',
    'layer.zip',
    'notes/a.txt',
    'src/both.txt',
    'terraform/versions.tf',
    'terraform/terraform.tfstate',
    'terraform/extra.txt',
    'templates/stage.tf.hbs',
    '.coworks/coworksfile.json',
    '.coworks/build/gone-service.mjs',
  ])
    assert.is(concerned(path), undefined, path)
  assert.is(concerned('src/one/page.html', 'notes/a.txt'), undefined)
})

test('every target of a microservice, as a build records it, is known to be its own', () => {
  const built = new Built(smallProject())
  built.build(['stage=all'])
  const real = [
    { name: 'app-test', stages: ['dev', 'prod'], project },
    { name: 'two-other', stages: ['dev'], project },
  ] as unknown as Microservice[]
  const names = concernedBy(['src/data/rows.csv'], real, new Journal(built.at('.coworks/journal')))
  assert.equal([...(names ?? ['everybody'])].sort(), ['app-test'])
})

test.run()
