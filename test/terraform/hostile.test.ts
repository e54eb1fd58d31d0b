// limit: 300 s
// Every place of a rendered file that a text of a user's can reach: read back, it is the text that was given, and nothing else is there.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  readHcl,
  renderApi,
  renderLayer,
  renderStage,
  renderStageData,
  renderVersions,
  renderWorkspace,
  renderWorkspaceLayers,
  type StageModel,
} from '../../src/terraform/index.js'
import type { Json } from '../../src/util/hash.js'
import { hasMoto, startMoto } from '../support/moto.js'
import { findTerraform, terraform, terraformEnv } from '../support/terraform.js'
import { hostile } from './hostile.js'
import { builtinTemplates, config, route, service, stageModel } from './models.js'

const templates = builtinTemplates()
const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, '\ufffd')

/** One text for each place. */
interface Texts {
  readonly version: string
  readonly tag: string
  readonly variable: string
  readonly key: string
  readonly hash: string
  readonly file: string
  readonly resource: string
  readonly pattern: string
  readonly bus: string
  readonly media: string
  readonly path: string
  readonly arn: string
}

function modelOf(texts: Texts): StageModel {
  return stageModel({
    environmentFile: texts.file,
    zip: { kind: 's3', bucket: texts.key, key: texts.key, hash: texts.hash },
    service: service({ routes: [route('GET', `/${texts.path}`)], binaryMediaTypes: [texts.media] }),
    config: config({
      version: texts.version,
      tags: { [texts.tag]: texts.tag },
      environmentVariables: { NAME: texts.variable },
      managedPolicies: [texts.arn],
      permissionsBoundary: texts.arn,
      kmsKeyArn: texts.arn,
      policyStatements: [{ effect: 'Allow', actions: [texts.resource], resources: [texts.resource] }],
      triggers: [{ kind: 'pattern', name: 'a', pattern: { [texts.pattern]: [texts.pattern] }, bus: texts.bus }],
    }),
  })
}

type Loose = { readonly [key: string]: Json | undefined }

test('a stage, whatever its texts', () => {
  const pieces = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'binary' }))
  // A text that could be left out is none that is there; `__proto__` is no key of an object that is written in JavaScript.
  const text = fc.array(pieces, { minLength: 1, maxLength: 3 }).map((parts) => wellFormed(parts.join('')))
  const one = text.filter((each) => each !== '' && each !== '__proto__')
  const all = fc.record<Texts>({
    version: one,
    tag: one,
    variable: one,
    key: one,
    hash: one,
    file: one,
    resource: one,
    pattern: one,
    bus: one,
    media: one,
    path: one,
    arn: one,
  })
  fc.assert(
    fc.property(all, (texts) => {
      const blocks = readHcl(renderStage(modelOf(texts), templates))
      const plain = readHcl(renderStage(modelOf({ ...texts, ...PLAIN }), templates))
      assert.equal(
        blocks.map(({ type, labels }) => [type, ...labels]),
        plain.map(({ type, labels }) => [type, ...labels]),
        'no more and no other resources',
      )
      const of = (type: string, name = 'app-test_dev') => {
        const found = blocks.find(({ labels }) => labels[0] === type && labels[1] === name)
        if (found === undefined) throw new Error(`no ${type}.${name}`)
        return found
      }
      const lambda = of('aws_lambda_function')
      assert.is(lambda.attributes.description, `app-test ${texts.version}, stage dev`)
      assert.equal(lambda.attributes.tags, { [texts.tag]: texts.tag })
      assert.is(lambda.attributes.kms_key_arn, texts.arn)
      const { s3_bucket, s3_key, source_code_hash } = lambda.attributes
      assert.equal([s3_bucket, s3_key, source_code_hash], [texts.key, texts.key, texts.hash])
      const environment = lambda.blocks.find(({ type }) => type === 'environment')?.attributes.variables as Loose
      const [read, literal] = environment.$args as readonly Json[]
      assert.equal(literal, { NAME: texts.variable, WORKSPACE: 'dev' })
      const file = { $call: 'file', $args: [`\${path.module}/${texts.file}`] }
      assert.equal(read, { $call: 'sensitive', $args: [{ $call: 'jsondecode', $args: [file] }] })

      assert.is(of('aws_iam_role').attributes.permissions_boundary, texts.arn)
      assert.equal(of('aws_iam_role_policy_attachment').attributes.for_each, { $call: 'toset', $args: [[texts.arn]] })
      const { Statement } = of('aws_iam_role_policy').attributes.policy as { Statement: readonly Loose[] }
      assert.equal(Statement.at(-1), { Effect: 'Allow', Action: [texts.resource], Resource: [texts.resource] })

      const rule = of('aws_cloudwatch_event_rule', 'app-test_dev_on_a')
      assert.equal(rule.attributes.event_pattern, { [texts.pattern]: [texts.pattern] })
      assert.is(rule.attributes.event_bus_name, texts.bus)

      const body = of('aws_api_gateway_rest_api_put').attributes.body as { paths: Loose } & Loose
      assert.equal(body['x-amazon-apigateway-binary-media-types'], [texts.media])
      assert.equal(Object.keys(body.paths), [`/${texts.path}`])
    }),
    { numRuns: 200 },
  )
})

