/** What other folders use of `src/terraform`. */
export type { ApiContext, ApiModel, Artifact, Definition, LayerContext, LayerModel, StageContext, StageModel, Templates } from './model.js'
export { functionName, label, layerAddress, type StageAddresses, stageAddresses } from './names.js'
export { authorizerOf, definition } from './openapi.js'
export { renderApi, renderLayer, renderStage, renderVersions } from './render.js'
export type { TemplateHelper, TemplateOptions } from './template.js'
export { builtinTemplatesDir, templateNames } from './templates-dir.js'
