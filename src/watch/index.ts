/** The watch: folders, when to build, and the process that does. */
export { BuildServer, type Push } from './build-server.js'
export { type Ended, Loop, type LoopListener, type LoopOptions, type Rebuilt } from './loop.js'
export type { BuildOrder, BuildResult, FromBuilder, Pushed, ServedStage, ToBuilder } from './messages.js'
