// limit: 300 s
/**
 * A build that had nothing to do leaves a witness, and the next one of the same words believes it instead of finding out again. Here every
 * kind of change is made once, and none may be missed. Whether a witness was believed is told by what it says: its words are put in capitals.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { seal } from '../../src/build/witness.js'
import { Built, installed, packageFolder, smallProject } from '../support/built.js'

const WORDS: readonly string[] = []

/** Marks the witnesses there are. Returns how many. */
function mark(project: Built): number {
  const folder = project.at('.coworks/fresh')
  let names: string[] = []
  try {
    names = readdirSync(folder)
  } catch {} // no build left one
  for (const name of names) {
    const bytes = readFileSync(join(folder, name))
    const at = bytes.indexOf('up to date')
    if (at < 0) continue
    bytes.write('UP TO DATE', at)
    seal(bytes)
    writeFileSync(join(folder, name), bytes)
  }
  return names.length
}

function project(more: Readonly<Record<string, string>> = {}, env: Readonly<Record<string, string>> = {}): Built {
  const built = new Built({ ...smallProject(), ...more })
  built.build(WORDS, { env })
  assert.is(mark(built), 1, 'a build that worked leaves one witness')
  assert.match(built.build(WORDS, { env }).stdout, /UP TO DATE/)
  return built
}

/** After the change the witness must not be believed. Returns what was said instead. */
function seen(built: Built, words = WORDS, env: Readonly<Record<string, string>> = {}) {
  const run = built.run(words, { env })
  assert.not.match(run.stdout, /UP TO DATE/)
  return run
}

const CHANGES: Readonly<Record<string, (built: Built) => RegExp>> = {
  'a file of the same size': (built) => {
    built.write('src/page.html', '<p>paGe</p>\n')
    return /zip terraform\/tmp\/app-test-dev\.zip/
  },
  'another inode with the times of the old one': (built) => {
    const { atime, mtime } = statSync(built.at('src/page.html'))
    built.write('src/new', '<p>paGe</p>\n')
    utimesSync(built.at('src/new'), atime, mtime)
    renameSync(built.at('src/new'), built.at('src/page.html'))
    return /zip terraform\/tmp\/app-test-dev\.zip/
  },
  'a file whose time was set back after it was written': (built) => {
    const { atime, mtime } = statSync(built.at('src/page.html'))
    built.write('src/page.html', '<p>paGe</p>\n')
    utimesSync(built.at('src/page.html'), atime, mtime)
    return /zip terraform\/tmp\/app-test-dev\.zip/
  },
  'a touch, after which nothing is to be done': (built) => {
    utimesSync(built.at('src/page.html'), new Date(), new Date())
    return /up to date/
  },
  'the executable bit of a file': (built) => {
    chmodSync(built.at('src/page.html'), 0o755)
    return /zip terraform\/tmp\/app-test-dev\.zip/
  },
  'a file that appears in a set': (built) => {
    built.write('src/data/more.csv', 'c\n')
    return /zip terraform\/tmp\/app-test-dev\.zip/
  },
  'a file that is renamed': (built) => {
    renameSync(built.at('src/data/rows.csv'), built.at('src/data/lines.csv'))
    return /zip terraform\/tmp\/app-test-dev\.zip/
  },
  'a folder that goes': (built) => {
    built.remove('src/data')
    return /zip terraform\/tmp\/app-test-dev\.zip/
  },
  'a folder that appears below a set': (built) => {
    built.write('src/deep/er/x.txt', 'x')
    return /zip terraform\/tmp\/app-test-dev\.zip/
  },
  'a file with a link in its place': (built) => {
    renameSync(built.at('src/page.html'), built.at('notes/page.html'))
    symlinkSync('../notes/page.html', built.at('src/page.html'))
    return /notes/
  },
  'a source of a Command': (built) => {
    built.write('notes/a.txt', 'A\n')
    return /notes\.txt/
  },
  'an environment file that is gone': (built) => {
    built.remove('config/dev.json')
    return /^$/m
  },
  'another file that could be the module': (built) => {
    built.write('src/app.mts', 'export const x = 1\n')
    return /^$/m
  },
  'a tsconfig.json that appears': (built) => {
    built.write('tsconfig.json', '{ "compilerOptions": { "target": "es2020" } }')
    return /done building targets/
  },
  'a template of the project': (built) => {
    built.write('templates/_role.hbs', `${readFileSync(join(packageFolder(), 'dist/templates/_role.hbs'), 'utf8')}\n# own\n`)
    return /render terraform\/app-test\.dev\.tf/
  },
  'the Coworksfile': (built) => {
    built.write('Coworksfile.ts', `${built.read('Coworksfile.ts')}\nCommand('more.txt', 'notes/a.txt', 'cp $SOURCE $TARGET')\n`)
    return /more\.txt/
  },
  'an output that is edited': (built) => {
    writeFileSync(built.at('terraform/app-test.dev.tf'), `${built.read('terraform/app-test.dev.tf')}\n`)
    return /(?:render |Retrieved `)terraform\/app-test\.dev\.tf/
  },
  'an output that is removed': (built) => {
    built.remove('terraform/tmp/app-test-dev.zip')
    return /zip terraform\/tmp\/app-test-dev\.zip|from cache/
  },
  'an output that became executable': (built) => {
    chmodSync(built.at('terraform/app-test.dev.tf'), 0o755)
    return /(?:render |Retrieved `)terraform\/app-test\.dev\.tf/
  },
  'a bundle inside of .coworks that is edited': (built) => {
    writeFileSync(built.at('.coworks/build/app-test.mjs'), 'export {}\n')
    return /done building targets/
  },
  'a layer from which something is taken': (built) => {
    built.remove('layer.zip')
    return /zip layer\.zip|from cache/
  },
  'a package with another file': (built) => {
    built.write('node_modules/tiny/more.js', 'export {}\n')
    return /zip layer\.zip/
  },
  'a package with another version': (built) => {
    built.write('node_modules/tiny/package.json', built.read('node_modules/tiny/package.json').replace('1.0.0', '1.0.1'))
    return /^$/m
  },
  'a state of Terraform that appears': (built) => {
    built.write('terraform/terraform.tfstate', JSON.stringify({ version: 4, serial: 1, lineage: 'x', resources: [] }))
    return /nothing to taint: aws_lambda_function\..* not deployed yet/
  },
  'a backend that is declared': (built) => {
    built.write('terraform/backend.tf', 'terraform {\n  backend "s3" {}\n}\n')
    return /what is deployed is not known/
  },
  'a stage file that is left over': (built) => {
    copyFileSync(built.at('terraform/app-test.dev.tf'), built.at('terraform/app-test.old.tf'))
    return /render terraform\/app-test\.tf/
  },
  'the journal that is lost': (built) => {
    built.remove('.coworks/journal')
    return /zip|from cache/
  },
  'a compiled Coworksfile that was cut short': (built) => {
    for (const name of readdirSync(built.at('.coworks'))) if (name.endsWith('.mjs')) writeFileSync(built.at(`.coworks/${name}`), '')
    return /up to date/
  },
}

