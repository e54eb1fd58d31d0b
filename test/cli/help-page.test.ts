/** The pages of help that lie ready say what would be laid out, and are given to those who ask for just that. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { helpPages } from '../../src/cli/help.js'
import { helpAsked, helpWidth, pageFile } from '../../src/cli/help-page.js'

const DIST = join(process.env.COWORKS_REPO ?? process.cwd(), 'dist')

test('each page of the package is what yargs lays out', async () => {
  const pages = await helpPages()
  assert.equal(readdirSync(join(DIST, 'help')).sort(), [...pages.keys()].map((file) => file.replace('help/', '')).sort())
  for (const [file, text] of pages) assert.is(readFileSync(join(DIST, file), 'utf8'), text, file)
})

const ASKED: readonly (readonly [line: string, page: string | undefined, ofProject?: boolean])[] = [
  ['--help', '_overview', true],
  ['-h', '_overview', true],
  ['help', '_overview', false],
  ['help build', 'build', false],
  ['build --help', 'build', true],
  ['-h deploy', 'deploy', true],
  ['-H', '_options', false],
  ['--help-options', '_options', false],
  ['', undefined],
  ['build', undefined],
  ['help build -Q', undefined],
  ['help --help', undefined],
  ['build -H', undefined],
  ['--json --help', undefined],
  ['-hn', undefined],
  ['-C elsewhere -h', undefined],
  ['-h stage=dev build', undefined],
  ['-- --help', undefined],
]
for (const [line, page, ofProject = false] of ASKED) {
  test(`coworks ${line}: ${page ?? 'no page'}`, () => {
    const words = line === '' ? [] : line.split(' ')
    assert.equal(helpAsked(words, ''), page === undefined ? undefined : { page, ofProject })
    assert.is(helpAsked(words, '-Q'), undefined)
  })
}

test('the widest layout that fits; the terminal itself where none does', () => {
  assert.equal([undefined, 0, 40, 79, 80, 99, 100, 300].map(helpWidth), [80, 80, 40, 79, 80, 80, 100, 100])
  assert.is(pageFile('build', 79), undefined)
  assert.is(pageFile('build', 80), 'help/build.80.txt')
  for (const name of ['../../secret', '__complete', 'layer.zip', 'stage=dev', '']) assert.is(pageFile(name, 80), undefined, name)
})

test.run()
