/** Words for a shell are read back by a real one; text for a terminal has nothing in it that a terminal obeys. */
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { printable, printableLine, printableOutput, shellPath, shellQuoted, shellWord } from '../../src/util/quote.js'
import { search } from '../support/search.js'

const pieces = [
  "'",
  '"',
  '\\',
  '$',
  '`',
  '$(id)',
  '${HOME}',
  '\n',
  ' ',
  '*',
  '?',
  '~',
  '!',
  '#',
  '-',
  '--',
  '%',
  '&',
  ';',
  '|',
  '<',
  '>',
  '(',
  '[',
  '{a,b}',
  '=',
  'é',
  'e\u0301',
  '\u{1f600}',
  '\u001b[31m',
  '\r',
  '\t',
  '\u0007',
  '\u202e',
  'a',
  '',
]
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }).map((text) => text.replace(/\p{Surrogate}/gu, '')),
)
// No word of any program can hold a NUL.
const word = hostile.map((text) => text.replaceAll('\0', ''))

/** What a program is given that /bin/sh starts with these words. */
function argv(line: string): string[] {
  const script = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))'
  return JSON.parse(execFileSync('/bin/sh', ['-c', `'${process.execPath}' -e '${script}' -- ${line}`], { encoding: 'utf8' })) as string[]
}

test('a word is quoted only where a shell would read it as something else', () => {
  for (const plain of ['a', 'src/app-test.ts', '-chdir=terraform', 'a@b%c+d:e,f', '9=a', '-A=b', 'a-b=c', '='])
    assert.is(shellWord(plain), plain)
  for (const word of ['', 'a b', 'a\nb', 'a\n', ' a', 'é', '~', '$x', 'A=b', '_a9=', 'a=b/c', 'Z='])
    assert.is(shellWord(word), `'${word}'`, JSON.stringify(word))
  assert.is(shellWord("it's"), "'it'\\''s'")
  assert.is(shellQuoted("'a'"), "''\\''a'\\'''")
  assert.is(shellQuoted('plain'), "'plain'")
  assert.is(shellPath('-a b'), "'./-a b'")
})

test('control characters are shown by their numbers', () => {
  assert.is(printable('a\u0000\u0007\u000b\u001f\u007f\u0080\u009f z'), 'a\\x00\\x07\\x0b\\x1f\\x7f\\x80\\x9f z')
  assert.is(printable('\u2028\u2029\u202a\u202e\u2066\u2069'), '\\u2028\\u2029\\u202a\\u202e\\u2066\\u2069')
  const kept = 'é \u00a0\u00ff\u0100\u2027\u202f\u2065\u206a 漢 😀\n\t'
  assert.is(printable(kept), kept)
  assert.is(printableLine('a\nb\tc\rd'), 'a\\nb\\tc\\x0dd')
})

test('a path is no option, and still the same file', () => {
  fc.assert(
    fc.property(word, (path) => {
      const [shown = ''] = [shellPath(path)]
      assert.ok(!shown.startsWith('-'))
      assert.not.match(shown, /^'-/)
    }),
    search('paths for a shell', 300).fastCheck,
  )
  assert.is(shellPath('-rf'), './-rf')
  assert.is(shellPath('config/-rf'), 'config/-rf')
})

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

test('nothing that a terminal obeys is printed', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      assert.not.match(printable(text), OBEYED)
      assert.is(printable(printable(text)), printable(text))
      assert.not.match(printableLine(text), OBEYED)
      assert.not.match(printableLine(text), /[\n\t]/)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
      assert.not.match(printableOutput(text).replace(/\u001b\[[\d;]*m/g, ''), OBEYED)
    }),
    search('text for a terminal', 500).fastCheck,
  )
})

test('what a program printed keeps its colours and its lines, and nothing else', () => {
  assert.is(printableOutput('\u001b[31mred\u001b[0m\r\nline\n'), '\u001b[31mred\u001b[0m\nline\n')
  assert.is(printableOutput('\u001b[2Jgone\u001b]0;title\u0007'), '\\x1b[2Jgone\\x1b]0;title\\x07')
  assert.is(printableOutput('\u001b[m\u001b[1;38;5;9mbold\rover\u001b[0K'), '\u001b[m\u001b[1;38;5;9mbold\\x0dover\\x1b[0K')
})

test('any words, read back by /bin/sh', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 400 }), (words) => {
      assert.equal(argv(words.map(shellWord).join(' ')), words)
      assert.equal(argv(words.map(shellQuoted).join(' ')), words)
      assert.equal(
        argv(words.map((one) => `-chdir=${shellWord(one)}`).join(' ')),
        words.map((one) => `-chdir=${one}`),
      )
    }),
    search('words for a shell', 12).fastCheck,
  )
})

test.run()
