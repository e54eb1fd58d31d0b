// limit: 180 s
/** `--reporter`: what a CI service takes of a build. What reads it here reads as the service does, and knows nothing of how it was written. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TargetReport } from '../../src/build/index.js'
import { GithubOutput } from '../../src/cli/reporters/github.js'
import { command } from '../../src/cli/reporters/github-commands.js'
import { summaryText } from '../../src/cli/reporters/github-summary.js'
import { junitText } from '../../src/cli/reporters/junit.js'
import { placeOf } from '../../src/cli/reporters/place.js'
import { CliProject, smallProject } from '../support/cli.js'

interface Command {
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly message: string
}

const unescaped = (text: string) =>
  text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%25', '%')

/** The runner's own reading (actions/runner, ActionCommand.cs and ActionCommandManager.cs): `::name k=v::message`, and the older `##[name]`, anywhere in a line. */
function readAsRunner(output: string): { commands: Command[]; text: string } {
  const commands: Command[] = []
  let text = ''
  let stop: string | undefined
  for (const line of output.split(/\r?\n|\r/)) {
    const [, name = '', list = '', message = ''] = /^\s*::([^\s:]+)(?: (.*?))?::(.*)$/.exec(line) ?? []
    if (stop !== undefined) {
      if (name === stop) stop = undefined
      else text += `${line}\n`
    } else if (name === 'stop-commands') stop = message
    else if (name !== '') {
      const pairs = list
        .split(',')
        .filter(Boolean)
        .map((pair) => [pair.slice(0, pair.indexOf('=')), unescaped(pair.slice(pair.indexOf('=') + 1))] as const)
      commands.push({ name, properties: Object.fromEntries(pairs), message: unescaped(message) })
    } else if (line.includes('##[')) commands.push({ name: line, properties: {}, message: '' })
    else text += `${line}\n`
  }
  return { commands, text }
}

/** Element names, attributes and texts of a document. @throws Error where it is not well-formed */
function readXml(text: string): { elements: { name: string; attributes: Record<string, string> }[]; text: string } {
  const parser = new SaxesParser()
  const elements: { name: string; attributes: Record<string, string> }[] = []
  let all = ''
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => void elements.push({ name, attributes: attributes as Record<string, string> }))
  parser.on('text', (part) => {
    all += part
  })
  parser.write(text).close()
  return { elements, text: all }
}

const HOSTILE = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '::error::x',
    '\n::add-mask::x',
    'a\r\n##[error]x',
    '%0A::warning::x',
    ']]>',
    '<!--',
    '&amp;',
    '"\'<>',
    '\u0000\u001b[31m',
    '\ud800',
    '| a | b |',
    '`x`',
    '![a](b)',
    '<script>',
  ),
  fc
    .array(fc.constantFrom('\n', '\r', '::', '##[', '%', ',', '=', 'error', ' ', '&', '<', ']]>', '\u0001', '\udfff', '|', '`'), {
      maxLength: 8,
    })
    .map((parts) => parts.join('')),
)

const report = (more: Partial<TargetReport>): TargetReport => ({
  id: 'a.txt',
  outcome: 'built',
  reasons: [],
  outputs: [],
  ms: 1,
  warnings: [],
  problems: [],
  log: '',
  internal: false,
  title: 'make a.txt',
  ...more,
})
const outcome = (reports: readonly TargetReport[]) => ({
  outcome: { reports, taints: { taints: [], notes: [], unknown: [] }, notices: [], ms: 10 },
})

test('a command is one command, with what was said, whatever that is', () => {
  fc.assert(
    fc.property(HOSTILE, HOSTILE, (file, message) => {
      const { commands, text } = readAsRunner(command('error', { file, line: 3 }, message))
      assert.is(commands.length, 1)
      assert.is(text.trim(), '')
      assert.is(commands[0]?.name, 'error')
      assert.equal({ ...commands[0]?.properties }, { file, line: '3' })
      assert.is(commands[0]?.message, message)
    }),
  )
})

