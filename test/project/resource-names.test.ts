import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { emptySnapshot } from '../../src/build/state.js'
import { AllFiles, CwsProject, type CwsProjectOptions, Layer } from '../../src/project/cws.js'
import { newRecorder, recordInto } from '../../src/project/declarations.js'
import { sameNames } from '../../src/project/resource-names.js'
import { Folder } from '../support/folder.js'

type Tuples = readonly (readonly [string, readonly string[]])[]

async function told(tms: Tuples, layers: readonly string[] = [], options: CwsProjectOptions = {}, more: () => void = () => {}) {
  const recorder = newRecorder(emptySnapshot(new Folder().path), {})
  await recordInto(recorder, async () => {
    for (const name of layers) Layer(`${name}.zip`)
    CwsProject([AllFiles('src')], tms, options)
    more()
  })
  return sameNames(recorder.declarations).map(({ where, what, hint }) => `${where} · ${what} · ${hint}`)
}

test('names that differ are nobody’s business', async () => {
  assert.equal(
    await told(
      [
        ['app-a', ['dev', 'dev_eu', 'prod']],
        ['app-a_b', ['dev', 'prod']],
        ['app-b', ['dev']],
        ['web-a', ['dev']],
      ],
      ['layer', 'layer_b', 'app'],
    ),
    [],
  )
})

test('a service and a stage whose names meet in the middle', async () => {
  assert.equal(
    await told([
      ['app-a_b', ['c']],
      ['app-a', ['b_c']],
    ]),
    ["app-a_b, stage c · two resources of Terraform would be called `app-a_b_c': of this, and of app-a, stage b_c · rename one of them"],
  )
})

test('in folders of their own they do not meet', async () => {
  const apart = () => CwsProject([AllFiles('src')], [['app-a', ['b_c']]], { terraformDir: 'other' })
  assert.equal(await told([['app-a_b', ['c']]], [], {}, apart), [])
  const together = () => CwsProject([AllFiles('src')], [['app-a', ['b_c']]])
  assert.is((await told([['app-a_b', ['c']]], [], {}, together)).length, 1)
})

test('a stage that is called like the permission of an authorizer', async () => {
  assert.equal(await told([['app-a', ['dev', 'dev_authorizer']]]), [
    "app-a, stage dev · two resources of Terraform would be called `app-a_dev_authorizer': of this, and of app-a, stage dev_authorizer · rename one of them",
  ])
})

test('with workspaces the stage is not part of a name, the microservice is', async () => {
  const workspace = { staging: 'workspace' } as const
  assert.equal(
    await told(
      [
        ['app-a_b', ['c', 'b_c']],
        ['app-a', ['c', 'b_c']],
      ],
      [],
      workspace,
    ),
    [],
  )
  assert.equal(
    await told(
      [
        ['app-a', ['dev']],
        ['app-a_on', ['dev']],
      ],
      [],
      workspace,
    ),
    ["app-a · two resources of Terraform would be called `app-a_on': of this, and of app-a_on · rename one of them"],
  )
})

test('layers whose names meet those of stages, and layers that are called like a microservice', async () => {
  assert.equal(await told([['app-a', ['c', 'b_c']]], ['x', 'x_b']), [
    "layer x, stage b_c · two layer versions would be called `aws_lambda_layer_version.x_b_c': of this, and of layer x_b, stage c · rename one of them",
  ])
  assert.equal(await told([['app-a', ['dev', 'prod']]], ['app-a']), [
    "app-a, stage dev · two files would be called `terraform/app-a.dev.tf': of this, and of layer app-a, stage dev · rename one of them",
    "app-a, stage prod · two files would be called `terraform/app-a.prod.tf': of this, and of layer app-a, stage prod · rename one of them",
  ])
})

test.run()
