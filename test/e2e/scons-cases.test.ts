/** Five things that SCons gets wrong, and a build tool for things that are deployed must not: each with what happens instead. */
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, renameSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built, differences, smallProject } from '../support/built.js'

const ZIP = 'terraform/tmp/app-test-dev.zip'
const STAGE = 'terraform/app-test.dev.tf'

function built(): Built {
  const project = new Built(smallProject())
  project.build()
  return project
}

/** What the sources of a project give in a folder that knows nothing yet. */
function cleanOutputs(project: Built): Record<string, string> {
  const fresh = new Built()
  for (const [path, { kind, bytes, exec }] of project.list(['.coworks', 'terraform', 'layer.zip', 'notes.txt', 'node_modules/coworks'])) {
    if (kind === 'file') fresh.write(path, bytes, exec ? 0o755 : 0o644)
  }
  fresh.build(['--cache-disable'])
  return fresh.outputs()
}

test('a source of a zip that is renamed, its bytes unchanged, changes the zip', () => {
  const project = built()
  renameSync(project.at('src/page.html'), project.at('src/other.html'))
  const { targets } = project.json()
  const zip = targets.find(({ id }) => id === ZIP)
  assert.is(zip?.outcome, 'built')
  assert.equal(zip?.reasons, ["`src/other.html' is a new dependency", "`src/page.html' is no longer a dependency"])
  assert.is(targets.find(({ id }) => id === STAGE)?.outcome, 'built')
  assert.equal(differences(project.outputs(), cleanOutputs(project)), [])
})

test('chmod +x of a source of a zip changes the zip', () => {
  const project = built()
  chmodSync(project.at('src/page.html'), 0o755)
  const { targets } = project.json()
  const zip = targets.find(({ id }) => id === ZIP)
  assert.is(zip?.outcome, 'built')
  assert.equal(zip?.reasons, ["the executable bit of `src/page.html' changed"])
  assert.equal(differences(project.outputs(), cleanOutputs(project)), [])
})

test('a built file that was edited by hand is built again', () => {
  const project = built()
  const before = project.outputs()
  project.write(STAGE, `${project.read(STAGE)}# by hand\n`)
  project.write(ZIP, 'no zip any more')
  chmodSync(project.at('notes.txt'), 0o755)
  const { targets } = project.json()
  const reasons = Object.fromEntries(targets.filter(({ outcome }) => outcome !== 'fresh').map((one) => [one.id, one.reasons]))
  assert.equal(reasons, {
    [ZIP]: [`\`${ZIP}' was changed by hand`],
    [STAGE]: [`\`${STAGE}' was changed by hand`],
    'notes.txt': ["`notes.txt' was changed by hand"],
  })
  assert.equal(differences(project.outputs(), before), [])
  assert.equal(project.work(), {})
})

test('a build killed while it replaces an output, and its source then reverted: the output is not taken for the old one', async () => {
  const project = built()
  const before = project.outputs()
  project.write('Coworksfile.ts', project.read('Coworksfile.ts').replace("'cat $SOURCES > $TARGET'", "'./join.sh $TARGET $SOURCES'"))
  // It says when it is at work, and then would not end.
  project.write(
    'join.sh',
    '#!/bin/sh\nif [ -f stop ]; then printf torn > "$1"; echo x > at-work; exec sleep 600; fi\nout=$1; shift; cat "$@" > "$out"\n',
    0o755,
  )
  project.build()
  assert.equal(differences(project.outputs(), before), [])

  project.write('stop', '')
  project.write('notes/a.txt', 'changed\n')
  const [program = '', ...words] = project.command([])
  const child = spawn(program, words, { cwd: project.path, env: project.environment(), stdio: 'ignore', detached: true })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  while (!existsSync(project.at('at-work'))) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode} and was never at work`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  process.kill(-(child.pid ?? 0), 'SIGKILL')
  await ended
  // As a tool that writes its target in place would have left it; and the source as it was.
  project.write('notes.txt', 'torn')
  project.write('notes/a.txt', 'a\n')
  project.remove('stop')
  project.remove('at-work')
  const outcome = project.json().targets.find(({ id }) => id === 'notes.txt')
  assert.is(outcome?.outcome === 'built' || outcome?.outcome === 'built-same' || outcome?.outcome === 'cached', true)
  assert.ok(outcome?.reasons?.includes('its last build was interrupted'), String(outcome?.reasons))
  assert.equal(differences(project.outputs(), before), [])
})

test('-n behind an early cutoff says "might build", and the build then stops after the bundle', () => {
  const project = built()
  const before = project.outputs()
  project.write('src/app.ts', `// a comment\n${project.read('src/app.ts')}`)
  const { stdout } = project.run(['-n'])
  assert.match(stdout, `might build \`${ZIP}`)
  assert.match(stdout, `might build \`${STAGE}`)
  assert.not.match(stdout, /^zip /m)
  assert.not.match(stdout, /two-other/)
  const planned = project.json(['-n']).targets.find(({ id }) => id === ZIP)
  assert.is(planned?.state, 'unsure')
  assert.equal(differences(project.outputs(), before), [])

  assert.equal(project.work(), {})
  assert.equal(differences(project.outputs(), before), [])
  // And it is known from now on.
  assert.not.match(project.run(['-n']).stdout, 'might')
})

test('-n says "zip" where it is sure', () => {
  const project = built()
  project.write('src/page.html', 'changed')
  const { stdout } = project.run(['-n'])
  assert.match(stdout, new RegExp(`^zip ${ZIP}$`, 'm'))
  assert.match(stdout, `might build \`${STAGE}`)
})

test.run()
