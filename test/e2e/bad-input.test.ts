// limit: 300 s
/**
 * What a user gets who asks for what is not there, or whose Coworksfile cannot be meant: one message each, status 2, and
 * nothing written.
 */
import { mkdirSync, symlinkSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertRefused, CliProject, quickstart, type Refusal, smallProject } from '../support/cli.js'
import { Folder } from '../support/folder.js'

const NONE = 'No Coworksfile found · write a Coworksfile.ts here, or name one with -f FILE or its folder with -C DIR'

function coworksfile(text: string): Record<string, string> {
  return { ...smallProject(), 'Coworksfile.ts': text }
}

const cases: Readonly<Record<string, Refusal>> = {
  'an unknown microservice': {
    files: quickstart(),
    words: ['build', 'microservice=app-tset,other'],
    says: ["unknown microservice `app-tset' · did you mean `app-test'?", "unknown microservice `other' · known: app-test"],
  },
  'an unknown stage': { files: quickstart(), words: ['stage=dve'], says: ["unknown stage `dve' · did you mean `dev'?"] },
  'an unknown stage and microservice at once': {
    files: quickstart(),
    words: ['stage=dve', 'microservice=app-tset'],
    says: ["unknown microservice `app-tset' · did you mean `app-test'?", "unknown stage `dve' · did you mean `dev'?"],
  },
  'a stage that another microservice has': {
    files: smallProject('', "[['app-test', ['dev']], ['app-other', ['prod']]]"),
    words: ['microservice=app-test', 'stage=prod'],
    says: ["microservice app-test · has no stage `prod' · known: dev"],
  },
  'unknown targets': {
    files: smallProject(),
    words: ['terraform/app-tset.tf', 'xyz'],
    says: [
      "unknown target `terraform/app-tset.tf' · did you mean `terraform/app-test.tf'?",
      "unknown target `xyz' · known: app-test, app-test-dev, dev, terraform/app-test.tf, terraform/versions.tf, terraform/tmp/app-test-dev.zip, terraform/app-test.dev.tf",
    ],
  },
  'an unknown target of Default': {
    files: smallProject("cws.Default('app-tset')\n"),
    says: ["unknown target `app-tset' · did you mean `app-test'?"],
  },
  'unknown options': {
    files: quickstart(),
    words: ['build', '--kepe-going', '-Z'],
    says: [
      "command line · unknown option `--kepe-going' · did you mean `--keep-going'?",
      "command line · unknown option `-Z' · `coworks -H' lists the options",
    ],
  },
  'unknown keys': {
    files: quickstart(),
    words: ['microservices=app-test', 'colour=1'],
    says: [
      "microservices=app-test · unknown key `microservices' · did you mean `microservice'?",
      "colour=1 · unknown key `colour' · known: microservice, stage",
    ],
  },
  'bad values of variables, all of them': {
    files: smallProject("cws.Variable('size', { type: 'number' })\ncws.Variable('mode', { type: 'enum', values: ['fast', 'small'] })\n"),
    words: ['size=big', 'mode=smal', 'colour=1'],
    says: [
      'Coworksfile.ts, size=big · is not a number · size=1',
      "Coworksfile.ts, mode=smal · is not a known value · did you mean `small'?",
      "colour=1 · unknown key `colour' · known: microservice, stage, size, mode",
    ],
  },
  'no Coworksfile': { files: {}, says: [NONE] },
  'a Coworksfile that is a folder': {
    files: {},
    prepare: (project) => mkdirSync(project.at('Coworksfile.ts')),
    says: ['Coworksfile.ts · is not a file'],
  },
  '-f of a file that is not there': { files: quickstart(), words: ['-f', 'Other.ts'], says: ['Other.ts · no such file'] },
  '-C of a folder that is not there': { files: quickstart(), words: ['-C', 'nowhere'], says: ['-C nowhere · no such folder'] },
  'a syntax error': {
    files: coworksfile("import { Layer } from 'coworks/cws'\nLayer('x.zip'\nconst y = 1\n"),
    says: ['Coworksfile.ts:3:1 · Expected ")" but found "const" · did you mean )?\n    const y = 1\n    ~~~~~'],
  },
  'a type error at run time': {
    files: coworksfile("import 'coworks/cws'\n\nconst nothing: any = undefined\nnothing.at(0)\n"),
    says: ["Coworksfile.ts:4:9 · TypeError: Cannot read properties of undefined (reading 'at')"],
  },
  'a type error in a file that it imports': {
    files: {
      ...coworksfile("import './build/names.js'\n"),
      'build/names.ts': 'const nothing: any = null\nexport const name = nothing.name\n',
    },
    says: ["build/names.ts:2:29 · TypeError: Cannot read properties of null (reading 'name')"],
  },
  'an import that coworks/cws does not have': {
    files: coworksfile("import {\n  AllFile } from 'coworks/cws'\nAllFile('src')\n"),
    says: ["Coworksfile.ts:2:3 · `coworks/cws' exports no `AllFile' · did you mean `AllFiles'?"],
  },
  'an import of a package that is not installed': {
    files: coworksfile("import nowhere from 'nowhere'\nnowhere()\n"),
    says: ["Coworksfile.ts · imports `nowhere', which is not installed · install the dependencies of the project (npm ci)"],
  },
  'an import of a file that is not there': {
    files: coworksfile("import { names } from './names.js'\nnames()\n"),
    says: [
      'Coworksfile.ts:1:23 · Could not resolve "./names.js"\n    import { names } from \'./names.js\'\n                          ~~~~~~~~~~~~',
    ],
  },
  'a Coworksfile that throws no Error': {
    files: coworksfile('throw Object.assign(Object.create(null), { a: 1 })\n'),
    says: ['Coworksfile.ts · threw [Object: null prototype] { a: 1 }'],
  },
  'a Coworksfile that ends the process, as if all were well': {
    files: coworksfile('process.exit(0)\n'),
    says: ['ended before it was done · does the Coworksfile call process.exit(), or await what never comes?'],
  },
  'a Coworksfile that never ends': {
    files: coworksfile('await new Promise(() => {})\n'),
    says: ['ended before it was done · does the Coworksfile call process.exit(), or await what never comes?'],
  },
  'an option that a declaration does not have': {
    files: smallProject("cws.Layer('layer.zip', { exclude: ['x'], module: ['y'] } as object)\n"),
    says: [
      "Coworksfile.ts, Layer('layer.zip') · unknown option `exclude' · known: modules, sourceDirs, excludeDirs, excludeFilePattern, budget",
      "Coworksfile.ts, Layer('layer.zip') · unknown option `module' · did you mean `modules'?",
    ],
  },
  'two commands with one output': {
    files: smallProject("cws.Command('a.txt', [], 'echo 1 > $TARGET')\ncws.Command('a.txt', [], 'echo 2 > $TARGET')\n"),
    says: ['a.txt · two targets have this output · give one of them another output'],
  },
  'a command for a file that coworks makes': {
    files: smallProject("cws.Command('terraform/app-test.dev.tf', [], 'echo > $TARGET')\n"),
    says: ['terraform/app-test.dev.tf · two targets have this output · give one of them another output'],
  },
  'a command of two files, one of which coworks makes': {
    files: smallProject("cws.Command(['a.txt', 'terraform/app-test.tf'], [], 'touch $TARGETS')\n"),
    says: ['terraform/app-test.tf · two targets have this output: terraform/app-test.tf and a.txt · give one of them another path'],
  },
  'a cycle': {
    files: smallProject("cws.Command('a.txt', 'b.txt', 'cp $SOURCE $TARGET')\ncws.Command('b.txt', 'a.txt', 'cp $SOURCE $TARGET')\n"),
    says: ['dependency cycle: a.txt -> b.txt -> a.txt'],
  },
  'a cycle by way of Depends': {
    files: smallProject(
      "cws.Command('a.txt', [], 'echo > $TARGET')\ncws.Depends('a.txt', 'terraform/app-test.dev.tf')\ncws.Depends('terraform/app-test.dev.tf', 'a.txt')\n",
    ),
    says: ['dependency cycle: a.txt -> terraform/app-test.dev.tf -> a.txt'],
  },
  'sources of commands that nothing makes, all of them': {
    files: smallProject("cws.Command('a.txt', 'b.txt', 'cp $SOURCE $TARGET')\ncws.Command('c.txt', 'd.txt', 'cp $SOURCE $TARGET')\n"),
    says: [
      "a.txt · needs `b.txt', which does not exist and which nothing makes",
      "c.txt · needs `d.txt', which does not exist and which nothing makes",
    ],
  },
  'unknown targets of Depends, Requires and AlwaysBuild': {
    files: smallProject(
      "cws.Depends('terraform/app-tset.tf', 'x')\ncws.Requires('app-tset', 'app-test')\ncws.AlwaysBuild('app-test-dve')\n",
    ),
    says: [
      "Depends('terraform/app-tset.tf') · unknown target `terraform/app-tset.tf' · did you mean `terraform/app-test.tf'?",
      "Requires('app-tset') · unknown target `app-tset' · did you mean `app-test'?",
      "AlwaysBuild · unknown target `app-test-dve' · did you mean `app-test-dev'?",
    ],
  },
}

