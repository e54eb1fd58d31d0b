// limit: 300 s
/** An update whose zips go through a bucket: put there once, taken from there by Lambda. Lambda and S3 are an emulator, and the AWS command line sets up and reads back. */
import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, serviceSource } from '../support/cli.js'
import { hasMoto, type Moto, startMoto } from '../support/moto.js'

const hasAws = spawnSync('aws', ['--version'], { stdio: 'ignore' }).status === 0
const why = !hasMoto() ? 'moto_server is not on the PATH' : !hasAws ? 'aws is not on the PATH' : undefined
if (why !== undefined) console.log(`SKIPPED updating through a bucket: ${why}`)

async function aws(moto: Moto, ...words: string[]): Promise<Record<string, unknown>> {
  const nowhere = { AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' }
  const { stdout } = await promisify(execFile)('aws', [...words, '--output', 'json'], { env: { ...process.env, ...moto.env, ...nowhere } })
  return JSON.parse(stdout) as Record<string, unknown>
}

test('code goes through the bucket, under the hash of its bytes, once', async () => {
  if (why !== undefined) return
  const moto = await startMoto()
  const project = new CliProject({
    'package.json': '{ "name": "small", "private": true, "type": "module" }\n',
    'Coworksfile.ts': `import { AllFiles, CwsProject } from 'coworks/cws'
CwsProject([AllFiles('src')], [['app-test', ['dev']]], { artifacts: { bucket: 'zips' } })
`,
    'src/app.ts': serviceSource(),
  })
  const zip = project.at('terraform/tmp/app-test-dev.zip')
  const hash = (encoding: 'hex' | 'base64') => createHash('sha256').update(readFileSync(zip)).digest(encoding)
  try {
    await aws(moto, 's3api', 'create-bucket', '--bucket', 'zips', '--create-bucket-configuration', 'LocationConstraint=eu-west-1')
    const trust =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda.amazonaws.com"}}]}'
    const { Role } = await aws(moto, 'iam', 'create-role', '--role-name', 'app', '--assume-role-policy-document', trust)
    assert.is((await project.run(['-s'])).status, 0)
    const common = ['--runtime', 'nodejs22.x', '--handler', 'index.handler', '--zip-file', `fileb://${zip}`]
    await aws(moto, 'lambda', 'create-function', '--function-name', 'app-test-dev', '--role', (Role as { Arn: string }).Arn, ...common)

    project.write('src/app.ts', project.read('src/app.ts').replace("'ready'", "'changed'"))
    let from = moto.log.length
    const { status, stderr } = await project.run(['update', '-s'], moto.env)
    assert.is(status, 0, stderr)
    assert.equal(
      moto.log.slice(from).filter((line) => line.startsWith('PUT ')),
      [`PUT /zips/coworks/app-test/${hash('hex')}.zip`, 'PUT /2015-03-31/functions/app-test-dev/code'],
    )
    const { CodeSha256 } = await aws(moto, 'lambda', 'get-function-configuration', '--function-name', 'app-test-dev')
    assert.is(CodeSha256, hash('base64'))

    from = moto.log.length
    assert.is((await project.run(['update', '-s'], moto.env)).status, 0)
    assert.equal(
      moto.log.slice(from).filter((line) => !line.startsWith('GET ')),
      [],
    )
  } finally {
    moto.stop()
  }
})

test.run()
