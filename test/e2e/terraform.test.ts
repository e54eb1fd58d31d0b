// limit: 300 s
/** What the real build renders, before the real terraform and the real provider: formatted, and valid. */

import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, quickstart, REPO } from '../support/cli.js'
import { findTerraform, terraformEnv } from '../support/terraform.js'

const terraform = findTerraform()

function run(project: CliProject, ...args: string[]): string {
  const bin = 'bin' in terraform ? terraform.bin : ''
  const ran = spawnSync(bin, args, { cwd: project.at('terraform'), env: terraformEnv(), encoding: 'utf8' })
  assert.is(ran.status, 0, `terraform ${args[0]}: ${ran.stdout}${ran.stderr}`)
  return ran.stdout
}

async function check(project: CliProject, files: number): Promise<void> {
  const built = await project.run(['stage=all'])
  assert.is(built.status, 0, built.stderr)
  assert.is(readdirSync(project.at('terraform')).filter((name) => name.endsWith('.tf')).length, files)
  if ('missing' in terraform) return
  run(project, 'fmt', '-check', '-diff')
  run(project, 'init', '-input=false', `-plugin-dir=${terraform.pluginDir}`)
  const validation = JSON.parse(run(project, 'validate', '-json')) as { valid: boolean; warning_count: number }
  assert.equal([validation.valid, validation.warning_count], [true, 0])
}

if ('missing' in terraform) console.log(`SKIPPED terraform fmt and validate of the examples: ${terraform.missing}`)

test('quickstart, both stages', async () => {
  await check(new CliProject(quickstart()), 6)
})

test('shop: six microservices, three stages, two layers', async () => {
  const project = new CliProject({})
  for (const name of readdirSync(join(REPO, 'examples/shop'))) {
    if (!['terraform', '.coworks', 'node_modules'].includes(name) && !name.endsWith('.zip')) {
      cpSync(join(REPO, 'examples/shop', name), project.at(name), { recursive: true })
    }
  }
  const modules = join(REPO, 'examples/shop/node_modules')
  cpSync(modules, project.at('node_modules'), { recursive: true, filter: (path) => !path.startsWith(join(modules, 'coworks')) })
  await check(project, 6 + 16 + 6 + 1)
})

test.run()
