// limit: 300 s
/**
 * Files with every name that a disk can hold: each is in the zip under its own name, byte for byte, and known by it to the next build,
 * or is refused in words. None is left out, taken for another, or obeyed by the terminal.
 */
import { existsSync, mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, type Refusal, serviceSource, smallProject } from '../support/cli.js'
import { unzip } from '../support/unzip.js'

const ZIP = 'terraform/tmp/app-test-dev.zip'
const CODE = 'index.mjs'

const KEPT = [
  'a b',
  "it's",
  'q"q',
  '$HOME',
  '`id`',
  '$(id)',
  '100%',
  '%2e%2e%2fx',
  '-rf',
  '--help',
  '!x',
  '#x',
  '~',
  'a;b&c|d<e>f',
  '*',
  '[a]',
  '{a,b}',
  'Case',
  'case',
  'CASE',
  'é.nfc'.normalize('NFC'),
  'ö.nfd'.normalize('NFD'),
  '\u{1f600}',
  '\u202eabc',
  '\ufffd',
  '\ufeff',
  '.hidden',
  '...',
  'x'.repeat(255),
  '漢'.repeat(85),
]

function write(project: CliProject, path: string | Buffer, text: string): void {
  writeFileSync(Buffer.concat([Buffer.from(`${project.path}/`), Buffer.from(path)]), text)
}

async function built(project: CliProject, words: readonly string[] = []): Promise<string> {
  const { status, stdout, stderr } = await project.run(words)
  assert.is(stderr, '')
  assert.is(status, 0)
  return stdout
}

/** What the zip holds beside the code. */
async function statics(project: CliProject): Promise<Map<string, string>> {
  const found = new Map([...(await unzip(project.at(ZIP)))].map(([name, bytes]) => [name, bytes.toString('utf8')]))
  assert.ok(found.delete(CODE))
  return found
}

