// limit: 600 s
// A large API, and many microservices, each applied by the real terraform and provider in one go: nothing meets itself on the way, and
// the API costs as many resources and calls with 150 routes as with one.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hasMoto, startMoto } from '../support/moto.js'
import { findTerraform, terraform, terraformEnv } from '../support/terraform.js'
import { bodyFiles, discreteFiles, type Files, largeProject, putFiles } from './large.js'

const found = findTerraform()
const why = 'missing' in found ? found.missing : hasMoto() ? undefined : 'moto_server is not on the PATH'

/** Resources by type, and calls that reached the emulator, of one apply; and whether the next plan is empty. */
async function applied(files: Files) {
  const root = mkdtempSync(join(tmpdir(), 'coworks-large-'))
  const moto = await startMoto()
  const env = terraformEnv(moto.env)
  try {
    for (const [path, content] of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), content)
    }
    const dir = join(root, 'terraform')
    await terraform(dir, ['fmt', '-check'], env)
    await terraform(dir, ['init', '-input=false', `-plugin-dir=${'pluginDir' in found ? found.pluginDir : ''}`], env)
    const before = moto.calls()
    await terraform(dir, ['apply', '-input=false', '-auto-approve'], env)
    const calls = moto.calls() - before
    const { status } = await terraform(dir, ['plan', '-input=false', '-detailed-exitcode'], env, { ok: [0, 2] })
    const addresses = (await terraform(dir, ['state', 'list'], env)).stdout.trim().split('\n')
    return { addresses, calls, again: status }
  } finally {
    moto.stop()
    rmSync(root, { recursive: true, force: true })
  }
}

test('as many resources as docs/terraform.md says, in each of three ways', () => {
  const resources = (files: Files) =>
    [...files].reduce((sum, [path, content]) => sum + (path.endsWith('.tf') ? (String(content).match(/^resource "/gm)?.length ?? 0) : 0), 0)
  const table = [5, 150].map((routes) => [discreteFiles(routes), bodyFiles(routes), putFiles(routes)].map(resources))
  assert.equal(table, [
    [55, 19, 23],
    [1070, 19, 23],
  ])
})

if (why !== undefined) {
  console.log(`SKIPPED applying large projects to an emulator: ${why}`)
} else {
  test('150 routes are one definition a stage', async () => {
    const { addresses, calls, again } = await applied(putFiles(150))
    assert.is(again, 0, 'the second plan')
    // The API; of each stage definition with its guard, deployment, stage, function, role and its policy, two permissions, log group, layer version.
    assert.is(addresses.length, 1 + 2 * 11)
    assert.ok(calls < 150, `${calls} calls`)
  })

  test('six microservices in three stages', async () => {
    const { addresses, again } = await applied(largeProject(6, ['dev', 'test', 'prod']))
    assert.is(again, 0, 'the second plan')
    assert.is(addresses.length, 6 * (1 + 3 * 10) + 3)
  })
}

test.run()
