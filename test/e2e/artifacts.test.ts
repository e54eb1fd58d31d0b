// limit: 300 s
/** Zips through a bucket: sent once, checked, and planned and applied by the real terraform in a folder that has none of them. */
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, quickstart } from '../support/cli.js'
import { hasMoto, startMoto } from '../support/moto.js'
import { findTerraform, terraform, terraformEnv } from '../support/terraform.js'

const PREFIX = `coworks/app-test/`

function withBucket(bucket: string): Record<string, string> {
  const files = quickstart()
  const declared = (files['Coworksfile.ts'] ?? '').replace(
    'CwsProject(src, tms)',
    `CwsProject(src, tms, { artifacts: { bucket: ${bucket} } })`,
  )
  return { ...files, 'Coworksfile.ts': declared }
}

const hash = (project: CliProject, file: string, encoding: 'hex' | 'base64') =>
  createHash('sha256')
    .update(readFileSync(project.at(file)))
    .digest(encoding)
const ZIP = 'terraform/tmp/app-test-dev.zip'

test('the files name the bucket, and the key holds the hash of the bytes', async () => {
  const project = new CliProject(withBucket("{ prod: 'prod-artifacts' }"))
  const built = await project.run(['stage=all', '-s'])
  assert.is(built.status, 0, built.stderr)
  const zip = 'terraform/tmp/app-test-prod.zip'
  const prod = readFileSync(project.at('terraform/app-test.prod.tf'), 'utf8')
  assert.match(prod, `s3_bucket        = "prod-artifacts"`)
  assert.match(prod, `s3_key           = "${PREFIX}${hash(project, zip, 'hex')}.zip"`)
  assert.match(readFileSync(project.at('terraform/layer.prod.tf'), 'utf8'), `"coworks/layer/${hash(project, 'layer.zip', 'hex')}.zip"`)
  assert.match(readFileSync(project.at('terraform/app-test.dev.tf'), 'utf8'), '"${path.module}/tmp/app-test-dev.zip"')
  assert.match(readFileSync(project.at('terraform/layer.dev.tf'), 'utf8'), '"${path.module}/../layer.zip"')
})

test('what cannot be a bucket, a stage or an option is said', async () => {
  const said = async (bucket: string) => (await new CliProject(withBucket(bucket)).run([])).stderr
  assert.match(await said("'My_Bucket'"), 'CwsProject, artifacts · "My_Bucket" cannot be the name of a bucket · lower-case letters')
  assert.match(await said("{ prd: 'artifacts' }"), "CwsProject, artifacts · unknown stage `prd' · did you mean `prod'?")
  assert.match(await said("'artifacts', prefx: 'a'"), "CwsProject, artifacts · unknown option `prefx' · did you mean `prefix'?")
})

test('without a bucket there is nothing to upload', async () => {
  const project = new CliProject()
  const ran = await project.run(['upload', '-s'])
  assert.equal(
    [ran.status, ran.stderr],
    [2, "coworks: *** no stage of these sends its zips through a bucket · CwsProject(src, tms, { artifacts: { bucket: '…' } })\n"],
  )
})

