// limit: 300 s
// What is rendered, read by the real terraform: formatted, valid, and saying what was meant.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ConfigDescription } from '../../src/service/description.js'
import { format } from '../../src/terraform/format.js'
import { hclValue } from '../../src/terraform/hcl.js'
import { renderApi, renderLayer, renderStage, renderVersions, renderWorkspace, renderWorkspaceLayers } from '../../src/terraform/index.js'
import { findTerraform, terraform, terraformEnv } from '../support/terraform.js'
import { hostile } from './hostile.js'
import { builtinTemplates, config, route, service, stageModel } from './models.js'

interface Block {
  readonly attributes: Readonly<Record<string, { readonly deprecated?: boolean; readonly optional?: boolean; readonly required?: boolean }>>
  readonly block_types: Readonly<Record<string, { readonly block: Block }>>
}

const templates = builtinTemplates()
const schedules = [{ name: 'clean', expression: 'rate(1 hour)', handler: 'clean' }]

const triggers: ConfigDescription['triggers'] = [
  {
    kind: 'source',
    name: 'orders',
    service: 'sqs',
    source: 'arn:aws:sqs:eu-west-1:123456789012:orders',
    batchSize: 20,
    batchWindow: 5,
    maximumConcurrency: 4,
    reportBatchItemFailures: true,
    startingPosition: null,
  },
  {
    kind: 'source',
    name: 'changes',
    service: 'dynamodb',
    source: 'arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-11-26',
    batchSize: null,
    batchWindow: null,
    maximumConcurrency: null,
    reportBatchItemFailures: false,
    startingPosition: 'LATEST',
  },
  { kind: 'pattern', name: 'uploads', pattern: { source: ['aws.s3'], detail: { key: hostile } }, bus: null },
  { kind: 'pattern', name: 'other', pattern: { source: ['app'] }, bus: 'bus' },
]

/** File name to text: two stages with everything that a stage can have. */
function files(): ReadonlyMap<string, string> {
  const tags = Object.fromEntries(hostile.map((text, index) => [index === 0 ? 'équipe 漢' : `key ${index}${text}`, text]))
  const routes = [
    route('GET', '/'),
    route('GET', '/product/{_0}'),
    route('POST', '/product', { authorizer: 'deny' }),
    route('GET', '/open/{path+}', { authorizer: null, binary: true }),
  ]
  const dev = stageModel({
    service: service({ routes, schedules, binaryMediaTypes: hostile }),
    environmentFile: null,
    config: config({
      version: hostile.join(''),
      tags,
      tracing: true,
      logRetention: 30,
      policyStatements: [{ effect: 'Allow', actions: ['s3:GetObject'], resources: hostile }],
      environmentVariables: Object.fromEntries(hostile.map((text, index) => [`NAME_${index}`, text])),
      managedPolicies: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
      permissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
      ephemeralStorage: 1024,
      reservedConcurrency: 0,
      vpc: { subnetIds: ['subnet-1'], securityGroupIds: ['sg-1', 'sg-2'] },
      kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/1',
      throttle: { rate: 10.5, burst: 20 },
      schedules: false,
      triggers,
    }),
    zip: { kind: 's3', bucket: 'bucket', key: hostile.join(''), hash: hostile.join('') },
  })
  const cors = { allowOrigin: ['a.fr', 'https://b.fr'], allowHeaders: ['X-A'], exposeHeaders: ['X-B'], allowCredentials: true, maxAge: 600 }
  const prod = stageModel({ stage: 'prod', config: config({ workspace: 'prod', cors, authorizer: { name: 'config', ttl: 0 } }) })
  const zip = { kind: 'file', path: '../layer.zip', hash: 'x' } as const
  return new Map([
    ['versions.coworks.tf', renderVersions(templates)],
    ['app-test.tf', renderApi({ microservice: 'app-test', stages: [dev, prod].map(({ stage }) => ({ stage, exists: true })) }, templates)],
    ['app-test.dev.tf', renderStage(dev, templates)],
    ['app-test.prod.tf', renderStage(prod, templates)],
    ['layer.dev.tf', renderLayer({ layer: 'layer', stage: 'dev', zip, runtimes: ['nodejs22.x'], architectures: ['arm64'] }, templates)],
    ['layer.prod.tf', renderLayer({ layer: 'layer', stage: 'prod', zip, runtimes: [], architectures: [] }, templates)],
  ])
}

