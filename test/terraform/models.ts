/** Models to render, as the build would make them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigDescription, RouteDescription, ServiceDescription } from '../../src/service/description.js'
import { builtinTemplatesDir, type StageModel, type Templates } from '../../src/terraform/index.js'

export function builtinTemplates(): Templates {
  const dir = builtinTemplatesDir()
  return new Map(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'utf8')]))
}

export function route(verb: RouteDescription['verb'], path: string, more: Partial<RouteDescription> = {}): RouteDescription {
  return {
    verb,
    path,
    handler: verb.toLowerCase(),
    authorizer: 'app',
    cors: true,
    binary: false,
    signature: `${verb.toLowerCase()}()`,
    ...more,
  }
}

export function config(more: Partial<ConfigDescription> = {}): ConfigDescription {
  return {
    workspace: 'dev',
    version: '0.0',
    debug: false,
    cors: { allowOrigin: ['*'], allowHeaders: [], exposeHeaders: [], allowCredentials: false, maxAge: null },
    authorizer: null,
    environmentVariablesFile: 'config/vars_dev.json',
    layers: ['layer'],
    timeout: 60,
    memorySize: 128,
    runtime: 'nodejs22.x',
    architecture: 'x86_64',
    redeploy: 'replace',
    tags: {},
    logRetention: 0,
    tracing: false,
    protected: false,
    policyStatements: [],
    managedPolicies: [],
    permissionsBoundary: null,
    environmentVariables: {},
    ephemeralStorage: 512,
    reservedConcurrency: null,
    vpc: null,
    kmsKeyArn: null,
    throttle: null,
    schedules: true,
    triggers: [],
    ...more,
  }
}

export function service(more: Partial<ServiceDescription> = {}): ServiceDescription {
  return {
    format: 1,
    name: 'test',
    routes: [route('GET', '/')],
    authorizers: [{ name: 'app', ttl: 300 }],
    schedules: [],
    binaryMediaTypes: [],
    configs: [],
    ...more,
  }
}

export function stageModel(more: Partial<StageModel> = {}): StageModel {
  const stage = more.stage ?? 'dev'
  return {
    microservice: 'app-test',
    stage,
    zip: { kind: 'file', path: `tmp/app-test-${stage}.zip`, hash: 'Y29kZSAx' },
    service: service(),
    config: config({ workspace: stage }),
    layers: [{ name: 'layer' }],
    handler: 'index.handler',
    environmentFile: `../config/vars_${stage}.json`,
    ...more,
  }
}
