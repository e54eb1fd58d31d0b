// limit: 300 s
/**
 * After small edits, a build that knows from a witness what is up to date looks only at what the edits concern. It must do and say what a build
 * says that looks at everything: here each is done in a project of its own, edited alike, and everything is compared.
 */
import { chmodSync, readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { seal } from '../../src/build/witness.js'
import { Built, differences, installed, moduleText, packageFolder } from '../support/built.js'
import { type Random, search } from '../support/search.js'

/** Those of one stage want the Commands too. */
const ALL = ['stage=all', '-j1']
const DEV = ['-j1']

function files(): Record<string, string> {
  return {
    'Coworksfile.ts': `import { AllFiles, Command, CwsProject, Depends, Glob, Layer } from 'coworks/cws'
Layer('layer.zip')
Layer('other.zip', { modules: ['tiny'] })
Command('notes.txt', AllFiles('notes'), 'cat $SOURCES > $TARGET')
Command('list.txt', ['notes/a.txt', 'terraform/two-other.dev.tf'], 'cat $SOURCES > $TARGET')
for (const path of Glob('extra/*.md')) Command(path + '.txt', path, 'cp $SOURCE $TARGET')
CwsProject([AllFiles('src/common')], [
  ['one-test', ['dev', 'prod'], { src: [AllFiles('src/one'), AllFiles('src/common')] }],
  ['two-other', ['dev'], { src: [AllFiles('src/two')] }],
  ['three-last', ['dev', 'prod'], { src: [AllFiles('src/three', { exclude: '*.bak' }), AllFiles('src/common')] }],
  ['four-more', ['dev'], { src: [AllFiles('src/four')] }],
  ['five-end', ['dev'], { src: [AllFiles('src/five')] }],
])
Depends('terraform/tmp/five-end-dev.zip', 'config/five.txt')
Depends('terraform/tmp/four-more-dev.zip', 'terraform/tmp/five-end-dev.zip')
`,
    'package.json': JSON.stringify({ name: 'edits', version: '1.0.0', type: 'module', dependencies: { coworks: '*', tiny: '1.0.0' } }),
    'config/dev.json': '{"TOKEN":"dev"}',
    'config/prod.json': '{"TOKEN":"prod"}',
    'config/five.txt': 'five\n',
    'extra/x.md': 'x\n',
    'notes/a.txt': 'a\n',
    'notes/b.txt': 'b\n',
    'src/lib/greet.ts': 'export const greet = (name: string) => `Hello ${name}.`\n',
    'src/common/both.html': '<p>both</p>\n',
    'src/common/deep/down.csv': 'a,b\n',
    ...Object.fromEntries(
      [
        ['one', 'test', 'dev', 'prod'],
        ['two', 'other', 'dev'],
        ['three', 'last', 'dev', 'prod'],
        ['four', 'more', 'dev'],
        ['five', 'end', 'dev'],
      ].flatMap(([module = '', service = '', ...stages]) => [
        [`src/${module}.ts`, moduleText(service, stages, "  get() { return greet('1') }", "import { greet } from './lib/greet.js'")],
        [`src/${module}/page.html`, `<p>${module} 1</p>\n`],
        [`src/${module}/data/rows.csv`, '1,2\n'],
        [`src/${module}/old.bak`, 'old\n'],
      ]),
    ),
    ...installed('tiny', { 'index.js': "export default 'tiny'\n" }),
  }
}

/** A project that builds by its witness, and its twin, which has none. */
class Twins {
  readonly both: readonly Built[]
  private count = 0

  constructor(private readonly words: readonly string[]) {
    this.both = [new Built(files()), new Built(files())]
    for (const one of this.both) for (const _ of [1, 2]) one.build(words)
  }

  get first(): Built {
    return this.both[0] as Built
  }

  each(edit: (one: Built) => void): void {
    for (const one of this.both) edit(one)
  }

  /** A text that no file ever had. */
  next(): string {
    return String(10_000 + ++this.count)
  }

  /** Builds both and compares all there is. */
  compare(what: string): void {
    const [narrow, whole] = this.both.map((one, index) => {
      if (index === 1) one.remove('.coworks/fresh')
      return one.run(this.words)
    })
    const lines = (text = '') => text.split('\n').sort()
    assert.equal(lines(narrow?.stdout), lines(whole?.stdout), what)
    assert.equal(lines(narrow?.stderr), lines(whole?.stderr), what)
    assert.is(narrow?.status, whole?.status, what)
    const [ours = {}, theirs = {}] = this.both.map((one) => one.outputs())
    assert.equal(differences(ours, theirs), [], what)
    if (narrow?.status !== 0) return
    assert.match(this.first.build([...this.words, '-n']).stdout, /everything is up to date/, what)
    const [again, fully] = this.both.map((one, index) => {
      if (index === 1) one.remove('.coworks/fresh')
      return one.build(this.words).stdout
    })
    assert.is(again, fully, what)
  }
}

const MODULES = ['one', 'two', 'three', 'four', 'five']

type Edit = (twins: Twins, random: Random) => void

const write = (twins: Twins, path: string, text: string) => twins.each((one) => one.write(path, text))

function replace(twins: Twins, path: string, from: RegExp, to: string): void {
  twins.each((one) => one.write(path, one.read(path).replace(from, to)))
}

/** Where a file may have been taken away by an edit before. */
function there(twins: Twins, path: string): boolean {
  return twins.first.list().has(path)
}

const EDITS: Readonly<Record<string, Edit>> = {
  'a static file': (twins, random) => write(twins, `src/${random.pick(MODULES)}/page.html`, `<p>${twins.next()}</p>\n`),
  'a static file, replaced by another inode': (twins, random) => {
    const path = `src/${random.pick(MODULES)}/page.html`
    write(twins, 'aside', `<p>${twins.next()}</p>\n`)
    twins.each((one) => renameSync(one.at('aside'), one.at(path)))
  },
  'a touch': (twins, random) => {
    const path = `src/${random.pick(MODULES)}/page.html`
    twins.each((one) => utimesSync(one.at(path), new Date(), new Date()))
  },
  'an executable bit': (twins, random) => {
    const path = `src/${random.pick(MODULES)}/page.html`
    const mode = random.chance(0.5) ? 0o755 : 0o644
    twins.each((one) => chmodSync(one.at(path), mode))
  },
  'a file that two have': (twins) => write(twins, 'src/common/both.html', `<p>${twins.next()}</p>\n`),
  'a file that is excluded': (twins) => write(twins, 'src/three/old.bak', twins.next()),
  'a file that appears': (twins, random) => write(twins, `src/${random.pick(MODULES)}/data/${twins.next()}.csv`, twins.next()),
  'a file that goes': (twins, random) => {
    const dir = `src/${random.pick(MODULES)}/data`
    const name = readdirSync(twins.first.at(dir)).sort()[1]
    if (name !== undefined) twins.each((one) => one.remove(`${dir}/${name}`))
  },
  'a file that is renamed': (twins, random) => {
    const dir = `src/${random.pick(MODULES)}/data`
    const name = readdirSync(twins.first.at(dir)).sort()[0]
    const to = `${twins.next()}.csv`
    if (name !== undefined) twins.each((one) => renameSync(one.at(`${dir}/${name}`), one.at(`${dir}/${to}`)))
  },
  'a source': (twins, random) => replace(twins, `src/${random.pick(MODULES)}.ts`, /greet\('\d+'\)/, `greet('${twins.next()}')`),
  'a comment': (twins, random) => replace(twins, `src/${random.pick(MODULES)}.ts`, /^(import \{ Config.*)$/m, '$1\n// said'),
  'a route': (twins, random) =>
    replace(twins, `src/${random.pick(MODULES)}.ts`, / {2}auth\(\)/, `  get_r${twins.next()}() { return '' }\n  auth()`),
  'the layers of a config': (twins, random) => {
    const layers = random.pick(["'layer'", "'other'", "'layer', 'other'"])
    replace(twins, `src/${random.pick(MODULES)}.ts`, /layers: \[[^\]]*\]/, `layers: [${layers}]`)
  },
  'a config with a layer that is none': (twins) => {
    replace(twins, 'src/two.ts', /layers: \[[^\]]*\]/, "layers: ['nosuch']")
    twins.compare('a layer that is none')
    replace(twins, 'src/two.ts', /layers: \[[^\]]*\]/, "layers: ['layer']")
  },
  'a source that is wrong': (twins, random) => {
    const path = `src/${random.pick(MODULES)}.ts`
    replace(twins, path, /class Service/, 'class Serv ice')
    twins.compare('a source that is wrong')
    replace(twins, path, /class Serv ice/, 'class Service')
  },
  'a source that all import': (twins) => replace(twins, 'src/lib/greet.ts', /Hello \d*/, `Hello ${twins.next()}`),
  'a package': (twins) => write(twins, 'node_modules/tiny/index.js', `export default '${twins.next()}'\n`),
  'an environment file': (twins, random) => write(twins, `config/${random.pick(['dev', 'prod'])}.json`, `{"TOKEN":"${twins.next()}"}`),
  'an environment file that is wrong': (twins) => {
    write(twins, 'config/prod.json', '{"TOKEN":')
    twins.compare('an environment file that is wrong')
    write(twins, 'config/prod.json', `{"TOKEN":"${twins.next()}"}`)
  },
  'what a zip depends on': (twins) => write(twins, 'config/five.txt', `${twins.next()}\n`),
  'a source of Commands': (twins, random) => write(twins, `notes/${random.pick(['a', 'b'])}.txt`, `${twins.next()}\n`),
  'a file that the Coworksfile finds': (twins) => write(twins, `extra/${twins.next()}.md`, 'y\n'),
  'a zip that is edited': (twins, random) => {
    const path = `terraform/tmp/${random.pick(['one-test', 'two-other', 'five-end'])}-dev.zip`
    twins.each((one) => writeFileSync(one.at(path), 'no zip'))
  },
  'a zip that is removed': (twins, random) => {
    const path = `terraform/tmp/${random.pick(['one-test', 'two-other', 'five-end'])}-dev.zip`
    twins.each((one) => one.remove(path))
  },
  'a file of Terraform that is edited': (twins, random) => {
    const path = `terraform/${random.pick(['one-test.dev', 'one-test', 'two-other.dev', 'layer.dev', 'versions'])}.tf`
    if (there(twins, path)) twins.each((one) => one.write(path, `${one.read(path)}\n# by hand\n`))
  },
  'a file of Terraform that is removed': (twins) => twins.each((one) => one.remove('terraform/three-last.prod.tf')),
  'a layer that is edited': (twins) => twins.each((one) => writeFileSync(one.at('layer.zip'), 'no zip')),
  'a bundle that is edited': (twins) => twins.each((one) => writeFileSync(one.at('.coworks/build/two-other.mjs'), 'export {}\n')),
  'a template': (twins) =>
    write(
      twins,
      'templates/_role.hbs',
      `${readFileSync(join(packageFolder(), 'dist/templates/_role.hbs'), 'utf8')}\n# own ${twins.next()}\n`,
    ),
  'a state of Terraform': (twins) => {
    const resources = ['one-test_dev', 'two-other_dev'].map((name) => ({
      mode: 'managed',
      type: 'aws_lambda_function',
      name,
      instances: [{ attributes: { source_code_hash: twins.next() } }],
    }))
    write(twins, 'terraform/terraform.tfstate', JSON.stringify({ version: 4, serial: 1, lineage: 'x', resources }))
  },
  'a file of the user beside those of Terraform': (twins) => write(twins, 'terraform/own.tf', `# ${twins.next()}\n`),
  'the Coworksfile': (twins) => twins.each((one) => one.write('Coworksfile.ts', `${one.read('Coworksfile.ts')}\n// more\n`)),
  'package.json': (twins) => replace(twins, 'package.json', /"version":"[^"]*","type"/, `"version":"1.0.${twins.next()}","type"`),
}

