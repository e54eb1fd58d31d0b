/** What there is to know of one option: how it is spelled, who takes it, what its value can be, where and how help shows it. */
import type { CommandName } from './commands.js'

export const groups = ['What to do', 'How to do it', 'What is shown', 'Which project', 'The cache', 'Help'] as const

export interface OptionSpec {
  readonly name: string
  /** Spelled out; the first of them is the one shown and completed. */
  readonly long: readonly string[]
  readonly short?: string
  readonly group: (typeof groups)[number]
  readonly help: string
  /** Commands that take it; every command where it is left out. */
  readonly of?: readonly CommandName[]
  readonly kind: 'flag' | 'number' | 'text' | 'texts' | 'one' | 'some'
  /** How help shows the value. */
  readonly value?: string
  readonly min?: number
  readonly max?: number
  readonly choices?: readonly string[]
  readonly completes?: 'file' | 'directory'
}

/** The commands that build, or begin with a build. */
export const building = ['build', 'taint', 'upload', 'deploy', 'update', 'sbom', 'run', 'watch', 'affected'] as const