for (const [name, refusal] of Object.entries(cases)) test(name, () => assertRefused(refusal))

test('the place of an error is told also where the project is entered by a link', async () => {
  const project = new CliProject({ ...smallProject(), 'src/app.ts': "import 'coworks'\n\nthrow new Error('one')\n" })
  const links = new Folder()
  symlinkSync(project.path, links.at('project'))
  const module = await project.run(['-C', links.at('project')])
  assert.is(module.stderr, 'coworks: *** src/app.ts:3:7 · Error: one · while microservice app-test was loaded\n')
  project.write('Coworksfile.ts', "import 'coworks/cws'\n\nthrow new Error('two')\n")
  const { status, stderr } = await project.run(['-C', links.at('project')])
  assert.is(stderr, 'coworks: *** Coworksfile.ts:3:7 · Error: two\n')
  assert.is(status, 2)
})

test('--json: one document on stdout, nothing on stderr, for words that cannot be meant', async () => {
  const project = new CliProject()
  const before = project.tree()
  const { status, stdout, stderr } = await project.run(['--json', 'stage=dve'])
  assert.equal(JSON.parse(stdout), {
    ok: false,
    targets: [],
    taints: [],
    failures: [{ what: "unknown stage `dve'", hint: "did you mean `dev'?" }],
    ms: 0,
  })
  assert.is(stderr, '')
  assert.is(status, 2)
  assert.equal(project.tree(), before)
})

test('--json: problems of every kind are in the one document', async () => {
  const files = { ...smallProject('', "[['app-test', ['dev']], ['web-site', ['dev']]]"), 'src/app.ts': "throw new Error('one')\n" }
  const project = new CliProject(files)
  const before = project.tree()
  const { status, stdout, stderr } = await project.run(['--json'])
  const { ok, failures } = JSON.parse(stdout) as { ok: boolean; failures: unknown }
  assert.is(ok, false)
  assert.equal(failures, [
    {
      where: 'microservice web-site',
      what: "its module `web' is not there: no src/web.ts",
      hint: 'write src/web.ts, or set srcDir of CwsProject',
    },
    { where: 'src/app.ts:1:7', what: 'Error: one', hint: 'while microservice app-test was loaded' },
  ])
  assert.is(stderr, '')
  assert.is(status, 2)
  assert.equal(project.tree(), before)
})

test.run()