const edits = search('edits and their twins', 2)

test('edits by chance do and say what a build says that looks at everything', () => {
  for (const { round, random } of edits.rounds()) {
    const twins = new Twins(round % 2 === 0 ? ALL : DEV)
    for (let step = 0; step < 12; step++) {
      const names = Array.from({ length: random.chance(0.3) ? 3 : 1 }, () => random.pick(Object.keys(EDITS)))
      for (const name of names) EDITS[name]?.(twins, random)
      twins.compare(`seed ${edits.seed}, round ${round}, step ${step}: ${names.join('; ')}`)
    }
  }
})

/** Puts a word of what the witnesses say in capitals. */
function mark(project: Built): void {
  const folder = project.at('.coworks/fresh')
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name))
    const at = bytes.indexOf('everything is')
    if (at < 0) continue
    bytes.write('EVERYTHING', at)
    seal(bytes)
    writeFileSync(join(folder, name), bytes)
  }
}

function marked(words: readonly string[]): Built {
  const built = new Built(files())
  for (const _ of [1, 2]) built.build(words)
  mark(built)
  return built
}

/** Was the witness mended, and not written anew? */
const kept = (built: Built, words: readonly string[]) => built.build(words).stdout.includes('EVERYTHING is up to date')

const NARROW: Readonly<Record<string, (built: Built) => void>> = {
  'a static file': (built) => built.write('src/two/page.html', 'new'),
  'a static file of another inode': (built) => {
    built.write('aside', 'new')
    renameSync(built.at('aside'), built.at('src/one/page.html'))
  },
  'a file that two have': (built) => built.write('src/common/both.html', 'new'),
  'a source': (built) => built.write('src/one.ts', built.read('src/one.ts').replace("greet('1')", "greet('2')")),
  'an environment file': (built) => built.write('config/prod.json', '{"TOKEN":"new"}'),
  'a zip that was removed': (built) => built.remove('terraform/tmp/one-test-dev.zip'),
}

