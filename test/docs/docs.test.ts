// limit: 120 s
/** What README.md and docs/ say, held against what there is: transcripts, code, links, names. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as cws from '../../src/project/cws.js'
import { CliProject, quickstart, REPO } from '../support/cli.js'

const read = (file: string) => readFileSync(join(REPO, file), 'utf8')
const pages = ['README.md', 'SECURITY.md', ...readdirSync(join(REPO, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
)

/** The indented transcripts of a page: the words after `$ coworks`, and what follows until the block ends. */
function transcripts(page: string): { words: string[]; output: string }[] {
  const blocks = read(page).match(/(?:^ {4}.*\n|^\n(?= {4}))+/gm) ?? []
  return blocks.flatMap((block) => {
    const lines = block.replace(/^ {4}/gm, '').trim().split('\n')
    const words = /^\$ coworks (.+)$/.exec(lines[0] ?? '')?.[1]
    return words === undefined ? [] : [{ words: words.split(' '), output: `${lines.slice(1).join('\n')}\n` }]
  })
}

test('the transcripts of the README are what a user sees', async () => {
  const project = new CliProject(quickstart())
  const [first, second, ...more] = transcripts('README.md')
  assert.is(more.length, 0)
  assert.is((await project.run(['-j1', ...(first?.words ?? [])])).stdout, first?.output)
  project.write('src/app.ts', project.read('src/app.ts').replace('ready', 'steady'))
  const hash = /source_code_hash = "([^"]+)"/.exec(project.read('terraform/app-test.dev.tf'))?.[1]
  project.write('terraform/terraform.tfstate', state(hash ?? ''))
  assert.is((await project.run(['-j1', ...(second?.words ?? [])])).stdout, second?.output)
})

function state(hash: string): string {
  const resource = (type: string, attributes: object, dependencies: string[] = []) => ({
    mode: 'managed',
    type,
    name: 'app-test_dev',
    provider: 'provider["registry.terraform.io/hashicorp/aws"]',
    instances: [{ schema_version: 0, attributes, dependencies }],
  })
  const lambda = resource('aws_lambda_function', { function_name: 'app-test-dev', arn: 'arn:f', source_code_hash: hash })
  const permission = resource('aws_lambda_permission', { function_name: 'arn:f' }, ['aws_lambda_function.app-test_dev'])
  return JSON.stringify({ version: 4, terraform_version: '1.11.4', serial: 1, lineage: 'x', outputs: {}, resources: [lambda, permission] })
}

test('the Coworksfile that the README shows is the one of the quickstart', () => {
  const shown = /```ts\n\/\/ Coworksfile\.ts\n([\s\S]*?)```/.exec(read('README.md'))?.[1]
  assert.is(shown, read('examples/quickstart/Coworksfile.ts'))
})

test('the microservice that the README shows is the one of the quickstart', () => {
  const shown = /```ts\n\/\/ src\/app\.ts\n([\s\S]*?)```/.exec(read('README.md'))?.[1]
  assert.is(shown, read('examples/quickstart/src/app.ts'))
})

test('the two commands of the README are scripts that there are', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  assert.match(read('README.md'), 'npm install --no-save && npm test')
  assert.ok(scripts.test)
})

test('every link of a page leads to a file, and every heading it names is there', () => {
  for (const page of pages) {
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [file = '', heading] = target.split('#')
      const path = file === '' ? page : join(dirname(page), file)
      assert.ok(existsSync(join(REPO, path)), `${page} links to ${target}`)
      if (heading === undefined) continue
      const headings = [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
        text
          .toLowerCase()
          .replace(/[^a-z0-9 -]/g, '')
          .replaceAll(' ', '-'),
      )
      assert.ok(headings.includes(heading), `${page} links to ${target}`)
    }
  }
})

test('every promise of SECURITY.md names tests that there are, and so does what is said of reliability', () => {
  const promises = [...read('SECURITY.md').matchAll(/^\| (?!-|promised)(.+) \| (.+) \|$/gm)]
  assert.ok(promises.length > 20)
  for (const [, promise = '', tests = ''] of promises) assert.match(tests, /^(`test\/[\w/-]+\.test\.ts`(, )?)+$/, promise)
  for (const page of ['SECURITY.md', 'docs/reliability.md'])
    for (const [, file = ''] of read(page).matchAll(/`(test\/[\w/-]+\.ts)`/g))
      assert.ok(existsSync(join(REPO, file)), `${page} names ${file}`)
})

test('the reference names every declaration, and none that is not there', () => {
  const table = read('docs/reference.md').split('## Coworksfile.ts')[1]?.split('### ')[0] ?? ''
  const named = [...table.matchAll(/^\| `([A-Za-z]+)/gm)].map(([, name]) => name)
  assert.equal([...named].sort(), Object.keys(cws).sort())
})

test('no page names a path of a machine or a registry', () => {
  for (const page of pages) assert.not.match(read(page), /(?:^|[\s`(])\/(?:home|root|work)\/|registry\.npmjs/m)
})

test.run()
