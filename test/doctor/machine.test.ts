import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { atLeast } from '../../src/doctor/check.js'
import { awsChecks, NODE_NEEDED, nodeCheck, TERRAFORM_NEEDED, terraformCheck, watchCheck } from '../../src/doctor/machine.js'
import { Folder } from '../support/folder.js'

const read = (file: string): string => readFileSync(join(process.env.COWORKS_REPO ?? '.', file), 'utf8')

test('versions are compared figure by figure', () => {
  for (const [version, wanted, answer] of [
    ['20.19.0', '20.19', true],
    ['20.9.0', '20.19', false],
    ['v22.1.0', '20.19', true],
    ['1.11.4', '1.4', true],
    ['1.3.9', '1.4', false],
    ['1.4.0-rc1', '1.4', true],
  ] as const)
    assert.is(atLeast(version, wanted), answer, `${version} ${wanted}`)
})

test('what is needed is what the package and the rendered files say', () => {
  assert.match(read('package.json'), `"node": ">=${NODE_NEEDED}"`)
  assert.match(read('src/terraform/templates/versions.tf.hbs'), `required_version = ">= ${TERRAFORM_NEEDED}"`)
  assert.is(nodeCheck('18.20.0').status, 'problem')
  assert.is(nodeCheck('20.19.0').status, 'ok')
})

test('terraform: missing, too old, new enough, and a program that is something else', async () => {
  const signal = new AbortController().signal
  const folder = new Folder()
  const program = (name: string, line: string): string => {
    folder.write(name, `#!/bin/sh\n${line}\n`, 0o755)
    return folder.at(name)
  }
  assert.is((await terraformCheck(folder.at('none'), signal)).status, 'warning')
  const old = await terraformCheck(program('old', `echo '{ "terraform_version": "1.3.0" }'`), signal)
  assert.match(old.what, /old 1\.3\.0 is too old: the files need 1\.5$/)
  assert.is(old.status, 'problem')
  const tofu = await terraformCheck(program('tofu', `echo '{"terraform_version":"1.8.1"}'`), signal)
  assert.match(tofu.what, /tofu 1\.8\.1$/)
  assert.is(tofu.status, 'ok')
  const other = await terraformCheck(program('other', 'echo no; echo oops >&2; exit 3'), signal)
  assert.match(other.what, /other does not say its version: oops$/)
})

test('credentials are found where the tools of AWS find them, and never shown', () => {
  const home = new Folder({
    '.aws/credentials': '[default]\naws_access_key_id = AKIACANARY\naws_secret_access_key = canary\n[other]\n',
    '.aws/config': '[default]\nregion = eu-west-3\n[profile work]\nsso_session = s\nregion=us-east-1\n[profile empty]\n',
  }).path
  const said = (env: Record<string, string>, at = home): string[] => {
    const checks = awsChecks(env, at)
    assert.not.match(JSON.stringify(checks), /canary/i)
    return checks.map(({ status, what }) => `${status} ${what}`)
  }
  assert.equal(said({}), ['ok AWS credentials in the profile default', 'ok AWS region eu-west-3'])
  assert.equal(said({ AWS_PROFILE: 'work' }), ['ok AWS credentials in the profile work', 'ok AWS region us-east-1'])
  assert.equal(said({ AWS_PROFILE: 'empty', AWS_REGION: 'eu-west-1' }), [
    'warning no AWS credentials here (those of a machine in AWS are not looked for)',
    'ok AWS region eu-west-1',
  ])
  assert.equal(said({ AWS_PROFILE: 'nobody' })[0], "problem AWS_PROFILE names `nobody', which no file of AWS's has")
  assert.equal(said({ AWS_ACCESS_KEY_ID: 'canary', AWS_SECRET_ACCESS_KEY: 'canary' }, '/nowhere'), [
    'ok AWS credentials in the environment',
    'warning no AWS region is set',
  ])
  assert.equal(said({ AWS_WEB_IDENTITY_TOKEN_FILE: '/canary' })[0], 'ok AWS credentials as a web identity')
})

test('how many folders may be watched', () => {
  const folder = new Folder({ few: '8191\n', enough: '8192\n' })
  assert.is(watchCheck(folder.at('few'))?.status, 'warning')
  assert.is(watchCheck(folder.at('enough'))?.status, 'ok')
  assert.is(watchCheck(folder.at('none')), undefined)
})

test.run()
