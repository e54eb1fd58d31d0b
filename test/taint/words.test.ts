/** The commands that a build prints, run by a real /bin/sh with a terraform that tells what it was given. */
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { replaceArguments, taintCommand } from '../../src/taint/taint.js'
import { Folder } from '../support/folder.js'
import { search } from '../support/search.js'

const TELLS = `#!/bin/sh\nprintf '%s\\0' "$0" "\${TF_WORKSPACE-unset}" "$@" >> "$TOLD"\n`
const pieces = [
  "'",
  '"',
  '\\',
  '$',
  '`',
  '$(id)',
  '\n',
  ' ',
  '*',
  '~',
  '!',
  '#',
  '-',
  '%',
  '&',
  ';',
  '|',
  '<',
  '=',
  'é',
  '\u{1f600}',
  '\u001b[31m',
  '[0]',
  '["a b"]',
  'a',
]
const word = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map((text) => text.replaceAll('\0', '0')),
)

test('taint commands reach terraform as they are meant, whatever the address, folder, workspace and program are called', () => {
  const folder = new Folder()
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          address: word,
          dir: word,
          workspace: fc.option(word, { nil: undefined }),
          bin: fc.constantFrom('terraform', 'A=b', '-x', "it's tofu"),
        }),
        {
          minLength: 1,
          maxLength: 25,
        },
      ),
      (all) => {
        folder.write('told', '')
        for (const bin of ['terraform', 'A=b', '-x', "it's tofu"]) {
          folder.write(`bin/${bin}`, TELLS)
          chmodSync(folder.at(`bin/${bin}`), 0o755)
        }
        const lines = all.map(({ address, dir, workspace, bin }) =>
          taintCommand(address, { terraformDir: dir, workspace, terraformBin: bin }),
        )
        const PATH = `${folder.at('bin')}:${process.env.PATH}`
        execFileSync('/bin/sh', ['-c', `:\n${lines.join('\n')}`], { env: { PATH, TOLD: folder.at('told') }, cwd: folder.path })
        const expected = all.flatMap(({ address, dir, workspace, bin }) => [
          folder.at(`bin/${bin}`),
          workspace ?? 'unset',
          ...(dir === '.' ? [] : [`-chdir=${dir}`]),
          'taint',
          '-allow-missing',
          address,
        ])
        assert.equal(readFileSync(folder.at('told'), 'utf8').split('\0').slice(0, -1), expected)
        folder.write('told', '')
        execFileSync('/bin/sh', ['-c', `terraform plan ${replaceArguments(all).join(' ')}`], { env: { PATH, TOLD: folder.at('told') } })
        assert.equal(
          readFileSync(folder.at('told'), 'utf8').split('\0').slice(3, -1),
          all.map(({ address }) => `-replace=${address}`),
        )
      },
    ),
    search('taint commands', 25).fastCheck,
  )
})

test.run()