test('files of odd names, in folders of odd names: in the zip, edited, renamed, removed', async () => {
  const project = new CliProject(smallProject())
  const expected = new Map<string, string>()
  for (const name of KEPT) {
    mkdirSync(project.at(`src/in ${name.slice(0, 60)}`))
    for (const path of [name, `in ${name.slice(0, 60)}/${name}`]) {
      write(project, `src/${path}`, path)
      expected.set(path, path)
    }
  }
  await built(project)
  const sorted = (map: Map<string, string>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  assert.equal(sorted(await statics(project)), sorted(expected))
  assert.match(await built(project), 'up to date')
  // One after the other: an edit, a new name, and then no file of this name.
  for (const name of ['-rf', '$HOME', 'Case', 'ö.nfd'.normalize('NFD'), '\u202eabc', '\ufffd', 'x'.repeat(255)]) {
    write(project, `src/${name}`, 'edited')
    expected.set(name, 'edited')
    const said = await built(project, ['--debug=explain'])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    assert.not.match(said, /[\u0000-\u0009\u000b-\u001f\u007f\u202e]/)
    assert.equal(sorted(await statics(project)), sorted(expected))
    renameSync(project.at(`src/${name}`), project.at('src/renamed'))
    expected.delete(name)
    expected.set('renamed', 'edited')
    await built(project)
    assert.equal(sorted(await statics(project)), sorted(expected))
  }
  unlinkSync(project.at('src/renamed'))
  expected.delete('renamed')
  await built(project)
  assert.equal(sorted(await statics(project)), sorted(expected))
})

const NOT_UTF8 = 'the name is not valid UTF-8 (\ufffd stands for what is not) · rename it, or exclude it'
const RELATIVE = 'an archive holds relative paths with `/` between their parts'
const e = 'é.txt'

const REFUSED: Readonly<Record<string, Refusal>> = {
  'a name in two normal forms': {
    files: { ...smallProject(), [`src/${e.normalize('NFC')}`]: 'c', [`src/${e.normalize('NFD')}`]: 'd' },
    says: [`${ZIP}, ${e.normalize('NFC')} · two names differ only in their Unicode normal form · rename one: macOS shows them as one file`],
  },
  'a line break, by which a name would begin a line of ours': {
    files: { ...smallProject(), 'src/a\ncoworks, mine': '' },
    says: [`${ZIP}, a\\ncoworks, mine · the name has a control character · ${RELATIVE}`],
  },
  'escapes for a terminal': {
    files: { ...smallProject(), 'src/\u001b[31mred\u001b]0;title\u0007': '' },
    says: [`${ZIP}, \\x1b[31mred\\x1b]0;title\\x07 · the name has a control character · ${RELATIVE}`],
  },
  'a backslash': {
    files: { ...smallProject(), 'src/..\\a': '' },
    says: [`${ZIP}, ..\\a · the name has a backslash · ${RELATIVE}`],
  },
}

for (const [name, refusal] of Object.entries(REFUSED))
  test(`refused: ${name}`, async () => {
    // What does not depend on the zip may be written.
    const project = new CliProject(refusal.files)
    const { status, stderr } = await project.run([])
    assert.is(stderr, refusal.says.map((line) => `coworks: *** ${line}\n`).join(''))
    assert.is(status, 2)
    assert.not.ok(existsSync(project.at(ZIP)))
  })

if (process.platform === 'linux') {
  const invalid = (bytes: string): Buffer => Buffer.from(`src/${bytes}`, 'latin1')
  const CASES: Readonly<Record<string, readonly [readonly Buffer[], readonly string[]]>> = {
    'one file': [[invalid('\xff\xfe.txt')], ['src/\ufffd\ufffd.txt']],
    'two that look the same, and one that is of that name': [[invalid('\xff'), invalid('\xfe'), Buffer.from('src/\ufffd')], ['src/\ufffd']],
    'a folder': [[invalid('\xff/a.txt')], ['src/\ufffd']],
  }
  for (const [name, [paths, shown]] of Object.entries(CASES))
    test(`refused: names that are no UTF-8, ${name}`, async () => {
      const project = new CliProject(smallProject())
      for (const path of paths) {
        const cut = path.lastIndexOf('/')
        mkdirSync(Buffer.concat([Buffer.from(`${project.path}/`), path.subarray(0, cut)]), { recursive: true })
        writeFileSync(Buffer.concat([Buffer.from(`${project.path}/`), path]), '')
      }
      const { status, stderr } = await project.run([])
      assert.is(stderr, shown.map((path) => `coworks: *** ${path} · ${NOT_UTF8}\n`).join(''))
      assert.is(status, 2)
      rmSync(project.at('src'), { recursive: true })
      project.write('src/app.ts', serviceSource())
      project.write('src/\ufffd.txt', 'as it is called')
      await built(project)
      assert.equal(await statics(project), new Map([['\ufffd.txt', 'as it is called']]))
    })
} else console.log('SKIPPED names that are no UTF-8 (this system has none)')

test('a file, and a folder, with a link out of the project in its place while it is built: nothing of where it leads is in a zip', async () => {
  const project = new CliProject({
    ...smallProject(`
cws.Command('swap', [], 'rm -r src/data.txt src/more && ln -s /etc/passwd src/data.txt && ln -s /etc src/more && touch $TARGET')
cws.Depends('${ZIP}', 'swap')
`),
    'src/data.txt': 'mine\n',
    'src/more/a.txt': 'mine\n',
  })
  const first = await project.run([])
  assert.is(first.stderr, 'coworks: *** data.txt · changed during the build · build again, when nothing writes to it\n')
  assert.is(first.status, 2)
  const leaves = 'is a link that leaves the project · copy the file into the project, or exclude the link'
  const second = await project.run([])
  assert.is(second.stderr, `coworks: *** src/data.txt · ${leaves}\ncoworks: *** src/more · ${leaves}\n`)
  assert.is(second.status, 2)
  assert.not.ok(existsSync(project.at(ZIP)))
})

test('targets, sources and environment files of odd names', async () => {
  const project = new CliProject({
    ...smallProject(`
cws.Command('-n', '--version', 'cat $SOURCE > $TARGET')
cws.Command("it's $HOME\`id\`.txt", ['a "b', '-rf'], 'cat $SOURCES > $TARGET')
cws.Command('words', ['a "b', '-rf'], ['sh', '-c', 'cat "$@" > "$0"', '$TARGET', '$SOURCES'])
cws.Command('all', cws.AllFiles('data'), 'cat $SOURCES > $TARGET')
`),
    '--version': 'one\n',
    'a "b': 'two\n',
    '-rf': 'three\n',
    'data/\u001b[31mred\nblue': 'four\n',
    "config/-it's ${x} %{if}.json": '{ "TOKEN": "value" }',
    'src/app.ts': serviceSource(`, environmentVariablesFile: "config/-it's \${x} %{if}.json"`),
  })
  await built(project)
  assert.is(project.read('-n'), 'one\n')
  assert.is(project.read("it's $HOME`id`.txt"), 'two\nthree\n')
  assert.is(project.read('words'), 'two\nthree\n')
  assert.is(project.read('all'), 'four\n')
  assert.match(project.read('terraform/app-test.dev.tf'), "/config/-it's $${x} %%{if}.json")
  project.write('data/\u001b[31mred\nblue', 'five\n')
  assert.match(await built(project, ['--debug=explain']), "coworks: rebuilding `all' because `data/\\x1b[31mred\\nblue' changed\n")
  assert.is(project.read('all'), 'five\n')
  for (const words of [['-n'], ['--tree'], ['-c']]) {
    const { stdout, stderr } = await project.run(words)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    assert.not.match(stdout + stderr, /[\u0000-\u0009\u000b-\u001f\u007f]/)
  }
})

test('what a command prints keeps its colours, and no other escape reaches the terminal', async () => {
  const project = new CliProject(
    smallProject(`cws.Command('a.txt', [], "printf '\\\\033[32mgreen\\\\033[0m \\\\033[2J\\\\033]0;title\\\\007' && touch $TARGET")\n`),
  )
  assert.match(await built(project), '\u001b[32mgreen\u001b[0m \\x1b[2J\\x1b]0;title\\x07\n')
})

test.run()
