import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { addIgnored, IGNORED } from '../../src/init/gitignore.js'
import { fromFolder, namesOf } from '../../src/init/names.js'
import { DEV_DEPENDENCIES, mergePackageJson, newPackageJson } from '../../src/init/package-json.js'
import { CoworksError } from '../../src/util/problem.js'

const wanted = { name: 'shop', coworks: '1.2.3', testFile: 'test/*.test.ts', stage: 'dev' }

const problems = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof CoworksError) return error.message
    throw error
  }
  return 'no problem'
}

test('what is missing in a package.json is added, and only that', () => {
  const before = `{
    "name": "mine",
    "scripts": { "test": "mocha", "lint": "eslint ." },
    "files": ["a", "b"],
    "devDependencies": {
        "typescript": "^5.0.0"
    }
}
`
  const { text, notes } = mergePackageJson(before, wanted)
  assert.is(
    text,
    `{
    "name": "mine",
    "scripts": { "test": "mocha", "lint": "eslint .", "build": "coworks build", "types": "tsc --noEmit" },
    "files": ["a", "b"],
    "devDependencies": {
        "typescript": "^5.0.0",
        "@types/node": "${DEV_DEPENDENCIES['@types/node']}"
    },
    "dependencies": {
        "coworks": "1.2.3"
    }
}
`,
  )
  assert.equal(notes, [
    "your script `test' of package.json was left; what coworks would have put there: node --import coworks/register --test test/*.test.ts",
  ])
})

test('merging a second time, or what was made new, changes nothing', () => {
  for (const text of [newPackageJson(wanted), mergePackageJson('{}', wanted).text]) {
    assert.equal(mergePackageJson(text, wanted), { text, notes: [] })
  }
})

test('the test that npm init writes is none', () => {
  const before = JSON.stringify({ scripts: { test: 'echo "Error: no test specified" && exit 1' } })
  const { text, notes } = mergePackageJson(before, wanted)
  assert.is((JSON.parse(text) as { scripts: { test: string } }).scripts.test, 'node --import coworks/register --test test/*.test.ts')
  assert.equal(notes, [])
})

test('a package.json that cannot be added to is refused', () => {
  assert.match(
    problems(() => mergePackageJson('{', wanted)),
    /^package\.json · is not valid JSON · /,
  )
  assert.is(
    problems(() => mergePackageJson('[]', wanted)),
    'package.json · is not a JSON object',
  )
  assert.is(
    problems(() => mergePackageJson('{ "scripts": [], "devDependencies": { "coworks": "1.0.0" } }', wanted)),
    "package.json · `scripts' is not an object\npackage.json · has coworks in `devDependencies', where no layer finds its runtime · move it to `dependencies'",
  )
})

test('a new project asks for what this package is tested with', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(process.env.COWORKS_REPO ?? '.', 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  for (const [name, version] of Object.entries(DEV_DEPENDENCIES)) assert.is(devDependencies[name], version)
})

test('lines that a .gitignore lacks are added at its end', () => {
  assert.is(addIgnored('', ['a/', 'b']), 'a/\nb\n')
  assert.is(addIgnored('/a\nx', ['a/', 'b']), '/a\nx\nb\n')
  assert.is(addIgnored('x\r\n', ['b']), 'x\r\nb\r\n')
  assert.is(addIgnored(addIgnored('')), addIgnored(''))
  assert.ok(IGNORED.includes('*.secret.json'))
})

test('names, from what is asked for or from the folder', () => {
  assert.equal(namesOf(undefined, undefined, 'My Shop!'), {
    microservice: 'app-my-shop',
    module: 'app',
    service: 'my-shop',
    stages: ['dev', 'prod'],
  })
  assert.equal(namesOf('shop', 'test, prod', 'x'), { microservice: 'app-shop', module: 'app', service: 'shop', stages: ['test', 'prod'] })
  assert.equal(namesOf('api-v2-shop', 'dev', 'x'), { microservice: 'api-v2-shop', module: 'api', service: 'v2-shop', stages: ['dev'] })
  assert.is(fromFolder('日本'), 'hello')
  assert.is(
    problems(() => namesOf('a b', 'all,dev,dev,pre-prod', 'x')),
    "--name · `app-a b' cannot be the name of a microservice · module-service, such as app-shop: letters, digits, - and _\n" +
      "--stages · `all' cannot be the name of a stage · letters, digits and _; not `all'\n" +
      "--stages · `pre-prod' cannot be the name of a stage · letters, digits and _; not `all'\n" +
      '--stages · names a stage twice',
  )
  assert.is(
    problems(() => namesOf('class-a', 'dev', 'x')),
    "--name · `class-a' cannot be the name of a microservice · src/class.ts could not export `class'",
  )
  assert.match(
    problems(() => namesOf(`app-${'a'.repeat(60)}`, 'production', 'x')),
    /75 characters; Lambda takes 64 · a shorter --name$/,
  )
})

test.run()
