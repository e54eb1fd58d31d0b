/**
 * Large APIs as files, path to content: as coworks renders them, and in the two ways it does not (a resource for each part, one body for all
 * stages), with the same functions, roles and logs, so that only the API differs.
 */
import type { ServiceDescription } from '../../src/service/description.js'
import { hclValue } from '../../src/terraform/hcl.js'
import { definition, renderApi, renderLayer, renderStage, renderVersions, type StageModel } from '../../src/terraform/index.js'
import { INVOCATION } from '../../src/terraform/openapi.js'
import { builtinTemplates, config, route, service, stageModel } from './models.js'

export type Files = ReadonlyMap<string, string | Uint8Array>

/** A zip of one empty file, `index.js`: enough for an emulator that never runs it. */
export const emptyZip = Buffer.from(
  'UEsDBAoAAAAAAAAAIQAAAAAAAAAAAAAAAAAIAAAAaW5kZXguanNQSwECFAAKAAAAAAAAACEAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAAAAAAAAAaW5kZXguanNQSwUGAAAAAAEAAQA2AAAAJgAAAAAA',
  'base64',
)

const STAGES = ['dev', 'prod']
const ACCOUNT = '123456789012'
const templates = builtinTemplates()

function routesOf(count: number): ServiceDescription {
  return service({ routes: Array.from({ length: count }, (_, index) => route('GET', `/r${index + 1}`)) })
}

function model(microservice: string, stage: string, of: ServiceDescription): StageModel {
  return stageModel({
    microservice,
    stage,
    service: of,
    config: config({ workspace: stage }),
    zip: { kind: 'file', path: `tmp/${microservice}-${stage}.zip`, hash: 'Y29kZQ==' },
  })
}

/** What every way has: versions, zips, layers, environment files. */
function common(microservices: readonly string[], stages: readonly string[]): [string, string | Uint8Array][] {
  const zip = { kind: 'file', path: '../layer.zip', hash: 'bGF5ZXI=' } as const
  return [
    ['layer.zip', emptyZip],
    ['terraform/versions.tf', renderVersions(templates)],
    ...stages.flatMap((stage): [string, string | Uint8Array][] => [
      [`config/vars_${stage}.json`, '{"TOKEN":"t"}'],
      [`terraform/layer.${stage}.tf`, renderLayer({ layer: 'layer', stage, zip, runtimes: [], architectures: [] }, templates)],
      ...microservices.map((name): [string, Uint8Array] => [`terraform/tmp/${name}-${stage}.zip`, emptyZip]),
    ]),
  ]
}

/** As coworks renders it. */
export function largeProject(microservices: number, stages: readonly string[], routes = 5): Files {
  const names = Array.from({ length: microservices }, (_, index) => `m${index + 1}-api`)
  const of = routesOf(routes)
  return new Map([
    ...common(names, stages),
    ...names.flatMap((name): [string, string][] => [
      [`terraform/${name}.tf`, renderApi({ microservice: name, stages: stages.map((stage) => ({ stage, exists: true })) }, templates)],
      ...stages.map((stage): [string, string] => [`terraform/${name}.${stage}.tf`, renderStage(model(name, stage, of), templates)]),
    ]),
  ])
}

export function putFiles(routes: number): Files {
  return largeProject(1, STAGES, routes)
}

const NAME = 'm1-api'

/** The stage's files with a deployment of an API that all stages share: `hash` replaces it, `after` must be there before. */
function stagesOf(of: ServiceDescription, after: string): [string, string][] {
  const gateway = `resource "aws_api_gateway_deployment" "{{label microservice stage}}" {
  rest_api_id = aws_api_gateway_rest_api.{{label microservice}}.id
  depends_on  = [${after}]

  triggers = {
    definition = {{hcl definition.hash}}
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "{{label microservice stage}}" {
  rest_api_id   = aws_api_gateway_rest_api.{{label microservice}}.id
  deployment_id = aws_api_gateway_deployment.{{label microservice stage}}.id
  stage_name    = {{hcl stage}}
  variables     = { function = {{hcl functionName}} }
}
`
  const own = new Map([...templates, ['_gateway.hbs', gateway]])
  return STAGES.map((stage) => [`terraform/${NAME}.${stage}.tf`, renderStage(model(NAME, stage, of), own)])
}

