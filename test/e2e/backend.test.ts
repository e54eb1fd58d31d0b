// limit: 900 s
/**
 * A state in a backend (S3, with its lock file), and another program than `terraform`: here one of that name which stands in front of it, as
 * OpenTofu is not to be had on every machine. What is run and what is printed must name it, everywhere.
 */
import { chmodSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { smallProject } from '../support/cli.js'
import { Cloud, cloudless } from '../support/cloud.js'

const BACKEND = `terraform {
  backend "s3" {
    bucket       = "states"
    key          = "app.tfstate"
    region       = "eu-west-1"
    use_lockfile = true
  }
}
`

if (cloudless !== undefined) {
  console.log(`SKIPPED a state in S3, and another program than terraform: ${cloudless}`)
  test('nothing to deploy with', () => {})
} else {
  test('deploy, taint and build with a state in S3, by another program', async () => {
    const cloud = await Cloud.start({ ...smallProject(), 'terraform/backend.tf': BACKEND })
    const { project, moto } = cloud
    const bin = '--terraform-bin=./tofu'
    project.write('tofu', `#!/bin/sh\necho "$1 $2" >> "${project.at('calls')}"\nexec terraform "$@"\n`)
    chmodSync(project.at('tofu'), 0o755)
    const calls = () => {
      const lines = readFileSync(project.at('calls'), 'utf8').trim().split('\n')
      project.write('calls', '')
      return lines.map((line) => line.split(' ')[0])
    }
    const edit = (from: string, to: string) => project.write('src/app.ts', project.read('src/app.ts').replace(from, to))
    try {
      const here = '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>'
      await moto.ask('s3', 'PUT', '/states', here)
      const unknown = await cloud.ok('build', bin)
      assert.match(
        unknown,
        /^coworks: what is deployed is not known \(.*not initialised.*\), and no build was acknowledged: nothing is tainted\.$/m,
      )

      assert.match(await cloud.ok('deploy', bin, '--auto-approve'), /^app-test dev: https:/m)
      assert.equal(calls(), ['init', 'state', 'plan', 'show', 'apply', 'output'])

      edit("'ready'", "'steady'")
      const words = [
        'aws_lambda_function.app-test_dev',
        'aws_lambda_permission.app-test_dev',
        'aws_lambda_permission.app-test_dev_authorizer',
      ]
      const built = await cloud.ok('build', bin)
      for (const address of words) assert.match(built, `\n./tofu -chdir=terraform taint -allow-missing '${address}'  # `)
      assert.equal(calls(), ['state'], 'the state is pulled once')
      assert.is(await cloud.ok('taint', bin, '--replace', '-s'), words.map((address) => `-replace=${address}\n`).join(''))

      const tainted = await cloud.ok('taint', bin, '--apply')
      assert.match(tainted, 'tainted aws_lambda_function.app-test_dev  # code changed\n')
      assert.equal(calls(), ['state', 'state', 'taint', 'taint', 'taint'])
      const json = JSON.parse(await cloud.ok('taint', bin, '--json')) as { taints: { address: string; pending: boolean }[] }
      assert.equal(
        json.taints.map(({ address, pending }) => `${address} ${pending}`),
        words.map((address) => `${address} true`),
      )

      assert.match(await cloud.ok('deploy', bin, '--auto-approve'), /^ {4}replace {2}aws_lambda_function\.app-test_dev {2}# code changed$/m)
      assert.is((await cloud.lambda('app-test-dev')).CodeSha256, cloud.codeSha256('terraform/tmp/app-test-dev.zip'))
      assert.not.match(await moto.ask('s3', 'GET', '/states?list-type=2'), '.tflock', 'no lock is left')

      // Without the program a build works, and says once what it could not know; the last deployment stands in.
      edit("'steady'", "'readier'")
      const { status, stdout, stderr } = await cloud.coworks('build', '--terraform-bin=./nothing')
      assert.equal([status, stderr], [0, ''])
      assert.is(stdout.split('what is deployed is not known').length, 2)
      assert.match(stdout, 'compared with the last build that was acknowledged.')
      assert.match(stdout, "./nothing -chdir=terraform taint -allow-missing 'aws_lambda_function.app-test_dev'  # code changed\n")
      await cloud.ok('taint', '--baseline', 'stage=dev')
      assert.not.match(await cloud.ok('build', '--terraform-bin=./nothing'), '-chdir')
    } finally {
      cloud.stop()
    }
  })
}

test.run()