test('no text is a command, in whatever order text, errors, logs and annotations come', () => {
  const step = fc.tuple(fc.constantFrom('out', 'error', 'log', 'command', 'conclude' as const), HOSTILE)
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let written = ''
      const output = new GithubOutput((text) => {
        written += text
      })
      for (const [kind, text] of steps) {
        if (kind === 'log') output.log(text, text)
        else if (kind === 'command') output.command('warning', { title: text }, text)
        else if (kind === 'conclude') output.conclude()
        else output[kind](text)
      }
      output.close()
      const { commands } = readAsRunner(written)
      const count = (name: string) => commands.filter((one) => one.name === name).length
      assert.is(count('warning'), steps.filter(([kind]) => kind === 'command').length)
      assert.is(count('group'), count('endgroup'))
      assert.is(count('warning') + count('group') + count('endgroup'), commands.length)
      // Whatever comes after it in the same step is read as before.
      assert.is(readAsRunner(`${written}::notice::end\n`).commands.at(-1)?.name, 'notice')
    }),
  )
})

test('a JUnit report is well-formed XML, with the names in it, whatever they are', () => {
  fc.assert(
    fc.property(HOSTILE, HOSTILE, HOSTILE, (id, what, log) => {
      const failed = report({ id, outcome: 'failed', problems: [{ where: id, what, detail: log }], log })
      const { elements } = readXml(
        junitText(outcome([failed, report({ id: what, log }), report({ id: log, outcome: 'skipped' })]), 'coworks build'),
      )
      assert.equal(
        elements.map(({ name }) => name).filter((name) => name !== 'system-out'),
        ['testsuites', 'testsuite', 'testcase', 'failure', 'testcase', 'testcase', 'skipped'],
      )
      const { tests, failures, errors, skipped } = elements[1]?.attributes ?? {}
      assert.equal({ tests, failures, errors, skipped }, { tests: '3', failures: '1', errors: '0', skipped: '1' })
      if (/^[\w./-]+$/.test(id)) assert.is(elements[2]?.attributes.name, id)
    }),
  )
})