const INVOKED = INVOCATION.replaceAll('${partition}', 'aws').replaceAll('${region}', 'eu-west-1').replaceAll('${account}', ACCOUNT)

/** One OpenAPI body for all stages. */
export function bodyFiles(routes: number): Files {
  const of = routesOf(routes)
  const { body } = definition(model(NAME, 'dev', of))
  const written = hclValue(body, (key, value) =>
    (key === 'uri' || key === 'authorizerUri') && value === INVOCATION ? hclValue(INVOKED) : undefined,
  )
  const api = `resource "aws_api_gateway_rest_api" "${NAME}" {\n  name = "${NAME}"\n  body = jsonencode(${written})\n}\n`
  return new Map([...common([NAME], STAGES), [`terraform/${NAME}.tf`, api], ...stagesOf(of, `aws_api_gateway_rest_api.${NAME}`)])
}

/** A resource for each part: path, method, integration, and of the preflight method, integration and their responses. */
export function discreteFiles(routes: number): Files {
  const api = `aws_api_gateway_rest_api.${NAME}`
  const invoked = hclValue(INVOKED)
  const parts = Array.from({ length: routes }, (_, index) => {
    const name = `r${index + 1}`
    const at = `rest_api_id = ${api}.id\n  resource_id = aws_api_gateway_resource.${name}.id`
    return `resource "aws_api_gateway_resource" "${name}" {
  rest_api_id = ${api}.id
  parent_id   = ${api}.root_resource_id
  path_part   = "${name}"
}
resource "aws_api_gateway_method" "${name}" {
  ${at}
  http_method   = "GET"
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.app.id
}
resource "aws_api_gateway_integration" "${name}" {
  ${at}
  http_method             = aws_api_gateway_method.${name}.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = ${invoked}
}
resource "aws_api_gateway_method" "${name}_options" {
  ${at}
  http_method   = "OPTIONS"
  authorization = "NONE"
}
resource "aws_api_gateway_integration" "${name}_options" {
  ${at}
  http_method       = aws_api_gateway_method.${name}_options.http_method
  type              = "MOCK"
  request_templates = { "application/json" = "{\\"statusCode\\": 200}" }
}
resource "aws_api_gateway_method_response" "${name}_options" {
  ${at}
  http_method         = aws_api_gateway_method.${name}_options.http_method
  status_code         = "200"
  response_parameters = { "method.response.header.Access-Control-Allow-Origin" = true }
}
resource "aws_api_gateway_integration_response" "${name}_options" {
  ${at}
  http_method         = aws_api_gateway_method.${name}_options.http_method
  status_code         = aws_api_gateway_method_response.${name}_options.status_code
  response_parameters = { "method.response.header.Access-Control-Allow-Origin" = "'*'" }
  depends_on          = [aws_api_gateway_integration.${name}_options]
}
`
  })
  const shared = `resource "aws_api_gateway_rest_api" "${NAME}" {
  name = "${NAME}"
}
resource "aws_api_gateway_authorizer" "app" {
  name            = "app"
  rest_api_id     = ${api}.id
  authorizer_uri  = ${invoked}
  identity_source = "method.request.header.Authorization"
}
${parts.join('')}`
  const integrations = Array.from(
    { length: routes },
    (_, index) => `aws_api_gateway_integration.r${index + 1}, aws_api_gateway_integration_response.r${index + 1}_options`,
  )
  return new Map([...common([NAME], STAGES), [`terraform/${NAME}.tf`, shared], ...stagesOf(routesOf(routes), integrations.join(', '))])
}
