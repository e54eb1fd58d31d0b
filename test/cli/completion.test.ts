import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { complete, completionScript } from '../../src/cli/completion.js'
import { shells } from '../../src/cli/options/index.js'

const known = {
  microservices: ['app-test', 'app-other', 'shop-cart'],
  stages: ['dev', 'prod'],
  targets: ['app-test', 'layer.zip', 'layer docs.zip'],
  variables: ['region'],
}
const at = (...words: string[]) => complete(words, known)

test('the first word: commands, targets and keys', () => {
  assert.equal(at(''), [
    'build',
    'init',
    'taint',
    'deploy',
    'destroy',
    'diff',
    'upload',
    'affected',
    'drift',
    'update',
    'run',
    'watch',
    'info',
    'sbom',
    'doctor',
    'templates',
    'completion',
    'help',
    'app-test',
    'layer.zip',
    'layer docs.zip',
    'microservice=',
    'stage=',
    'region=',
  ])
  assert.equal(at('b'), ['build'])
  assert.equal(at(), at(''))
})

test('after a command: targets, and the keys not given yet', () => {
  assert.equal(at('build', 'stage=dev', ''), ['app-test', 'layer.zip', 'layer docs.zip', 'microservice=', 'region='])
  assert.equal(at('build', 'lay'), ['layer.zip', 'layer docs.zip'])
})

test('microservices and stages, one by one in a comma list', () => {
  assert.equal(at('microservice='), ['microservice=all', 'microservice=app-test', 'microservice=app-other', 'microservice=shop-cart'])
  assert.equal(at('microservice=app-t'), ['microservice=app-test'])
  assert.equal(at('microservice=app-test,'), ['microservice=app-test,app-other', 'microservice=app-test,shop-cart'])
  assert.equal(at('stage=dev,p'), ['stage=dev,prod'])
  assert.equal(at('stage=all,'), [])
  assert.equal(at('region='), [])
})

test('options of the command, and their values', () => {
  assert.equal(at('--cache-f'), ['--cache-force'])
  assert.equal(at('--jo'), ['--jobs='])
  assert.equal(at('run', '--tr'), [])
  assert.equal(at('--tree=all,'), ['--tree=all,derived', '--tree=all,prune', '--tree=all,status'])
  assert.equal(at('--debug', 'ex'), ['explain'])
  assert.equal(at('--color=a'), ['--color=auto', '--color=always'])
  assert.ok(at('-').includes('-n'))
  assert.ok(at('-').includes('--dry-run'))
})

test('the value of an option is no target, and a file name is left to the shell', () => {
  assert.equal(at('-f', 'lay'), [])
  assert.equal(at('-nC', 'lay'), [])
  assert.equal(at('-C', 'dir', 'bui'), ['build'])
  assert.equal(at('-j4', 'lay'), ['layer.zip', 'layer docs.zip'])
})

test('after -- there are targets only', () => {
  assert.equal(at('--', ''), known.targets)
  assert.equal(at('--', '-'), [])
})

test('words that are not targets', () => {
  assert.equal(at('completion', ''), ['bash', 'zsh', 'fish'])
  assert.equal(at('completion', 'bash', ''), [])
  assert.equal(at('help', 'ta'), ['taint'])
  assert.equal(at('templates', 'c'), ['copy'])
  assert.equal(at('templates', 'copy', '_f'), ['_function.hbs'])
  assert.equal(at('templates', 'copy', '_function.hbs', ''), ['microservice=', 'stage=', 'region='])
})

/** A folder with a `coworks` that completes as the real one does, for the names above. */
function withCoworks(use: (bin: string) => void) {
  const bin = mkdtempSync(join(tmpdir(), 'coworks-completion-'))
  try {
    const module = fileURLToPath(new URL('../../src/cli/completion.js', import.meta.url))
    const program = `import { complete } from ${JSON.stringify(module)}
const words = process.argv.slice(process.argv.indexOf('--') + 1)
for (const word of complete(words, ${JSON.stringify(known)})) console.log(word)
`
    writeFileSync(join(bin, 'ask.mjs'), program)
    writeFileSync(join(bin, 'coworks'), `#!/bin/sh\nexec "${process.execPath}" "${join(bin, 'ask.mjs')}" "$@"\n`, { mode: 0o755 })
    for (const shell of shells) writeFileSync(join(bin, shell), completionScript(shell))
    use(bin)
  } finally {
    rmSync(bin, { recursive: true, force: true })
  }
}

/** What bash would offer: `words` as bash splits them, and the line they come from, the cursor at its end or at `point`. */
function inBash(bin: string, line: string, words: readonly string[], point = line.length): string[] {
  const driver = `source "$1"; COMP_LINE=$2 COMP_POINT=$3; shift 3
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _coworks; printf '%s\\n' "\${COMPREPLY[@]}"`
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
  const done = spawnSync('bash', ['--norc', '-c', driver, 'bash', join(bin, 'bash'), line, String(point), ...words], {
    env,
    encoding: 'utf8',
  })
  assert.is(done.stderr, '')
  return done.stdout.split('\n').filter((word) => word !== '')
}

const installed = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0

if (installed('bash')) {
  test('bash: words that bash split at = are put together again', () => {
    withCoworks((bin) => {
      assert.equal(inBash(bin, 'coworks ta', ['coworks', 'ta']), ['taint'])
      assert.equal(inBash(bin, 'coworks build microservice=', ['coworks', 'build', 'microservice', '=']), [
        'all',
        'app-test',
        'app-other',
        'shop-cart',
      ])
      assert.equal(inBash(bin, 'coworks  microservice=app-t', ['coworks', 'microservice', '=', 'app-t']), ['app-test'])
      assert.equal(inBash(bin, 'coworks stage=dev,', ['coworks', 'stage', '=', 'dev,']), ['dev,prod'])
      assert.equal(inBash(bin, 'coworks --tree=al', ['coworks', '--tree', '=', 'al']), ['all'])
    })
  })

  test('bash: a blank after a key ends it, and the word at the cursor ends there', () => {
    withCoworks((bin) => {
      assert.equal(inBash(bin, 'coworks stage=dev lay', ['coworks', 'stage', '=', 'dev', 'lay']), ['layer.zip', 'layer docs.zip'])
      assert.equal(inBash(bin, 'coworks region= stage', ['coworks', 'region', '=', 'stage']), ['stage='])
      assert.equal(inBash(bin, 'coworks tanit', ['coworks', 'tanit'], 10), ['taint'])
    })
  })
} else console.log('SKIPPED completion in bash: bash is not installed')

for (const shell of ['zsh', 'fish'] as const) {
  if (installed(shell)) {
    test(`${shell}: the script is one that it reads`, () => {
      withCoworks((bin) => {
        const { status, stderr } = spawnSync(shell, ['-n', join(bin, shell)], { encoding: 'utf8' })
        assert.is(stderr, '')
        assert.is(status, 0)
      })
    })
  } else console.log(`SKIPPED completion in ${shell}: ${shell} is not installed`)
}

test.run()