test('a summary is the table it is meant to be, whatever the names', () => {
  fc.assert(
    fc.property(HOSTILE, HOSTILE, (id, what) => {
      const text = summaryText(outcome([report({ id }), report({ id: 'b', outcome: 'failed', problems: [{ what }] })]), 'coworks build')
      const rows = text.split('\n').filter((line) => line.startsWith('|'))
      assert.is(rows.length, 4)
      for (const row of rows) assert.is(row.split('|').length, 7)
      assert.not.match(text, /<|`|!\[|\]\(/)
    }),
  )
})

test('a place is a file that there is, with its line', () => {
  const there = (path: string) => ['src/app.ts', 'Coworksfile.ts', 'config/dev.json', 'odd, name:3.ts'].includes(path)
  assert.equal(placeOf('src/app.ts:12:3', there), { file: 'src/app.ts', line: 12, column: 3 })
  assert.equal(placeOf('src/app.ts:12', there), { file: 'src/app.ts', line: 12 })
  assert.equal(placeOf("Coworksfile.ts, Layer('x')", there), { file: 'Coworksfile.ts' })
  assert.equal(placeOf('src/app.ts:2:1, get', there), { file: 'src/app.ts', line: 2, column: 1 })
  assert.equal(placeOf('config/dev.json (microservice app-test, workspace dev)', there), { file: 'config/dev.json' })
  assert.equal(placeOf('odd, name:3.ts', there), { file: 'odd, name:3.ts' })
  assert.is(placeOf('microservice app-test', there), undefined)
  assert.is(placeOf('gone.ts:1:2', there), undefined)
  assert.is(placeOf(undefined, there), undefined)
})

test('github: groups, no error, a summary with sizes and times', async () => {
  const project = new CliProject(
    smallProject('cws.Command(\'out.txt\', [], \'echo "::error::not one"; echo "##[error]nor this"; echo > $TARGET\')\n'),
  )
  const { status, stdout, stderr } = await project.run(['-j1', '--reporter=github'], { GITHUB_STEP_SUMMARY: project.at('summary.md') })
  assert.is(stderr, '')
  assert.is(status, 0)
  const { commands, text } = readAsRunner(stdout)
  const title = 'echo "::error::not one"; echo "##[error]nor this"; echo > out.txt'
  assert.equal(
    commands.map(({ name, message }) => `${name} ${message}`),
    ['group coworks', 'endgroup ', `group ${title}`, 'endgroup ', 'group coworks', 'endgroup '],
  )
  assert.match(text, '::error::not one\n##[error]nor this\n')
  assert.match(text, 'coworks: done building targets.\n')
  const summary = project.read('summary.md')
  assert.match(
    summary,
    /^### coworks build: done\n\n5 of 5 targets made in \d+\.\d\d s\.\n\n\| target \| outcome \| size \| time \| because \|\n/,
  )
  assert.match(summary, /\| terraform\/tmp\/app&#45;test&#45;dev\.zip \| built \| [\d.]+ k?B \| \d+\.\d\d s \| it doesn't exist yet \|\n/)
})

test('github: an error at its file and line, from the folder that the service knows', async () => {
  const project = new CliProject(smallProject())
  project.write('src/app.ts', 'const a = 1\nexport const = 1\n')
  const { status, stdout } = await project.run(['--reporter=github'], {
    GITHUB_WORKSPACE: join(project.path, '..'),
    GITHUB_STEP_SUMMARY: project.at('summary.md'),
  })
  assert.is(status, 2)
  const errors = readAsRunner(stdout).commands.filter(({ name }) => name === 'error')
  assert.is(errors.length, 1)
  assert.equal(errors[0]?.properties, { file: `${project.path.split('/').at(-1)}/src/app.ts`, line: '2', col: '14', title: 'coworks' })
  assert.match(errors[0]?.message ?? '', 'export const = 1\n')
  assert.match(project.read('summary.md'), '### coworks build: failed\n')
})

test('github: what stops a build before it begins; with --json, stdout is one document', async () => {
  const project = new CliProject({ ...smallProject(), 'Coworksfile.ts': "import { Layer } from 'coworks/cws'\nLayer('a\\n::error::x')\n" })
  const { status, stdout, stderr } = await project.run(['--reporter=github', '--json'])
  assert.is(status, 2)
  assert.is((JSON.parse(stdout) as { ok: boolean }).ok, false)
  const { commands } = readAsRunner(stderr)
  assert.equal(
    commands.map(({ name, properties }) => [name, properties.file]),
    [['error', 'Coworksfile.ts']],
  )
  const text = readAsRunner((await project.run(['--reporter=github'])).stderr)
  assert.equal(text.commands, [])
})

test('junit: beside the text, whole or not at all', async () => {
  const project = new CliProject(smallProject())
  const { status, stdout } = await project.run(['--reporter=junit=out/report.xml'])
  assert.is(status, 0)
  assert.match(stdout, 'coworks: done building targets.\n')
  const { elements } = readXml(project.read('out/report.xml'))
  assert.equal(
    elements
      .filter(({ name }) => name === 'testcase')
      .map(({ attributes }) => attributes.name)
      .sort(),
    ['terraform/app-test.dev.tf', 'terraform/app-test.tf', 'terraform/tmp/app-test-dev.zip', 'terraform/versions.tf'],
  )
  project.write('src/app.ts', 'export const = 1\n')
  await project.run(['--reporter=junit=out/report.xml'])
  const failed = readXml(project.read('out/report.xml'))
  assert.is(failed.elements.find(({ name }) => name === 'testsuite')?.attributes.failures, '1')
  assert.match(failed.text, 'src/app.ts:1:14 · ')
  project.remove('Coworksfile.ts')
  await project.run(['--reporter=junit=none.xml'])
  assert.match(readXml(project.read('none.xml')).text, 'No Coworksfile found')
  assert.not.ok(existsSync(project.at('out/report.xml.tmp')))
})

test('several, the wrong ones, and none by itself', async () => {
  const project = new CliProject(smallProject())
  const both = await project.run(['--reporter=github', '--reporter=junit=r.xml'], { GITHUB_STEP_SUMMARY: project.at('s.md') })
  assert.is(both.status, 0)
  assert.ok(existsSync(project.at('r.xml')) && existsSync(project.at('s.md')))
  for (const [words, says] of [
    ['--reporter=gihub', "command line · unknown value `gihub' of `--reporter' · did you mean `github'?"],
    ['--reporter=junit', "command line · `--reporter=junit' needs a value · --reporter=junit=FILE"],
    ['--reporter=github=x', "command line · `--reporter=github' takes no value, not `x'"],
  ] as const) {
    assert.is((await project.run([words])).stderr, `coworks: *** ${says}\n`)
  }
  const plain = await project.run([], { GITHUB_ACTIONS: 'true', CI: 'true', GITHUB_STEP_SUMMARY: project.at('none.md') })
  assert.not.match(plain.stdout, /::/)
  assert.not.ok(existsSync(project.at('none.md')))
  assert.ok(readFileSync(project.at('r.xml'), 'utf8').startsWith('<?xml version="1.0" encoding="UTF-8"?>\n'))
})

test.run()
