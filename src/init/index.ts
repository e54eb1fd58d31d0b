/** A new project. */
export { install, installCommand } from './install.js'
export { DEFAULT_STAGES, fromFolder, type Names, namesOf } from './names.js'
export { type NewProject, planProject, writeProject } from './new-project.js'
