/** Model to file: which template makes which file, and what follows from a model before a template sees it. Pure. */

import type { ApiContext, ApiModel, LayerContext, LayerModel, StageContext, StageModel, Templates } from './model.js'
import { checkRules, functionName, label, layerName } from './names.js'
import { authorizerOf, definition } from './openapi.js'
import { roleStatements } from './role.js'
import { render, type TemplateOptions } from './template.js'

/** `terraform/app-test.tf`: what the stages of a microservice share. */
export function renderApi(model: ApiModel, templates: Templates, options?: TemplateOptions): string {
  const context: ApiContext = {
    ...model,
    order: model.stages.map(({ stage }, index) => ({
      stage,
      after: model.stages.slice(0, index).flatMap((earlier) => (earlier.exists ? [earlier.stage] : [])),
    })),
  }
  return render('api.tf.hbs', context, templates, options)
}

/** `terraform/app-test.dev.tf`: what one stage owns. */
export function renderStage(model: StageModel, templates: Templates, options?: TemplateOptions): string {
  label(model.microservice, model.stage) // says so with the name, before a template fails on its first line
  return render('stage.tf.hbs', stageContext(model), templates, options)
}

/** @throws CoworksError for names that would collide, or that AWS does not take */
export function stageContext(model: StageModel): StageContext {
  const { config, microservice, service, stage } = model
  const name = functionName(microservice, stage)
  checkRules(model, name)
  return {
    ...model,
    functionName: name,
    definition: definition(model),
    tags: Object.keys(config.tags).length === 0 ? null : config.tags,
    authorized: service.routes.some((route) => authorizerOf(route, config) !== null),
    variables: { ...config.environmentVariables, WORKSPACE: stage },
    roleStatements: roleStatements(config),
  }
}

/** `terraform/layer.dev.tf`: the layer version that a stage uses. */
export function renderLayer(model: LayerModel, templates: Templates, options?: TemplateOptions): string {
  const context: LayerContext = { ...model, layerName: layerName(model.layer, model.stage) }
  return render('layer.tf.hbs', context, templates, options)
}

/**
 * `terraform/versions.coworks.tf`: what the generated files ask of Terraform and of the provider. A module may have one
 * `required_providers` only, so this is for folders in which the user has none.
 */
export function renderVersions(templates: Templates, options?: TemplateOptions): string {
  return render('versions.tf.hbs', {}, templates, options)
}
