/**
 * Terraform's files as targets. A stage owns `<ms>.<stage>.tf`; `<ms>.tf` is what its stages share; a layer has a file per
 * stage. What they say is the model's business; what they look like is the templates', which are inputs like any other.
 */
import { relative } from 'node:path'
import type { Action, Input, Target } from '../build/index.js'
import type { ConfigDescription, ServiceDescription } from '../service/description.js'
import {
  apiLimits,
  definition,
  renderApi,
  renderLayer,
  renderLayerData,
  renderStage,
  renderStageData,
  renderWorkspace,
  renderWorkspaceLayers,
  type StageModel,
  type Staging,
  type TemplateOptions,
  type Templates,
  workspaceApiName,
} from '../terraform/index.js'
import type { Json } from '../util/hash.js'
import { placeOf, type StoredObject } from './artifacts.js'
import { environmentId, hasEnvironment } from './environment.js'
import { type Microservice, paths } from './microservice.js'
import { artifact, readTemplates, recognisesTerraform, storedObject, type TemplateFiles, templatesInput } from './rendered-file.js'
import { checkStage } from './stage-limits.js'

/** What taints are decided by; kept in the trace of the stage's file. */
export interface StageInfo {
  readonly microservice: string
  readonly stage: string
  readonly redeploy: 'replace' | 'in-place'
  readonly staging: Staging
  readonly code: string
  readonly definition: string
  readonly layers: readonly { readonly name: string; readonly hash: string }[]
  /** What its files expect in a bucket. */
  readonly objects: readonly StoredObject[]
}

export function apiTarget(
  ms: Microservice,
  stages: readonly { readonly stage: string; readonly exists: boolean }[],
  building: Iterable<string>,
  templates: TemplateFiles,
): Target {
  const id = paths.api(ms)
  if (ms.project.staging === 'workspace') return workspaceTarget(ms, templates)
  // After the stages' files: it names what is in them, and must not if a build ends before they are there.
  const action: Action = {
    name: 'terraform-api',
    version: '1',
    params: { microservice: ms.name, stages } as unknown as Json,
    title: `render ${id}`,
    run: async (context) => {
      context.write(id, renderApi({ microservice: ms.name, stages }, readTemplates(context, templates), templates.options))
      const there = stages.flatMap(({ stage, exists }) => (exists ? [stage] : []))
      return { warnings: apiLimits(ms.name, there) }
    },
  }
  return {
    id,
    outputs: [id],
    inputs: [templatesInput(templates)],
    requires: [...building].map((stage) => paths.stage(ms, stage)),
    action,
    recognises: recognisesTerraform,
  }
}

/** The resources of a microservice in every workspace. Which stages there are is in it only for what it says where a workspace is none. */
function workspaceTarget(ms: Microservice, templates: TemplateFiles): Target {
  const id = paths.api(ms)
  const { stages } = ms
  return rendered(id, { microservice: ms.name, stages }, templates, (given, options) =>
    renderWorkspace({ microservice: ms.name, stages }, given, options),
  )
}

/** The resources of all layers, in every workspace. */
export function workspaceLayersTarget(terraformDir: string, templates: TemplateFiles): Target {
  return rendered(paths.layers(terraformDir), null, templates, renderWorkspaceLayers)
}

function rendered(
  id: string,
  params: Json,
  templates: TemplateFiles,
  render: (templates: Templates, options: TemplateOptions) => string,
): Target {
  const action: Action = {
    name: 'terraform-workspace',
    version: '1',
    params,
    title: `render ${id}`,
    run: async (context) => {
      context.write(id, render(readTemplates(context, templates), templates.options))
      return {}
    },
  }
  return { id, outputs: [id], inputs: [templatesInput(templates)], requires: [], action, recognises: recognisesTerraform }
}