for (const [what, change] of Object.entries(CHANGES)) {
  test(`seen: ${what}`, () => {
    const built = project()
    const said = change(built)
    const run = seen(built)
    assert.match(run.stdout + (run.status === 0 ? '' : '\n'), said, run.stderr)
  })
}

test('seen: a push that is noted', () => {
  const built = project()
  const content = /aws_lambda_function"[\s\S]*?source_code_hash = "([^"]+)"/.exec(built.read('terraform/app-test.dev.tf'))?.[1]
  const attributes = { source_code_hash: 'old', code_sha256: 'from', last_modified: 'then' }
  const resources = [{ mode: 'managed', type: 'aws_lambda_function', name: 'app-test_dev', instances: [{ attributes }] }]
  built.write('terraform/terraform.tfstate', JSON.stringify({ version: 4, serial: 1, lineage: 'x', resources }))
  for (const _ of [1, 2]) assert.match(built.build(WORDS).stdout, /taint -allow-missing 'aws_lambda_function\.app-test_dev'/)
  const names = { microservice: 'app-test', stage: 'dev', function: 'app-test-dev', arn: 'arn', terraformDir: 'terraform', by: 'ada' }
  const state = { sourceCodeHash: 'old', codeSha256: 'from', lastModified: 'then' }
  const code = { from: 'from', to: 'to', content }
  const begin = { event: 'begin', id: '1', time: '2026-11-26T10:00:00.000Z', ...names, code, layers: [], steps: ['update-code'], state }
  const end = { event: 'end', id: '1', time: '2026-11-26T10:00:01.000Z', ok: true, layers: [] }
  built.write('.coworks/pushes.jsonl', `${JSON.stringify(begin)}\n${JSON.stringify(end)}\n`)
  assert.match(built.build(WORDS).stdout, /runs what is built since `coworks update' on 2026-11-26 10:00 UTC: it is not tainted/)
})

test('two edits of the same size, one right after the other, are both seen', () => {
  const built = project()
  for (const text of ['<p>one.</p>\n', '<p>two.</p>\n', '<p>one.</p>\n']) {
    built.write('src/page.html', text)
    assert.match(seen(built).stdout, /zip terraform\/tmp\/app-test-dev\.zip|from cache/)
    mark(built)
    assert.match(built.build(WORDS).stdout, /UP TO DATE/)
  }
})

test('a state that changed is compared again', () => {
  const state = (serial: number) => JSON.stringify({ version: 4, serial, lineage: 'x', resources: [] })
  const built = project({ 'terraform/terraform.tfstate': state(1) })
  built.write('terraform/terraform.tfstate', state(2))
  assert.match(seen(built).stdout, /nothing to taint: aws_lambda_function\..* not deployed yet/)
})

test('other words, flags and environments have witnesses of their own', () => {
  const built = project()
  seen(built, ['stage=dev'])
  seen(built, ['-Q'])
  seen(built, [], { COWORKSFLAGS: '-Q' })
  assert.match(built.build(WORDS).stdout, /UP TO DATE/)
  seen(built, [], { TF_WORKSPACE: 'other' })
})

test('a variable that a Command names, and what it was', () => {
  const file = `${smallProject()['Coworksfile.ts']}\nCommand('who.txt', 'notes/a.txt', 'echo "$WHO" > $TARGET', { env: ['WHO'] })\n`
  const built = project({ 'Coworksfile.ts': file }, { WHO: 'me' })
  assert.match(seen(built, WORDS, { WHO: 'you' }).stdout, /who\.txt|echo/)
  const text = readdirSync(built.at('.coworks/fresh')).map((name) => readFileSync(built.at(`.coworks/fresh/${name}`), 'latin1'))
  assert.not.match(text.join(''), /"me"|"you"/)
})

test('files that Glob found', () => {
  const file = `${smallProject()['Coworksfile.ts']?.replace('Command,', 'Command, Glob,')}
for (const path of Glob('notes/*.md')) Command(path + '.txt', path, 'cp $SOURCE $TARGET')\n`
  const built = project({ 'Coworksfile.ts': file, 'notes/a.md': 'a' })
  built.write('notes/b.md', 'b')
  assert.match(seen(built).stdout, /notes\/b\.md\.txt/)
})

test('a Coworksfile that sees more than its own text is run at each build', () => {
  for (const line of [
    'const x = process.env.X',
    'const x = Date.now()',
    "import { readdirSync } from 'node:fs'\nreaddirSync('.')",
    'const x = Math.random()',
  ]) {
    const built = new Built({
      ...smallProject(),
      'Coworksfile.ts': `${smallProject()['Coworksfile.ts']}
${line}
`,
    })
    built.build(WORDS)
    built.build(WORDS)
    assert.is(mark(built), 0, line)
  }
})

test('another build of coworks believes none', () => {
  const built = project()
  const entry = join(packageFolder(), 'dist/coworks.cjs')
  const text = readFileSync(entry, 'utf8')
  const id = /\[("[0-9a-f]{32}"), argv, flags\]/.exec(text)?.[1]
  assert.type(id, 'string')
  try {
    writeFileSync(entry, text.replace(id ?? '', `"${'0'.repeat(32)}"`))
    seen(built)
  } finally {
    writeFileSync(entry, text)
  }
})

test('a witness that is damaged anywhere is not believed', () => {
  const built = project()
  const [name = ''] = readdirSync(built.at('.coworks/fresh'))
  const file = built.at(`.coworks/fresh/${name}`)
  const bytes = readFileSync(file)
  // In the head, a row's size and its mode, the facts, and the end. What folders held is only asked where one of them moved.
  const rows = bytes.readUInt32LE(8)
  for (const at of [0, 9, 13, 20, 16 + rows * 36, 16 + rows * 48 + 9, bytes.length - 8, bytes.length - 1]) {
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ 0x10
    writeFileSync(file, damaged)
    seen(built)
    mark(built)
  }
  writeFileSync(file, bytes.subarray(0, 100))
  seen(built)
})

test('what a witness says is what the build itself says, as text and as JSON', () => {
  const built = new Built(smallProject())
  for (const words of [
    WORDS,
    ['stage=dev', '-Q'],
    ['stage=all', '-s'],
    ['stage=all', '--json'],
    ['layer.zip'],
    ['notes.txt', 'layer.zip'],
  ]) {
    const plain = (text: string) => text.replace(/"ms": \d+\n\}/, '"ms": 0\n}')
    built.build(words)
    const believed = built.build(words).stdout
    built.remove('.coworks/fresh')
    assert.is(plain(believed), plain(built.build(words).stdout), words.join(' '))
  }
})

test('from another folder with -C, and through a link to the project', () => {
  const built = project()
  const run = (cwd: string, words: readonly string[]) => {
    const [program = '', ...rest] = built.command(words)
    return spawnSync(program, rest, { cwd, env: built.environment(), encoding: 'utf8' }).stdout
  }
  const words = ['-C', built.path, ...WORDS]
  run('/', words)
  mark(built)
  assert.match(run('/', words), /UP TO DATE/)
  const other = new Built(installed('x', {}))
  symlinkSync(built.path, other.at('link'))
  run(other.path, ['-C', 'link', ...WORDS])
  mark(built)
  assert.match(run(other.path, ['-C', 'link', ...WORDS]), /UP TO DATE/)
  built.write('src/page.html', '<p>paGe</p>\n')
  assert.match(run('/', words), /zip terraform\/tmp\/app-test-dev\.zip/)
})

test.run()
