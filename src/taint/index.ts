/** What other folders use of `src/taint`. */
export {
  type BuiltStage,
  baselineOf,
  type Deployed,
  replaceArguments,
  type Taint,
  type TaintOptions,
  taintCommand,
  taintsFor,
} from './taint.js'
