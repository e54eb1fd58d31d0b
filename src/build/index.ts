/** The engine: a graph of targets that knows everything by content. It knows no AWS, Terraform or zip: it could build C. */
export { reasonText } from './decide.js'
export type { BuildEvent, Listener, TargetReport } from './events.js'
export { closureOf, type Graph, makeGraph, selectTargets } from './graph.js'
export { defaultJobs } from './jobs.js'
export type * from './model.js'
export type { Planned } from './plan.js'
export { Session, type SessionOptions, StateMoved } from './session.js'
export { STATE_DIR } from './world.js'
