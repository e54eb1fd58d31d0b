/** placeholder */
import type { World } from '../build/state.js'
import type { SelectedStage } from './microservice.js'
import type { ProjectOptions } from './project.js'

export interface Taint {
  readonly address: string
  readonly reason: string
  readonly command: string
}
export interface TaintReport {
  readonly taints: readonly Taint[]
  readonly notes: readonly string[]
}
export async function decideTaints(_: ProjectOptions, __: World, ___: readonly SelectedStage[]): Promise<TaintReport> {
  return { taints: [], notes: [] }
}
