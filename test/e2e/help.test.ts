/** `coworks -h` of a project: what its Coworksfile says of itself, first; as it says it now, however it was compiled and kept. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built, packageFolder, smallProject } from '../support/built.js'

const page = (name: string, width = 80) => readFileSync(join(packageFolder(), `dist/help/${name}.${width}.txt`), 'utf8')

function says(project: Built, words: readonly string[], expected: string, env: Readonly<Record<string, string>> = {}): void {
  assert.equal(project.run(words, { env }), { status: 0, stdout: expected, stderr: '' }, words.join(' '))
}

const help = (text: string) => `import { Help } from 'coworks/cws'\nHelp(${JSON.stringify(text)})\n`

test('help of commands and options is the page of each, in a project and in none', () => {
  for (const project of [new Built(), new Built(smallProject())]) {
    says(project, ['help'], page('_overview'))
    says(project, ['help', 'taint'], page('taint'))
    says(project, ['-H'], page('_options'))
    says(project, ['--help'], page('_overview'))
    says(project, ['-h', 'build'], page('build'))
    // Said by the rest of the command, which is not the one that hands out pages: the same.
    says(project, ['--help'], page('_overview'), { COWORKSFLAGS: '-Q' })
    says(project, ['help', 'taint'], page('taint'), { COWORKSFLAGS: '-Q' })
    says(project, ['-H'], page('_options'), { COWORKSFLAGS: '-Q' })
  }
})

test('a shell need not be named to ask what completion is', () => {
  says(new Built(), ['completion', '--help'], page('completion'))
  says(new Built(), ['completion', '--help'], page('completion'), { COWORKSFLAGS: '-Q' })
})

test('help for what is no command says so', () => {
  const { status, stdout, stderr } = new Built().run(['help', 'bild'])
  assert.equal([status, stdout], [2, ''])
  assert.match(stderr, "unknown command `bild' · did you mean `build'?")
})

test('a project says its own before, from the moment its Coworksfile does, and no longer than it does', () => {
  const project = new Built({ 'Coworksfile.ts': '', ...smallProject() })
  says(project, ['-h'], page('_overview'))
  says(project, ['-h'], page('_overview'))
  const before = project.read('Coworksfile.ts')
  project.write('Coworksfile.ts', before + help('The small project.'))
  says(project, ['-h'], `The small project.\n\n${page('_overview')}`)
  says(project, ['build', '--help'], `The small project.\n\n${page('build')}`)
  says(project, ['-h'], `The small project.\n\n${page('_overview')}`)
  project.write('Coworksfile.ts', before)
  says(project, ['-h'], page('_overview'))
  project.remove('Coworksfile.ts')
  says(project, ['-h'], page('_overview'))
  project.write('Coworksfile.mjs', help('By another file.'))
  says(project, ['-h'], `By another file.\n\n${page('_overview')}`)
})

test('so it is where a file that the Coworksfile imports says it', () => {
  const project = new Built({ 'Coworksfile.ts': "import './words.js'\n", 'words.ts': 'export {}\n' })
  says(project, ['-h'], page('_overview'))
  says(project, ['-h'], page('_overview'))
  project.write('words.ts', help('From words.ts.'))
  says(project, ['-h'], `From words.ts.\n\n${page('_overview')}`)
})

test('so it is where a package says it', () => {
  const project = new Built({
    'Coworksfile.ts': "import 'presets'\n",
    'node_modules/presets/package.json': '{"name":"presets","type":"module","exports":"./index.js"}',
    'node_modules/presets/index.js': '',
  })
  says(project, ['-h'], page('_overview'))
  project.write('node_modules/presets/index.js', help('From a package.'))
  says(project, ['-h'], `From a package.\n\n${page('_overview')}`)
})

test('a record that was damaged, or is from elsewhere, is not believed', () => {
  const project = new Built({ 'Coworksfile.ts': help('Mine.') })
  says(project, ['-h'], `Mine.\n\n${page('_overview')}`)
  const record = project.read('.coworks/coworksfile.json')
  project.write('.coworks/coworksfile.json', record.replace('"helps":true', '"helps":false'))
  says(project, ['-h'], `Mine.\n\n${page('_overview')}`)
  project.write('.coworks/coworksfile.json', 'no record')
  says(project, ['-h'], `Mine.\n\n${page('_overview')}`)
})

test('where the Coworksfile is broken, help helps', () => {
  const project = new Built({ 'Coworksfile.ts': 'Layer(' })
  says(project, ['-h'], page('_overview'))
})

test('a terminal gets the layout that fits it', () => {
  const project = new Built()
  const line = project
    .command(['help', 'build'])
    .map((word) => `'${word}'`)
    .join(' ')
  for (const [columns, width] of [
    [79, undefined],
    [80, 80],
    [99, 80],
    [100, 100],
    [200, 100],
  ] as const) {
    const { status, stdout, error } = spawnSync('script', ['-qec', `stty cols ${columns}; exec ${line}`, '/dev/null'], {
      env: { ...project.environment(), TERM: 'xterm' },
      encoding: 'utf8',
    })
    if (error !== undefined) return console.log('SKIPPED help in a terminal: script (of util-linux) is not on the PATH')
    assert.is(status, 0, stdout)
    const text = stdout.replaceAll('\r\n', '\n')
    if (width !== undefined) assert.is(text, page('build', width), `${columns} columns`)
    else {
      assert.not.equal(text, page('build'))
      assert.ok(text.split('\n').every((one) => one.length <= columns))
    }
  }
})

test.run()