for (const [what, edit] of Object.entries(NARROW)) {
  test(`looked at is only what it concerns: ${what}`, () => {
    const built = marked(ALL)
    edit(built)
    built.build(ALL)
    assert.ok(kept(built, ALL))
  })
}

test('a touch is told as nothing to do', () => {
  const built = marked(ALL)
  utimesSync(built.at('src/one/page.html'), new Date(), new Date())
  assert.match(built.build(ALL).stdout, /EVERYTHING is up to date/)
})

test('everything is looked at where a change is a matter of everybody', () => {
  const changes: readonly ((built: Built) => void)[] = [
    (built) => built.write('Coworksfile.ts', `${built.read('Coworksfile.ts')}\n// more\n`),
    (built) => built.write('package.json', `${built.read('package.json')}\n`),
    (built) => built.write('notes/a.txt', 'new\n'),
    // A Command is made from the file of this microservice.
    (built) => built.write('src/two/page.html', 'new\n'),
    (built) => built.write('src/one/new.txt', 'new\n'),
    (built) => built.write('terraform/own.tf', '# own\n'),
    (built) => writeFileSync(built.at('layer.zip'), 'no zip'),
  ]
  for (const change of changes) {
    const built = marked(DEV)
    change(built)
    built.build(DEV)
    assert.not(kept(built, DEV), String(change))
  }
})

test('an edit after which the project cannot be loaded ends the build, though a process was started ahead of it', () => {
  const built = new Built(files())
  built.build(ALL)
  const coworksfile = built.read('Coworksfile.ts')
  for (const [text, what] of [
    [`${coworksfile}syntax error(`, /Coworksfile\.ts:\d+:\d+ · Expected/],
    [`${coworksfile}throw new Error('not today')\n`, /not today/],
  ] as const) {
    built.write('Coworksfile.ts', text)
    const { status, stderr } = built.run(ALL)
    assert.is(status, 2)
    assert.match(stderr, what)
  }
  built.write('Coworksfile.ts', coworksfile)
  assert.is(built.run(ALL).status, 0)
})

test.run()