if (!hasMoto()) console.log('SKIPPED uploading to an emulator: moto_server is not on the PATH')
else {
  test('sent once, checked, and applied where no zip is', async () => {
    const moto = await startMoto()
    const away = mkdtempSync(join(tmpdir(), 'coworks-artifacts-'))
    try {
      const project = new CliProject(withBucket("'artifacts'"))
      const upload = (...words: string[]) => project.run(['upload', ...words], moto.env)

      const noBucket = await upload('-s')
      assert.is(noBucket.status, 2)
      assert.match(
        noBucket.stderr,
        /^coworks: \*\*\* s3:\/\/artifacts\/coworks\/app-test\/\w{64}\.zip · there is no bucket artifacts · make it first/,
      )
      const here = '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>'
      await moto.ask('s3', 'PUT', '/artifacts', here)

      const key = `${PREFIX}${hash(project, ZIP, 'hex')}.zip`
      const layerKey = `coworks/layer/${hash(project, 'layer.zip', 'hex')}.zip`
      const missing = await upload('-n', '-Q')
      assert.is(missing.status, 1)
      assert.match(
        missing.stdout,
        new RegExp(`^missing s3://artifacts/${key}  # ${ZIP}, 0\\.\\d MB\nmissing s3://artifacts/${layerKey}  # layer\\.zip`),
      )
      const first = await upload('-Q')
      assert.is(first.status, 0, first.stderr)
      assert.match(first.stdout, `uploaded s3://artifacts/${key}`)
      const second = await upload('--json')
      const { artifacts } = JSON.parse(second.stdout) as { artifacts: { what: string; outcome: string; key: string; sha256: string }[] }
      assert.equal(
        artifacts.map(({ what, outcome, key: one }) => [what, outcome, one]),
        [
          ['code', 'there', key],
          ['layer layer', 'there', layerKey],
        ],
      )
      // As another tool would send it, without a checksum: its bytes are looked at.
      await moto.ask('s3', 'DELETE', `/artifacts/${key}`)
      await moto.ask('s3', 'PUT', `/artifacts/${key}`, new Uint8Array(readFileSync(project.at(ZIP))))
      assert.is((await upload('-n', '-s')).status, 0)
      const bytes = new Uint8Array(readFileSync(project.at(ZIP)))
      bytes[bytes.length - 1] = 1
      await moto.ask('s3', 'PUT', `/artifacts/${key}`, bytes)
      const wrong = await upload('-n', '-s')
      assert.equal([wrong.status, wrong.stdout], [2, ''])
      assert.match(wrong.stderr, `s3://artifacts/${key} · is not what its key says: its bytes have another hash · delete the object`)
      await moto.ask('s3', 'DELETE', `/artifacts/${key}`)
      assert.is((await upload('-s')).status, 0)

      const found = findTerraform()
      if ('missing' in found) {
        console.log(`SKIPPED applying without zips: ${found.missing}`)
        return
      }
      // Another job: the .tf files and the environment file, and nothing else.
      const take = () => {
        mkdirSync(join(away, 'terraform'), { recursive: true })
        cpSync(project.at('config'), join(away, 'config'), { recursive: true })
        for (const name of readdirSync(project.at('terraform'))) {
          if (name.endsWith('.tf')) cpSync(project.at(`terraform/${name}`), join(away, 'terraform', name))
        }
      }
      take()
      const dir = join(away, 'terraform')
      const env = terraformEnv(moto.env)
      const code = async () => {
        const { Configuration } = JSON.parse(await moto.ask('lambda', 'GET', '/2015-03-31/functions/app-test-dev')) as {
          Configuration: { CodeSha256: string }
        }
        return Configuration.CodeSha256
      }
      const plan = (...more: string[]) =>
        terraform(dir, ['plan', '-input=false', '-detailed-exitcode', '-out=plan', ...more], env, { ok: [0, 2] })
      await terraform(dir, ['init', '-input=false', `-plugin-dir=${found.pluginDir}`], env)
      await plan()
      await terraform(dir, ['apply', '-input=false', 'plan'], env)
      assert.is(await code(), hash(project, ZIP, 'base64'))
      assert.is((await plan()).status, 0, 'the second plan')

      project.write('src/app.ts', project.read('src/app.ts').replace('microservice ready', 'microservice is ready'))
      assert.is((await upload('-s')).status, 0)
      assert.not.equal(await code(), hash(project, ZIP, 'base64'))
      take()
      cpSync(join(dir, 'terraform.tfstate'), project.at('terraform/terraform.tfstate'))
      const { stdout } = await project.run(['taint', '--replace'])
      assert.is(
        stdout,
        '-replace=aws_lambda_function.app-test_dev\n-replace=aws_lambda_permission.app-test_dev\n-replace=aws_lambda_permission.app-test_dev_authorizer\n',
      )
      await terraform(dir, ['apply', '-input=false', '-auto-approve', ...stdout.trim().split('\n')], env)
      assert.is(await code(), hash(project, ZIP, 'base64'))
      assert.is((await plan()).status, 0, 'nothing is left to do')
    } finally {
      moto.stop()
      rmSync(away, { recursive: true, force: true })
    }
  })
}

test.run()
