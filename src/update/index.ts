/** What other folders use of `src/update`. */
export type { LambdaApi } from './api.js'
export { machineClock, today } from './clock.js'
export { fingerprints } from './fingerprint.js'
export type { ReadZip } from './layers.js'
export type { BuiltFunction, BuiltLayer, BuiltZip, CodeSha256, SeenFunction } from './model.js'
export type { KnownContents, Step } from './plan.js'
export type { Ledger, PushBegun, PushEnded } from './push.js'
export { type FunctionResult, type UpdateEvent, type UpdateOutcome, updateFunctions } from './update.js'