/** Names of arguments and blocks directly in each resource, by indentation: the files are formatted. */
function argumentsUsed(text: string): { type: string; path: string[] }[] {
  const used: { type: string; path: string[] }[] = []
  for (const [, type = '', body = ''] of text.matchAll(/^resource "(\w+)" "[^"]+" \{\n([\s\S]*?)^\}/gm)) {
    let block = ''
    for (const line of body.split('\n')) {
      const opened = /^ {2}(\w+) \{$/.exec(line)?.[1]
      if (opened !== undefined) block = opened
      else if (line === '  }') block = ''
      const outer = /^ {2}(\w+)\s+=/.exec(line)?.[1]
      const inner = block === '' ? undefined : /^ {4}(\w+)\s+=/.exec(line)?.[1]
      if (opened !== undefined) used.push({ type, path: [opened] })
      if (outer !== undefined) used.push({ type, path: [outer] })
      if (inner !== undefined) used.push({ type, path: [block, inner] })
    }
  }
  return used
}

const everywhere = new Set(['count', 'depends_on', 'for_each', 'lifecycle'])

test('every argument exists in provider 6.47 and is not deprecated', () => {
  const fixture = join(process.env.COWORKS_REPO ?? '.', 'test/terraform/fixtures/aws-6.47.0.json')
  const schema = JSON.parse(readFileSync(fixture, 'utf8')) as Record<string, Block>
  const workspace = [renderWorkspace({ microservice: 'app-test', stages: ['dev'] }, templates), renderWorkspaceLayers(templates)]
  const used = [...files().values(), ...workspace].flatMap(argumentsUsed)
  assert.ok(used.length > 80)
  for (const { type, path } of used) {
    const [first = '', second] = path
    if (everywhere.has(first) || type === 'terraform_data') continue
    const block = schema[type]
    const attribute = second === undefined ? block?.attributes[first] : block?.block_types[first]?.block.attributes[second]
    const isBlock = second === undefined && block?.block_types[first] !== undefined
    assert.ok(isBlock || attribute?.optional === true || attribute?.required === true, `${type} has no ${path.join('.')}`)
    assert.not.ok(attribute?.deprecated, `${type}.${path.join('.')} is deprecated`)
  }
})

test('no clock, no absolute path, no value of an environment file', () => {
  for (const [name, text] of files()) {
    assert.not.match(text, /\d{4}-\d{2}-\d{2}T/, name)
    assert.not.match(text, process.cwd(), name)
  }
})

test('the function is reached neither by the deployment nor by what it depends on', () => {
  const text = files().get('app-test.prod.tf') ?? ''
  for (const type of ['rest_api_put', 'deployment', 'stage']) {
    const [block = ''] = new RegExp(`resource "aws_api_gateway_${type}"[\\s\\S]*?\\n}\\n`).exec(text) ?? []
    assert.ok(block.length > 100, type)
    assert.not.match(block, 'aws_lambda_')
  }
  assert.not.match(files().get('app-test.tf') ?? '', 'aws_lambda_')
})

const found = findTerraform()
if ('missing' in found) console.log(`SKIPPED formatting and validation by terraform: ${found.missing}`)
else {
  test('terraform finds the files formatted and valid, and reads the text of users as it was given', async () => {
    const root = mkdtempSync(join(tmpdir(), 'coworks-validate-'))
    const dir = join(root, 'terraform')
    const env = terraformEnv()
    try {
      mkdirSync(join(root, 'config'))
      mkdirSync(dir)
      writeFileSync(join(root, 'config/vars_prod.json'), '{"TOKEN":"t"}')
      for (const [name, text] of files()) writeFileSync(join(dir, name), text)
      const texts = { list: hostile, keys: Object.fromEntries(hostile.map((text) => [text, text])) }
      writeFileSync(join(dir, 'texts.tf'), format(`locals {\n  texts = ${hclValue(texts)}\n}\n`))
      await terraform(dir, ['fmt', '-check', '-diff'], env)
      await terraform(dir, ['init', '-input=false', '-backend=false', `-plugin-dir=${found.pluginDir}`], env)
      const { stdout } = await terraform(dir, ['validate', '-json'], env)
      assert.equal((JSON.parse(stdout) as { diagnostics: unknown[] }).diagnostics, [], 'not even a warning')

      // Elsewhere, as the console of a folder with resources starts their provider.
      const alone = join(root, 'texts')
      mkdirSync(alone)
      writeFileSync(join(alone, 'texts.tf'), readFileSync(join(dir, 'texts.tf')))
      const read = await terraform(alone, ['console', '-no-color'], env, { input: 'base64encode(jsonencode(local.texts))\n' })
      assert.equal(JSON.parse(Buffer.from(read.stdout.trim().replace(/^"|"$/g, ''), 'base64').toString('utf8')), texts)
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
}

test.run()
