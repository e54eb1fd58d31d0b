/** What other folders use of `src/terraform`. */
export { ensureInitialised, withInit } from './initialised.js'
export { apiLimits, type LimitFindings, stageLimits } from './limits.js'
export type { ApiContext, ApiModel, Artifact, Definition, LayerContext, LayerModel, StageContext, StageModel, Templates } from './model.js'
export { functionName, layerAddress, layerName, type StageAddresses, type Staging, stageAddresses, stageLabel } from './names.js'
export { definition } from './openapi.js'
export { readHcl } from './read-hcl.js'
export type { Plan, PlannedChange, PlannedDefinition } from './read-plan.js'
export { type ReadStateOptions, readDeployedState, readStateText, type StateDisk, type StateReading } from './read-state.js'
export { renderApi, renderLayer, renderStage, renderVersions } from './render.js'
export {
  type PlanRequest,
  type RunOptions,
  type RunResult,
  runTerraform,
  TerraformMissing,
  terraformApply,
  terraformOutputs,
  terraformPlan,
  terraformShowPlan,
  terraformTaint,
} from './run.js'
export {
  type Aspect,
  apiAspects,
  aspects,
  builtResources,
  deployedResources,
  type StageResource,
  type StageView,
  stageView,
} from './stage-view.js'
export { type DeployedResource, type DeployedState, parseState } from './state.js'
export type { TemplateHelper, TemplateOptions } from './template.js'
export { builtinTemplatesDir, templateNames } from './templates-dir.js'
export { renderLayerData, renderStageData, renderWorkspace, renderWorkspaceLayers, workspaceApiName } from './workspace.js'
export { workspaceResources } from './workspace-view.js'
