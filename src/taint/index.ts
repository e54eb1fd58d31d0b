/** What other folders use of `src/taint`. */
export {
  type BuiltStage,
  baselineOf,
  type Deployed,
  type Pushed,
  type PushedFunction,
  type Pushes,
  pushedFunctions,
  replaceArguments,
  type Taint,
  type TaintOptions,
  taintCommand,
  taintsFor,
  type WaitingFunction,
  waitingFunctions,
} from './taint.js'