const PLAIN: Partial<Texts> = {
  version: '1',
  tag: 'a',
  variable: 'b',
  key: 'c',
  file: 'd',
  resource: 'e',
  pattern: 'f',
  bus: 'g',
  arn: 'h',
}

test('a layer, whatever its texts', () => {
  for (const text of hostile) {
    const zip = { kind: 'file', path: text, hash: text } as const
    const [block, ...more] = readHcl(renderLayer({ layer: 'layer', stage: 'dev', zip, runtimes: [text], architectures: [text] }, templates))
    assert.equal(more, [])
    assert.is(block?.attributes.filename, `\${path.module}/${text}`)
    assert.is(block?.attributes.source_code_hash, text)
    assert.equal([block?.attributes.compatible_runtimes, block?.attributes.compatible_architectures], [[text], [text]])
  }
})

const found = findTerraform()
const why = 'missing' in found ? found.missing : hasMoto() ? undefined : 'moto_server is not on the PATH'
if (why !== undefined || 'missing' in found) console.log(`SKIPPED reading hostile texts by terraform: ${why}`)
else {
  test('terraform itself reads every text as it was given, in both kinds of staging', async () => {
    const moto = await startMoto()
    // What a file's name can be, and what AWS takes; the rest is hostile at will.
    const file = hostile.filter((text) => !text.includes('/') && !text.includes('\0')).join('')
    const long = hostile.join('')
    const texts = { ...PLAIN, version: long, variable: long, key: long, hash: long, file: `../config/${file}`, pattern: long } as Texts
    const model = { ...modelOf({ ...texts, bus: 'bus', media: 'image/png', path: 'a', resource: 's3:GetObject', arn: ARN, tag: 'a' }) }
    const hostileTags = Object.fromEntries(hostile.map((text, index) => [`key ${index}`, text]))
    const full: StageModel = { ...model, layers: [], config: { ...model.config, version: '1', tags: hostileTags } }
    const expected = { NAME: long, WORKSPACE: 'dev', TOKEN: long }
    const root = mkdtempSync(join(tmpdir(), 'coworks-hostile-'))
    try {
      mkdirSync(join(root, 'config'))
      writeFileSync(join(root, 'config', file), JSON.stringify({ TOKEN: long }))
      const versions: readonly [string, string] = ['versions.tf', renderVersions(templates)]
      const folders: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
        suffix: [
          versions,
          ['app-test.tf', renderApi({ microservice: 'app-test', stages: [{ stage: 'dev', exists: true }] }, templates)],
          ['app-test.dev.tf', renderStage(full, templates)],
        ],
        workspace: [
          versions,
          ['app-test.tf', renderWorkspace({ microservice: 'app-test', stages: ['dev'] }, templates)],
          ['layers.tf', renderWorkspaceLayers(templates)],
          ['app-test.dev.json', renderStageData(full)],
        ],
      }
      for (const [staging, files] of Object.entries(folders)) {
        const dir = join(root, staging)
        mkdirSync(dir)
        for (const [name, content] of files) writeFileSync(join(dir, name), content)
        const env = terraformEnv({ ...moto.env, ...(staging === 'workspace' ? { TF_WORKSPACE: 'dev' } : {}) })
        await terraform(dir, ['init', '-input=false', `-plugin-dir=${found.pluginDir}`], env)
        await terraform(dir, ['plan', '-input=false', '-out=plan'], env)
        const { stdout } = await terraform(dir, ['show', '-json', 'plan'], env)
        const { planned_values } = JSON.parse(stdout) as {
          planned_values: { root_module: { resources: { type: string; values: Record<string, unknown> }[] } }
        }
        const of = (type: string) => planned_values.root_module.resources.find((one) => one.type === type)?.values ?? {}
        const lambda = of('aws_lambda_function')
        assert.equal(lambda.tags, hostileTags, staging)
        assert.equal([lambda.s3_key, lambda.source_code_hash], [long, long], staging)
        assert.equal((lambda.environment as { variables: object }[])[0]?.variables, expected, staging)
        assert.equal(JSON.parse(String(of('aws_cloudwatch_event_rule').event_pattern)), { [long]: [long] }, staging)
      }
    } finally {
      moto.stop()
      rmSync(root, { recursive: true, force: true })
    }
  })
}

const ARN = 'arn:aws:iam::123456789012:policy/own'

test.run()
