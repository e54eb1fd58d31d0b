/** What is missing on this machine, and what mends it. */
export type { Check } from './check.js'
export { installChecks, projectProblems, secretChecks, stateChecks, terraformFolderCheck } from './folder.js'
export { awsChecks, esbuildCheck, nodeCheck, terraformCheck, watchCheck } from './machine.js'
export { type DescribedStages, stageChecks } from './stages.js'
