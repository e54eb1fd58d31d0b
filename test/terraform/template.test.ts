import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { renderApi, renderLayer, renderStage, templateNames } from '../../src/terraform/index.js'
import { CoworksError } from '../../src/util/problem.js'
import { builtinTemplates, stageModel } from './models.js'

/** The built-in templates with some of them replaced, as a project does. */
function overridden(own: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map([...builtinTemplates(), ...Object.entries(own)])
}

function messageOf(own: Readonly<Record<string, string>>): string {
  try {
    renderStage(stageModel(), overridden(own))
  } catch (error) {
    if (error instanceof CoworksError) return error.message
    throw error
  }
  return 'no error'
}

test('every built-in template is listed', () => {
  assert.equal([...builtinTemplates().keys()].sort(), [...templateNames].sort())
})

test('a template or a partial is overridden by its file name', () => {
  assert.is(renderStage(stageModel(), overridden({ 'stage.tf.hbs': 'a = {{hcl stage}}\n' })), 'a = "dev"\n')
  const text = renderStage(stageModel(), overridden({ '_logs.hbs': '# logs of {{comment stage}}' }))
  assert.match(text, '# logs of dev\n')
  assert.not.match(text, 'aws_cloudwatch_log_group" "')
})

test('what a template writes is formatted', () => {
  assert.is(
    renderStage(stageModel(), overridden({ 'stage.tf.hbs': 'x {\na = 1\nlong   = {\nb = 2\n}\n}\n\n' })),
    'x {\n  a = 1\n  long = {\n    b = 2\n  }\n}\n',
  )
})

test('errors name file, line and column', () => {
  assert.match(messageOf({ 'stage.tf.hbs': 'a\n  {{#if config.tracing}}\nb\n' }), /^stage\.tf\.hbs:\d+:\d+ · Expecting/)
  assert.match(messageOf({ 'stage.tf.hbs': 'a = 1\nbb {{hcl }stage}}\n' }), /^stage\.tf\.hbs:2:\d+ · /)
  assert.is(messageOf({ 'stage.tf.hbs': 'a\n b {{hcl confg.timeout}}\n' }), "stage.tf.hbs:2:4 · `confg.timeout' does not exist")
  assert.match(messageOf({ '_logs.hbs': '\n\n   {{hcl config.nothing}}' }), /^_logs\.hbs:3:\d+ · `config\.nothing' does not exist$/)
  assert.match(messageOf({ 'stage.tf.hbs': '\n{{#each config.nothing}}x{{/each}}' }), "stage.tf.hbs:2:1 · `config.nothing' does not exist")
  assert.match(messageOf({ 'stage.tf.hbs': 'x {{#if (eq confg.a 1)}}x{{/if}}' }), "stage.tf.hbs:1:9 · `confg.a' does not exist")
  assert.match(messageOf({ 'stage.tf.hbs': '\n {{> _lgos}}' }), "stage.tf.hbs:2:2 · unknown partial `_lgos' · did you mean `_logs'?")
  assert.match(messageOf({ 'stage.tf.hbs': '{{hlc stage}}' }), "stage.tf.hbs:1:1 · unknown helper `hlc' · did you mean `hcl'?")
})

test('a value written without a helper is refused', () => {
  assert.match(
    messageOf({ 'stage.tf.hbs': 'a = "{{stage}}"' }),
    "stage.tf.hbs:1:6 · `{{stage}}' would reach Terraform unescaped · write {{hcl stage}}",
  )
  assert.match(messageOf({ 'stage.tf.hbs': 'a = {{{stage}}}' }), 'would reach Terraform unescaped')
})

test("a project's own helpers", () => {
  const templates = overridden({ 'stage.tf.hbs': 'a = {{shout stage}}\n' })
  assert.is(renderStage(stageModel(), templates, { helpers: { shout: (text) => `"${String(text).toUpperCase()}"` } }), 'a = "DEV"\n')
})

test('a name that Terraform does not take is refused by its name', () => {
  const zip = { kind: 'file', path: '../layer.zip', hash: 'x' } as const
  assert.throws(
    () => renderLayer({ layer: 'a" "b', stage: 'dev', zip, runtimes: [], architectures: [] }, builtinTemplates()),
    /cannot be the name of a Terraform resource/,
  )
  assert.throws(() => renderStage(stageModel({ microservice: 'app-'.padEnd(80, 'x') }), builtinTemplates()), /where Lambda takes 64/)
})

test('building a stage changes the shared file only, and only the order of what exists', () => {
  const text = renderApi(
    {
      microservice: 'app-test',
      stages: [
        { stage: 'dev', exists: true },
        { stage: 'test', exists: false },
        { stage: 'prod', exists: true },
      ],
    },
    builtinTemplates(),
  )
  assert.match(text, 'app-test_before_dev  = []')
  assert.match(text, 'app-test_before_prod = [aws_api_gateway_deployment.app-test_dev.id]')
  assert.not.match(renderStage(stageModel(), builtinTemplates()), 'prod')
})

test('an artifact in S3 needs no file on the disk', () => {
  const zip = { kind: 's3', bucket: 'artifacts', key: 'sha/abc.zip', hash: 'x' } as const
  const text = renderStage(stageModel({ zip }), builtinTemplates())
  assert.match(text, 's3_bucket        = "artifacts"')
  assert.not.match(text, 'filename')
})

test.run()