export function layerFileTarget(
  ms: Microservice,
  layer: { readonly name: string; readonly file: string },
  stage: string,
  templates: TemplateFiles,
): Target {
  const { terraformDir, artifacts } = ms.project
  const id = paths.layer(ms.project, layer.name, stage)
  const place = placeOf(artifacts, stage, layer.name)
  const workspace = ms.project.staging === 'workspace'
  const action: Action = {
    name: 'terraform-layer',
    version: '1',
    params: { layer: layer.name, file: layer.file, stage, terraformDir, ...(place === undefined ? {} : { place }) } as unknown as Json,
    title: `render ${id}`,
    run: async (context) => {
      // Not the runtimes of the functions that use it: another microservice would then rewrite the file, and publish the layer anew.
      const zip = artifact(context, terraformDir, layer.file, place)
      const model = { layer: layer.name, stage, zip, runtimes: [], architectures: [] }
      context.write(id, workspace ? renderLayerData(model) : renderLayer(model, readTemplates(context, templates), templates.options))
      return {}
    },
  }
  return {
    id,
    outputs: [id],
    // Data is made from no template.
    inputs: [{ kind: 'target', id: layer.file }, ...(workspace ? [] : [templatesInput(templates)])],
    requires: [],
    action,
    recognises: recognisesTerraform,
  }
}

export interface StageRequest {
  readonly microservice: Microservice
  readonly stage: string
  readonly service: ServiceDescription
  readonly config: ConfigDescription
  readonly layers: readonly { readonly name: string; readonly file: string }[]
  readonly templates: TemplateFiles
}

export function stageTarget({ microservice: ms, stage, service, config, layers, templates }: StageRequest): Target {
  const { terraformDir, artifacts, staging } = ms.project
  const id = paths.stage(ms, stage)
  const place = placeOf(artifacts, stage, ms.name)
  const zip = paths.zip(ms, stage)
  const env = config.environmentVariablesFile
  const inputs: Input[] = [
    { kind: 'target', id: paths.description(ms.name) },
    { kind: 'target', id: zip },
    ...layers.map((layer): Input => ({ kind: 'target', id: layer.file })),
    ...(env === null ? [] : [{ kind: 'file', path: env } as const]),
    ...(staging === 'workspace' ? [] : [templatesInput(templates)]),
  ]
  const action: Action = {
    name: 'terraform-stage',
    version: '4',
    params: { microservice: ms.name, stage, layers, terraformDir, ...(place === undefined ? {} : { place }) } as unknown as Json,
    title: `render ${id}`,
    run: async (context) => {
      const model: StageModel = {
        microservice: ms.name,
        stage,
        zip: artifact(context, terraformDir, zip, place),
        service,
        config,
        layers: layers.map(({ name }) => ({ name })),
        handler: 'index.handler',
        environmentFile: env === null ? null : relative(terraformDir, env),
        ...(staging === 'workspace' ? { apiName: workspaceApiName(ms.name, stage) } : {}),
      }
      const warnings = checkStage(context, model, [
        { name: 'its code', zip },
        ...layers.map(({ name, file }) => ({ name: `layer ${name}`, zip: file })),
      ])
      context.write(
        id,
        staging === 'workspace' ? renderStageData(model) : renderStage(model, readTemplates(context, templates), templates.options),
      )
      const info: StageInfo = {
        microservice: ms.name,
        stage,
        redeploy: config.redeploy,
        staging,
        code: model.zip.hash,
        definition: definition(model).hash,
        layers: layers.map(({ name, file }) => ({
          name,
          hash: artifact(context, terraformDir, file, placeOf(artifacts, stage, name)).hash,
        })),
        objects: [
          { what: 'code', name: ms.name, file: zip },
          ...layers.map(({ name, file }) => ({ what: `layer ${name}`, name, file })),
        ].flatMap(({ what, name, file }) => {
          const at = placeOf(artifacts, stage, name)
          return at === undefined ? [] : [storedObject(context, what, file, at)]
        }),
      }
      return { info: info as unknown as Json, warnings }
    },
  }
  return {
    id,
    outputs: [id],
    inputs,
    requires: [
      ...(hasEnvironment(config) ? [environmentId(ms.name, stage)] : []),
      ...layers.map((layer) => paths.layer(ms.project, layer.name, stage)),
    ],
    action,
    recognises: recognisesTerraform,
  }
}

/** Stands for a stage's file while its microservice was never described: enough to say that it would be made. */
export function undescribedStage(ms: Microservice, stage: string): Target {
  const id = paths.stage(ms, stage)
  const action: Action = {
    name: 'terraform-stage',
    version: '0',
    params: null,
    title: `render ${id}`,
    run: () => Promise.reject(new Error(`${ms.name} is not described`)),
  }
  const inputs = [paths.description(ms.name), paths.zip(ms, stage)].map((on): Input => ({ kind: 'target', id: on }))
  return { id, outputs: [id], inputs, requires: [], action, recognises: recognisesTerraform }
}
