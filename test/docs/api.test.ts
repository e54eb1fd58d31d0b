// limit: 180 s
/** Every example of docs/api.md: the compiler takes it, and it runs, in a project as README.md shows one. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, REPO } from '../support/cli.js'
import { git } from '../support/repository.js'
import { compilerSays } from '../support/types.js'

const page = readFileSync(join(REPO, 'docs/api.md'), 'utf8')
const examples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text = '']) => text)

/** What each prints, in the order of the page; where a time or a hash is in it, nothing but that it runs. */
const PRINTS: readonly (RegExp | string)[] = [
  /^(built .+\n){6}$/,
  /^\d+ \d+ 1\n$/,
  "terraform/tmp/app-test-dev.zip because it doesn't exist yet\n",
  /^1\/9 .+\n(.*\n)*built \[\]\n$/,
  '',
  '\nnothing to taint: Terraform has no state in terraform, so nothing is deployed yet.\n',
  'app-test dev code, terraform\n',
  '',
]

/** The revision that an example compares with. */
const COMMITTED = [
  ['init', '-q', '-b', 'main'],
  ['add', 'Coworksfile.ts', 'package.json', 'src', 'config'],
  ['commit', '-q', '-m', 'first'],
]

test('the compiler takes every example', () => {
  assert.ok(examples.length >= 7)
  assert.equal(compilerSays(Object.fromEntries(examples.map((text, index) => [`example-${index + 1}.mts`, text]))), [])
})

for (const [index, text] of examples.entries()) {
  test(`example ${index + 1} runs`, () => {
    const project = new CliProject()
    for (const words of COMMITTED) git(project.path, ...words)
    if (text.includes('affected(')) project.write('src/app.ts', project.read('src/app.ts').replace('ready', 'steady'))
    project.write('example.mjs', transformSync(text, { loader: 'ts', target: 'node20', format: 'esm' }).code)
    const { status, stdout, stderr } = spawnSync(process.execPath, ['example.mjs'], {
      cwd: project.path,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: project.path },
    })
    const prints = PRINTS[index] ?? ''
    if (typeof prints === 'string') assert.ok(stdout.startsWith(prints) || prints === '', stdout)
    else assert.match(stdout, prints)
    assert.is(status, 0)
    assert.is(stderr, index === examples.length - 1 ? 'no/such/folder · no such folder\n' : '')
  })
}

test('the page names every type that is exported', () => {
  const types = readFileSync(join(REPO, 'src/project/api-types.ts'), 'utf8')
  const names = [...types.matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name = '']) => name)
  const named = page.split('## Types')[1] ?? ''
  assert.equal(
    names.filter((name) => !named.includes(`\`${name}\``)),
    [],
  )
})

test.run()
